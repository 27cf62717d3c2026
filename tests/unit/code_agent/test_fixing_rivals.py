"""Answers with less in them, calls crossed, and sizes that only tests know."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.fixing.honest import knows_sizes
from code_agent.fixing.idle import idle_ones
from code_agent.fixing.simpler import MOST, simpler
from code_agent.python.crossing import crossed_calls

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


def test_what_is_typed_takes_no_fraction_for_a_whole_number() -> None:
    made = crossed_calls("f(305)\nf(-41)", "f", typed=True).splitlines()
    assert {"f(610)", "f(41)"} <= {*made}
    assert not [one for one in made if "." in one]
    assert "f(1.5)" not in crossed_calls("f(2)", "f", typed=True)
    assert "f(0.75)" in crossed_calls("f(0.5)", "f", typed=True)


def test_sizes_of_tests_are_told_from_others() -> None:
    test = "def test_it():\n    assert f([4, 7, 9]) == 'seven77'\n"
    assert knows_sizes("python", [test], "", "def f(a):\n    return len(a) != 3\n")
    assert knows_sizes("python", [test], "", "def f(a):\n    return len(a) != 7\n")
    assert not knows_sizes("python", [test], "", "def f(a):\n    return len(a) != 8\n")
    assert not knows_sizes("python", [test], "", "def f(a):\n    return len(a) != 1\n")
    assert not knows_sizes("python", [test], "return 3", "def f(a):\n    return len(a) != 3\n")
    assert not knows_sizes("python", [test], "", "def f(a):\n    return len(a) * 3\n")


SUM = "def add(a, b):\n    return a - b\n"
ONE = "def test_it():\n    assert add(2, 3) == 5\n"


@pytest.mark.parametrize(
    ("answer", "tests", "count"),
    [
        ("5", ONE, 1),
        ("a * b - 1", ONE, 1),
        ("a + b", ONE, 0),
        ("a * b - 1", ONE + "    assert add(1, 2) == 3\n", 0),
        ("b", "def test_it():\n    assert add(1, 'x') == 'x'\n", 0),
        ("'x'", "def test_it():\n    assert add(1, 'x') == 'x'\n", 1),
    ],
)
def test_functions_that_do_nothing_are_tried_where_an_answer_may_be_fitted(
    answer: str, tests: str, count: int
) -> None:
    made = idle_ones("python", "add", SUM, f"def add(a, b):\n    return {answer}\n", [tests])
    assert len(made) == count
    assert all("always gives back" in one.says for one in made)


def test_functions_that_do_nothing_in_other_languages() -> None:
    code = "const add = (a, b) => {\n  return a + b;\n};\nmodule.exports = { add };\n"
    made = idle_ones("javascript", "add", "", code, ["assert.equal(add(5, 3), 8);"])
    assert made[0].text == "const add = (a, b) => { return 8; };\nmodule.exports = { add };\n"
    code = "func Add(a, b int) int {\n\treturn a + b\n}\n"
    made = idle_ones("go", "Add", "", code, ["if got := Add(5, 3); got != 8 {"])
    assert made[0].text == "func Add(a, b int) int {\n\treturn 8\n}\n"
    assert idle_ones("go", "Add", "", code, ["nothing"]) == []
