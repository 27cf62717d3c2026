"""A project's own checks, run as the project runs them: its tests, or command lines given.

Of pytest only a report under seal is believed. Where the first run of all leaves none, because the
project has its tests spread over processes for instance, pytest's own report is what there is.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from code_agent.checks.feedback import heard
from code_agent.checks.ways_to_test import (
    ByCommand,
    ByRunner,
    Came,
    SealedPytest,
    Way,
    program_of,
)
from code_agent.trial import Trial
from code_agent.verdict import Check
from code_agent.work import Work
from executors.exits import said
from executors.handler import Failed
from executors.projects.cases import Case, Report, report_of
from executors.projects.kinds import Folder, Runner, runners_of
from executors.projects.suite_results import NoTests, trouble_of

TESTS = "tests"
SAID_LENGTH = 4000


@dataclass(frozen=True)
class Told:
    """What one command said."""

    check: Check
    cases: Sequence[Case]
    trouble: Failed | None
    believed: bool


@dataclass(frozen=True)
class ProjectCheck:
    """One command that says whether the project is well."""

    name: str
    way: Way

    @property
    def all_of_it(self) -> str:
        """What stands for tests that nothing is known of."""
        return f"{self.name}: all"

    def run(self, trial: Trial, only: Sequence[str] = ()) -> Told:
        """All of it, or only the tests of these names where it `selects`."""
        began = time.monotonic()
        came = self.way.run(trial, only)
        seconds = time.monotonic() - began
        report = report_of(_here(came.cases, trial), seconds, trial.folder)
        trouble = _trouble(self.way.runner, came, report, seconds)
        cases = list(report.cases)
        if trouble is not None and not report.failures:
            text = f"{came.ran.stdout[-SAID_LENGTH:]}\n{came.ran.stderr[-SAID_LENGTH:]}".strip()
            whole = Case(self.all_of_it, "error", message=trouble.reason, detail=text)
            cases += _here([whole], trial)
        check = Check(
            name=self.name,
            passed=trouble is None,
            says=trouble.reason if trouble else f"{report.counts['passed']} passed",
            command=tuple(came.argv),
            exit_code=came.ran.exit_code,
            of=trial.digest,
            seconds=seconds,
            feedback="\n".join(
                heard((case.full_name, case.detail or case.message) for case in report.failures)
            ),
        )
        return Told(check, cases, trouble, came.believed)


def first_run(
    work: Work, checks: Sequence[ProjectCheck], look: Callable[[Trial], None]
) -> tuple[list[ProjectCheck], list[Told]]:
    """Of what was given; and the checks as they are to be run from now on. `look` is shown each
    trial after its run."""
    found = [_first(work, check, look) for check in checks]
    for _, told in found:
        if isinstance(told.trouble, NoTests):
            raise told.trouble
    return [check for check, _ in found], [told for _, told in found]


def _first(
    work: Work, check: ProjectCheck, look: Callable[[Trial], None]
) -> tuple[ProjectCheck, Told]:
    told = _run(work, check, look)
    if told.believed or not isinstance(check.way, SealedPytest):
        return check, told
    plain = replace(check, way=check.way.without_seal)
    plain_told = _run(work, plain, look)
    is_none = isinstance(plain_told.trouble, NoTests)
    reported = any(case.name != check.all_of_it for case in plain_told.cases)
    return (plain, plain_told) if reported or is_none else (check, told)


def _run(work: Work, check: ProjectCheck, look: Callable[[Trial], None]) -> Told:
    with work.trial({}) as trial:
        told = check.run(trial)
        look(trial)
    return told


def _trouble(runner: str, came: Came, report: Report, seconds: float) -> Failed | None:
    if came.ran.timed_out:
        return Failed(f"stopped after {seconds:.0f} s")
    if came.doubt:
        return Failed(came.doubt)
    if not came.believed:
        return Failed(f"{runner} ended before its report: {said(came.ran)}")
    return trouble_of(runner, came.ran, report)


def project_checks(
    folder: Path,
    runner: Runner | None,
    args: Sequence[str],
    commands: Sequence[Sequence[str]],
    env: Mapping[str, str],
) -> list[ProjectCheck]:
    """Those that are given, or the project's tests."""
    if commands:
        return [ProjectCheck(_called(argv, len(commands)), _way_of(argv, env)) for argv in commands]
    chosen = runner or next(iter(runners_of(Folder(folder))), None)
    if chosen is None:
        raise Failed(
            "nothing here says how it is tested",
            "give runner, or check with a command line, or path if the project is in a folder",
        )
    program = program_of(chosen, folder)
    plain = ByRunner(chosen, tuple(args), env)
    sealed = SealedPytest((program, *args), plain, env)
    return [ProjectCheck(TESTS, sealed if chosen == "pytest" else plain)]


def _called(argv: Sequence[str], several: int) -> str:
    return TESTS if several == 1 else f"{TESTS}: {shlex.join(argv)}"


def _way_of(argv: Sequence[str], env: Mapping[str, str]) -> Way:
    name, plain = Path(argv[0]).name, ByCommand(tuple(argv), env)
    by_module = name.startswith("python") and list(argv[1:3]) == ["-m", "pytest"]
    if name in ("pytest", "py.test") or by_module:
        return SealedPytest(tuple(argv), plain, env)
    return plain


def _here(cases: Sequence[Case], trial: Trial) -> list[Case]:
    """Without where on this machine the trial was."""
    root = f"{trial.root}/"
    return [
        replace(
            case,
            message=case.message.replace(root, ""),
            detail=case.detail.replace(root, ""),
            file=case.file.replace(root, ""),
        )
        for case in cases
    ]
