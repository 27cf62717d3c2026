"""A linter run in a trial, and what it said, as data."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from code_agent.trial import Trial
from code_agent.verdict import Check
from executors.exits import how_it_ended, last_line
from executors.handler import Ran
from executors.projects.diagnostics import Diagnostic, read_diagnostics

OUTPUT_BYTES = 8 * 1024 * 1024
ENDS_WELL = (0, 1)

Read = Callable[[str, Path], Sequence[Diagnostic]]
"""Of what it wrote in a folder. ValueError if that is not what such a linter writes."""


@dataclass(frozen=True)
class Looked:
    found: tuple[Diagnostic, ...]
    """Files are named from the root on."""
    check: Check
    """Passed: it ran and was understood. Whether what it says is good is another question."""

    @property
    def ran(self) -> bool:
        return self.check.passed is True


def look(
    trial: Trial,
    linter: str,
    argv: Sequence[str],
    *,
    read: Read | None = None,
    ends_well: Sequence[int] = ENDS_WELL,
) -> Looked:
    read = read or partial(read_diagnostics, linter)
    began = time.monotonic()
    ran = trial.run(argv, keep_bytes=OUTPUT_BYTES)
    seconds = time.monotonic() - began
    found: Sequence[Diagnostic] = ()
    passed, says = None, f"{how_it_ended(ran)}: {last_line(ran)}"
    try:
        found = read(ran.stdout + ran.stderr if linter == "vet" else ran.stdout, trial.folder)
    except ValueError as error:
        says = f"{says} ({error})"
    else:
        if _is_well(ran, found, ends_well):
            passed, says = True, said_of(found)
    check = Check(
        name=linter,
        passed=passed,
        says=says,
        command=tuple(argv),
        exit_code=ran.exit_code,
        of=trial.digest,
        seconds=seconds,
    )
    return Looked(tuple(_from_root(one, trial) for one in found) if passed else (), check)


def said_of(found: Sequence[Diagnostic]) -> str:
    if not found:
        return "no diagnostics"
    return "1 diagnostic" if len(found) == 1 else f"{len(found)} diagnostics"


def names_in(trial: Trial, files: Sequence[str]) -> list[str]:
    """As a command in the trial's folder names them, so that none is an option."""
    below = trial.folder.relative_to(trial.root)
    return [f"./{Path(file).relative_to(below).as_posix()}" for file in files]


def _is_well(ran: Ran, found: Sequence[Diagnostic], ends_well: Sequence[int]) -> bool:
    """Having failed, it must have said of what."""
    return not ran.timed_out and ran.exit_code in ends_well and (not ran.exit_code or bool(found))


def _from_root(one: Diagnostic, trial: Trial) -> Diagnostic:
    file = trial.folder / one.file
    inside = file.is_relative_to(trial.root)
    return replace(one, file=file.relative_to(trial.root).as_posix()) if inside else one
