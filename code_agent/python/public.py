"""Which names of a module are meant for others."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from code_agent.python.functions import Function
from code_agent.python.source import statements_in


def exported(tree: ast.Module) -> tuple[str, ...] | None:
    """What `__all__` lists, where it does so plainly."""
    found: list[str] = []
    is_there = False
    for one in statements_in(tree.body):
        value = _listed(one)
        if value is None:
            continue
        is_there = True
        if not isinstance(value, ast.List | ast.Tuple):
            return None
        names = [each.value for each in value.elts if isinstance(each, ast.Constant)]
        if len(names) != len(value.elts) or not all(isinstance(name, str) for name in names):
            return None
        found += [str(name) for name in names]
    return tuple(found) if is_there else None


def is_public(name: str, exports: Collection[str] | None) -> bool:
    """Of a name as it is reached. One like `__init__` is: others call it, if by other means."""
    first, *others = name.split(".")
    if exports is not None and first not in exports:
        return False
    checked = others if exports is not None else [first, *others]
    return not any(one.startswith("_") and not is_special(one) for one in checked)


def is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and len(name) > 4


def _listed(one: ast.stmt) -> ast.expr | None:
    if isinstance(one, ast.Assign):
        targets = one.targets
    elif isinstance(one, ast.AnnAssign | ast.AugAssign):
        targets = [one.target]
    else:
        return None
    is_it = any(isinstance(each, ast.Name) and each.id == "__all__" for each in targets)
    return one.value if is_it else None


def decorators_of(node: Function | ast.ClassDef) -> Iterator[str]:
    """The last part of each one's name."""
    for one in node.decorator_list:
        called = one.func if isinstance(one, ast.Call) else one
        if isinstance(called, ast.Attribute):
            yield called.attr
        elif isinstance(called, ast.Name):
            yield called.id
