"""The functions of a module by their names, as `Class.method` where they are in a class."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Not those inside of other functions: they are part of these."""
    yield from _below(tree.body, "")


def named(
    functions: Iterator[tuple[str, Function]], names: Collection[str] | None
) -> Iterator[tuple[str, Function]]:
    """Those asked for, by whole name, last part, or class; all when nothing is asked."""
    for name, function in functions:
        parts = name.split(".")
        asked = {name, parts[-1], *(".".join(parts[:end]) for end in range(1, len(parts)))}
        if names is None or asked & set(names):
            yield name, function


def without_docstring(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    return body[1:] if body and is_text(body[0]) else body


def is_text(statement: ast.stmt) -> bool:
    """Whether it is a string and nothing else, as a docstring is."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def dotted(node: ast.expr | None) -> str:
    """`a.b.c` of a name with attributes; nothing of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def _below(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, Function]]:
    for statement in body:
        if isinstance(statement, Function):
            yield prefix + statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            yield from _below(statement.body, f"{prefix}{statement.name}.")
        elif isinstance(statement, ast.If | ast.Try | ast.With):
            for part in ("body", "orelse", "finalbody"):
                yield from _below(getattr(statement, part, []), prefix)
