"""Old and new code called with the same generated inputs, which must do the same."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from code_agent.python.affected import (
    affected,
    caches_anew,
    callables,
    calls_itself,
    unchanged_classes,
)
from code_agent.python.inputs import Inputs
from code_agent.python.inputs_calls import Call
from code_agent.python.records import Records, differences, evidence, left_out, read_records
from code_agent.python.records_closely import ALIASES, Closely
from code_agent.python.symbols import all_symbols
from code_agent.python.unrun import Run, run_of
from code_agent.trial import INSIDE, PYTHON, Trial
from code_agent.verdict import Check
from code_agent.work import Work
from executors.exits import said
from executors.handler import Ran

SAME = "same behaviour"
CALLS, CALLS_OF_OTHERS = 120, 30
"""Of each name that a change reaches, and of each other."""
MOST_CALLS = 1500
CALL_SECONDS, TIMES_AS_LONG = 1.0, 3
"""Of each call; and so many times as long as in the old code it may take, too."""
TIMES_AS_DEEP = 3
"""As the old code may call itself, if it does: a decorator calls, too."""
ENOUGH_RUN = 0.8
"""Calls must reach this share of the statements of what was changed."""
MOST_TOLD = 3
SCRIPT = INSIDE / "characterize.py"
ARGV = (PYTHON, "-s", "-B", str(SCRIPT))
Comparing = Callable[[Sequence[Call], Records, Records, Records, Closely], list[str]]
"""Of the old code, of the old code again and of the new code: the calls that differ, in words."""


@dataclass(frozen=True)
class _Ended:
    """What one run came to."""

    records: Records | None
    ran: Ran
    digest: str
    seconds: float


@dataclass
class Characterization:
    work: Work
    path: str
    before: str
    """The text of that file, as it was."""
    tests: str = ""
    """Code that may show how it is called."""
    names: Sequence[str] = ()
    """To be called, although they may not be meant for others."""
    seed: int = 0
    renamed: Mapping[str, str] = field(default_factory=dict)
    """What is called otherwise in the new code, since that was asked for."""
    close: frozenset[str] = Closely().parts
    """What is compared beside values, errors, output and arguments."""
    differences: Comparing = differences
    _known: dict[tuple[Call, ...], tuple[_Ended, _Ended]] = field(default_factory=dict)

    def check(self, after: str, others: Mapping[str, str]) -> Check:
        """`others` are files as they are by now. Nothing can be told where the calls show too
        little of what was changed."""
        began = time.monotonic()
        calls = self._calls(after)
        old, again = self._old(calls, others)
        new = self._new(after, calls, others, old)
        passed, says, told = self._compared(after, calls, (old, again, new))
        if passed is False and new.records is not None and told:
            # What it does but sometimes is no difference.
            second = self._new(after, calls, others, old)
            passed, says, more = self._compared(after, calls, (old, again, second))
            told = [one for one in told if one in more]
            if passed is False and second.records is not None and not told:
                passed, says = None, f"it does not do the same each time: {says}"
        return Check(
            SAME,
            passed=passed,
            says=says,
            command=ARGV,
            exit_code=new.ran.exit_code,
            of=new.digest,
            seconds=time.monotonic() - began,
            feedback="\n".join(["It does not do what the old code does:", *told]) if told else "",
        )

    def _compared(
        self, after: str, calls: Sequence[Call], ended: tuple[_Ended, _Ended, _Ended]
    ) -> tuple[bool | None, str, list[str]]:
        old, again, new = (one.records for one in ended)
        if old is None or again is None:
            return None, f"the code as it was ends before its report: {said(ended[0].ran)}", []
        if old.failed:
            return None, f"the code as it was cannot be imported: {old.failed}", []
        if new is None:
            return False, f"it ends the process that calls it: {said(ended[2].ran)}", []
        if new.failed:
            return False, f"it cannot be imported: {new.failed}", [new.failed]
        closely = self._closely(after)
        found = self.differences(calls, old, again, new, closely)
        if found and caches_anew(self.before, after):
            apart = replace(closely, parts=closely.parts - {ALIASES})
            if not self.differences(calls, old, again, new, apart):
                return None, f"a cache keeps what was kept elsewhere: {found[0]}", []
        if found:
            number = f"; and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
            return False, "; ".join(found[:MOST_TOLD]) + number, found[:MOST_TOLD]
        if missing := self._missing(after, calls, old, again, new):
            return None, missing, []
        return True, self._shown(calls, old, again), []

    def _closely(self, after: str) -> Closely:
        classes = unchanged_classes(self.before, after) if self.close else frozenset[str]()
        return Closely(self.close, classes)

    def _missing(
        self, after: str, calls: Sequence[Call], old: Records, again: Records, new: Records
    ) -> str:
        """Why all that agreed is not enough."""
        shown = evidence(calls, old, again, self._closely(after))
        reached = affected(self.before, after)
        wanted = [name for name in self._names(after) if name in reached]
        poor = [name for name in wanted if name not in shown or not shown[name].is_enough]
        if poor:
            one = shown.get(poor[0])
            told = (
                "it cannot be called"
                if one is None
                else (
                    f"{one.compared} of {one.calls} calls could be compared, {one.values} returned"
                    f" something, {one.distinct} different things were done"
                )
            )
            return f"too little is known of {poor[0]}: {told}"
        if call := left_out(calls, old, again, new):
            return f"it makes too much to be compared, by {call} at the latest"
        runs = (
            ("before", _run_of(self.before, after, old)),
            ("after", _run_of(after, self.before, new)),
        )
        for when, run in runs:
            if why := _unknown(run):
                return f"{why} in the code {when} the change"
        if not wanted and not _does_something(old):
            return "nothing that can be called is reached by the change"
        return ""

    def _shown(self, calls: Sequence[Call], old: Records, again: Records) -> str:
        shown = evidence(calls, old, again)
        compared = sum(one.compared for one in shown.values())
        values = sum(one.values for one in shown.values())
        left = len(calls) - compared
        if not calls:
            return "importing it does the same"
        says = f"{compared} calls did the same, {values} of them returned something"
        return f"{says}; {left} could not be compared" if left else says

    def _names(self, after: str) -> list[str]:
        """What is called: all that is meant for others and still there, under whatever name."""
        there = {one.name for one in all_symbols(after)}
        own = {one.name for one in all_symbols(self.before)}
        wanted = [*callables(self.before), *(name for name in self.names if name in own)]
        return [
            name
            for name in dict.fromkeys(wanted)
            if name in there or self.renamed.get(name) in there
        ]

    def _calls(self, after: str) -> list[Call]:
        reached = affected(self.before, after)
        names = sorted(self._names(after), key=lambda name: name not in reached)
        inputs = Inputs(self.before, self.seed, self.tests, after)
        found: list[Call] = []
        for name in names:
            found += inputs.calls(name, CALLS if name in reached else CALLS_OF_OTHERS)
        return found[:MOST_CALLS]

    def _old(self, calls: Sequence[Call], others: Mapping[str, str]) -> tuple[_Ended, _Ended]:
        """Twice, with other hashes and other chance: what differs then has no say."""
        key = tuple(calls)
        if key not in self._known:
            first = self._run(self.before, calls, others)
            second = self._run(self.before, calls, others, chance=1)
            self._known[key] = (first, second)
        return self._known[key]

    def _new(
        self, after: str, calls: Sequence[Call], others: Mapping[str, str], old: _Ended
    ) -> _Ended:
        took = old.records.seconds if old.records is not None else ()
        allowed = [TIMES_AS_LONG * one for one in took]
        deep = TIMES_AS_DEEP if calls_itself(self.before) else 1
        return self._run(after, calls, others, renamed=self.renamed, allowed=allowed, deep=deep)

    def _run(
        self,
        text: str,
        calls: Sequence[Call],
        others: Mapping[str, str],
        *,
        renamed: Mapping[str, str] | None = None,
        allowed: Sequence[float] = (),
        deep: int = 1,
        chance: int = 0,
    ) -> _Ended:
        with self.work.trial({**others, self.path: text}) as trial:
            told = {
                "module": str(trial.root / self.path),
                "calls": [call.as_data(renamed) for call in calls],
                "seconds": CALL_SECONDS,
                "allowed": [*allowed],
                "times as deep": deep,
                "seed": chance,
            }
            return _characterized(trial, told, chance)


def _characterized(trial: Trial, about: Mapping[str, object], chance: int) -> _Ended:
    key, file = secrets.token_hex(32), trial.report_file()
    told = {"key": key, "report": str(file), **about}
    began = time.monotonic()
    ran = trial.run(ARGV, env={"PYTHONHASHSEED": str(chance)}, stdin=json.dumps(told))
    seconds = time.monotonic() - began
    written = trial.take_report(file)
    records = None if written is None else read_records(written.decode(errors="replace"), key)
    return _Ended(records, ran, trial.digest, seconds)


def _run_of(source: str, other: str, records: Records) -> Run:
    lines, at_import = records.lines, records.lines_at_import
    return run_of(source, other, lines, at_import, records.arms_unrun)


def _unknown(run: Run) -> str:
    if run.unrun:
        return f"no call reaches {run.unrun[0]}"
    if run.share < ENOUGH_RUN:
        return f"calls reach {run.share:.0%} of what was changed"
    return ""


def _does_something(records: Records) -> bool:
    """Whether importing it does something, as it does of a script."""
    return records.printed != '""' or bool(records.values["values"])
