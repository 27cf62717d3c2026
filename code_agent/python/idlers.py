"""Functions that do nothing: tests which one of them passes prove nothing."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from code_agent.python.functions import Function
from code_agent.python.source import parsed

_CONSTANTS = ("None", "True", "False", "0", "''", "[]")


@dataclass(frozen=True)
class Idler:
    says: str
    source: str


def idlers(source: str, names: Collection[str], wished: Collection[str] = ()) -> Iterator[Idler]:
    """The module with functions (all of them, or those named) that return one thing whatever they
    are given; `wished` are literals that tests expect."""
    found: dict[str, str] = {}
    for value in [*_CONSTANTS, *wished]:
        found.setdefault(_with_body(source, names, value), f"always returns {value}")
    found.setdefault(_with_body(source, names, None), "returns its first argument")
    for text, does in found.items():
        yield Idler(f"a function that {does}", text)


def _with_body(source: str, names: Collection[str], value: str | None) -> str:
    tree = parsed(source)
    for one in _functions(tree, names):
        returned = value or _first(one) or "None"
        if one.name == "__init__":
            returned = "None"
        one.body = list(parsed(f"def f():\n    return {returned}").body[0].body)  # type: ignore[attr-defined]
    return ast.unparse(tree) + "\n"


def _functions(tree: ast.Module, names: Collection[str]) -> Iterator[Function]:
    for one in tree.body:
        if names and getattr(one, "name", None) not in names:
            continue
        if isinstance(one, Function):
            yield one
        elif isinstance(one, ast.ClassDef):
            yield from (each for each in one.body if isinstance(each, Function))


def _first(one: Function) -> str:
    found = [*one.args.posonlyargs, *one.args.args, *one.args.kwonlyargs]
    found = [each for each in found if each.arg not in ("self", "cls")]
    if not found and one.args.vararg:
        return f"{one.args.vararg.arg}[0]"
    return found[0].arg if found else ""
