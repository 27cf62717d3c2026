"""`dev-format`: bring a project's code into its usual form; the change comes as a diff."""

from __future__ import annotations

import shlex
from typing import Literal

from pydantic import JsonValue

from executors.exits import how_it_ended, last_line
from executors.handler import Context, Failed, handler
from executors.projects.file_changes import Snapshot
from executors.projects.kinds import Folder
from executors.projects.params import Project
from executors.projects.tools import FORMATTERS, choose, commands
from executors.projects.workplace import Workplace, workplace
from executors.sources import RepositorySettings
from ygg.task import Ending, Outcome, Verdict

DIFF = "format.diff"
SHOWN = 1000
KEPT = 200
"""Of many changed files the diff is kept alone."""
NAMES_IN_REASON = 3


class Format(Project):
    formatter: Literal["ruff", "prettier", "gofmt", "rustfmt", "shfmt"] | None = None
    """What formats it; by default all that fit the files and are installed."""
    check: bool = False
    """Only say what is not formatted, and fail if anything is not."""


@handler(
    "dev-format",
    summary="Format code with ruff, prettier, gofmt, rustfmt or shfmt. The change is a diff.",
    untrusted=True,
    tier=1,
    commands=(
        "printf 'x=[1,2 ]\\n' > untidy.py && ygg submit --label dev-format --file untidy.py --wait",
    ),
)
def format_code(params: Format, context: Context, settings: RepositorySettings) -> Outcome:
    place = workplace(params, context, settings)
    folder = Folder(place.folder)
    argvs: list[list[str]] = []
    looked_at: set[str] = set()
    below = place.folder.relative_to(context.workspace)
    for tool, program, files in choose(FORMATTERS, params.formatter, place, folder):
        argvs += commands(tool, program, files, folder)
        looked_at.update((below / file).as_posix() for file in files)
    before = Snapshot(context.workspace, sorted(looked_at), context.warn)
    _run_all(argvs, place)
    changed = before.changed()
    if changed:
        place.keep_as(DIFF, before.diff(changed))
    shown: list[JsonValue] = [*changed[:SHOWN]]
    result: dict[str, JsonValue] = {
        "files": len(looked_at),
        "changed": len(changed),
        "changed_files": shown,
        "ran": [shlex.join(argv[:8]) for argv in argvs],
    }
    if params.check:
        if changed:
            raise Failed(_untidy(changed, len(looked_at)), "without check it is formatted", result)
        return Outcome(ending=Ending.OK, result=result, verdict=Verdict.VERIFIED)
    for file in changed[:KEPT]:
        context.artifact(file)
    return Outcome(ending=Ending.OK, result=result, verdict=_verdict(argvs, changed, place))


def _run_all(argvs: list[list[str]], place: Workplace) -> None:
    for argv in argvs:
        place.context.log("$ " + shlex.join(argv[:8]) + (" …" if len(argv) > 8 else ""))
        ran = place.run(argv)
        if ran.exit_code:
            raise Failed(f"{argv[0]}: {how_it_ended(ran)}", last_line(ran))


def _verdict(argvs: list[list[str]], changed: list[str], place: Workplace) -> Verdict:
    """Formatted is what a formatter leaves as it is."""
    if not changed:
        return Verdict.VERIFIED
    again = Snapshot(place.context.workspace, changed, place.context.warn)
    _run_all(argvs, place)
    if not again.changed():
        return Verdict.VERIFIED
    place.context.warn("formatted twice it looks different again: a person should see it")
    return Verdict.UNVERIFIED


def _untidy(changed: list[str], of: int) -> str:
    more = len(changed) - NAMES_IN_REASON
    names = ", ".join(changed[:NAMES_IN_REASON]) + (f" and {more} more" if more > 0 else "")
    return f"{len(changed)} of {of} {'file is' if of == 1 else 'files are'} not formatted: {names}"
