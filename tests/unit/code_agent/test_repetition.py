"""Answers that say the same thing for ever are known by their end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.repetition import SHORTEST, TIMES, repeats_from


@pytest.mark.parametrize(
    "unit", ["1.", "x", "    Fri, Mon, Mon,\n", "It is a rewrite, and a good way to do it.\n"]
)
def test_what_was_said_once_stays(unit: str) -> None:
    head = "def f():  # ?"
    text = head + unit * (max(TIMES, SHORTEST // len(unit)) + 1)
    assert repeats_from(text) == len(head + unit)
    assert repeats_from(text + unit[: len(unit) // 2]) == len(head + unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0, " * 100,
        "".join(f"    assert square({n}) == {n * n}\n" for n in range(100)),
        "for ever " * 100 + "and then not",
    ],
)
def test_what_goes_on_to_say_something_does_not_repeat(text: str) -> None:
    assert repeats_from(text) is None


@given(st.text(max_size=200), st.text(min_size=1, max_size=50))
def test_whatever_is_said_for_long_enough_repeats(head: str, unit: str) -> None:
    text = head + unit * (SHORTEST + TIMES)
    begins = repeats_from(text)
    assert begins is not None
    assert begins <= len(head + unit)
    assert text.startswith(text[:begins])
