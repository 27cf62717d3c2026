"""When what was recorded of two calls is as good as the same."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

UNFIT = ("TypeError", "AttributeError")
"""By which of them the interpreter says that a value is of the wrong kind is no matter."""
CLOSE = 1e-12


def same(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return any(_alike(_plain(was, exact=one), _plain(now, exact=one)) for one in (True, False))


def _alike(one: Any, other: Any) -> bool:
    """The last digits of a fraction depend on the order in which it was reckoned."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE) or one != one
    return bool(one == other)


def is_unfit(one: Mapping[str, Any]) -> bool:
    """Whether that was given which it cannot take."""
    return one.get("raised") in UNFIT and not one.get("meant")


def as_text(value: Any, *, exact: bool = False) -> str:
    return json.dumps(_plain(value, exact=exact), sort_keys=True)


def _plain(value: Any, *, exact: bool) -> Any:
    """Without what an error of the interpreter says, unless it is wanted."""
    if isinstance(value, list):
        return [_plain(one, exact=exact) for one in value]
    if not isinstance(value, dict):
        return value
    if "raised" in value:
        if exact or value.get("meant"):
            return {"raised": value["raised"], "args": value.get("args")}
        name = value["raised"]
        return {"raised": " or ".join(UNFIT) if name in UNFIT else name}
    return {name: _plain(one, exact=exact) for name, one in value.items()}
