"""What of a module a change reaches: what was changed, and what uses that."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from code_agent.python.functions import Function, dotted, functions_of, without_docstring
from code_agent.python.public import decorators_of, exported, is_public
from code_agent.python.sameness import shape
from code_agent.python.source import parsed
from code_agent.python.symbols import Definition, definitions

_CACHES = frozenset({"cache", "lru_cache", "cached_property"})
REST = "<module>"
"""What a module does without binding a name."""


def callables(source: str) -> list[str]:
    """Functions and classes of a module that are meant for others."""
    tree = parsed(source)
    exports = exported(tree)
    found = (one.name for one in tree.body if isinstance(one, Definition))
    return list(dict.fromkeys(name for name in found if is_public(name, exports)))


def affected(before: str, after: str) -> set[str]:
    """Names of the module that may mean something else, since they or what they use changed."""
    old, new = _bound(parsed(before)), _bound(parsed(after))
    fresh = {name for name in {*old, *new} if _texts(old.get(name)) != _texts(new.get(name))}
    found: set[str] = set()
    while fresh:
        found |= fresh
        fresh = {
            name
            for bound in (old, new)
            for name, statements in bound.items()
            if found & _words(statements)
        } - found
    return found


def changed_functions(one: str, other: str) -> list[str]:
    """Functions and methods of the one that are not alike in the other."""
    there = {name: _text(node) for name, node in functions_of(parsed(other))}
    return [name for name, node in functions_of(parsed(one)) if there.get(name) != _text(node)]


def unchanged_classes(before: str, after: str) -> frozenset[str]:
    """Classes that are alike in both, as are those of the module that they are made from, and what
    they use of it."""
    reached = affected(before, after)
    old, new = (dict(definitions(parsed(one))) for one in (before, after))
    alike = {
        name: node
        for name, node in old.items()
        if isinstance(node, ast.ClassDef) and name in new and _text(node) == _text(new[name])
    }
    alike = {name: node for name, node in alike.items() if not reached & _read(node)}
    others = {name for name, node in old.items() if isinstance(node, ast.ClassDef)} - alike.keys()
    while made := {name for name, node in alike.items() if others & _words([*node.bases])}:
        others |= made
        alike = {name: node for name, node in alike.items() if name not in made}
    return frozenset(alike)


def caches_anew(before: str, after: str) -> bool:
    """Whether more is kept by a decorator that is made for it."""
    old, new = (
        sum(len(_CACHES & {*decorators_of(node)}) for _, node in definitions(parsed(text)))
        for text in (before, after)
    )
    return new > old


def calls_itself(source: str) -> bool:
    """Whether a function does, or a method."""
    return any(
        isinstance(one, ast.Call) and node.name == _last(one.func)
        for node in ast.walk(parsed(source))
        if isinstance(node, Function)
        for one in ast.walk(node)
    )


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else dotted(node)


def _bound(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    found: dict[str, list[ast.stmt]] = {}
    for one in without_docstring(tree.body):
        for name in _names(one):
            found.setdefault(name, []).append(one)
    return found


def _names(one: ast.stmt) -> Iterator[str]:
    if isinstance(one, Definition):
        yield one.name
    elif isinstance(one, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in one.names)
    else:
        stored = {
            node.id
            for node in ast.walk(one)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        yield from sorted(stored) or [REST]


def _words(statements: Sequence[ast.AST]) -> set[str]:
    nodes = [node for one in statements for node in ast.walk(one)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _read(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _texts(statements: list[ast.stmt] | None) -> list[str] | None:
    return None if statements is None else [_text(one) for one in statements]


def _text(node: ast.stmt) -> str:
    """The node as text, without the docstrings in it."""
    [copy] = ast.parse(ast.unparse(node)).body
    for one in ast.walk(copy):
        if isinstance(one, Function | ast.ClassDef):
            one.body = list(without_docstring(one.body)) or [ast.Pass()]
    return shape(copy)
