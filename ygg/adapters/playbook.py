"""Ansible, and nothing else here knows ansible_runner: play a playbook, tell what happens."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_runner.exceptions import AnsibleRunnerException
from ansible_runner.interface import init_runner

from ygg.adapters.playbook_trouble import trouble_of
from ygg.errors import BadInput, MissingExtra

Value = str | int | float | bool

KEPT = ("HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "SSH_AUTH_SOCK", "PATH")
"""All that Ansible sees of the executor's environment: there are secrets in it."""
_FAILURES = ("runner_on_failed", "runner_on_unreachable", "runner_item_on_failed")


@dataclass(frozen=True)
class Play:
    """What to play. Paths are those of the executor's machine."""

    project: Path
    """Ansible's current folder: its ansible.cfg counts."""
    playbook: Path
    inventory: Path
    private: Path
    """An empty folder for what Ansible and its runner write."""
    limit: str = ""
    tags: Sequence[str] = ()
    skip_tags: Sequence[str] = ()
    variables: Mapping[str, Value] = field(default_factory=dict)
    check: bool = False

    def options(self) -> list[str]:
        return ["--diff", "--check"] if self.check else []

    def list_tasks(self, environ: Mapping[str, str]) -> list[str]:
        """The command that lists the tasks, one a line, without running any.

        What makes the inventory is run all the same, and sees no more than when it is played.
        """
        hidden = [f"--unset={name}" for name in sorted(environ.keys() - set(KEPT))]
        words = ["env", *hidden, _program("ansible-playbook")]
        words += ["--list-tasks", "-i", str(self.inventory)]
        if self.tags:
            words.append(f"--tags={','.join(self.tags)}")
        if self.skip_tags:
            words.append(f"--skip-tags={','.join(self.skip_tags)}")
        return [*words, str(self.playbook)]


def count_tasks(listed: str) -> int:
    """How many tasks `--list-tasks` names; those of later includes are not known yet."""
    return sum("\tTAGS: [" in line and "play #" not in line for line in listed.splitlines())


@dataclass(frozen=True)
class Event:
    """Something that happened: a task began, or a host is done with it."""

    kind: str
    """As Ansible's callbacks name it: `playbook_on_task_start`, `runner_on_ok` …"""
    text: str
    """What Ansible prints about it."""
    task: str
    host: str


@dataclass
class HostResult:
    ok: int = 0
    changed: int = 0
    failed: int = 0
    unreachable: int = 0
    skipped: int = 0
    rescued: int = 0
    ignored: int = 0
    failed_task: str = ""
    message: str = ""
    """What that task said."""
    next_step: str = ""
    """What to do about it, where we know."""


@dataclass(frozen=True)
class Report:
    exit_code: int
    """Ansible's own: 0, or 2 for failed hosts, 4 for unreachable ones, others for its errors."""
    cancelled: bool
    hosts: dict[str, HostResult]
    output: Path
    """The file with all that Ansible printed."""


def play(
    wanted: Play, *, on_event: Callable[[Event], None], cancelled: Callable[[], bool]
) -> Report:
    """Play it to its end. It is killed soon after `cancelled` says so."""
    seen = _Seen(on_event)
    wanted.private.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _socket_folder() as sockets:
        try:
            runner = init_runner(
                private_data_dir=str(wanted.private),
                project_dir=str(wanted.project),
                playbook=str(wanted.playbook),
                inventory=str(wanted.inventory),
                limit=wanted.limit or None,
                tags=",".join(wanted.tags) or None,
                skip_tags=",".join(wanted.skip_tags) or None,
                extravars=dict(wanted.variables),
                cmdline=" ".join(wanted.options()) or None,
                ident="play",
                quiet=True,
                event_handler=seen,
                cancel_callback=cancelled,
            )
            runner.config.env = environment(wanted.private, sockets, runner.config.env)
            runner.run()
        except AnsibleRunnerException as error:
            raise BadInput(f"Ansible cannot play {wanted.playbook.name}: {error}") from error
    output = Path(runner.config.artifact_dir) / "stdout"
    return Report(runner.rc, runner.canceled, seen.hosts, output)


def environment(private: Path, sockets: Path, made: Mapping[str, str]) -> dict[str, str]:
    """What Ansible sees: the little that we keep, what its runner added, and our own."""
    kept = {
        name: value for name, value in made.items() if name in KEPT or os.environ.get(name) != value
    }
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "ANSIBLE_HOME": str(private / "ansible"),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(sockets),
        # Its runner would switch it off.
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }


class _Seen:
    """Keeps what becomes of each host, and passes events on."""

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        self._on_event = on_event
        self.hosts: dict[str, HostResult] = {}

    def __call__(self, raw: dict[str, Any]) -> bool:
        """What the runner calls for each event; False: it need not write it to a file."""
        kind, data = raw.get("event", ""), raw.get("event_data") or {}
        if kind == "playbook_on_stats":
            self._count(data)
        elif kind in _FAILURES and not data.get("ignore_errors"):
            self._keep_trouble(kind, data)
        self._on_event(
            Event(kind, raw.get("stdout", ""), data.get("task", ""), data.get("host", ""))
        )
        return False

    def _keep_trouble(self, kind: str, data: Mapping[str, Any]) -> None:
        one = self.hosts.setdefault(data.get("host", ""), HostResult())
        task, result = data.get("task", ""), data.get("res")
        # Of a loop, what its item said tells more than that one has failed.
        of_a_loop = isinstance(result, dict) and "results" in result
        if not (of_a_loop and one.failed_task == task):
            is_away = kind == "runner_on_unreachable"
            one.message, one.next_step = trouble_of(result, is_away=is_away)
        one.failed_task = task

    def _count(self, data: Mapping[str, Mapping[str, int]]) -> None:
        # `failures` and `dark` are Ansible's words for them.
        names = {"failed": "failures", "unreachable": "dark"}
        fields = ("ok", "changed", "failed", "unreachable", "skipped", "rescued", "ignored")
        for field_name in fields:
            for host, count in data.get(names.get(field_name, field_name), {}).items():
                setattr(self.hosts.setdefault(host, HostResult()), field_name, count)


@contextmanager
def _socket_folder() -> Iterator[Path]:
    """Near the root: the path of a socket must be short, and a workspace's is not."""
    folder = Path(tempfile.mkdtemp(prefix="ygg-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    """Ansible's, of the environment that this runs in."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise MissingExtra(f"{name} is not installed here", hint="install yggdrasil-fleet[ops]")
    return found
