"""Runs calls of a module one after the other, and records what each did, under seal.

It reads one JSON object from standard input: `key`, `report` (the path to write), `module` (the
path of its file), `calls`, `seconds` for each call, `allowed` (those that it may take in any case,
one by one), `times as deep` as usual as it may call itself, and `seed`. A call is a list of steps,
each with `name`, `args` and `keywords` as text in Python, where `m` is the module. The first step
calls what the module has by that name; those after it are called on what the first one made, or
only got from it if it `gets`.

The key is gone from standard input before the module is imported: see `ygg_pytest`.
"""

from __future__ import annotations

import collections
import enum
import importlib
import importlib.util
import os
import random
import shutil
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from code_agent.inside.ygg_arms import apart
    from code_agent.inside.ygg_canonical import (
        BASE,
        OWN,
        TEXT_LENGTH,
        as_json,
        raised,
        seen,
        text_of,
    )
    from code_agent.inside.ygg_functions import called
    from code_agent.inside.ygg_heard import hearing
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
    from code_agent.inside.ygg_taking import Taking
else:  # they lie beside this file, wherever that is run
    from ygg_arms import apart
    from ygg_canonical import (
        BASE,
        OWN,
        TEXT_LENGTH,
        as_json,
        raised,
        seen,
        text_of,
    )
    from ygg_functions import called
    from ygg_heard import hearing
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
    from ygg_taking import Taking

FUNCTIONS_SECONDS = 0.2
MOST_BYTES = 6 * 1024 * 1024
"""Of all records together: a report of more than 8 MB is not taken."""
SOME_LATE, MOST_LATE, LATE_SECONDS = 3, 12, 0.1


class Characterizing:
    def __init__(self, module: types.ModuleType, told: dict[str, Any]) -> None:
        self._module = module
        self._seconds = float(told["seconds"])
        self._seed = told["seed"]
        self._file = str(module.__file__)
        self._folders = (str(Path.cwd()), str(Path(self._file).parent))
        self.lines: set[int] = set()
        self.took: list[float] = []
        self._bytes = 0

    def records(
        self, calls: list[list[dict[str, Any]]], allowed: list[float]
    ) -> Iterator[dict[str, Any]]:
        """What takes too long again and again is waited for less, and then no more. What is
        allowed is waited for in any case."""
        late: collections.Counter[str] = collections.Counter()
        for steps, least in zip(calls, [*allowed, *[0.0] * len(calls)], strict=False):
            name = steps[0]["name"]
            if late[name] == MOST_LATE and least <= LATE_SECONDS:
                self.took.append(0.0)
                yield {"too long": True}
                continue
            is_slow = late[name] >= SOME_LATE
            seconds = min(self._seconds, LATE_SECONDS) if is_slow else self._seconds
            began = time.perf_counter()
            record = self.record(steps, max(seconds, least), max(FUNCTIONS_SECONDS, least))
            self.took.append(time.perf_counter() - began)
            late[name] += "too long" in record
            self._bytes += len(as_json(record))
            yield record if self._bytes < MOST_BYTES else {"left out": True}

    def record(
        self, steps: list[dict[str, Any]], seconds: float, functions_seconds: float
    ) -> dict[str, Any]:
        random.seed(self._seed)
        taking = Taking(self._module)
        record = taking.record
        with (
            folder_of_call() as folder,
            printing() as printed,
            hearing(self._folders) as heard,
        ):
            try:
                with limited(seconds) as limit, traced(self._file, self.lines):
                    taking.take(steps)
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
        if taking.functions:
            record["functions"] = self._called(taking.functions, functions_seconds)
        return record | heard.parts()

    def _called(self, functions: list[Callable[..., Any]], seconds: float) -> Any:
        try:
            with (
                folder_of_call(),
                limited(seconds) as limit,
                traced(self._file, self.lines),
            ):
                found = called(functions, self._folders)
        except (TooLong, RecursionError):
            return []
        return [] if limit.reached else found


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
            with apart(str(file)) as arms, traced(str(file), lines_at_import):
                module = _loaded(file)
        except BaseException as error:  # noqa: BLE001  it is reported
            head["failed"] = {**raised(error), "says": str(error)[:TEXT_LENGTH]}
    head["printed"] = text_of(printed.getvalue().decode(errors="replace"))
    if "failed" not in head:
        limit_memory()
        sys.setrecursionlimit(sys.getrecursionlimit() * told.get("times as deep", 1))
        OWN.add(module.__name__)
        characterizing = Characterizing(module, told)
        head["values"] = _values_of(module)
        lines += characterizing.records(told["calls"], told.get("allowed", []))
        head["seconds"] = characterizing.took
        head["values after"] = _values_of(module)
        head["lines"] = arms.real(characterizing.lines)
        head["lines at import"] = arms.real(lines_at_import)
        head["arms"] = [arms.there, arms.ran(characterizing.lines | lines_at_import)]
    if report(lines):
        shutil.rmtree(BASE, ignore_errors=True)
    os._exit(0)  # whatever threads or exit handlers it has left


if __name__ == "__main__":
    main()
