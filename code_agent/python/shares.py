"""A pytest file in two: a part that a model is shown, and one that is kept from it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from code_agent.python.functions import Function
from code_agent.python.source import parsed

Path = tuple[int, ...]
"""Where a statement stands: its place in the module, then in the class or function."""


def shares(tests: str) -> tuple[str, str]:
    """Every other test is held back, or every other assertion of the only one.

    What cannot be divided is shown as it is, and nothing is held back.
    """
    tree = parsed(tests)
    found = _tests(tree)
    if len(found) > 1:
        return _without(tests, found[1::2]), _without(tests, found[::2])
    if found:
        asserted = _assertions(tree, found[0])
        if len(asserted) > 1:
            return _without(tests, asserted[1::2]), _without(tests, asserted[::2])
    return tests, ""


def _tests(tree: ast.Module) -> list[Path]:
    found: list[Path] = []
    for place, one in enumerate(tree.body):
        if isinstance(one, Function) and one.name.startswith("test"):
            found.append((place,))
        elif isinstance(one, ast.ClassDef) and one.name.startswith("Test"):
            found += [
                (place, inner)
                for inner, each in enumerate(one.body)
                if isinstance(each, Function) and each.name.startswith("test")
            ]
    return found


def _assertions(tree: ast.Module, test: Path) -> list[Path]:
    body = _body(tree, test)
    return [(*test, place) for place, one in enumerate(body) if isinstance(one, ast.Assert)]


def _body(tree: ast.Module, path: Path) -> list[ast.stmt]:
    body = tree.body
    for place in path:
        one = body[place]
        assert isinstance(one, Function | ast.ClassDef)  # noqa: S101  paths lead through these
        body = one.body
    return body


def _without(tests: str, paths: Sequence[Path]) -> str:
    """The rest, written anew: a part needs no comments."""
    tree = parsed(tests)
    for path in sorted(paths, reverse=True):
        del _body(tree, path[:-1])[path[-1]]
    for one in list(tree.body):
        if isinstance(one, ast.ClassDef) and not one.body:
            tree.body.remove(one)
    return ast.unparse(tree) + "\n"
