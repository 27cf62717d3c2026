"""Comparisons that say what a test would like to hear."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from code_agent.python.functions import Function

_DATA = frozenset(
    {"int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set", "frozenset"}
)
_COMPARES = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"})
_WISHED = {"__eq__": True, "__ne__": False, "__instancecheck__": True, "__subclasscheck__": True}
"""What would let any assertion pass."""


def false_comparisons(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        for name, value, line in _defined(node):
            if name in _WISHED and _always(value) is _WISHED[name]:
                yield line, f"{node.name}.{name} is always {_WISHED[name]}"
            elif name in _COMPARES and (base := _data(node)):
                yield line, f"{node.name}.{name} changes how a {base} compares"


def _defined(node: ast.ClassDef) -> Iterator[tuple[str, Function | ast.expr, int]]:
    for one in node.body:
        if isinstance(one, Function):
            yield one.name, one, one.lineno
        elif isinstance(one, ast.Assign):
            for target in one.targets:
                if isinstance(target, ast.Name):
                    yield target.id, one.value, one.lineno


def _always(value: Function | ast.expr) -> object:
    """The one constant that it returns; nothing when it depends on something."""
    if isinstance(value, ast.Lambda):
        returned: list[ast.expr | None] = [value.body]
    elif isinstance(value, Function):
        returned = [one.value for one in ast.walk(value) if isinstance(one, ast.Return)]
    else:
        return None
    constants = {one.value for one in returned if isinstance(one, ast.Constant)}
    return constants.pop() if returned and len(constants) == 1 and _all(returned) else None


def _all(returned: list[ast.expr | None]) -> bool:
    return all(isinstance(one, ast.Constant) for one in returned)


def _data(node: ast.ClassDef) -> str:
    names = (one.id for one in node.bases if isinstance(one, ast.Name))
    return next((name for name in names if name in _DATA), "")
