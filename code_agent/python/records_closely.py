"""What only a close look tells two calls apart by: all that is beside their values and errors.

Of each part counts only what the old code does the same twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from code_agent.python.records_in_words import short

Record = Mapping[str, Any]
_PARTS = {
    "aliases": "of what it returns",
    "logged": "it logs",
    "warned": "it warns",
    "errors": "it says on standard error",
}
_HIDDEN = "hides"


@dataclass(frozen=True)
class Closely:
    """How closely old and new are compared."""

    parts: frozenset[str] = frozenset(_PARTS)
    classes: frozenset[str] = frozenset()
    """Those whose private attributes are to be as they were."""

    def differences(self, old: Record, again: Record, new: Record) -> Iterator[str]:
        for name, says in _PARTS.items():
            was, too, now = (one.get(name) for one in (old, again, new))
            if name in self.parts and was == too != now:
                yield f"{says} {_listed(was)} before, {_listed(now)} after"

    def compared(self, one: Record, again: Record) -> Record:
        """With private attributes where they are the same twice."""
        found = roughly(one, self.classes)
        return found if found == roughly(again, self.classes) else roughly(one)


ROUGHLY = Closely(frozenset())


def roughly(record: Record, classes: Collection[str] = ()) -> Record:
    return {
        name: without_private(one, classes) for name, one in record.items() if name not in _PARTS
    }


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
