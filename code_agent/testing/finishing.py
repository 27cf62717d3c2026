"""The file of tests as it will be, and all that it must show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from code_agent.checks.rules import rule
from code_agent.checks.suite import SuiteRun
from code_agent.python.assertions import real_assertions, toothless
from code_agent.python.mutants import Mutant
from code_agent.testing.assembling import Assembled
from code_agent.testing.coverage import Covered, contradicted, covered
from code_agent.testing.places import existing_tests
from code_agent.testing.pool import Pool
from code_agent.testing.testbed import SEEDS, Ran, Testbed
from code_agent.verdict import Check

COLLECTED, ORDERS, ASSERTIONS = "collected", "any order", "assertions"
COVERAGE, MUTANTS, UNTOUCHED = "coverage", "mutants", "source untouched"
REQUIRED = (COLLECTED, ORDERS, ASSERTIONS, MUTANTS, COVERAGE, UNTOUCHED)
MOST_NAMED = 5
ENOUGH = 2 / 3
"""Of the faults that were put into the code: tests that notice fewer hold, and protect little."""


@dataclass
class Finished:
    """Of one source file."""

    testbed: Testbed
    pools: Sequence[Pool]
    made: Assembled
    runs: list[Ran]
    """Of the last text, in each order."""
    before: Covered | str
    dropped: dict[str, str]
    after: Covered | str = "nothing was measured"
    killed: list[tuple[Pool, Mutant]] = field(default_factory=list)
    survived: list[tuple[Pool, Mutant]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.made.text

    @property
    def is_there(self) -> bool:
        return bool(self.made.tests)

    def tested(self) -> set[str]:
        """Names whose own tests noticed a fault in them, or that no fault could be put into."""
        with_tests = {one.of for one in self.made.tests.values()}
        noticed = {pool.target.name for pool, _ in self.killed}
        plain = {pool.target.name for pool in self.pools if not pool.mutants}
        return with_tests & (noticed | plain)

    def as_data(self) -> dict[str, JsonValue]:
        return {
            "path": self.testbed.subject.path,
            "test": self.testbed.subject.test_path,
            "tests": len(self.made.tests),
            "coverage": {"before": _data(self.before), "after": _data(self.after)},
            "mutants": {
                "killed": len(self.killed),
                "total": len(self.killed) + len(self.survived),
                "survivors": [_said(*one) for one in self.survived],
            },
        }

    def checks(self) -> Iterator[Check]:
        first, last = self.runs[0].run, self.runs[-1].run
        yield _collected(first)
        yield self._any_order(last)
        names = [pool.target.name for pool in self.pools]
        yield rule(ASSERTIONS, self.text, lambda: list(_weak(self.text, names)))
        yield self._mutants()
        yield self._coverage()
        yield self._untouched(last)

    def _any_order(self, last: SuiteRun) -> Check:
        ran = [one.run for one in self.runs]
        seeds = ", ".join(str(seed) for seed in SEEDS[: len(ran)])
        check = replace(last.as_check(ORDERS), seconds=sum(one.seconds for one in ran))
        if not last.passed:
            return check
        passed = len(ran) == len(SEEDS) and all(one.passed for one in ran)
        return replace(check, passed=passed, says=f"{check.says}, {len(ran)} times: seeds {seeds}")

    def _mutants(self) -> Check:
        checked: SuiteRun | None = None
        seconds = 0.0
        for pool in self.pools:
            for mutant in pool.mutants:
                run = self.testbed.suite(self.text, source=mutant.source).run
                seconds += run.seconds
                noticed = run.report is not None and any(one.asserted for one in run.report.runs)
                (self.killed if noticed else self.survived).append((pool, mutant))
                checked = run if noticed or checked is None else checked
        total = len(self.killed) + len(self.survived)
        if checked is None:
            return Check(MUTANTS, passed=None, says="no fault could be put into the code")
        killed = len(self.killed)
        says = f"{killed} of {total} faults are noticed by assertions"
        if self.survived:
            told = "; ".join(_said(*one) for one in self.survived[:MOST_NAMED])
            says = f"{says}; not {told}"
        passed = True if killed >= ENOUGH * total else None if killed else False
        return replace(checked.as_check(MUTANTS), passed=passed, says=says, seconds=seconds)

    def _coverage(self) -> Check:
        subject = self.testbed.subject
        work, path = self.testbed.work, subject.test_path
        others = existing_tests(work, subject)
        self.after = after = covered(self.testbed, {path: self.text}, [*others, path])
        before = self.before
        trouble = after if isinstance(after, str) else ""
        trouble = trouble or (before if isinstance(before, str) else "")
        if trouble or isinstance(after, str) or isinstance(before, str):
            return Check(COVERAGE, passed=None, says=trouble)
        lines = {mutant.line for _, mutant in self.killed}
        passed: bool | None = after.more_than(before)
        says = f"{after.says()}, {before.says()} before, as the tested code's process counted them"
        if told := contradicted(after, subject.source, lines):
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
        return Check(UNTOUCHED, passed=is_new and not wrote, says=says, of=last.of)


def _collected(first: SuiteRun) -> Check:
    number = len(first.report.collected) if first.report else 0
    says = f"{number} tests" if first.report else first.says()
    return replace(first.as_check(COLLECTED), passed=number > 0, says=says)


def _weak(text: str, names: Sequence[str]) -> Iterator[str]:
    yield from (
        f"{name} asserts nothing" for name, real in real_assertions(text).items() if not real
    )
    yield from toothless(text, names)


def _said(pool: Pool, mutant: Mutant) -> str:
    return f"{mutant.function or pool.target.name}, {mutant.says}"


def _data(found: Covered | str) -> JsonValue:
    return found if isinstance(found, str) else found.as_data()
