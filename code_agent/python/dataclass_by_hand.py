"""A dataclass as it would be written without its decorator, to be compared with one that is."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from code_agent.python.functions import dotted
from code_agent.python.public import decorators_of
from code_agent.python.source import parsed
from code_agent.python.symbols import definitions

_MADE = ("__init__", "__repr__", "__eq__")


def by_hand(before: str, after: str) -> str:
    """The source `after`, where a class that is new as a dataclass has the methods that are made
    for it, as far as it had them before. A decorator that says more than its name is left alone."""
    tree, known = parsed(after), dict(definitions(parsed(before)))
    for name, node in definitions(tree):
        old = known.get(name)
        if not isinstance(node, ast.ClassDef) or not isinstance(old, ast.ClassDef):
            continue
        if "dataclass" not in decorators_of(old):
            _write(node, {one for one in _MADE if f"{name}.{one}" in known})
    return ast.unparse(ast.fix_missing_locations(tree))


def _write(node: ast.ClassDef, names: Collection[str]) -> None:
    plain = [one for one in node.decorator_list if dotted(one).rpartition(".")[2] == "dataclass"]
    if not plain:
        return
    node.decorator_list = [one for one in node.decorator_list if one not in plain]
    fields = [*_fields(node)]
    there = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
    body = [one for one in node.body if one not in fields and not _is_left_out(one)]
    made = [_method(name, fields) for name in sorted({*names} - there)]
    node.body = [*made, *body] or [ast.Pass()]


def _fields(node: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and not (_is_left_out(one) or _is_of_class(one)):
            yield one


def _is_left_out(one: ast.stmt) -> bool:
    """A field that it is not made with."""
    given = getattr(one, "value", None)
    keywords = given.keywords if isinstance(given, ast.Call) else []
    return any(each.arg == "init" and ast.unparse(each.value) == "False" for each in keywords)


def _is_of_class(one: ast.AnnAssign) -> bool:
    return "ClassVar" in ast.unparse(one.annotation)


def _method(name: str, fields: list[ast.AnnAssign]) -> ast.stmt:
    if name != "__init__":
        given = "self, other" if name == "__eq__" else "self"
        return ast.parse(f"def {name}({given}): ...").body[0]
    told = [
        f"{ast.unparse(one.target)}: {ast.unparse(one.annotation)}{_default(one)}" for one in fields
    ]
    return ast.parse(f"def __init__({', '.join(['self', *told])}): ...").body[0]


def _default(one: ast.AnnAssign) -> str:
    value = one.value
    for each in value.keywords if isinstance(value, ast.Call) else []:
        if each.arg == "default":
            value = each.value
    return f" = {ast.unparse(value)}" if value is not None else ""
