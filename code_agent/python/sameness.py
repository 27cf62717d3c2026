"""Whether two sources have the same tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import zip_longest

from code_agent.python.source import parsed

_ENDS = "the end"
_Part = tuple[str, int]
"""A piece of a tree, and the line it is in."""


def same_ast(before: str, after: str) -> str | None:
    """Where their trees differ first; nothing when they are the same. SyntaxError for no Python."""
    return same_tree(parsed(before), parsed(after))


def same_tree(before: ast.AST, after: ast.AST) -> str | None:
    for one, other in zip_longest(_parts(before), _parts(after)):
        if one is None or other is None or one[0] != other[0]:
            was, line = one or (_ENDS, 0)
            became, new_line = other or (_ENDS, 0)
            return f"line {new_line or line}: {_short(was)} became {_short(became)}"
    return None


def shape(node: ast.AST) -> str:
    """The same for the same code, wherever it stands."""
    return " ".join(what for what, _ in _parts(node))


def _parts(node: ast.AST) -> Iterator[_Part]:
    """Deep trees would be too much for `ast.dump`. `u"x"` is the same as `"x"`."""
    waiting: list[tuple[object, int]] = [(node, 1)]
    while waiting:
        one, line = waiting.pop()
        if isinstance(one, ast.AST):
            line = getattr(one, "lineno", line)
            yield type(one).__name__, line
            fields = [value for name, value in ast.iter_fields(one) if name != "kind"]
            waiting.extend((value, line) for value in reversed(fields))
        elif isinstance(one, list):
            yield f"{len(one)} parts", line
            waiting.extend((value, line) for value in reversed(one))
        else:
            yield repr(one), line


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
