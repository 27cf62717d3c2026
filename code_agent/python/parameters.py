"""The parameters that a symbol is called with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from code_agent.python.functions import Function
from code_agent.python.public import decorators_of

Way = Literal["positional-only", "positional or keyword", "*", "keyword-only", "**"]


@dataclass(frozen=True)
class Parameter:
    name: str
    way: Way
    annotation: ast.expr | None = None
    default: ast.expr | None = None

    @property
    def shown(self) -> str:
        return f"{self.way}{self.name}" if self.way in ("*", "**") else self.name


def parameters_of(node: Function) -> list[Parameter]:
    return list(_parameters(node.args))


def called_with(node: Function, *, in_class: bool) -> list[Parameter]:
    """All but what a method gets by itself."""
    found = parameters_of(node)
    is_bound = in_class and "staticmethod" not in decorators_of(node)
    takes_it = found and found[0].way in ("positional-only", "positional or keyword")
    return found[1:] if is_bound and takes_it else found


def made_with(node: ast.ClassDef) -> list[Parameter] | None:
    """What a class is made with: of its `__init__`, else its fields. Nothing is known where it may
    have them from its bases."""
    for one in node.body:
        if isinstance(one, Function) and one.name == "__init__":
            return called_with(one, in_class=True)
    if node.bases:
        return None
    return [
        Parameter(one.target.id, "positional or keyword", one.annotation, one.value)
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    ]


def returns_something(node: Function) -> bool:
    if any(isinstance(one, ast.Return) and not _is_none(one.value) for one in _own(node)):
        return not yields_something(node)
    return not _is_none(node.returns) and not yields_something(node)


def yields_something(node: Function) -> bool:
    return any(isinstance(one, ast.Yield | ast.YieldFrom) for one in _own(node))


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _own(node: Function) -> Iterator[ast.AST]:
    """What is in it, but not in functions and classes within."""
    waiting: list[ast.AST] = [*node.body]
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, Function | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(one))


def _parameters(found: ast.arguments) -> Iterator[Parameter]:
    positional = [*found.posonlyargs, *found.args]
    defaults = [None] * (len(positional) - len(found.defaults)) + found.defaults
    for number, (one, default) in enumerate(zip(positional, defaults, strict=True)):
        is_only = number < len(found.posonlyargs)
        way: Way = "positional-only" if is_only else "positional or keyword"
        yield Parameter(one.arg, way, one.annotation, default)
    if found.vararg:
        yield Parameter(found.vararg.arg, "*", found.vararg.annotation)
    for one, default in zip(found.kwonlyargs, found.kw_defaults, strict=True):
        yield Parameter(one.arg, "keyword-only", one.annotation, default)
    if found.kwarg:
        yield Parameter(found.kwarg.arg, "**", found.kwarg.annotation)
