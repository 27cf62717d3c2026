"""One call: its steps, what each came to, and what became of what it was given."""

from __future__ import annotations

import asyncio
import collections
import datetime
import decimal
import fractions
import functools
import inspect
import io
import operator
import types
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from code_agent.inside.ygg_canonical import (
        MOST_ITEMS,
        Came,
        as_json,
        raised,
        seen,
        seen_whole,
    )
    from code_agent.inside.ygg_identity import Origins
    from code_agent.inside.ygg_surroundings import TooLong
else:  # they lie beside this file, wherever that is run
    from ygg_canonical import MOST_ITEMS, Came, as_json, raised, seen, seen_whole
    from ygg_identity import Origins
    from ygg_surroundings import TooLong

_ITERATOR: type[Any] = type(iter([]))
_NAMES = {
    "Path": Path,
    "Decimal": decimal.Decimal,
    "Fraction": fractions.Fraction,
    "date": datetime.date,
    "datetime": datetime.datetime,
    "time": datetime.time,
    "timedelta": datetime.timedelta,
    "UUID": uuid.UUID,
    "StringIO": io.StringIO,
    "BytesIO": io.BytesIO,
    "Namespace": types.SimpleNamespace,
    "deque": collections.deque,
}


@dataclass(frozen=True)
class _Given:
    """To be looked at once more when all is done."""

    where: str
    text: str
    value: Any


@dataclass
class Taking:
    """`record` is what is told of it."""

    module: types.ModuleType
    record: dict[str, Any] = field(default_factory=lambda: {"steps": []})
    functions: list[Callable[..., Any]] = field(default_factory=list)
    """Those that came back, and that it was not given."""
    _given: list[_Given] = field(default_factory=list)
    _read: list[Iterator[Any]] = field(default_factory=list)
    """Iterators that it was given, and that tell how much of them is left."""
    _origins: Origins = field(default_factory=Origins)

    def take(self, steps: list[dict[str, Any]]) -> None:
        try:
            self._take_each(steps)
        finally:
            for one in self._given:
                before, after = seen(self._value(one.text)), seen(one.value)
                if as_json(before) != as_json(after):
                    self.record.setdefault("changed", {})[one.where] = after
            if self._read:
                self.record["left"] = [operator.length_hint(one) for one in self._read]

    def _take_each(self, steps: list[dict[str, Any]]) -> None:
        made: Any = None
        for number, step in enumerate(steps):
            try:
                what: Any = self.module if number == 0 else made
                what = functools.reduce(getattr, step["name"].split("."), what)
                value = what if step.get("gets") else self._call(what, step)
            except (TooLong, RecursionError):
                raise
            except BaseException as error:  # noqa: BLE001  that is what it did
                self.record["steps"].append(raised(error))
                if number == 0:
                    return
                continue
            self._origins.add_object(made)
            is_made = number == 0 and len(steps) > 1
            made = value if is_made else made
            self._came(value, number, is_made=is_made)
        if len(steps) > 1:
            self.record["object"] = seen(made)

    def _came(self, value: Any, number: int, *, is_made: bool) -> None:
        record = self.record
        if known := self._origins.of(value.values if type(value) is Came else value):
            record.setdefault("aliases", {})[str(number)] = known
        if is_made:
            record["steps"].append({"made": None})
            return
        told, found = seen_whole(value)
        # What was cut off is compared with nothing.
        record["steps"].append({"value": {"cut": None} if found.cut else told})
        record |= {"cut": True} if found.cut else {}
        self.functions += [one for one in found.functions if not self._origins.has(one)]

    def _call(self, what: Callable[..., Any], step: dict[str, Any]) -> Any:
        texts = [*step["args"], *step["keywords"].values()]
        values = [self._value(text) for text in texts]
        count = len(step["args"])
        named = dict(zip(step["keywords"], values[count:], strict=True))
        for number, (text, one) in enumerate(zip(texts, values, strict=True)):
            self._origins.add(f"argument {number + 1}", one)
            # What is taken from an iterator is gone, and nobody's harm.
            if type(one) is _ITERATOR:
                self._read.append(one)
            if isinstance(one, io.IOBase) or not hasattr(one, "__next__"):
                self._given.append(_Given(f"{step['name']} {number}", text, one))
        value = what(*values[:count], **named)
        if inspect.isawaitable(value):
            value = asyncio.run(_awaited(value))
        elif inspect.isasyncgen(value):
            value = Came(iter(asyncio.run(_all_of(value))))
        elif hasattr(value, "__next__"):
            # It may change its arguments while it goes on.
            value = Came(value)
        return value

    def _value(self, text: str) -> Any:
        return eval(text, {**_NAMES, "m": self.module})  # noqa: S307  by whom it was written see above


async def _awaited(value: Any) -> Any:
    return await value


async def _all_of(value: Any) -> list[Any]:
    found = []
    async for one in value:
        found.append(one)
        if len(found) == MOST_ITEMS:
            break
    return found
