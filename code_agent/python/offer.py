"""What an answer offers in place of one symbol, and what else it holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from code_agent.python.imports import Import
from code_agent.python.sameness import shape
from code_agent.python.symbols import (
    Definition,
    Symbol,
    definitions,
    is_overload,
    kind_of,
    own_name,
)
from code_agent.unusable import Unusable


@dataclass(frozen=True)
class Offer:
    node: Definition
    imports: tuple[Import, ...]
    extras: tuple[ast.stmt, ...]
    kept_lines: int
    """So many lines of decorators are taken from what was there: the answer has none."""


def offered(answer: ast.Module, file: ast.Module, old: Symbol, *, extras: bool) -> Offer:
    """`Unusable` unless it is that one symbol, of the same kind, and nothing new besides."""
    path = _path(answer, old)
    node = path[-1]
    if kind_of(node) != old.kind:
        raise Unusable(f"{old.name} became another kind: {kind_of(node)}, not {old.kind}")
    known = {shape(one) for one in file.body}
    others = [one for one in _others(answer.body, path[0], known) if not isinstance(one, Import)]
    if others and not extras:
        raise Unusable(f"it holds more than {old.name}: {_called(others[0])}")
    _check_names(others, file)
    _check_classes(path, file, old)
    imports = tuple(one for one in answer.body if isinstance(one, Import))
    return Offer(node, imports, tuple(others), _kept_lines(node, node_of(file, old.name), old))


def node_of(tree: ast.Module, name: str) -> Definition:
    """The one that `find` finds. LookupError where there is none."""
    found = [node for each, node in definitions(tree) if each == name]
    return ([one for one in found if not is_overload(one)] or found)[-1]


def _path(answer: ast.Module, old: Symbol) -> list[Definition]:
    """From the outermost class of it down to the symbol; only that where it stands alone."""
    classes = old.within.split(".") if old.within else []
    for names in ([*classes, old.own_name], [old.own_name]):
        path: list[Definition] = []
        body = answer.body
        for name in names:
            found = [one for one in body if isinstance(one, Definition) and own_name(one) == name]
            found = [one for one in found if not is_overload(one)] or found[-1:]
            if len(found) > 1:
                raise Unusable(f"ambiguous: it defines {name} {len(found)} times")
            path += found
            body = found[0].body if found else []
        if len(path) == len(names):
            return path
    raise Unusable(f"it does not define {old.own_name}")


def _others(body: list[ast.stmt], chosen: ast.stmt, known: set[str]) -> Iterator[ast.stmt]:
    """What is neither the file's already nor without effect on what was asked for."""
    for one in body:
        if one is not chosen and not _is_idle(one) and shape(one) not in known:
            yield one


def _is_idle(one: ast.stmt) -> bool:
    """A docstring, an example of use, `if __name__ == "__main__":`"""
    if isinstance(one, ast.If) and isinstance(one.test, ast.Compare):
        left = one.test.left
        return isinstance(left, ast.Name) and left.id == "__name__"
    return isinstance(one, ast.Expr | ast.Pass)


def _check_names(extras: list[ast.stmt], file: ast.Module) -> None:
    taken = {node.name for node in file.body if isinstance(node, Definition)}
    for one in extras:
        if not isinstance(one, Definition | ast.Assign | ast.AnnAssign):
            raise Unusable(f"it holds more than definitions: {_called(one)}")
        if isinstance(one, Definition) and one.name in taken:
            raise Unusable(f"it changes {one.name} besides, which was not asked for")


def _check_classes(path: list[Definition], file: ast.Module, old: Symbol) -> None:
    """Around a method, its class may be repeated, but not changed."""
    names = old.within.split(".")
    for depth, (outer, inner) in enumerate(pairwise(path), 1):
        known = {shape(one) for one in node_of(file, ".".join(names[:depth])).body}
        for one in _others(outer.body, inner, known):
            raise Unusable(f"it changes more of {outer.name} than {old.own_name}: {_called(one)}")


def _kept_lines(node: Definition, before: Definition, old: Symbol) -> int:
    if not node.decorator_list:
        return before.lineno - old.first_line
    given = [shape(one) for one in node.decorator_list]
    for one in before.decorator_list:
        if shape(one) not in given:
            raise Unusable(f"it drops the decorator @{ast.unparse(one)} of {old.name}")
    return 0


def _called(one: ast.stmt) -> str:
    name = f"{one.name} " if isinstance(one, Definition) else ""
    return f"{name}in line {one.lineno}"
