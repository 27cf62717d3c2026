"""What code uses of other modules, as far as the imports of its file say."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath

from code_agent.python.source import parsed


def names_from_elsewhere(source: str, code: str, modules: Collection[str]) -> tuple[str, ...]:
    """Of these modules, by the last parts of their names. `code` is a part of `source`, or all."""
    try:
        imported = dict(_imported(parsed(source), modules))
        tree = parsed(textwrap.dedent(code))
    except SyntaxError:
        return ()
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in imported:
                found[imported[name]] = None
            case ast.Attribute(attr=name) if _root(node) in imported:
                found[name] = None
    return tuple(found)


def modules_of(paths: Iterable[str]) -> set[str]:
    """The last parts of the names that modules in these files could have."""
    found = [PurePosixPath(path) for path in paths if path.endswith(".py")]
    return {name for path in found for name in (path.stem, *path.parent.parts)}


def _imported(tree: ast.Module, modules: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each name, with what it is called where it comes from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                if one.name.rpartition(".")[2] in modules:
                    yield one.asname or one.name.partition(".")[0], one.name.rpartition(".")[2]
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").rpartition(".")[2]
            if not module or module in modules:
                yield from ((one.asname or one.name, one.name) for one in node.names)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
