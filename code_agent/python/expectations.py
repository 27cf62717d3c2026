"""What tests expect of which arguments, where both are plain values."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from code_agent.python.source import parsed


@dataclass(frozen=True)
class Expectation:
    arguments: tuple[str, ...]
    """Each as Python writes it."""
    value: str


def expectations(tests: str) -> list[Expectation]:
    """From assertions such as `f(1) == 2`, `f("a")` and `not f("b")`, parametrized values, and
    cases that a loop goes through."""
    tree = parsed(tests)
    found = [
        one
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
        for one in _asserted(node.test)
    ]
    return list(dict.fromkeys([*found, *_parametrized(tree)]))


def _asserted(test: ast.expr) -> Iterator[Expectation]:
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from _asserted(value)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Call() as call):
            yield from _of(call, "False")
        case ast.Call() as call:
            yield from _of(call, "True")
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            for asked, value in ((left, right), (right, left)):
                if isinstance(asked, ast.Call) and (plain := plain_text(value)) is not None:
                    yield from _of(asked, plain)


def _of(call: ast.Call, value: str) -> Iterator[Expectation]:
    given = [*call.args, *(one.value for one in call.keywords)]
    arguments = [plain_text(one) for one in given]
    known = tuple(one for one in arguments if one is not None)
    if known and len(known) == len(given):
        yield Expectation(known, value)


def _parametrized(tree: ast.Module) -> Iterator[Expectation]:
    for row in (row for node in ast.walk(tree) for row in _rows(node, tree)):
        if isinstance(row, ast.Tuple | ast.List) and len(row.elts) > 1:
            words = [word for one in row.elts if (word := plain_text(one)) is not None]
            if len(words) == len(row.elts):
                yield Expectation(tuple(words[:-1]), words[-1])


def _rows(node: ast.AST, tree: ast.Module) -> Sequence[ast.expr]:
    match node:
        case ast.Call(args=[_, rows, *_]) if ast.unparse(node.func).endswith("parametrize"):
            found = literal_rows(rows, tree)
        case ast.For(iter=rows) if any(isinstance(one, ast.Assert) for one in ast.walk(node)):
            found = literal_rows(rows, tree)
        case _:
            found = None
    return found.elts if found else ()


def literal_rows(node: ast.expr, tree: ast.Module) -> ast.List | ast.Tuple | None:
    """Cases that stand there, or under a name of the module."""
    if isinstance(node, ast.List | ast.Tuple):
        return node
    if not isinstance(node, ast.Name):
        return None
    for one in tree.body:
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == node.id:
                return value if isinstance(value, ast.List | ast.Tuple) else None
    return None


def plain_text(node: ast.expr) -> str | None:
    """A literal as Python writes its value; nothing for what is none."""
    try:
        value: Any = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return None
    return repr(value)
