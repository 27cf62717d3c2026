"""What is to be tested: a file, and one function or class of it at a time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from code_agent.python.functions import Function
from code_agent.python.imports import Import
from code_agent.python.public import exported, is_public
from code_agent.python.source import parsed, statements_in
from code_agent.python.symbols import Definition, Symbol, all_symbols, find

SHOWN_LENGTH = 6000
AROUND_LENGTH = 1500


@dataclass(frozen=True)
class Subject:
    path: str
    """From the root of all files."""
    source: str
    module: str
    below: str
    """The folder that the module is imported from, where its tests run."""
    test_path: str
    """The file to write."""

    @cached_property
    def tree(self) -> ast.Module:
        return parsed(self.source)

    @cached_property
    def names(self) -> frozenset[str]:
        """What the module itself defines."""
        return frozenset(_defined(self.tree))

    @cached_property
    def imports(self) -> dict[str, Import]:
        """How its tests get the names that it imports itself."""
        found: dict[str, Import] = {}
        for one in statements_in(self.tree.body):
            if isinstance(one, Import):
                found.update(self._for_tests(one))
        return found

    def import_of(self, name: str) -> ast.ImportFrom:
        return ast.ImportFrom(self.module, [ast.alias(name)], 0)

    def _for_tests(self, one: Import) -> Iterator[tuple[str, Import]]:
        for alias in one.names:
            bound = alias.asname or alias.name.partition(".")[0]
            if isinstance(one, ast.Import):
                yield bound, ast.Import([alias])
            elif one.level or alias.name == "*":
                yield bound, self.import_of(bound)
            elif one.module != "__future__":
                yield bound, ast.ImportFrom(one.module, [alias], 0)


@dataclass(frozen=True)
class Target:
    subject: Subject
    name: str
    """As it is reached: `area`, `Stack`, `Stack.push`."""

    @property
    def imported(self) -> str:
        return self.name.partition(".")[0]

    @cached_property
    def symbol(self) -> Symbol:
        return find(self.subject.source, self.imported)

    @cached_property
    def shown(self) -> str:
        """Its source with the imports and the constants of the file that it uses."""
        return self._whole[:SHOWN_LENGTH]

    @property
    def left_out(self) -> list[str]:
        """What is too long to be shown."""
        path, found = self.subject.path, list[str]()
        if len(self._near) < len(self._around):
            line = self._around[len(self._near)].lineno
            found.append(f"{path}: imports and constants from line {line} on")
        if len(self._whole) > SHOWN_LENGTH:
            found.append(f"{path}: the end of {self.name}")
        return found

    @cached_property
    def _whole(self) -> str:
        around = "\n".join(ast.unparse(one) for one in self._near)
        return f"{around}\n\n\n{self.symbol.text}".lstrip("\n")

    @cached_property
    def _around(self) -> list[ast.stmt]:
        used = {one.id for one in ast.walk(parsed(self.symbol.text)) if isinstance(one, ast.Name)}
        return [one for one in self.subject.tree.body if _belongs(one, used)]

    @cached_property
    def _near(self) -> list[ast.stmt]:
        """The first of them, as many as there is room for."""
        lengths = accumulate(len(ast.unparse(one)) + 1 for one in self._around)
        pairs = zip(self._around, lengths, strict=True)
        return [one for one, length in pairs if length <= AROUND_LENGTH]


def public_names(source: str) -> list[str]:
    """Of functions, and of classes that hold any."""
    exports = exported(parsed(source))
    known = [one for one in all_symbols(source) if not one.is_overload]
    with_functions = {one.within.partition(".")[0] for one in known if one.kind != "class"}
    return list(
        dict.fromkeys(
            one.name
            for one in known
            if not one.within
            and is_public(one.name, exports)
            and (one.kind != "class" or one.name in with_functions)
        )
    )


def _belongs(one: ast.stmt, used: set[str]) -> bool:
    if isinstance(one, Import):
        return True
    if isinstance(one, Function | ast.ClassDef):
        return False
    return bool(used & set(_bound(one)))


def _defined(tree: ast.Module) -> Iterator[str]:
    for one in statements_in(tree.body):
        if isinstance(one, Definition):
            yield one.name
        else:
            yield from _bound(one)


def _bound(one: ast.stmt) -> Iterator[str]:
    targets = one.targets if isinstance(one, ast.Assign) else []
    targets = [one.target] if isinstance(one, ast.AnnAssign) else targets
    for target in targets:
        yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))
