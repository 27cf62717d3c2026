"""Answers with less in them, calls crossed, and sizes that only tests know."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.fixing.crossing import crossed_calls
from code_agent.fixing.honest import knows_sizes
from code_agent.fixing.simpler import MOST, simpler

HEAD = "def f(a, b):\n    "


@pytest.mark.parametrize(
    ("before", "after", "less"),
    [
        ("return a // b + 1", "return max(1, -(-a // b))", "return -(-a // b)"),
        ("return a[b]", "return a[b + 1] if a else 0", "return a[b + 1]"),
        ("return a", "return a % b or 5", "return a % b"),
        ("return [x for x in a]", "return [x + b for x in a if x]", "return [x + b for x in a]"),
        ("return a(b)", "return b(a, 2)", "return b(a)"),
        ("return a", "if b:\n        return 3\n    return a + 0", "return a + 0"),
        ("return a", "return b.m(a, key=1)", "return b.m(a)"),
    ],
)
def test_what_was_added_is_left_out(before: str, after: str, less: str) -> None:
    found = simpler(HEAD + before, HEAD + after)
    assert ast.unparse(ast.parse(HEAD + less)) + "\n" in found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return a // b", "return b // a"),
        ("return a * b // 100", "return 100 * b // a"),
        ("c = a.lower()\n    return b in c", "c = a.lower()\n    return c in b"),
        ("return a > b", "return a >= b"),
    ],
)
def test_what_was_there_stays(before: str, after: str) -> None:
    for one in simpler(HEAD + before, HEAD + after):
        assert {"a", "b"} <= {node.id for node in ast.walk(ast.parse(one)) if hasattr(node, "id")}


@given(st.sampled_from(["a", "b", "a + 1", "f(a)", "a or b", "[a, b]", "a if b else 2", "a[0]"]))
def test_each_is_python_and_another_than_both(part: str) -> None:
    before, after = HEAD + "return a", HEAD + f"return g({part}, b)"
    found = simpler(before, after)
    assert len(found) == len(set(found)) <= MOST
    for one in found:
        assert ast.dump(ast.parse(one)) not in {ast.dump(ast.parse(x)) for x in (before, after)}


def test_values_of_tests_stand_together() -> None:
    tests = "assert f('08:00', '16:30') == 510\nassert f('22:00', '06:00') == 480\n"
    made = crossed_calls(tests, "f").splitlines()
    assert "f('08:00', '08:00')" in made
    assert "f('08:00', '06:00')" in made
    assert "f('08:00', '16:30')" not in made
    assert crossed_calls("f(x)", "f") == ""
    assert crossed_calls("f('a')", "f") == "f('a')"


def test_what_is_near_to_values_of_tests_is_tried() -> None:
    made = crossed_calls("f([1, 2, 3], 2)", "f").splitlines()
    for one in (
        "[1, 2, 3], 4",
        "[1, 2, 3], -2",
        "[1, 2, 3], 1.5",
        "[1], 2",
        "[1, 2, 3, 1, 2, 3], 2",
    ):
        assert f"f({one})" in made


def test_sizes_of_tests_are_told_from_others() -> None:
    test = "def test_it():\n    assert f([4, 7, 9]) == 'seven77'\n"
    assert knows_sizes("python", [test], "", "def f(a):\n    return len(a) != 3\n")
    assert knows_sizes("python", [test], "", "def f(a):\n    return len(a) != 7\n")
    assert not knows_sizes("python", [test], "", "def f(a):\n    return len(a) != 8\n")
    assert not knows_sizes("python", [test], "", "def f(a):\n    return len(a) != 1\n")
    assert not knows_sizes("python", [test], "return 3", "def f(a):\n    return len(a) != 3\n")
    assert not knows_sizes("python", [test], "", "def f(a):\n    return len(a) * 3\n")
