"""Which parts of what a call returns are the very things that it was given."""

from __future__ import annotations

import collections
import enum
import types
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

MOST_PARTS = 1000
"""Of one value; no more of it is looked at."""
MOST_TOLD = 50
_PRIVATE = "._"
"""In place of any private name, and of what is below it: that may be another."""
_MUTABLE = (list, dict, set, bytearray, collections.deque)
_NEVER = (type, types.ModuleType, enum.Enum, BaseException)


class Origins:
    """What may come back, by where it was. It is held: nothing new can take its place in memory."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, Any]] = {}

    def add(self, name: str, value: Any) -> None:
        with suppress(Exception):  # it is the code's own object, and may be a queer one
            for path, one in _parts(value, name, private=True):
                self._known.setdefault(id(one), (path, one))

    def add_object(self, value: Any) -> None:
        """How it keeps what it holds is its own matter."""
        with suppress(Exception):
            for path, one in _parts(value, "", private=True):
                name = "a part of the object" if path else "the object"
                self._known.setdefault(id(one), (name, one))

    def has(self, value: Any) -> bool:
        return id(value) in self._known

    def of(self, result: Any) -> list[str]:
        """Of each part that was known, or that stands in two places, which it is."""
        with suppress(Exception):
            return [*islice(self._told(result), MOST_TOLD)]
        return []

    def _told(self, result: Any) -> Iterator[str]:
        found: dict[int, str] = {}
        for path, one in _parts(result, "it", private=False):
            known = self._known.get(id(one))
            if known is not None:
                yield f"{path} is {known[0]}"
            elif id(one) in found:
                yield f"{path} is {found[id(one)]}"
            found.setdefault(id(one), path)


def _parts(value: Any, name: str, *, private: bool) -> Iterator[tuple[str, Any]]:
    """Those that are not just as good as their like, the nearest first."""
    waiting = collections.deque([(name, value)])
    known = set()
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        path, one = waiting.popleft()
        if _is_itself(one):
            yield path, one
            if id(one) in known:
                continue
            known.add(id(one))
        waiting.extend(_below(path, one, private=private))


def _is_itself(value: Any) -> bool:
    if isinstance(value, _MUTABLE):
        return True
    if isinstance(value, _NEVER) or not hasattr(value, "__dict__"):
        return False
    made_by = getattr(type(value), "__dataclass_params__", None)
    return made_by is None or not made_by.frozen


def _below(path: str, value: Any, *, private: bool) -> Iterator[tuple[str, Any]]:
    kind = type(value)
    if kind in (list, tuple, collections.deque):
        found = [(f"[{number}]", one) for number, one in enumerate(value)]
    elif kind is dict:
        found = [(f"[{_key(key, place)}]", one) for place, (key, one) in enumerate(value.items())]
    elif _is_itself(value) and not isinstance(value, types.FunctionType | types.MethodType):
        found = _attributes(value, private=private)
    else:
        return
    hidden = path.endswith(_PRIVATE)
    yield from ((path if hidden else f"{path}{where}", one) for where, one in found)


def _key(key: Any, place: int) -> str:
    return repr(key) if type(key) in (str, int) else f"key {place}"


def _attributes(value: Any, *, private: bool) -> list[tuple[str, Any]]:
    return [
        (_PRIVATE if str(name).startswith("_") else f".{name}", one)
        for name, one in getattr(value, "__dict__", {}).items()
        if private or not str(name).startswith("_")
    ]
