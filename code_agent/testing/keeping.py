"""Which of the tests that hold go into the file: all must do so in any order."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace

from code_agent.checks.suite import SuiteRun
from code_agent.python.mutants import Mutant
from code_agent.testing.assembling import Assembled, assembled, formatted
from code_agent.testing.coverage import Covered, Uncounted, covered
from code_agent.testing.finishing import Finished, Noticed, hold
from code_agent.testing.places import existing_tests
from code_agent.testing.pool import Pool
from code_agent.testing.single import OneTest
from code_agent.testing.testbed import SEEDS, Ran, Testbed, function_of

MOST_SPARE = 4
"""So many tests of a target that notice nothing are tried for what they reach."""
_NOTHING = "test_ygg_nothing.py"


def finish(testbed: Testbed, pools: Sequence[Pool]) -> Finished:
    """Of tests that notice nothing, those stay that reach more of the code."""
    dropped: dict[str, str] = {}
    kept: list[OneTest] = []
    for pool in pools:
        kept += pool.kept
        kept += _reaching(testbed, kept, pool.spare, dropped)
    made, runs = _steady(testbed, kept, dropped)
    finished = Finished(testbed, pools, made, runs, dropped, _before(testbed))
    if not hold(runs):
        return finished
    noticed = _noticed(testbed, made.text, pools)
    return replace(finished, after=_after(testbed, made.text), noticed=noticed)


def _before(testbed: Testbed) -> Covered | Uncounted:
    """By the tests that there are already, and by importing it."""
    subject = testbed.subject
    own = posixpath.join(posixpath.dirname(subject.test_path), _NOTHING)
    others = existing_tests(testbed.work, subject)
    return covered(testbed, {own: f"import {subject.module}\n"}, [*others, own])


def _after(testbed: Testbed, text: str) -> Covered | Uncounted:
    path = testbed.subject.test_path
    return covered(testbed, {path: text}, [*existing_tests(testbed.work, testbed.subject), path])


def _noticed(testbed: Testbed, text: str, pools: Sequence[Pool]) -> Noticed:
    killed, survived = list[tuple[Pool, Mutant]](), list[tuple[Pool, Mutant]]()
    kept: SuiteRun | None = None
    seconds = 0.0
    for pool in pools:
        for mutant in pool.mutants:
            run = testbed.suite(text, source=mutant.source).run
            seconds += run.seconds
            noticed = run.report is not None and any(one.asserted for one in run.report.runs)
            (killed if noticed else survived).append((pool, mutant))
            kept = run if noticed or kept is None else kept
    return Noticed(tuple(killed), tuple(survived), kept, seconds)


def _reaching(
    testbed: Testbed, kept: Sequence[OneTest], spare: Sequence[OneTest], dropped: dict[str, str]
) -> list[OneTest]:
    found: list[OneTest] = []
    now = _covered_by(testbed, kept) if spare else None
    for place, test in enumerate(spare):
        more = _covered_by(testbed, [*kept, *found, test]) if place < MOST_SPARE else None
        if isinstance(now, Covered) and isinstance(more, Covered) and more.more_than(now):
            found.append(test)
            now = more
        elif place < MOST_SPARE:
            dropped[test.name] = "it holds, but notices no more faults and reaches no more code"
        else:
            dropped[test.name] = (
                f"it holds, but notices no more faults; {MOST_SPARE} such tests of a name are "
                "tried for what they reach"
            )
    return found


def _covered_by(testbed: Testbed, tests: Sequence[OneTest]) -> Covered | Uncounted:
    subject = testbed.subject
    text = assembled(tests, subject.module).text.strip() or f"import {subject.module}"
    return covered(testbed, {subject.test_path: f"{text}\n"}, [subject.test_path])


def _steady(
    testbed: Testbed, tests: Sequence[OneTest], dropped: dict[str, str]
) -> tuple[Assembled, list[Ran]]:
    """Without those that fail in some order, or now and then."""
    left = list(tests)
    while True:
        made = assembled(left, testbed.subject.module)
        dropped |= made.clashing
        if not made.tests:
            return made, []
        made = replace(made, text=formatted(made.text, testbed))
        runs, wrong = _in_each_order(testbed, made)
        if not wrong or not wrong.keys() & made.tests.keys():
            return made, runs
        dropped |= {made.tests[name].name: why for name, why in wrong.items()}
        left = [test for name, test in made.tests.items() if name not in wrong]


def _in_each_order(testbed: Testbed, made: Assembled) -> tuple[list[Ran], Mapping[str, str]]:
    """Until some fail, which are named."""
    runs: list[Ran] = []
    for seed in SEEDS:
        ran = testbed.suite(made.text, seed=seed)
        runs.append(ran)
        report = ran.run.report
        failures = report.failures if report is not None else ()
        if wrong := {function_of(one.name) for one in failures}:
            why = "it does not pass in every order" if seed == SEEDS[0] else _now_and_then(seed)
            return runs, dict.fromkeys(sorted(wrong), why)
        if report is None or ran.wrote:
            break
    return runs, {}


def _now_and_then(seed: int) -> str:
    return f"it passes {seed - 1} times and then, in another order, does not"
