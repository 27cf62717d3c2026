"""What code and tests say by themselves of the values that a function is called with."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from code_agent.python.functions import dotted
from code_agent.python.source import parsed

MOST = 40
LITERAL_LENGTH = 60


@dataclass(frozen=True)
class KnownCall:
    args: tuple[str, ...]
    keywords: tuple[tuple[str, str], ...]


def literals_in(node: ast.AST) -> list[str]:
    """Texts and numbers, each once; not those that document it."""
    documented = {
        id(one.value)
        for one in ast.walk(node)
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
    }
    found = [
        repr(one.value)
        for one in ast.walk(node)
        if isinstance(one, ast.Constant)
        and isinstance(one.value, str | int | float)
        and not isinstance(one.value, bool)
        and id(one) not in documented
    ]
    return [one for one in dict.fromkeys(found) if len(one) <= LITERAL_LENGTH][:MOST]


def calls_in(text: str, name: str) -> list[KnownCall]:
    """Those with plain values, in code such as tests are or in the examples of a docstring."""
    found = dict.fromkeys(
        call for tree in _trees(text) for node in ast.walk(tree) for call in _call(node, name)
    )
    return list(found)[:MOST]


def _trees(text: str) -> Iterator[ast.Module]:
    try:
        tree = parsed(text)
    except SyntaxError:
        return
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _examples(ast.get_docstring(node) or "")


def _examples(docstring: str) -> Iterator[ast.Module]:
    try:
        found = doctest.DocTestParser().get_examples(docstring)
    except ValueError:
        return
    for one in found:
        try:
            yield parsed(one.source)
        except SyntaxError:
            continue


def _call(node: ast.AST, name: str) -> Iterator[KnownCall]:
    if not isinstance(node, ast.Call):
        return
    called = dotted(node.func)
    if called != name and called.rpartition(".")[2] != name:
        return
    args = _plain(node.args)
    values = _plain([one.value for one in node.keywords])
    names = [one.arg for one in node.keywords if one.arg]
    if args is not None and values is not None and len(names) == len(values):
        yield KnownCall(tuple(args), tuple(zip(names, values, strict=True)))


def _plain(nodes: Sequence[ast.expr]) -> list[str] | None:
    try:
        return [repr(ast.literal_eval(one)) for one in nodes]
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None
