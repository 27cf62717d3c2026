"""Which statements that a change is about have not run, so that nothing is known of them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from code_agent.inside.ygg_arms import Place, arms_of, place_of
from code_agent.python.affected import changed_functions
from code_agent.python.functions import Function, functions_of, without_docstring
from code_agent.python.source import parsed
from code_agent.python.symbols import Definition

_WITHOUT_LINE = (ast.Global, ast.Nonlocal, ast.Try, ast.TryStar)
_PARTS = ("body", "orelse", "handlers", "finalbody", "cases")


@dataclass(frozen=True)
class Run:
    """What has run of the functions that are not alike in two versions of a source."""

    unrun: tuple[str, ...]
    """Statements, and arms of expressions, that the other version does not have alike."""
    share: float
    """The share of all statements that ran, be they alike in both or not."""


def run_of(
    source: str,
    other: str,
    in_calls: Collection[int],
    at_import: Collection[int],
    arms_unrun: Collection[Place] = (),
) -> Run:
    functions = dict(functions_of(parsed(source)))
    inside = [
        statement
        for name in changed_functions(source, other)
        for statement in _statements(without_docstring(functions[name].body), when_called=True)
    ]
    outside = list(_statements(parsed(source).body, when_called=False))
    known = {_head(one) for one in ast.walk(parsed(other)) if isinstance(one, ast.stmt)}
    missing = [one for one in inside if not _ran(one, in_calls)]
    late = [one for one in outside if not _ran(one, at_import)]
    told = [f"line {one.lineno}: {_head(one)}" for one in (*missing, *late)]
    telling = [
        says for says, one in zip(told, (*missing, *late), strict=True) if _head(one) not in known
    ]
    telling += _arms(source, other, arms_unrun)
    share = 1 - len(missing) / len(inside) if inside else 1.0
    return Run(tuple(telling), share)


def _arms(source: str, other: str, unrun: Collection[Place]) -> Iterator[str]:
    """Of expressions that the other version does not have alike."""
    if not unrun:
        return
    known = {ast.unparse(one) for one in ast.walk(parsed(other)) if arms_of(one)}
    for node in ast.walk(parsed(source)):
        arms = [one for one in arms_of(node) if place_of(one) in unrun]
        if arms and ast.unparse(node) not in known:
            yield from (f"line {one.lineno}: {_head(one)}" for one in arms)


def _statements(body: Sequence[ast.stmt], *, when_called: bool) -> Iterator[ast.stmt]:
    """Each that has a line of its own; of functions within only where they are to be called."""
    waiting: list[ast.AST] = list(reversed(body))
    while waiting:
        one = waiting.pop()
        if isinstance(one, Function) and not when_called:
            continue
        if isinstance(one, Definition):
            waiting.extend(reversed(without_docstring(one.body)))
            continue
        if isinstance(one, ast.stmt) and not isinstance(one, _WITHOUT_LINE) and not _is_text(one):
            yield one
        for part in reversed(_PARTS):
            waiting.extend(reversed(getattr(one, part, [])))


def _is_text(one: ast.stmt) -> bool:
    return isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)


def _ran(one: ast.stmt, lines: Collection[int]) -> bool:
    first, last = one.lineno, one.end_lineno or one.lineno
    inner = [each.lineno for part in _PARTS for each in getattr(one, part, []) if _has_line(each)]
    return any(line in lines for line in range(first, min([last + 1, *inner])))


def _has_line(one: ast.AST) -> bool:
    return hasattr(one, "lineno")


def _head(one: ast.stmt | ast.expr) -> str:
    return ast.unparse(one).partition("\n")[0][:80]
