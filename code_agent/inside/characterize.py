"""Runs calls of a module one after the other, and records what each did, under seal.

It reads one JSON object from standard input: `key`, `report` (the path to write), `module` (the
path of its file), `calls`, `seconds` for each call, and `seed`. A call is a list of steps, each
with `name`, `args` and `keywords` as text in Python, where `m` is the module. The first step calls
what the module has by that name; those after it are called on what the first one made, or only got
from it if it `gets`.

The key is gone from standard input before the module is imported: see `ygg_pytest`.
"""

from __future__ import annotations

import asyncio
import collections
import datetime
import decimal
import enum
import fractions
import functools
import importlib
import importlib.util
import inspect
import io
import os
import random
import shutil
import sys
import types
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from code_agent.inside.ygg_canonical import (
        BASE,
        MOST_ITEMS,
        TEXT_LENGTH,
        Came,
        as_json,
        canonical,
        raised,
        seen,
        seen_whole,
        text_of,
    )
    from code_agent.inside.ygg_sealed import sealed_report, take_input
    from code_agent.inside.ygg_surroundings import (
        TooLong,
        folder_of_call,
        limit_memory,
        limited,
        printing,
        traced,
        wrote_in,
    )
else:  # they lie beside this file, wherever that is run
    from ygg_canonical import (
        BASE,
        MOST_ITEMS,
        TEXT_LENGTH,
        Came,
        as_json,
        canonical,
        raised,
        seen,
        seen_whole,
        text_of,
    )
    from ygg_sealed import sealed_report, take_input
    from ygg_surroundings import (
        TooLong,
        folder_of_call,
        limit_memory,
        limited,
        printing,
        traced,
        wrote_in,
    )

SOME_LATE, MOST_LATE, LATE_SECONDS = 3, 12, 0.1
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


class Characterizing:
    def __init__(self, module: types.ModuleType, told: dict[str, Any]) -> None:
        self._module = module
        self._names = {**_NAMES, "m": module}
        self._seconds = float(told["seconds"])
        self._seed = told["seed"]
        self._file = str(module.__file__)
        self.lines: set[int] = set()

    def records(self, calls: list[list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
        """What takes too long again and again is waited for less, and then no more."""
        late: collections.Counter[str] = collections.Counter()
        for steps in calls:
            name = steps[0]["name"]
            if late[name] == MOST_LATE:
                yield {"too long": True}
                continue
            is_slow = late[name] >= SOME_LATE
            record = self.record(steps, min(self._seconds, LATE_SECONDS) if is_slow else None)
            late[name] += "too long" in record
            yield record

    def record(self, steps: list[dict[str, Any]], seconds: float | None = None) -> dict[str, Any]:
        random.seed(self._seed)
        record: dict[str, Any] = {"steps": []}
        with folder_of_call() as folder, printing() as printed:
            try:
                with limited(seconds or self._seconds) as limit, traced(self._file, self.lines):
                    self._take(steps, record)
            except TooLong:
                return {"too long": True}
            except RecursionError:
                return {"too deep": True}
        if limit.reached:  # what was called has caught that, and gone on
            return {"too long": True}
        text = printed.getvalue().decode(errors="replace")
        if text:
            record["printed"] = text_of(text)
        if wrote := wrote_in(folder):
            record["wrote"] = wrote
        return record

    def _take(self, steps: list[dict[str, Any]], record: dict[str, Any]) -> None:
        given: list[_Given] = []
        try:
            self._take_each(steps, record, given)
        finally:
            for one in given:
                before, after = seen(self._value(one.text)), seen(one.value)
                if as_json(before) != as_json(after):
                    record.setdefault("changed", {})[one.where] = after

    def _take_each(
        self, steps: list[dict[str, Any]], record: dict[str, Any], given: list[_Given]
    ) -> None:
        made: Any = None
        for number, step in enumerate(steps):
            try:
                what: Any = self._module if number == 0 else made
                what = functools.reduce(getattr, step["name"].split("."), what)
                value = what if step.get("gets") else self._call(what, step, given)
            except (TooLong, RecursionError):
                raise
            except BaseException as error:  # noqa: BLE001  that is what it did
                record["steps"].append(raised(error))
                if number == 0:
                    return
                continue
            if number == 0 and len(steps) > 1:
                made = value
                record["steps"].append({"made": None})
            else:
                found, cut = seen_whole(value)
                record["steps"].append({"value": found})
                record |= {"cut": True} if cut else {}
        if len(steps) > 1:
            record["object"] = seen(made)

    def _call(self, what: Callable[..., Any], step: dict[str, Any], given: list[_Given]) -> Any:
        texts = [*step["args"], *step["keywords"].values()]
        values = [self._value(text) for text in texts]
        count = len(step["args"])
        named = dict(zip(step["keywords"], values[count:], strict=True))
        for number, (text, one) in enumerate(zip(texts, values, strict=True)):
            # What is taken from an iterator is gone, and nobody's harm.
            if isinstance(one, io.IOBase) or not hasattr(one, "__next__"):
                given.append(_Given(f"{step['name']} {number}", text, one))
        value = what(*values[:count], **named)
        if inspect.isawaitable(value):
            value = asyncio.run(_awaited(value))
        elif inspect.isasyncgen(value):
            value = iter(asyncio.run(_all_of(value)))
        elif hasattr(value, "__next__"):
            # It may change its arguments while it goes on.
            value = Came(canonical(value))
        return value

    def _value(self, text: str) -> Any:
        return eval(text, dict(self._names))  # noqa: S307  by whom it was written see above


async def _awaited(value: Any) -> Any:
    return await value


async def _all_of(value: Any) -> list[Any]:
    found = []
    async for one in value:
        found.append(one)
        if len(found) == MOST_ITEMS:
            break
    return found


def _loaded(file: Path) -> types.ModuleType:
    """By the name under which others import it, so that it finds what is beside it."""
    root, names = file.parent, [file.stem]
    while (root / "__init__.py").is_file():
        names.insert(0, root.name)
        root = root.parent
    if file.stem == "__init__":
        names.pop()
    here = Path.cwd()
    sys.path.pop(0)  # of this file
    sys.path[:0] = list(dict.fromkeys(str(one) for one in (root, here, here / "src")))
    name = ".".join(names)
    if name not in sys.modules and all(part.isidentifier() for part in names):
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location("m", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file.name} is no module of Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules["m"] = module
    spec.loader.exec_module(module)
    return module


def _values_of(module: types.ModuleType) -> dict[str, Any]:
    """The public data of a module and of its classes."""
    found = {}
    owners: list[tuple[str, Any]] = [("", module)]
    owners += [
        (f"{name}.", one)
        for name, one in sorted(vars(module).items())
        if isinstance(one, type) and one.__module__ == module.__name__ and name[0] != "_"
    ]
    for prefix, owner in owners:
        for name, value in sorted(vars(owner).items()):
            if not name.startswith("_") and _is_data(value):
                found[prefix + name] = seen(value)
    return found


def _is_data(value: Any) -> bool:
    plain = (str, int, float, complex, bytes, list, tuple, set, frozenset, dict, enum.Enum)
    return isinstance(value, plain)


def main() -> None:
    told = take_input()
    report = sealed_report(told.pop("key"), Path(told["report"]))
    file = Path(told["module"]).resolve()
    head: dict[str, Any] = {}
    lines: list[dict[str, Any]] = [head]
    lines_at_import: set[int] = set()
    with printing() as printed:
        try:
            with traced(str(file), lines_at_import):
                module = _loaded(file)
        except BaseException as error:  # noqa: BLE001  it is reported
            head["failed"] = {**raised(error), "says": str(error)[:TEXT_LENGTH]}
    head["printed"] = text_of(printed.getvalue().decode(errors="replace"))
    if "failed" not in head:
        limit_memory()
        characterizing = Characterizing(module, told)
        head["values"] = _values_of(module)
        lines += characterizing.records(told["calls"])
        head["values after"] = _values_of(module)
        head["lines"] = sorted(characterizing.lines)
        head["lines at import"] = sorted(lines_at_import)
    if report(lines):
        shutil.rmtree(BASE, ignore_errors=True)
    os._exit(0)  # whatever threads or exit handlers it has left


if __name__ == "__main__":
    main()
