"""Errors that code catches, and with them what it was never called with."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from code_agent.python.functions import dotted
from code_agent.python.source import parsed

_ALL = frozenset({"Exception", "BaseException"})
_LEAVES = ast.Return | ast.Break | ast.Continue


def catches_more(before: str, after: str) -> list[str]:
    """Where all errors are caught, or some without a line of their own, that were not before."""
    known = {name for _, name, _ in _caught(parsed(before))}
    if known & _ALL:
        return []
    return [
        f"line {line}: it catches {name}, which it did not before"
        for line, name, is_quiet in _caught(parsed(after))
        if name not in known and (is_quiet or name in _ALL)
    ]


def _caught(tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """Each with its line, and whether nothing would show that it was caught."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            for name in _names(node.type):
                yield node.lineno, name, False
        elif isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "suppress":
            for error in node.args:
                yield node.lineno, dotted(error), True
        elif isinstance(node, ast.Try):
            for statement in node.finalbody:
                for one in ast.walk(statement):
                    if isinstance(one, _LEAVES):
                        yield one.lineno, "BaseException", True


def _names(node: ast.expr | None) -> list[str]:
    if node is None:
        return ["BaseException"]
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return [dotted(one) for one in parts]
