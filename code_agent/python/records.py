"""What `code_agent.inside.characterize` records of code, read and compared on the outside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

from code_agent.inside.ygg_arms import Place
from code_agent.python.inputs_calls import Call
from code_agent.python.records_closely import (
    ROUGHLY,
    Closely,
    roughly,
    without_private,
)
from code_agent.python.records_in_words import came, listed, shown
from code_agent.python.records_same import as_text, is_unfit, same
from code_agent.python.sealed import sealed_lines, words

Record = Mapping[str, Any]
_BESIDES = {
    "changed": "its arguments become",
    "printed": "it prints",
    "wrote": "it writes",
    "object": "the object becomes",
}
LEFT_OUT = "left out"
_ENDS = ("too long", "too deep", "cut", LEFT_OUT)


@dataclass(frozen=True)
class Records:
    failed: str
    """Why the module could not be imported; empty where it could."""
    printed: str
    """What it printed while it was imported."""
    values: Mapping[str, Any]
    """Its public data, at first and at last."""
    lines: frozenset[int]
    """Those that ran in the calls."""
    lines_at_import: frozenset[int]
    calls: Sequence[Record]
    arms_unrun: frozenset[Place] = frozenset()
    """Arms of expressions that nothing has run."""
    seconds: Sequence[float] = ()
    """What each call took."""


@dataclass(frozen=True)
class Evidence:
    """What calls of one name have shown."""

    calls: int
    compared: int
    """Those of them that did the same twice in the old code."""
    values: int
    """Those of these that returned something, if only None."""
    distinct: int
    """How many different things were done."""

    @property
    def is_enough(self) -> bool:
        """What takes nothing can be called in one way only."""
        if self.calls == 1:
            return self.values == 1
        return self.values >= 3 and self.distinct >= 2


def read_records(text: str, key: str) -> Records | None:
    """Nothing when the key did not seal it: the process ended early, or somebody forged it."""
    lines = sealed_lines(text, key)
    if not lines:
        return None
    head, *calls = lines
    failed = head.get("failed")
    says = f"{words(failed, 'raised')}: {words(failed, 'says')}" if isinstance(failed, dict) else ""
    return Records(
        failed=says,
        printed=json.dumps(head.get("printed", "")),
        values={name: head.get(name) for name in ("values", "values after")},
        lines=_numbers(head.get("lines")),
        lines_at_import=_numbers(head.get("lines at import")),
        calls=calls,
        arms_unrun=_unrun(head.get("arms")),
        seconds=_seconds(head.get("seconds")),
    )


def is_stable(old: Record, again: Record) -> bool:
    """Whether it can be compared at all, having done the same twice."""
    return not any(old.get(one) for one in _ENDS) and as_text(roughly(old)) == as_text(
        roughly(again)
    )


def differences(
    calls: Sequence[Call],
    old: Records,
    again: Records,
    new: Records,
    closely: Closely = ROUGHLY,
) -> list[str]:
    """What the new code does otherwise, in words, of all that the old one does the same twice."""
    told = list(_of_module(old, again, new))
    for call, was, too, now in zip(calls, old.calls, again.calls, new.calls, strict=False):
        if call.odd and (_took_what_it_cannot(was) or _took_what_it_cannot(now)):
            continue
        if call.reading and not same(roughly(was), roughly(now)):
            continue
        if is_stable(was, too) and not now.get(LEFT_OUT):
            told.extend(islice(_of_call(call, was, too, now, closely), 1))
    return told


def left_out(calls: Sequence[Call], old: Records, again: Records, new: Records) -> str:
    """A call that the new code made too much of to be told, and the old one did not."""
    for call, was, too, now in zip(calls, old.calls, again.calls, new.calls, strict=False):
        if now.get(LEFT_OUT) and is_stable(was, too):
            return call.shown
    return ""


def _of_call(call: Call, was: Record, too: Record, now: Record, closely: Closely) -> Iterator[str]:
    before, after = roughly(was), roughly(now)
    if not same(before, after):
        yield _in_words(call, before, after)
    old, new = closely.compared(was, too), closely.compared(now, now)
    if roughly(old) != old and not same(old, new):
        yield _in_words(call, old, new)
    yield from (f"{call.shown}: {one}" for one in closely.differences(was, too, now))


def evidence(
    calls: Sequence[Call], old: Records, again: Records, closely: Closely = ROUGHLY
) -> dict[str, Evidence]:
    """What the calls have shown, by the names that were called."""
    found: dict[str, list[tuple[Record, Record]]] = {}
    for call, was, too in zip(calls, old.calls, again.calls, strict=False):
        if not call.odd:
            found.setdefault(call.of, []).append((was, too))
    return {name: _evidence(records, closely) for name, records in found.items()}


def _took_what_it_cannot(one: Record) -> bool:
    return any(map(is_unfit, one.get("steps", ())))


def _of_module(old: Records, again: Records, new: Records) -> Iterator[str]:
    if old.printed == again.printed != new.printed:
        yield f"importing it printed {old.printed} before, {new.printed} after"
    for moment, when in (("values", ""), ("values after", " after all calls")):
        was, too, now = (without_private(one.values[moment] or {}) for one in (old, again, new))
        for name, value in was.items():
            steady = as_text(value) == as_text(too.get(name))
            if steady and name in now and not same({"it": value}, {"it": now[name]}):
                yield f"{name}{when}: {shown(value)} before, {shown(now[name])} after"


def _evidence(records: Sequence[tuple[Record, Record]], closely: Closely) -> Evidence:
    compared = [both for both in records if is_stable(*both)]
    told = [was for was, too in compared if closely.tells(was, too)]
    returned = [one for one in told if any("value" in step for step in one["steps"])]
    return Evidence(
        calls=len(records),
        compared=len(compared),
        values=len(returned),
        distinct=len({as_text(closely.done(*both)) for both in compared}),
    )


def _in_words(call: Call, was: Record, now: Record) -> str:
    for name, says in (("too long", "it takes too long"), ("too deep", "it calls itself too deep")):
        if now.get(name):
            return f"{call.shown}: {says} now"
    steps = zip_longest(was.get("steps", ()), now.get("steps", ()))
    for number, (one, other) in enumerate(steps, 1):
        if one is None or other is None or not same({"step": one}, {"step": other}):
            upto = Call(call.of, call.steps[:number])
            return f"{upto.shown}: {came(one)} before, {came(other)} after"
    for name, says in _BESIDES.items():
        before, after = was.get(name), now.get(name)
        if not same({"it": before}, {"it": after}):
            return f"{call.shown}: {says} {listed(before)} before, {listed(after)} after"
    return f"{call.shown}: it does not do the same"


def _numbers(value: Any) -> frozenset[int]:
    return frozenset(one for one in value or () if isinstance(one, int))


def _unrun(arms: Any) -> frozenset[Place]:
    there, ran = arms if isinstance(arms, list) and len(arms) == 2 else ([], [])
    return frozenset(map(tuple, there)) - frozenset(map(tuple, ran))


def _seconds(value: Any) -> Sequence[float]:
    return [one if isinstance(one, int | float) else 0.0 for one in value or ()]
