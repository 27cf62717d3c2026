"""The file of tests as it will be, and all that it must show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from code_agent.checks.rules import rule
from code_agent.checks.suite import SuiteRun
from code_agent.python.assertions import toothless
from code_agent.python.mutants import Mutant
from code_agent.testing.assembling import Assembled
from code_agent.testing.coverage import Covered, Uncounted, contradicted
from code_agent.testing.pool import MOST_MUTANTS, Pool
from code_agent.testing.testbed import SEEDS, Ran, Testbed
from code_agent.verdict import Check

COLLECTED, ORDERS, ASSERTIONS = "collected", "any order", "assertions"
COVERAGE, MUTANTS, UNTOUCHED = "coverage", "mutants", "source untouched"
REQUIRED = (COLLECTED, ORDERS, ASSERTIONS, MUTANTS, COVERAGE, UNTOUCHED)
MOST_NAMED = 5
ENOUGH = 2 / 3
"""Of the faults that were put into the code: tests that notice fewer hold, and protect little."""


@dataclass(frozen=True)
class Noticed:
    """Of the faults that were put into the code, by assertions of the whole file."""

    killed: tuple[tuple[Pool, Mutant], ...] = ()
    survived: tuple[tuple[Pool, Mutant], ...] = ()
    run: SuiteRun | None = None
    """One that noticed a fault, if any did."""
    seconds: float = 0.0

    @property
    def total(self) -> int:
        return len(self.killed) + len(self.survived)


@dataclass(frozen=True)
class Finished:
    """Of one source file."""

    testbed: Testbed
    pools: Sequence[Pool]
    made: Assembled
    runs: Sequence[Ran]
    """Of the last text, in each order."""
    dropped: Mapping[str, str]
    before: Covered | Uncounted
    after: Covered | Uncounted | None = None
    """Nothing where the tests do not hold."""
    noticed: Noticed | None = None
    """Nothing: the tests fail without a fault, too, or change files."""

    @property
    def text(self) -> str:
        return self.made.text

    @property
    def is_there(self) -> bool:
        return bool(self.made.tests)

    def untested(self) -> dict[str, str]:
        """Names without a test that noticed a fault in them, if one could be put in, and why."""
        with_tests = {one.of for one in self.made.tests.values()}
        noticed = {pool.target.name for pool, _ in self.noticed.killed} if self.noticed else set()
        found = {}
        for pool in self.pools:
            name = pool.target.name
            if name not in with_tests:
                found[name] = "no test of it is left"
            elif self.noticed is None:
                found[name] = f"its {self._unsteady}"
            elif pool.mutants and name not in noticed:
                found[name] = "no test of it notices a fault"
        return found

    def as_data(self) -> dict[str, JsonValue]:
        noticed = self.noticed or Noticed()
        return {
            "path": self.testbed.subject.path,
            "test": self.testbed.subject.test_path,
            "tests": len(self.made.tests),
            "coverage": {"before": _data(self.before), "after": _data(self.after)},
            "mutants": {
                "killed": len(noticed.killed),
                "total": noticed.total,
                "survivors": [_said(*one) for one in noticed.survived],
            },
        }

    def checks(self) -> Iterator[Check]:
        first, last = self.runs[0].run, self.runs[-1].run
        yield _collected(first)
        yield self._any_order(last)
        names = [pool.target.name for pool in self.pools]
        yield rule(ASSERTIONS, self.text, lambda: toothless(self.text, names))
        yield self._mutants(last)
        yield self._coverage(last)
        yield self._untouched(last)

    @property
    def _unsteady(self) -> str:
        wrote = any(one.wrote for one in self.runs)
        return "tests change files" if wrote else "tests do not pass in every order"

    def _any_order(self, last: SuiteRun) -> Check:
        ran = [one.run for one in self.runs]
        seeds = ", ".join(str(seed) for seed in SEEDS[: len(ran)])
        check = replace(last.as_check(ORDERS), seconds=sum(one.seconds for one in ran))
        if not last.passed:
            return check
        says = f"{check.says}, {len(ran)} times: seeds {seeds}"
        return replace(check, passed=hold(self.runs), says=says)

    def _mutants(self, last: SuiteRun) -> Check:
        found = self.noticed
        if found is None:
            says = f"none was tried: {self._unsteady}"
            return _by_run_of_tests(last, MUTANTS, passed=None, says=says)
        if found.run is None:
            says = "no fault could be put into the code"
            return Check(MUTANTS, passed=None, says=says, of=last.of)
        killed, total = len(found.killed), found.total
        says = f"{killed} of {total} faults are noticed by assertions"
        if found.survived:
            told = "; ".join(_said(*one) for one in found.survived[:MOST_NAMED])
            says = f"{says}; not {told}"
        if any(len(pool.mutants) == MOST_MUTANTS for pool in self.pools):
            says = f"{says}; of one name {MOST_MUTANTS} are tried at most"
        passed = True if killed >= ENOUGH * total else None if killed else False
        check = found.run.as_check(MUTANTS)
        return replace(check, passed=passed, says=says, seconds=found.seconds)

    def _coverage(self, last: SuiteRun) -> Check:
        before, after = self.before, self.after
        if after is None:
            return _by_run_of_tests(last, COVERAGE, passed=None, says="nothing was measured")
        if isinstance(after, Uncounted):
            return _uncounted(after)
        if isinstance(before, Uncounted):
            return _uncounted(before)
        lines = {mutant.line for _, mutant in self.noticed.killed} if self.noticed else ()
        passed: bool | None = after.more_than(before)
        says = f"{after.says()}, {before.says()} before, as the tested code's process counted them"
        if told := contradicted(after, self.testbed.subject.source, lines):
            passed, says = None, f"it cannot be believed: {told}"
        elif not passed and before.is_whole:
            passed, says = None, f"there is nothing to raise: {before.says()} before"
        return Check(
            COVERAGE,
            passed=passed,
            says=says,
            command=after.command,
            exit_code=after.exit_code,
            of=after.of,
            seconds=after.seconds,
        )

    def _untouched(self, last: SuiteRun) -> Check:
        wrote = any(one.wrote for one in self.runs)
        path = self.testbed.subject.test_path
        says = "tests change files" if wrote else f"{path} is new, all else is as it was"
        is_new = not self.testbed.work.has(path)
        return _by_run_of_tests(last, UNTOUCHED, passed=is_new and not wrote, says=says)


def hold(runs: Sequence[Ran]) -> bool:
    """In every order."""
    return len(runs) == len(SEEDS) and all(one.run.passed for one in runs)


def _collected(first: SuiteRun) -> Check:
    number = len(first.report.collected) if first.report else 0
    says = f"{number} tests" if first.report else first.says()
    return replace(first.as_check(COLLECTED), passed=number > 0, says=says)


def _by_run_of_tests(ran: SuiteRun, name: str, *, passed: bool | None, says: str) -> Check:
    """That run is told already: this takes no more time."""
    return replace(ran.as_check(name), passed=passed, says=says, seconds=0.0)


def _uncounted(ran: Uncounted) -> Check:
    return Check(COVERAGE, None, ran.why, ran.command, ran.exit_code, ran.of, ran.seconds)


def _said(pool: Pool, mutant: Mutant) -> str:
    return f"{mutant.function or pool.target.name}, {mutant.says}"


def _data(found: Covered | Uncounted | None) -> JsonValue:
    if found is None:
        return "nothing was measured"
    return found.why if isinstance(found, Uncounted) else found.as_data()
