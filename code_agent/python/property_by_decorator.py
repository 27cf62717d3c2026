"""`size = property(_get_size)` in a class means what `@property` over a function does."""

from __future__ import annotations

import ast
import copy

from code_agent.python.functions import Function, dotted

_DECORATORS = ("property", "{name}.setter", "{name}.deleter")


def decorate(tree: ast.Module) -> None:
    """The tree itself is changed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            functions = {one.name: one for one in node.body if isinstance(one, Function)}
            node.body = [each for one in node.body for each in _decorated(one, functions)]


def _decorated(one: ast.stmt, functions: dict[str, Function]) -> list[ast.stmt]:
    match one:
        case ast.Assign(
            targets=[ast.Name(id=name)], value=ast.Call(func=function, args=parts, keywords=[])
        ) if dotted(function) == "property" and parts:
            found = [functions.get(dotted(part)) for part in parts[: len(_DECORATORS)]]
            if all(found):
                return [
                    _copy(each, name, decorator.format(name=name))
                    for each, decorator in zip(found, _DECORATORS, strict=False)
                    if each is not None
                ]
    return [one]


def _copy(function: Function, name: str, decorator: str) -> Function:
    found = copy.copy(function)
    found.name = name
    found.decorator_list = [ast.parse(decorator, mode="eval").body]
    return found
