"""Parameters that a function is given and does nothing with."""

from __future__ import annotations

import ast
from collections.abc import Collection

from code_agent.python.functions import Function, without_docstring
from code_agent.python.source import parsed


def unused_parameters(code: str, names: Collection[str]) -> list[str]:
    """Of the functions of a module, those that are named, or all; with the function's name.
    A name such as `_index` says that it is meant, and a body that only raises is no work yet."""
    return [
        f"{function.name} does nothing with {name}"
        for function in parsed(code).body
        if isinstance(function, Function) and (not names or function.name in names)
        for name in _unused(function)
    ]


def used_parameters(function: Function) -> list[str] | None:
    """Nothing where what it is given has no names."""
    return None if _is_open(function) else _used(function)


def _is_open(function: Function) -> bool:
    arguments = function.args
    rest = [one.arg for one in (arguments.vararg, arguments.kwarg) if one]
    return any(name in _read(function) for name in [*rest, "locals", "super"])


def _used(function: Function) -> list[str]:
    return [name for name in _parameters(function) if name in _read(function)]


def _unused(function: Function) -> list[str]:
    body = without_docstring(function.body)
    if _is_open(function) or all(isinstance(one, ast.Raise | ast.Pass) for one in body):
        return []
    read = _read(function)
    return [one for one in _parameters(function) if one not in read and not one.startswith("_")]


def _parameters(function: Function) -> list[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [one.arg for one in every if one.arg not in ("self", "cls")]


def _read(function: Function) -> set[str]:
    return {
        one.id
        for statement in function.body
        for one in ast.walk(statement)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)
    }
