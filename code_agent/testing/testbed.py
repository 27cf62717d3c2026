"""Runs tests on the code as it is, or with a fault put in: each in a file of its own."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Literal

from code_agent.checks.suite import SuiteRun, run_suite
from code_agent.cost import Span
from code_agent.python.reports import TestRun, TestsReport
from code_agent.testing.single import OneTest
from code_agent.testing.subject import Subject
from code_agent.tree import tree_of
from code_agent.trial import Trial
from code_agent.work import Work

TOGETHER_SECONDS = 20.0
ALONE_SECONDS = 10.0
FAULTY_SECONDS = 10.0
SEEDS = (1, 2, 3, 4, 5)
"""The orders that a file of tests must pass in."""

Ended = Literal["passed", "asserted", "error", "skipped", "broken", "stopped", "wrote"]
"""`asserted`: the test said no. `broken`: it could not be collected. `wrote`: it changed files."""


@dataclass(frozen=True)
class Came:
    """What came of one test. With `parametrize` it has several runs."""

    ended: Ended
    says: str = ""
    runs: tuple[TestRun, ...] = ()
    """In the order in which they were collected."""


@dataclass(frozen=True)
class Ran:
    run: SuiteRun
    wrote: bool
    """It changed files that were given."""


@dataclass
class Testbed:
    __test__ = False  # for pytest, which would take it for a test by its name

    work: Work
    subject: Subject
    spans: list[Span] = field(default_factory=list)
    """When its commands ran."""

    @cached_property
    def folder(self) -> str:
        """Where test files are written, from the folder that they run in."""
        return posixpath.dirname(self.seen(self.subject.test_path))

    def seen(self, path: str) -> str:
        """A path from the root, as it is from the folder that tests run in."""
        return posixpath.relpath(path, self.subject.below)

    @contextmanager
    def trial(self, changes: Mapping[str, str], seconds: float) -> Iterator[Trial]:
        with self.work.trial(changes) as trial:
            began = time.monotonic()
            try:
                yield replace(
                    trial,
                    folder=trial.root / self.subject.below,
                    most_seconds=min(seconds, trial.most_seconds),
                )
            finally:
                self.spans.append((began, time.monotonic()))

    def suite(self, text: str, *, source: str | None = None, seed: int | None = None) -> Ran:
        """All of the file that is to be written."""
        changes = {self.subject.test_path: text} | self._source(source)
        seconds = TOGETHER_SECONDS if source is None else FAULTY_SECONDS
        return self._suite(changes, [self.seen(self.subject.test_path)], seed, seconds)

    def run(self, tests: Sequence[OneTest]) -> list[Came]:
        """In one process; where that goes wrong, each in one of its own."""
        if not tests:
            return []
        files = self._files(tests)
        ran = self._run(files, None, TOGETHER_SECONDS)
        if ran.run.report is not None and not ran.wrote:
            return [_came(ran.run.report, file) for file in files]
        return [self.alone(one) for one in tests]

    def with_fault(self, tests: Sequence[OneTest], source: str) -> list[Came]:
        """A fault that lets the code run on, or end the process, is none that a test asserts."""
        files = self._files(tests)
        ran = self._run(files, source, FAULTY_SECONDS)
        if ran.run.report is None:
            return [Came("stopped", ran.run.says()) for _ in tests]
        return [_came(ran.run.report, file) for file in files]

    def alone(self, test: OneTest) -> Came:
        file = self._file(0)
        ran = self._run({file: test.source}, None, ALONE_SECONDS)
        if ran.wrote:
            return Came("wrote", "it changes files that are not its own")
        if ran.run.report is None:
            return Came("stopped", ran.run.says())
        return _came(ran.run.report, file)

    def _run(self, files: Mapping[str, str], source: str | None, seconds: float) -> Ran:
        root = posixpath.dirname(self.subject.test_path)
        changes = {posixpath.join(root, name): text for name, text in files.items()}
        paths = [posixpath.join(self.folder, name) for name in files]
        return self._suite(changes | self._source(source), paths, None, seconds)

    def _suite(
        self, changes: Mapping[str, str], paths: Sequence[str], seed: int | None, seconds: float
    ) -> Ran:
        with self.trial(changes, seconds) as trial:
            run = run_suite(trial, [*told_where(trial), *paths], seed=seed, all_of_them=True)
            wrote = tree_of(trial.root).digest != trial.digest
        return Ran(run, wrote)

    def _source(self, source: str | None) -> dict[str, str]:
        return {} if source is None else {self.subject.path: source}

    def _files(self, tests: Sequence[OneTest]) -> dict[str, str]:
        return {self._file(number): one.source for number, one in enumerate(tests)}

    def _file(self, number: int) -> str:
        return f"test_ygg_{number}.py"


def told_where(trial: Trial) -> tuple[str, ...]:
    """pytest takes a relative folder for one beside its settings, and these are none; tests
    outside of its root have no file in their names."""
    return "-o", f"pythonpath={trial.folder}", f"--rootdir={trial.root}"


def function_of(name: str) -> str:
    """The test function's name in pytest's name of a run."""
    return name.partition("::")[2].partition("[")[0]


def _came(report: TestsReport, file: str) -> Came:
    order = {name: place for place, name in enumerate(report.collected)}
    runs = [one for one in report.runs if _file_of(one.name) == file]
    runs.sort(key=lambda one: order.get(one.name, 0))
    if not runs:
        said = next((one for one in report.broken if file in one), "it was not run")
        return Came("broken", said)
    wrong = [one for one in runs if one.ended != "passed"]
    if not wrong:
        return Came("passed", "", tuple(runs))
    return Came(_ended(wrong), wrong[0].says, tuple(runs))


def _ended(wrong: Sequence[TestRun]) -> Ended:
    if any(one.ended in ("skipped", "xfailed", "xpassed") for one in wrong):
        return "skipped"
    return "asserted" if all(one.asserted for one in wrong) else "error"


def _file_of(name: str) -> str:
    return PurePosixPath(name.partition("::")[0]).name
