"""Inputs that fit what a function takes, and tell apart what it tells apart."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.python.inputs import calls_for
from code_agent.python.inputs_shapes import shape_of_annotation
from tests.unit.code_agent.corpus import PATHS, source_of

DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def first_args(source: str, name: str, **more: str) -> list[str]:
    steps = (call.steps[0] for call in calls_for(source, name, 0, 200, **more))
    return [step.args[0] for step in steps if step.args]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("return x.split(',')", str),
        ("return x % 2 == 0", int),
        ("return [x[i:i + 2] for i in range(3)]", list),
        ("return {value: key for key, value in x.items()}", dict),
        ("return x['name'] + x['town']", dict),
        ("for part in x:\n        print(part.upper())", list),
        ("return open(x).read()", str),
        ("return sum(x) / len(x)", list),
    ],
)
def test_how_a_parameter_is_used_says_what_it_is(body: str, kind: type) -> None:
    values = map(eval, first_args(f"def f(x):\n    {body}\n", "f")[:5])
    assert kind in {type(value) for value in values}


def test_annotations_come_first() -> None:
    source = "def f(x: dict[str, list[int]] | None = None):\n    return x\n"
    values = list(map(eval, first_args(source, "f")))
    assert None in values
    assert any(isinstance(one, dict) and one and type(one.popitem()[1]) is list for one in values)


def test_keys_that_are_asked_for_are_there() -> None:
    source = "def f(rows):\n    return [row['price'] * row['count'] for row in rows]\n"
    [first, *_] = map(eval, first_args(source, "f"))
    assert set(first[0]) == {"price", "count"}
    assert all(isinstance(one, int | float) for one in first[0].values())


def test_what_is_compared_is_tried_with_its_neighbours_and_with_each_other() -> None:
    source = (
        "def f(order):\n"
        "    if order['country'] == 'DE' and order['total'] > 50:\n"
        "        return 0\n"
    )
    tried = {(one.get("country"), one.get("total")) for one in map(eval, first_args(source, "f"))}
    assert {("DE", 50), ("DE", 51), ("DE", 49)} <= tried


def test_the_tests_and_the_docstring_show_how_it_is_called() -> None:
    source = 'def f(x):\n    """\n    >>> f("from the docstring")\n    """\n'
    found = first_args(source, "f", tests="assert f('from the tests', 3) == 1")
    assert {"'from the docstring'", "'from the tests'"} <= set(found)


def test_what_is_reckoned_of_numbers_is_tried_whatever_its_size() -> None:
    source = "MEGA = 1024 * 1024\ndef f(n):\n    return n if n < MEGA else n - 2**40\n"
    found = first_args(source, "f", other=source.replace("2**40", "(10**12)"))
    assert {"1048575", "1048576", "1048577"} <= set(found)
    assert not {str(2**40), str(10**12)} & set(found)  # so much may be made of it
    compared = source.replace("2**40", "(n > 2**40)")
    assert {str(2**40), str(2**40 + 1)} <= set(first_args(compared, "f"))


@pytest.mark.parametrize("number", ["10**10**10", "1 << 10**10", "1 / 0", "-(1e308 * 10)"])
def test_what_is_too_big_to_reckon_is_left(number: str) -> None:
    assert first_args(f"def f(n):\n    return n < {number}\n", "f")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("def f(items: list[dict[str, int]]):\n    return items[:500]\n", list),
        ("def f(text: str):\n    return text[:500]\n", str),
        ("def f(found: dict[str, int]):\n    return list(found.items())[:500]\n", dict),
        ("def f(items):\n    return [one for one in items][:500]\n", list),
    ],
)
def test_some_are_longer_than_any_bound_and_as_long(source: str, kind: type) -> None:
    values = list(map(eval, first_args(source, "f")))
    lengths = {len(one) for one in values if type(one) is kind}
    assert {500, 501, 1000} <= lengths
    assert sum(one > 400 for one in lengths) < 8


def test_what_is_false_is_tried_where_nothing_says_of_which_kind_it_is() -> None:
    source = "def f(a{}):\n    return 1 if a is None else a\n"
    assert {"None", "0", "0.0", "''", "[]", "{}", "False"} <= set(
        first_args(source.format(""), "f")
    )
    assert "''" not in first_args(source.format(": int"), "f")
    by_length = "def f(a):\n    return 0 if len(a) == 0 else a[0]\n"
    odd = [one.shown for one in calls_for(by_length, "f", 0, 120) if one.odd and not one.reading]
    assert not odd


def test_literals_of_the_other_version_are_tried() -> None:
    found = first_args(
        "def f(n):\n    return n + 1\n", "f", other="def f(n):\n    return n + (n != 7919)\n"
    )
    assert {"7919", "7918", "7920"} <= set(found)


def test_defaults_are_left_out_and_given() -> None:
    calls = calls_for("def f(a: int, b: int = 2, *, c: int = 3): ...", "f", 0, 100)
    shapes = {(len(one.steps[0].args), len(one.steps[0].keywords)) for one in calls}
    assert {(1, 0), (2, 1)} <= shapes


def test_a_class_is_made_and_its_methods_are_called() -> None:
    source = (
        "class Box:\n"
        "    def __init__(self, size: int): ...\n"
        "    def put(self, thing: str): ...\n"
        "    def _secret(self): ...\n"
        "    @property\n"
        "    def full(self): ...\n"
        "    @staticmethod\n"
        "    def standard(): ...\n"
    )
    calls = calls_for(source, "Box", 0, 60)
    names = {step.name for call in calls for step in call.steps[1:]}
    assert names == {"put", "full", "standard"}
    assert all(call.steps[0].name == "Box" for call in calls)
    assert any("Box(3); .put('hello world')" in call.shown for call in calls)


def test_an_object_of_the_module_is_made_for_who_asks_what_it_has() -> None:
    source = (
        "class Point:\n    def __init__(self, x, y):\n        self.x, self.y = x, y\n"
        "        self.x = x\n        self.y = y\n"
        "def norm(point):\n    return point.x ** 2 + point.y ** 2\n"
    )
    assert all(one.startswith("m.Point(") for one in first_args(source, "norm"))


def test_what_cannot_be_called_has_no_calls() -> None:
    source = "from enum import Enum\nclass Color(Enum):\n    RED = 1\nLIMIT = 3\n"
    assert calls_for(source, "Color", 0, 10) == []
    assert calls_for(source, "LIMIT", 0, 10) == []


@given(st.integers(0, 2**31))
def test_the_same_seed_gives_the_same_calls(seed: int) -> None:
    source = "def f(text, n=3):\n    return text[:n]\n"
    assert calls_for(source, "f", seed, 50) == calls_for(source, "f", seed, 50)


@pytest.mark.parametrize("path", PATHS[::24], ids=str)
def test_any_source_can_be_read_for_inputs(path: Path) -> None:
    source = source_of(path)
    names = [one.name for one in ast.parse(source).body if isinstance(one, DEFINITION)]
    for name in names:
        for call in calls_for(source, name, 0, 20):
            for step in call.steps:
                for text in [*step.args, *(value for _, value in step.keywords)]:
                    ast.parse(text, mode="eval")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("int", "int"),
        ("'str'", "str"),
        ("Optional[int]", "union"),
        ("list[dict[str, int]]", "list"),
        ("tuple[int, str]", "tuple"),
        ("Literal['a', 'b']", "literal"),
        ("Callable[[int], str]", "callable"),
        ("collections.abc.Iterator[int]", "iterator"),
        ("SomethingElse", "any"),
    ],
)
def test_annotations_are_read(text: str, kind: str) -> None:
    assert shape_of_annotation(ast.parse(text, mode="eval").body).kind == kind
