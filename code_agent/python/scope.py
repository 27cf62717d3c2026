"""What of a module was to change: some of its symbols, and what came to be beside them."""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator

from code_agent.python.imports import Import
from code_agent.python.source import statements_in
from code_agent.python.symbols import Definition, definitions


def in_scope(
    before: ast.Module, after: ast.Module, names: Collection[str]
) -> tuple[ast.Module, ast.Module]:
    """Both without all that was not asked for; whole where no names are given.

    Whatever is new in the second belongs to the change: a loop that moved into a function of its
    own is still a loop. Nodes keep their lines.
    """
    if not names:
        return before, after
    there = {name for name, _ in definitions(before)}
    new = [name for name, _ in definitions(after) if name not in there]
    known = {ast.dump(one) for one in before.body}
    loose = [one for one in after.body if _is_loose(one) and ast.dump(one) not in known]
    return _module(before, names, []), _module(after, [*names, *new], loose)


def _is_loose(one: ast.stmt) -> bool:
    """It is no import, and neither defines anything nor holds what does."""
    return not any(isinstance(node, Definition | Import) for node in ast.walk(one))


def _module(tree: ast.Module, names: Collection[str], loose: list[ast.stmt]) -> ast.Module:
    kept = [*loose, *_kept(tree, names)]
    used = {node.id for one in kept for node in ast.walk(one) if isinstance(node, ast.Name)}
    return ast.Module([*_imports(tree, used), *kept], [])


def _kept(tree: ast.Module, names: Collection[str]) -> Iterator[ast.stmt]:
    """Each within the classes that it is in, which hold nothing else."""
    classes = {name: node for name, node in definitions(tree) if isinstance(node, ast.ClassDef)}
    for name, node in definitions(tree):
        around = [one for one in _prefixes(name) if one in classes]
        if name not in names or any(one in names for one in around):
            continue
        kept: Definition = node
        for one in around:
            shell = copy.copy(classes[one])
            shell.body, shell.decorator_list = [kept], []
            kept = shell
        yield kept


def _prefixes(name: str) -> Iterator[str]:
    """`A.B` and `A` of `A.B.c`."""
    while name := name.rpartition(".")[0]:
        yield name


def _imports(tree: ast.Module, used: Collection[str]) -> Iterator[ast.stmt]:
    """Those of names that are used, and no more."""
    for one in statements_in(tree.body):
        if isinstance(one, Import):
            names = [each for each in one.names if _bound(each) in used]
            if names:
                slim = copy.copy(one)
                slim.names = names
                yield slim


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]
