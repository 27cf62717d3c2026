"""What answers that were written apart may do otherwise, and what not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from code_agent.inside.ygg_canonical import canonical, raised
from code_agent.python.inputs_calls import Call, Step
from code_agent.python.records import Records
from code_agent.python.records_closely import Closely
from code_agent.python.records_loosely import Loosely

SPOKEN = frozenset({"f", "Stack", "push", "size", "KeyError"})


class Stack:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


def fails(error: Exception) -> Callable[[], Any]:
    def failing() -> Any:
        raise error

    return failing


def step(does: Callable[[], Any]) -> Mapping[str, Any]:
    try:
        return {"value": canonical(does())}
    except Exception as error:  # noqa: BLE001  that is what it did
        return raised(error)


def records(record: Mapping[str, Any]) -> Records:
    return Records("", '""', {}, frozenset(), frozenset(), [record])


def told(here: Mapping[str, Any], there: Mapping[str, Any], call: Call | None = None) -> list[str]:
    calls = [call or Call("f", (Step("f", ("1",)),))]
    old = records(here)
    return Loosely(SPOKEN).differences(calls, old, old, records(there), Closely())


def told_of(here: Callable[[], Any], there: Callable[[], Any]) -> list[str]:
    return told({"steps": [step(here)]}, {"steps": [step(there)]})


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (lambda: 0, lambda: 0.0),
        (lambda: 0.1 + 0.2, lambda: 0.3),
        (lambda: float("nan"), lambda: float("nan")),
        (lambda: {"a": 1, "b": 2}, lambda: {"b": 2, "a": 1}),
        (lambda: Counter("aab"), lambda: {"a": 2, "b": 1}),
        (lambda: defaultdict(list, a=[1]), lambda: {"a": [1]}),
        (lambda: {1, 2}, lambda: frozenset({2, 1})),
        (lambda: [Stack(size=1, items=[1])], lambda: [Stack(size=1, items=(1,), head=None)]),
        (fails(ValueError("one")), fails(ValueError("other"))),
        (fails(ValueError("one")), fails(IndexError("one"))),
        (fails(TypeError("no number")), lambda: 3),
    ],
)
def test_what_the_words_leave_open_is_no_difference(
    here: Callable[[], Any], there: Callable[[], Any]
) -> None:
    assert told_of(here, there) == []
    assert told_of(there, here) == []


@pytest.mark.parametrize(
    ("here", "there", "says"),
    [
        (lambda: 97.988, lambda: 98.0, "f(1): 97.988 here, 98.0 there"),
        (lambda: [1], lambda: (1,), "f(1): [1] here, (1,) there"),
        (lambda: "1", lambda: 1, "f(1): '1' here, 1 there"),
        (lambda: None, lambda: 0, "f(1): None here, 0 there"),
        (lambda: 2**60, lambda: 2**60 + 1, None),
        (lambda: Decimal("1"), lambda: Decimal("2"), None),
        (lambda: {"a": 1}, lambda: {"a": 2}, None),
        (lambda: Stack(size=1), lambda: Stack(size=2), None),
        (fails(ValueError("x")), lambda: 3, "f(1): raises ValueError('x') here, 3 there"),
        (fails(KeyError("x")), fails(ValueError("x")), None),
    ],
)
def test_other_values_and_errors_are_differences(
    here: Callable[[], Any], there: Callable[[], Any], says: str | None
) -> None:
    [found] = told_of(here, there)
    assert says in (None, found)
    assert len(told_of(there, here)) == 1


def test_what_becomes_of_arguments_and_what_is_printed_is_compared() -> None:
    here, one = {"steps": [{"value": 1}]}, {"steps": [{"value": 1}], "printed": "x"}
    assert told(here, one) == ["f(1): it prints nothing here, 'x' there"]
    other = {"steps": [{"value": 1}], "changed": {"f 0": {"list": [1]}}}
    assert told(other, here) == ["f(1): its arguments become [1] here, nothing there"]


def test_what_was_not_asked_for_has_no_say() -> None:
    here, there = {"steps": [{"value": 1}]}, {"steps": [{"value": 2}]}
    assert told(here, there, Call("beside", (Step("beside"),))) == []
    assert told(here, there, Call("f", (Step("f"),), odd=True)) == []
    assert told(here, {"too long": True}) == []
    assert told({"too deep": True}, there) == []


def test_methods_that_were_asked_for_are_compared() -> None:
    def stack(name: str) -> Call:
        return Call("Stack", (Step("Stack"), Step("push", ("1",)), Step(name)))

    here = {"steps": [{"made": None}, {"value": None}, {"value": 1}], "object": {"text": "x"}}
    there = {"steps": [{"made": None}, {"value": None}, {"value": 2}]}
    assert told(here, there, stack("size")) == ["Stack(); .push(1); .size(): 1 here, 2 there"]
    assert told(here, there, stack("grow")) == []
