"""What only a close look tells two calls apart by: all that is beside their values and errors.

Of each part counts only what the old code does the same twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

from code_agent.python.records_in_words import came, short
from code_agent.python.records_same import is_unfit, same

Record = Mapping[str, Any]
ALIASES = "aliases"
_PARTS = {
    ALIASES: "of what it returns",
    "logged": "it logs",
    "warned": "it warns",
    "errors": "it says on standard error",
}
_HIDDEN, _FUNCTIONS, _LEFT = "hides", "functions", "left"
_ALL = frozenset({*_PARTS, _FUNCTIONS, _LEFT})
_NOTHING: Record = {}


@dataclass(frozen=True)
class Closely:
    """How closely old and new are compared."""

    parts: frozenset[str] = _ALL
    classes: frozenset[str] = frozenset()
    """Those whose private attributes are to be as they were."""

    def differences(self, old: Record, again: Record, new: Record) -> Iterator[str]:
        was, too, now = (one.get(_FUNCTIONS, ()) for one in (old, again, new))
        if _FUNCTIONS in self.parts and was == too:
            yield from islice(_of_functions(was, now), 1)
        if _LEFT in self.parts:
            yield from _reads_more(old, again, new)
        for name, says in _PARTS.items():
            was, too, now = (one.get(name) for one in (old, again, new))
            if name in self.parts and was == too != now:
                yield f"{says} {_listed(was)} before, {_listed(now)} after"

    def done(self, one: Record, again: Record) -> Record:
        """All that is compared of it, with what the functions do that came back."""
        functions = one.get(_FUNCTIONS) if self.tells(one, again) else None
        return {**self.compared(one, again), _FUNCTIONS: functions}

    def tells(self, one: Record, again: Record) -> bool:
        """Whether what it returned has shown something: of a function that could not be called
        nothing is known."""
        if _FUNCTIONS not in one or _FUNCTIONS not in self.parts:
            return True
        found = one[_FUNCTIONS]
        return found == again.get(_FUNCTIONS) and _has_value(found)

    def compared(self, one: Record, again: Record) -> Record:
        """With private attributes where they are the same twice."""
        found = roughly(one, self.classes)
        return found if found == roughly(again, self.classes) else roughly(one)


ROUGHLY = Closely(frozenset())


def _reads_more(old: Record, again: Record, new: Record) -> Iterator[str]:
    """Of the iterators that it is given. To read less of them does no harm."""
    was, too, now = (one.get(_LEFT, ()) for one in (old, again, new))
    if was == too:
        for before, after in zip(was, now, strict=False):
            if after < before:
                yield f"of an iterator it leaves {before} before, {after} after"


def roughly(record: Record, classes: Collection[str] = ()) -> Record:
    return {name: without_private(one, classes) for name, one in record.items() if name not in _ALL}


def without_private(value: Any, classes: Collection[str] = ()) -> Any:
    if isinstance(value, list):
        return [without_private(one, classes) for one in value]
    if not isinstance(value, dict):
        return value
    is_shown = value.get("object") in classes if _HIDDEN in value else True
    return {
        name: without_private(one, classes)
        for name, one in value.items()
        if is_shown or name != _HIDDEN
    }


def _listed(found: Any) -> str:
    if not found:
        return "nothing"
    if isinstance(found, dict) and all(isinstance(one, list) for one in found.values()):
        return short("; ".join(each for one in found.values() for each in one))
    if isinstance(found, list):
        return short("; ".join(" ".join(map(_word, one)) for one in found))
    return short(_word(found))


def _word(found: Any) -> str:
    return found if isinstance(found, str) else json.dumps(found)


def _of_functions(was: Any, now: Any) -> Iterator[str]:
    """`was` and `now` hold for each function what came of each call of it."""
    for one, other in zip_longest(was, now, fillvalue=()):
        for before, after in zip_longest(one, other, fillvalue=_NOTHING):
            if is_unfit(before):
                continue
            if not same(_result(before), _result(after)):
                yield _told(before, after)
            yield from _of_functions(before.get("within", ()), after.get("within", ()))


def _result(one: Record) -> Record:
    return {name: each for name, each in without_private(one).items() if name != "within"}


def _told(before: Record, after: Record) -> str:
    given = before.get("given", after.get("given"))
    if same({"it": _came(before)}, {"it": _came(after)}):
        return f"called with ({given}), what it returns does not say the same"
    called = f"called with ({given}), what it returns gives"
    return f"{called} {came(before)} before, {came(after)} after"


def _came(one: Record) -> Record:
    return {name: one[name] for name in ("value", "raised", "args", "meant") if name in one}


def _has_value(functions: Any) -> bool:
    return any("value" in one for each in functions for one in each)
