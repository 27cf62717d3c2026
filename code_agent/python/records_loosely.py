"""What two programs do otherwise that were written apart, each after the same words.

Nothing is told that these words leave to whoever writes: by which error something is refused, what
objects keep, what is beside that which was asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from code_agent.python.inputs_calls import Call
from code_agent.python.records import Records, is_stable
from code_agent.python.records_closely import Closely
from code_agent.python.records_in_words import came, listed
from code_agent.python.records_same import UNFIT, as_text

Record = Mapping[str, Any]
CLOSE, NOTHING = 1e-9, 1e-12
"""Fractions that were reckoned otherwise are that near to each other; or both that near to 0."""
_BESIDES = {
    "changed": "its arguments become",
    "printed": "it prints",
    "wrote": "it writes",
}
_HOLDING = {"list": "list", "tuple": "tuple", "dict": "dict", "set": "set", "frozenset": "set"}
"""What is equal to each other, whatever its class."""


@dataclass(frozen=True)
class Loosely:
    """Values are the same where `==` says so, but for the last digits of fractions."""

    spoken: frozenset[str]
    """The words of what was asked for, with those of its tests."""

    def differences(
        self, calls: Sequence[Call], old: Records, again: Records, new: Records, _: Closely
    ) -> list[str]:
        """Calls of what was asked for, with what comes of them here, which is by the old code, and
        there, by the new one."""
        records = zip(calls, old.calls, again.calls, new.calls, strict=False)
        told = (
            self._of_call(call, was, now)
            for call, was, too, now in records
            if self._counts(call) and is_stable(was, too) and is_stable(now, now)
        )
        return [one for one in told if one]

    def _counts(self, call: Call) -> bool:
        names = [one.name.rpartition(".")[2] for one in call.steps]
        return not call.odd and all(one in self.spoken or one.startswith("__") for one in names)

    def _of_call(self, call: Call, was: Record, now: Record) -> str:
        steps = zip(was.get("steps", ()), now.get("steps", ()), strict=False)
        for number, (one, other) in enumerate(steps, 1):
            if self._is_unfit(one) or self._is_unfit(other):
                return ""
            if not self._alike(one, other):
                upto = Call(call.of, call.steps[:number])
                return f"{upto.shown}: {came(one)} here, {came(other)} there"
        for name, says in _BESIDES.items():
            one, other = was.get(name), now.get(name)
            if not self._alike(one, other):
                return f"{call.shown}: {says} {listed(one)} here, {listed(other)} there"
        return ""

    def _is_unfit(self, one: Record) -> bool:
        """Whether that was given which it may not be meant for."""
        return one.get("raised") in UNFIT and one["raised"] not in self.spoken

    def _alike(self, one: Any, other: Any) -> bool:
        if isinstance(one, int | float) and isinstance(other, int | float):
            return one == other or _near(one, other)
        if isinstance(one, list) and isinstance(other, list):
            return len(one) == len(other) and all(map(self._alike, one, other))
        if isinstance(one, dict) and isinstance(other, dict):
            return self._alike_as_told(one, other)
        return type(one) is type(other) and bool(one == other)

    def _alike_as_told(self, one: Record, other: Record) -> bool:
        if "raised" in one and "raised" in other:
            names = {one["raised"], other["raised"]}
            return len(names) == 1 or not names & self.spoken
        if "has" in one and "has" in other:
            return self._alike_as_objects(one, other)
        held, there = _held(one), _held(other)
        return held.keys() == there.keys() and all(
            self._alike(value, there[name]) for name, value in held.items()
        )

    def _alike_as_objects(self, one: Record, other: Record) -> bool:
        if one["object"] != other["object"] or one.get("is") != other.get("is"):
            return False
        has, there = dict(one["has"]), dict(other["has"])
        names = has.keys() & there.keys() & self.spoken
        return all(self._alike(has[name], there[name]) for name in names)


def _near(one: float, other: float) -> bool:
    if isinstance(one, int) and isinstance(other, int):
        return False
    return math.isclose(one, other, rel_tol=CLOSE, abs_tol=NOTHING) or (
        one != one and other != other
    )


def _held(told: Record) -> Record:
    kind = next(iter(told), "")
    if kind not in _HOLDING:
        return told
    parts = told[kind]
    if kind == "dict":
        parts = sorted(parts, key=lambda pair: as_text(pair[0]))
    return {_HOLDING[kind]: parts}
