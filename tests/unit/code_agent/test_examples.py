"""Examples that a text holds become tests; tests are divided; and idle functions are made."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.python.examples import Example, as_tests, examples
from code_agent.python.idlers import idlers
from code_agent.python.shares import shares


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("add(1, 2) == 3", [Example("add(1, 2)", "3")]),
        ("For instance `add(1, 2)` returns 3.", [Example("add(1, 2)", "3")]),
        ("add(1, 2) -> 3, add(2, 2) => 4", [Example("add(1, 2)", "3"), Example("add(2, 2)", "4")]),
        ("add([1, (2)], 'a)') is [1, 'a)'].", [Example("add([1, (2)], 'a)')", "[1, 'a)']")]),
        ("add(1, 2) should be 'a b', I think", [Example("add(1, 2)", "'a b'")]),
        ("add('x', 1) raises a TypeError.", [Example("add('x', 1)", raises="TypeError")]),
        ("add(-1, 1.5) == 0.5", [Example("add(-1, 1.5)", "0.5")]),
        (">>> add(1, 2)\n3\n", [Example("add(1, 2)", "3")]),
        (">>> a = 1\n>>> add(a, 2)\n3\n", [Example("add(a, 2)", "3", before=("a = 1",))]),
        (
            ">>> add('x', 1)\nTraceback (most recent call last):\n  ...\nTypeError: no\n",
            [Example("add('x', 1)", raises="TypeError")],
        ),
        ("Write add(a, b), which is good.", []),
        ("def add(a, b): return a", []),
        ("readd(1, 2) == 3", []),
        ("add(1, 2", []),
    ],
)
def test_what_is_found(text: str, found: list[Example]) -> None:
    assert examples(text, ["add"]) == found


@given(st.text(st.sampled_from("add(1, )'\"=->raises \n>`.")))
def test_any_text_can_be_looked_through(text: str) -> None:
    for one in examples(text, ["add"]):
        ast.parse(as_tests([one], "solution"))


def test_they_become_a_test_file_that_can_fail() -> None:
    text = as_tests(
        examples("add(1, 2) == 3 and add(0, 1.0) == 1.0; add('', 1) raises TypeError", ["add"]), "m"
    )
    namespace: dict[str, object] = {}
    assert [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)] == [
        "test_example_1",
        "test_example_2",
    ] or "TypeError" in text
    assert "approx" in text or namespace == {}


TESTS = """
import pytest
from solution import f

CASES = [1]

def test_a():
    assert f(1) == 1

@pytest.mark.x
def test_b():
    assert f(2) == 2

class TestC:
    def test_c(self):
        assert f(3) == 3
"""


def test_tests_are_divided() -> None:
    shown, held = shares(TESTS)
    assert ("test_a" in shown, "test_b" in shown, "test_c" in shown) == (True, False, True)
    assert ("test_a" in held, "test_b" in held, "TestC" in held) == (False, True, False)
    assert "pytest.mark.x" in held
    for part in (shown, held):
        assert "from solution import f" in part
        assert "CASES = [1]" in part


def test_the_assertions_of_the_only_test_are_divided() -> None:
    shown, held = shares("def test_a():\n    x = g()\n    assert x == 1\n    assert f(x) == 2\n")
    assert "x = g()" in shown
    assert "x = g()" in held
    assert ("x == 1" in shown, "f(x) == 2" in shown) == (True, False)
    assert ("x == 1" in held, "f(x) == 2" in held) == (False, True)


ROWS = """
@pytest.mark.parametrize(("n", "wanted"), [(4, 16), (5, 25), (9, 81)], ids=["a", "b", "c"])
def test_many(n, wanted):
    assert square(n) == wanted
"""
LOOP = """
def test_all():
    for n, wanted in [(4, 16), (5, 25), (9, 81)]:
        assert square(n) == wanted
"""
NAMED = """
CASES = [(4, 16), (5, 25), (9, 81)]

def test_all():
    for n, wanted in CASES:
        assert square(n) == wanted
"""


@pytest.mark.parametrize("tests", [ROWS, LOOP, NAMED], ids=["parameters", "loop", "named"])
def test_the_cases_of_the_only_test_are_divided(tests: str) -> None:
    shown, held = shares(tests)
    assert [case in shown for case in ("(4, 16)", "(5, 25)", "(9, 81)")] == [True, False, True]
    assert [case in held for case in ("(4, 16)", "(5, 25)", "(9, 81)")] == [False, True, False]
    for part in (shown, held):
        assert "assert square(n) == wanted" in part


def test_names_of_rows_are_divided_with_them() -> None:
    shown, held = shares(ROWS)
    assert "ids=['a', 'c']" in shown
    assert "ids=['b']" in held


def test_what_cannot_be_divided_is_shown() -> None:
    alone = "def test_a():\n    assert f(1) == 1\n"
    assert shares(alone) == (alone, "")
    counted = NAMED + "    assert len(CASES) == 3\n"
    assert shares(counted) == (counted, "")
    summed = (
        "def test_a():\n    found = Sum()\n    for n, total in [(1, 1), (2, 3)]:\n"
        "        assert found.add(n) == total\n"
    )
    assert shares(summed) == (summed, "")


def test_idle_functions() -> None:
    source = (
        "def f(a, b=2):\n    return a + b\n\nclass C:\n"
        "    def __init__(self, x):\n        self.x = x\n\n"
        "    def get(self, y):\n        return y\n"
    )
    made = {one.says: one.source for one in idlers(source, ["f", "C"], ["7"])}
    for text in made.values():
        ast.parse(text)
    namespace: dict[str, object] = {}
    exec(made["a function that always returns 7"], namespace)  # noqa: S102  a few lines of our own
    assert namespace["f"](1) == 7  # type: ignore[operator]
    assert namespace["C"](1).get(2) == 7  # type: ignore[operator]
    exec(made["a function that returns its first argument"], namespace)  # noqa: S102
    assert namespace["C"](1).get(2) == 2  # type: ignore[operator]
