"""How a project's checks are run: pytest under seal, any other runner, or a command line."""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Protocol

from code_agent.python.reports import TestsReport, plugin_input, read_report, reasons
from code_agent.python.sealed import sealed_lines, words
from code_agent.trial import INSIDE, SEEN_BYTES, Trial
from executors.handler import Failed, Ran
from executors.projects.cases import Case, Ended
from executors.projects.kinds import Folder, Runner
from executors.projects.offline import tool_variables
from executors.projects.suite_results import cases_of, output_bytes
from executors.projects.suites import Facts, SuiteCommand, command_for
from executors.projects.test_output import read_cargo, read_tap
from executors.projects.workplace import how_to_get, program_in
from ygg.errors import BadInput

_SEALED = (
    *("-p", "ygg_pytest", "-p", "no:cacheprovider"),
    *("--color=no", "--tb=short", "--maxfail=0"),
)
GO_CACHE = "go-cache"
_OF_TIME = 0.8
"""After so much of the time that a test run has, it says what it is at."""
_ENDED: Mapping[str, Ended] = {
    "passed": "passed",
    "failed": "failed",
    "error": "error",
    "skipped": "skipped",
    "xfailed": "skipped",
    "xpassed": "passed",
}


@dataclass(frozen=True)
class Came:
    """What came of one run, as far as it was understood."""

    argv: Sequence[str]
    ran: Ran
    cases: Sequence[Case]
    believed: bool = True
    """It is false where the run left no report under seal."""
    doubt: str = ""
    """Why what the report says is not so."""


class Way(Protocol):
    @property
    def runner(self) -> str: ...

    @property
    def selects(self) -> bool:
        """Whether it can run tests by their names."""
        ...

    def run(self, trial: Trial, only: Sequence[str] = ()) -> Came: ...


@dataclass(frozen=True)
class ByRunner:
    runner: Runner
    args: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    selects: ClassVar[bool] = False

    def run(self, trial: Trial, only: Sequence[str] = ()) -> Came:
        file = trial.report_file()
        folder = Folder(trial.folder)
        facts = Facts(
            program=program_of(self.runner, trial.folder),
            report=file,
            package=folder.package(),
            make_targets=frozenset(folder.make_targets()),
        )
        command = command_for(self.runner, facts, self.args)
        env = {**tool_variables(network=False), **_fresh_home(), **command.env, **self.env}
        if self.runner == "pytest":
            env["PYTHONPATH"] = _python_path(self.env, trial)
        kept = max(output_bytes(command), SEEN_BYTES)
        ran = _run(trial, command.argv, env, kept)
        return Came(command.argv, ran, _written(command, ran, trial, file))


@dataclass(frozen=True)
class ByCommand:
    """A command line that was given: it is well if it ends well, whatever it says."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    selects: ClassVar[bool] = False

    @property
    def runner(self) -> str:
        return shlex.join(self.argv)

    def run(self, trial: Trial, only: Sequence[str] = ()) -> Came:
        file = trial.report_file()
        # However it comes to run pytest, that reads this.
        told = {"PYTEST_ADDOPTS": f"--junitxml={file} -o junit_family=xunit1 --tb=short"}
        env = {**tool_variables(network=False), **_fresh_home(), **told, **self.env}
        ran = _run(trial, self.argv, env, SEEN_BYTES)
        command = SuiteCommand(list(self.argv), "junit" if file.exists() else "tap")
        cases = _written(command, ran, trial, file) or _printed(ran)
        return Came(self.argv, ran, cases or ([] if ran.exit_code else [Case(self.runner)]))


@dataclass(frozen=True)
class SealedPytest:
    start: tuple[str, ...]
    """The program with the words that are always said to it."""
    without_seal: Way
    env: Mapping[str, str] = field(default_factory=dict)
    runner: ClassVar[str] = "pytest"
    selects: ClassVar[bool] = True

    def run(self, trial: Trial, only: Sequence[str] = ()) -> Came:
        key, file = secrets.token_hex(32), trial.report_file()
        limit = f"faulthandler_timeout={max(1.0, trial.most_seconds * _OF_TIME):.0f}"
        argv = [*self.start, *_SEALED, "-o", limit, *only]
        env = {**_fresh_home(), **self.env, "PYTHONPATH": _python_path(self.env, trial)}
        ran = trial.run(argv, env=env, stdin=json.dumps(plugin_input(key, file)))
        written = trial.take_report(file)
        text = "" if written is None else written.decode(errors="replace")
        report = read_report(text, key)
        if report is None:
            return Came(argv, ran, (), believed=False)
        cases = [*_runs(report), *_broken(report, _files(text, key))]
        return Came(argv, ran, cases, believed=not report.doubt, doubt=report.doubt)


def program_of(runner: Runner, folder: Path) -> str:
    found = program_in(folder, runner)
    if found is None:
        raise Failed(f"{runner} is not installed on the executor's machine", how_to_get(runner))
    return found


def _run(trial: Trial, argv: Sequence[str], env: Mapping[str, str], keep_bytes: int) -> Ran:
    """Go builds its own library into a cache, which takes half a minute. What the first run of all,
    that of the files as they were given, has put there the others may read: no candidate of theirs
    writes what another one runs."""
    own = trial.context.workspace / GO_CACHE
    kept = trial.context.workspace.parent / GO_CACHE
    if kept.is_dir():
        trial = replace(trial, readable=(*trial.readable, kept))
        return trial.run(argv, env={"GOCACHE": str(kept), **env}, keep_bytes=keep_bytes)
    ran = trial.run(argv, env={"GOCACHE": str(own), **env}, keep_bytes=keep_bytes)
    if not kept.exists():
        if own.is_dir() and not own.is_symlink():
            own.rename(kept)
        else:
            kept.touch()  # there was none in the first run, so there never is one
    return ran


def _fresh_home() -> dict[str, str]:
    """What one command leaves in its home is read by the next one's tools as their settings."""
    return {"HOME": f"/tmp/home-{secrets.token_hex(8)}", "PYTHONNOUSERSITE": "1"}  # noqa: S108


def _python_path(env: Mapping[str, str], trial: Trial) -> str:
    """What is not installed is found as if it were, in one of the two usual places."""
    own = env.get("PYTHONPATH", "")
    folders = [own] if own else [str(trial.folder / "src"), str(trial.folder)]
    return ":".join([str(INSIDE), *folders])


def _written(command: SuiteCommand, ran: Ran, trial: Trial, file: Path) -> list[Case]:
    content = trial.take_report(file)

    def written() -> bytes:
        if content is None:
            raise BadInput("it was not written")
        return content

    return cases_of(command, ran, written, trial.context.log)


def _printed(ran: Ran) -> list[Case]:
    return read_cargo(ran.stdout) or read_tap(ran.stdout)


def _runs(report: TestsReport) -> list[Case]:
    found = [
        replace(_case(one.name, one.says), ended=_ENDED[one.ended], seconds=one.seconds)
        for one in report.runs
    ]
    return found + [Case(name=name, ended="skipped") for name in report.not_run]


def _broken(report: TestsReport, files: Sequence[str]) -> list[Case]:
    """The files that could not even be collected, as cases."""
    return [
        replace(_case(name or "a test file", says), ended="error")
        for name, says in zip(files, report.broken, strict=True)
    ]


def _case(name: str, says: str) -> Case:
    lines = reasons(says)
    # Of a syntax error the last such line says what it is, of an assertion the first.
    message = next((one for one in lines if "Error" in one), lines[0]) if lines else ""
    return Case(name, message=message, detail=says)


def _files(text: str, key: str) -> list[str]:
    broken = (sealed_lines(text, key) or [{}])[0].get("broken")
    found = broken if isinstance(broken, list) else []
    return [words(one, "of") for one in found if isinstance(one, dict)]
