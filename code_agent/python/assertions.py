"""What the tests of a module assert, and which of them could never fail."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from code_agent.python.assertions_in_test import Assertion, assertions_in
from code_agent.python.found_tests import FoundTest, skipping, tests_in, used_by
from code_agent.python.functions import Function, dotted
from code_agent.python.source import parsed


def real_assertions(test_source: str) -> dict[str, int]:
    """How many of each test could fail; none where the test may be skipped or is meant to fail.

    A source that is none is a SyntaxError.
    """
    tree = parsed(test_source)
    return {
        test.name: 0 if skipping(test, tree) else _real(assertions_in(test.function, tree))
        for test in tests_in(tree)
    }


def toothless(test_source: str, targets: Collection[str] = ()) -> list[str]:
    """Why tests prove nothing, each with its line. With the targets' names: what never uses any."""
    tree = parsed(test_source)
    found = list(tests_in(tree))
    if not found:
        return ["there is no test in it"]
    told = list(_own_targets(tree, targets))
    for test in found:
        told += _wrong(test, tree, targets)
    return told


def _wrong(test: FoundTest, tree: ast.Module, targets: Collection[str]) -> Iterator[str]:
    at = f"line {test.line}: {test.name}"
    if mark := skipping(test, tree):
        yield f"{at} has a `{mark}`"
    assertions = assertions_in(test.function, tree)
    if not assertions:
        yield f"{at} asserts nothing"
    elif not _real(assertions):
        for one in assertions:
            yield f"line {one.line}: {test.name}: `{one.text}` {one.weak}"
    wanted = {name.rpartition(".")[2] for name in targets}
    if wanted and not wanted & used_by(test, tree):
        yield f"{at} never uses {_either(targets)}"
    for line, name in _replaced(test.function, wanted):
        yield f"line {line}: {test.name} puts something else in the place of {name}"


def _real(assertions: list[Assertion]) -> int:
    return sum(not one.weak for one in assertions)


def _either(names: Collection[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def _own_targets(tree: ast.Module, targets: Collection[str]) -> Iterator[str]:
    for one in tree.body:
        if isinstance(one, Function | ast.ClassDef) and one.name in targets:
            yield f"line {one.lineno}: {one.name} is written here again, and not the one tested"


def _replaced(function: Function, wanted: Collection[str]) -> Iterator[tuple[int, str]]:
    """Targets that `patch("module.name")` or `monkeypatch.setattr(module, "name", …)` replaces."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        words = dotted(node.func).split(".")
        if not {"patch", "setattr"} & set(words):
            continue
        for argument in node.args[:2]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                name = argument.value.rpartition(".")[2]
                if name in wanted:
                    yield node.lineno, name
