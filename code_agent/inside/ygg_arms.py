"""Which arms of expressions run: of `a if b else c` only one may, though its line does.

Each arm is compiled as if it stood on a line of its own, far below the file: whoever follows the
lines that run is told of it, and the code does what it did.
"""

from __future__ import annotations

import ast
import importlib.machinery
import os
import types
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

FIRST_LINE = 1_000_000
Place = tuple[int, int, int, int]
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp)


def arms_of(node: ast.AST) -> list[ast.expr | ast.stmt]:
    """What of a node may be left out when it runs, and shares a line with what may not."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.BoolOp(values=values):
            return [*values[1:]]
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return [node.elt, *_more_conditions(node.generators)]
        case ast.DictComp():
            return [node.value, *_more_conditions(node.generators)]
        case ast.Lambda(body=body):
            return [body]
        case ast.stmt():
            below: list[ast.stmt] = getattr(node, "body", [])
            return [one for one in below if one.lineno == node.lineno]
    return []


def _more_conditions(generators: list[ast.comprehension]) -> Iterator[ast.expr]:
    for one in generators:
        yield from one.ifs[1:]


def place_of(node: ast.expr | ast.stmt) -> Place:
    return (
        node.lineno,
        node.col_offset,
        node.end_lineno or node.lineno,
        node.end_col_offset or node.col_offset,
    )


class Arms:
    def __init__(self) -> None:
        self._places: dict[int, Place] = {}
        self._there: set[int] = set()

    def compiled(self, text: bytes, path: str) -> types.CodeType:
        try:
            code: types.CodeType = compile(self._apart(text), path, "exec", dont_inherit=True)
        except Exception:  # noqa: BLE001  it is said of the text as it is
            self._places.clear()
            code = compile(text, path, "exec", dont_inherit=True)
        self._there = {line for line in _lines_of(code) if line in self._places}
        return code

    def _apart(self, text: bytes) -> ast.Module:
        tree = ast.parse(text)
        found = [arm for node in ast.walk(tree) for arm in arms_of(node)]
        self._places = {FIRST_LINE + number: place_of(arm) for number, arm in enumerate(found)}
        for number, arm in enumerate(found):  # from the outside in
            for each in ast.walk(arm):
                if hasattr(each, "lineno"):
                    _move(each, FIRST_LINE + number)
        return tree

    @property
    def there(self) -> list[Place]:
        """All but those that were left out of the code, since nobody would notice."""
        return sorted({self._places[line] for line in self._there})

    def ran(self, lines: Collection[int]) -> list[Place]:
        return sorted({self._places[line] for line in lines if line in self._places})

    def real(self, lines: Collection[int]) -> list[int]:
        return sorted({self._places[one][0] if one in self._places else one for one in lines})


@contextmanager
def apart(file: str) -> Iterator[Arms]:
    """When that file is imported meanwhile."""
    arms, loader = Arms(), importlib.machinery.SourceFileLoader
    usual = loader.source_to_code

    def compiled(self: Any, text: Any, path: Any, **more: Any) -> types.CodeType:
        if os.path.realpath(path) == file:
            return arms.compiled(bytes(text), path)
        found: types.CodeType = usual(self, text, path, **more)
        return found

    loader.source_to_code = compiled  # type: ignore[method-assign, assignment]
    try:
        yield arms
    finally:
        del loader.source_to_code  # its own; there is that of what it is made from


def _move(node: ast.AST, line: int) -> None:
    place: Any = node
    place.lineno = place.end_lineno = line
    place.col_offset = place.end_col_offset = 0


def _lines_of(code: types.CodeType) -> Iterator[int]:
    yield from (line for _, _, line in code.co_lines() if line is not None)
    for one in code.co_consts:
        if isinstance(one, types.CodeType):
            yield from _lines_of(one)
