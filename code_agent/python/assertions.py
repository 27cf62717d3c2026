"""What the tests of a module assert, and which of them could never fail."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from code_agent.python.assertions_in_test import assertions_in
from code_agent.python.found_tests import FoundTest, skipping, tests_in, used_by
from code_agent.python.source import parsed


def toothless(test_source: str, targets: Collection[str] = ()) -> list[str]:
    """Why tests prove nothing, each with its line. With the targets' names: what never uses any.

    A source that is none is a SyntaxError.
    """
    tree = parsed(test_source)
    found = list(tests_in(tree))
    if not found:
        return ["there is no test in it"]
    return [told for test in found for told in _wrong(test, tree, targets)]


def _wrong(test: FoundTest, tree: ast.Module, targets: Collection[str]) -> Iterator[str]:
    at = f"line {test.line}: {test.name}"
    if mark := skipping(test, tree):
        yield f"{at} has a `{mark}`"
    assertions = assertions_in(test.function, tree)
    if not assertions:
        yield f"{at} asserts nothing"
    elif all(one.weak for one in assertions):
        for one in assertions:
            yield f"line {one.line}: {test.name}: `{one.text}` {one.weak}"
    wanted = {name.rpartition(".")[2] for name in targets}
    if wanted and not wanted & used_by(test, tree):
        yield f"{at} never uses {_either(targets)}"


def _either(names: Collection[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
