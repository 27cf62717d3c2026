"""The tests that pytest would find in a module, and what each of them uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from code_agent.python.functions import Function, dotted

_SKIPPING = {"skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure"}


@dataclass(frozen=True)
class FoundTest:
    name: str
    function: Function
    within: ast.ClassDef | None

    @property
    def line(self) -> int:
        return self.function.lineno


def tests_in(tree: ast.Module) -> Iterator[FoundTest]:
    yield from _tests(tree.body, "", None)


def is_test_class(node: ast.ClassDef) -> bool:
    return node.name.startswith("Test") or any("TestCase" in dotted(one) for one in node.bases)


def skipping(test: FoundTest, tree: ast.Module) -> str:
    """The mark or call that may keep it from running, or from failing."""
    marked = [*test.function.decorator_list, *(test.within.decorator_list if test.within else [])]
    for body in (tree.body, test.within.body if test.within else []):
        marked += [
            one.value
            for one in body
            if isinstance(one, ast.Assign) and dotted(one.targets[0]) == "pytestmark"
        ]
    called = [
        node.func
        for node in ast.walk(test.function)
        if isinstance(node, ast.Call) and dotted(node.func).startswith(("pytest.", "self.skip"))
    ]
    for where in [*marked, *called]:
        for node in ast.walk(where):
            name = dotted(node).rpartition(".")[2] if isinstance(node, ast.expr) else ""
            if name in _SKIPPING or name in ("skipTest", "importorskip"):
                return name
    return ""


def used_by(test: FoundTest, tree: ast.Module) -> set[str]:
    """Names it uses, with those of the fixtures and functions of its module that it needs."""
    known: dict[str, list[ast.AST]] = {
        one.name: [one] for one in tree.body if isinstance(one, Function | ast.ClassDef)
    }
    for one in tree.body:
        if isinstance(one, ast.Assign):
            known.update({name: [one.value] for name in map(dotted, one.targets) if name})
    begin: list[ast.AST] = [test.function]
    if test.within:
        begin += [one for one in test.within.body if not _is_another(one)]
    begin += [one for one in tree.body if isinstance(one, Function) and _is_for_all(one)]
    names, left = set[str](), begin
    while left:
        fresh = _names_in(left.pop()) - names
        names |= fresh
        left += [node for name in fresh for node in known.get(name, [])]
    return names


def _tests(body: list[ast.stmt], prefix: str, within: ast.ClassDef | None) -> Iterator[FoundTest]:
    for one in body:
        if isinstance(one, Function) and one.name.startswith("test"):
            yield FoundTest(prefix + one.name, one, within)
        elif isinstance(one, ast.ClassDef) and is_test_class(one):
            yield from _tests(one.body, f"{prefix}{one.name}.", one)


def _is_another(statement: ast.stmt) -> bool:
    return isinstance(statement, Function) and statement.name.startswith("test")


def _is_for_all(function: Function) -> bool:
    """A fixture that no test needs to ask for."""
    words = [ast.unparse(one) for one in function.decorator_list]
    return function.name.startswith("setup") or any("autouse=True" in one for one in words)


def _names_in(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found
