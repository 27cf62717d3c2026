"""Imports that an answer needs, added to a file that lacks them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise

from code_agent.python.source import header_lines, lines_of, newline_of, parsed, statements_in
from code_agent.python.symbols import Definition
from code_agent.unusable import Unusable

Import = ast.Import | ast.ImportFrom
_Imported = tuple[str, str, str]
"""From where, what, and under which name."""


def lifted(source: str, wanted: Sequence[Import]) -> str:
    """With those that are missing after the ones at its top; `Unusable` when a name is taken."""
    tree = parsed(source)
    known = {one for each in _imports(tree) for one in _imported(each)}
    missing = [made for each in wanted if (made := _missing(each, known)) is not None]
    if not missing:
        return source
    taken = _bound(tree)
    for each in missing:
        for name in _names(each):
            if name in taken:
                raise Unusable(f"it imports {name}, which is something else in the file")
    futures = [one for one in missing if _is_future(one)]
    others = [one for one in missing if not _is_future(one)]
    return _with(_with(source, others, first=False), futures, first=True)


def _with(source: str, added: Sequence[Import], *, first: bool) -> str:
    """A `__future__` comes before all others."""
    if not added:
        return source
    tree, lines = parsed(source), lines_of(source)
    newline = newline_of(lines[0] if lines else "")
    text = [ast.unparse(one) + newline for one in added]
    run = _run(tree)
    _check_lines(tree.body[: len(run) + 2])
    if run and first:
        place = run[0].lineno - 1
    elif run:
        place = run[-1].end_lineno or run[-1].lineno
    else:
        place = _after_header(tree, lines)
        if place and lines[place - 1].strip():
            text.insert(0, newline)
        if place < len(lines) and lines[place].strip():
            text.append(newline)
    if place and not newline_of(lines[place - 1], ""):
        lines[place - 1] += newline
    return "".join([*lines[:place], *text, *lines[place:]])


def _check_lines(head: Sequence[ast.stmt]) -> None:
    for one, following in pairwise(head):
        if one.end_lineno == following.lineno:
            raise Unusable("it needs imports, and statements share a line where they would go")


def _run(tree: ast.Module) -> list[Import]:
    """The imports at the top, after the docstring, as far as nothing is between them."""
    found: list[Import] = []
    for one in tree.body[1:] if _has_docstring(tree) else tree.body:
        if not isinstance(one, Import):
            break
        found.append(one)
    return found


def _after_header(tree: ast.Module, lines: list[str]) -> int:
    if _has_docstring(tree):
        return tree.body[0].end_lineno or 1
    return header_lines(lines)


def _has_docstring(tree: ast.Module) -> bool:
    return ast.get_docstring(tree, clean=False) is not None


def _imports(tree: ast.Module) -> Iterator[Import]:
    return (one for one in statements_in(tree.body) if isinstance(one, Import))


def _imported(one: Import) -> Iterator[_Imported]:
    source = "." * one.level + (one.module or "") if isinstance(one, ast.ImportFrom) else ""
    for each in one.names:
        yield source, each.name, each.asname or each.name


def _missing(one: Import, known: set[_Imported]) -> Import | None:
    names = [each for each, key in zip(one.names, _imported(one), strict=True) if key not in known]
    if not names:
        return None
    if any(each.name == "*" for each in names):
        raise Unusable("it imports everything of a module; name what is needed")
    if isinstance(one, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(one.module, names, one.level)


def _is_future(one: Import) -> bool:
    return isinstance(one, ast.ImportFrom) and one.module == "__future__"


def _names(one: Import) -> Iterator[str]:
    """`import a.b` binds `a`, to the same module as every other import of a part of it does."""
    for each in one.names:
        if not (isinstance(one, ast.Import) and "." in each.name and not each.asname):
            yield each.asname or each.name


def _bound(tree: ast.Module) -> set[str]:
    """What the names of a module mean already."""
    found: set[str] = set()
    for one in statements_in(tree.body):
        if isinstance(one, Definition):
            found.add(one.name)
        elif isinstance(one, Import):
            found.update(_names(one))
        else:
            found.update(_assigned(one))
    return found


def _assigned(one: ast.stmt) -> Iterator[str]:
    if isinstance(one, ast.Assign):
        targets = one.targets
    elif isinstance(one, ast.AnnAssign | ast.For | ast.AsyncFor):
        targets = [one.target]
    else:
        return
    for target in targets:
        for each in ast.walk(target):
            if isinstance(each, ast.Name):
                yield each.id
