"""A pytest file in two: a part that a model is shown, and one that is kept from it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from code_agent.python.expectations import literal_rows
from code_agent.python.functions import Function, dotted
from code_agent.python.source import parsed

Path = tuple[int, ...]
"""Where a statement stands: its place in the module, then in the class or function."""
Rows = ast.List | ast.Tuple


def shares(tests: str) -> tuple[str, str]:
    """Every other test is held back; of the only one every other row of its parameters, every
    other assertion, or every other case that it loops over.

    What cannot be divided is shown as it is, and nothing is held back.
    """
    tree = parsed(tests)
    found = _tests(tree)
    if len(found) > 1:
        return _without(tests, found[1::2]), _without(tests, found[::2])
    if found:
        if _parametrized(tree, found[0]):
            return _every_other(tests, 0, _parametrized), _every_other(tests, 1, _parametrized)
        asserted = _assertions(tree, found[0])
        if len(asserted) > 1:
            return _without(tests, asserted[1::2]), _without(tests, asserted[::2])
        if _looped(tree, found[0]):
            return _every_other(tests, 0, _looped), _every_other(tests, 1, _looped)
    return tests, ""


def _every_other(tests: str, first: int, rows_of: Callable[[ast.Module, Path], list[Rows]]) -> str:
    tree = parsed(tests)
    for rows in rows_of(tree, _tests(tree)[0]):
        rows.elts = rows.elts[first::2]
    return ast.unparse(tree) + "\n"


def _parametrized(tree: ast.Module, test: Path) -> list[Rows]:
    """The rows of one decorator, and the names that they have."""
    for one in _at(tree, test).decorator_list:
        match one:
            case ast.Call(args=[_, given, *_]) if dotted(one.func).endswith("mark.parametrize"):
                rows = _to_divide(given, tree)
                named = [each.value for each in one.keywords if each.arg == "ids"]
                ids = [each for each in named if isinstance(each, Rows)]
                if rows is not None:
                    return [rows, *ids]
    return []


def _looped(tree: ast.Module, test: Path) -> list[Rows]:
    for one in _at(tree, test).body:
        if isinstance(one, ast.For) and _is_case_by_case(one, _at(tree, test)):
            rows = _to_divide(one.iter, tree)
            if rows is not None and all(isinstance(each, Rows) for each in rows.elts):
                return [rows]
    return []


def _is_case_by_case(loop: ast.For, test: Function) -> bool:
    """Whether each case is asserted alone, and leaves nothing for the next."""
    inside = {id(one) for one in ast.walk(loop)}
    names = [one for one in ast.walk(test) if isinstance(one, ast.Name)]
    around = {one.id for one in names if isinstance(one.ctx, ast.Store) and id(one) not in inside}
    plain = all(isinstance(one, ast.Assert | ast.Assign) for one in loop.body)
    asserts = any(isinstance(one, ast.Assert) for one in loop.body)
    return plain and asserts and not any(one.id in around for one in names if id(one) in inside)


def _to_divide(node: ast.expr, tree: ast.Module) -> Rows | None:
    """Of cases under a name only where nothing else uses it."""
    rows = literal_rows(node, tree)
    if rows is None or len(rows.elts) < 2:
        return None
    if isinstance(node, ast.Name):
        uses = [one for one in ast.walk(tree) if isinstance(one, ast.Name) and one.id == node.id]
        return rows if len(uses) == 2 else None
    return rows


def _at(tree: ast.Module, test: Path) -> Function:
    found = _body(tree, test[:-1])[test[-1]]
    assert isinstance(found, Function)  # noqa: S101  paths lead to these
    return found


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
