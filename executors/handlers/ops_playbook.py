"""`ops-playbook`: Ansible over a project folder that the machine's settings name."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from pydantic import Field, JsonValue

from executors.handler import Context, Failed, HandlerSettings, Params, WorkspacePath, handler
from executors.names import Name, VariableName
from ygg.adapters.playbook import Event, HostResult, Play, Report, count_tasks, environment, play
from ygg.machine_settings import Group
from ygg.task import Limits

EVENT_FILE = "events.ndjson"
OUTPUT_FILE = "ansible.txt"
LIST_BYTES = 1024 * 1024

Tag = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:-]*$",
        max_length=100,
        json_schema_extra={"x-allowed": "a tag: letters, digits, `_`, `.`, `:`, `-`"},
    ),
]
Text = Annotated[
    str,
    Field(
        # Ansible would run what stands between braces as a template, with commands and all.
        pattern=r"^([^{]|\{[^{%#])*\{?$",
        max_length=10_000,
        json_schema_extra={"x-allowed": "text without `{{`, `{%` and `{#`"},
    ),
]


class Project(Group):
    """One folder of playbooks."""

    folder: Path
    """Where it is on the executor's machine. Its ansible.cfg counts."""
    inventory: str = "inventory"
    """The file or folder of hosts, inside the project."""
    variables: tuple[str, ...] = ()
    """Extra variables that a task may set; no others."""


class PlaybookSettings(HandlerSettings):
    section = "ops_playbook"

    projects: dict[Name, Project] = Field(min_length=1)
    """The projects that may be played, by name."""


class Playbook(Params):
    project: Name = Field(examples=["site"])
    """Which of the machine's projects."""
    playbook: WorkspacePath = Field(default="site.yml", min_length=1)
    """A file of the project."""
    limit: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9_*][A-Za-z0-9_.,:&!*\[\]-]*)?$",
        max_length=500,
        examples=["web,!web3"],
        json_schema_extra={"x-allowed": "names and patterns of hosts, such as web,!web3"},
    )
    """Only these hosts of the inventory."""
    tags: list[Tag] = Field(default=[], max_length=50)
    """Only tasks with one of these."""
    skip_tags: list[Tag] = Field(default=[], max_length=50)
    """No tasks with one of these."""
    variables: dict[VariableName, Text | int | float | bool] = Field(
        default={},
        max_length=50,
        examples=[{"version": "1.2.3"}],
        # Else a schema that names a pattern lets all other names pass.
        json_schema_extra={"additionalProperties": False},
    )
    """Extra variables, of those that the machine's settings let a task set."""
    check: bool = False
    """Only say what would change."""


@handler(
    "ops-playbook",
    limits=Limits(soft_seconds=3600, hard_seconds=3660),
    examples=[
        {"project": "site", "check": True},
        {"project": "site", "playbook": "deploy.yml", "limit": "web", "tags": ["app"]},
    ],
)
def playbook(params: Playbook, context: Context, settings: PlaybookSettings) -> JsonValue:
    """Play an Ansible playbook; tell per host what was changed and what failed."""
    wanted = _play(params, context, settings)
    total = _count(wanted, context)
    following = _Following(context, total)
    report = play(wanted, on_event=following, cancelled=lambda: context.cancelled)
    following.close()
    if report.output.exists():
        report.output.rename(context.workspace / OUTPUT_FILE)
        context.artifact(OUTPUT_FILE)
    context.artifact(EVENT_FILE)
    return _judged(report, context)


def _play(params: Playbook, context: Context, settings: PlaybookSettings) -> Play:
    project = settings.projects.get(params.project)
    if project is None:
        known = ", ".join(sorted(settings.projects))
        raise Failed(f"{params.project} is not a project of this executor", f"it has {known}")
    surplus = sorted(set(params.variables) - set(project.variables))
    if surplus:
        raise Failed(
            f"{params.project} lets no task set {', '.join(surplus)}",
            f"it lets it set {', '.join(project.variables)}" if project.variables else "",
        )
    return Play(
        project=_folder(project),
        playbook=_inside(project, params.playbook, "playbook"),
        inventory=_inside(project, project.inventory, "inventory"),
        private=context.workspace / "ansible",
        limit=params.limit,
        tags=params.tags,
        skip_tags=params.skip_tags,
        variables=params.variables,
        check=params.check,
    )


def _folder(project: Project) -> Path:
    folder = project.folder.expanduser()
    if not folder.is_dir():
        raise Failed(f"there is no folder {folder} on the executor's machine")
    return folder.resolve()


def _inside(project: Project, name: str, what: str) -> Path:
    folder = _folder(project)
    found = (folder / name).resolve()
    is_there = found.is_file() or (what == "inventory" and found.is_dir())
    if not found.is_relative_to(folder) or not is_there:
        raise Failed(f"there is no {what} {name} in {folder}")
    return found


def _count(wanted: Play, context: Context) -> int:
    """How many tasks there are to come, as far as can be said before; 0 if that cannot be said."""
    ran = context.run(
        wanted.list_tasks(os.environ),
        cwd=wanted.project,
        env=environment(wanted.private, wanted.private / "sockets", os.environ),
        logged=False,
        keep_bytes=LIST_BYTES,
        confined=False,
    )
    return 0 if ran.exit_code else count_tasks(ran.stdout)


class _Following:
    """Writes events to the log and to a file, and says how far it is."""

    def __init__(self, context: Context, total: int) -> None:
        self._context = context
        self._total = total
        self._begun = 0
        self._file = (context.workspace / EVENT_FILE).open("w")

    def __call__(self, event: Event) -> None:
        if event.text:
            self._context.log(event.text)
        print(json.dumps(asdict(event)), file=self._file)
        if event.kind == "playbook_on_task_start" and self._total:
            done = min(1.0, self._begun / self._total)
            self._begun += 1
            self._context.progress(done, event.task)

    def close(self) -> None:
        self._file.close()


def _judged(report: Report, context: Context) -> JsonValue:
    result: JsonValue = {
        "exit_code": report.exit_code,
        "hosts": {name: asdict(one) for name, one in sorted(report.hosts.items())},
    }
    bad = {name: one for name, one in report.hosts.items() if one.failed or one.unreachable}
    if report.exit_code or bad:
        first = next(iter(sorted(bad)), "")
        reason = _why(first, bad[first], len(bad)) if bad else "Ansible did not play it"
        raise Failed(reason, "the task's log has all that Ansible said", result)
    if not report.hosts:
        context.warn("no host was played: the inventory or the limit names none")
    return result


def _why(host: str, result: HostResult, failed: int) -> str:
    others = f" (and {failed - 1} more)" if failed > 1 else ""
    how = "cannot be reached" if result.unreachable else f"failed at {result.failed_task!r}"
    return f"{host}{others} {how}: {result.message}"[:1000]
