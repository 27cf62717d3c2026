"""What pytest says of a failure, and what of it is told on."""

from __future__ import annotations

import pytest

from code_agent.checks.feedback import MOST_LENGTH, heard
from code_agent.python.reports import REASON_LENGTH, error_lines, first_reason, reasons

ASSERTED = (
    "test_it.py:2: in test_add\n    assert add(1, 2) == 4\n"
    "E   assert 3 == 4\nE    +  where 3 = add(1, 2)\nEnd of it\n"
)


@pytest.mark.parametrize(
    ("says", "marked", "first"),
    [
        (ASSERTED, ["assert 3 == 4", "+  where 3 = add(1, 2)"], "assert 3 == 4"),
        ("Traceback:\n  ImportError: no such thing\n", [], "ImportError: no such thing"),
        ("", [], ""),
    ],
)
def test_the_lines_that_say_why_are_those_with_an_e(
    says: str, marked: list[str], first: str
) -> None:
    assert error_lines(says) == marked
    assert reasons(says) == (marked or ([first] if first else []))
    assert first_reason(says) == first


def test_a_long_reason_is_cut() -> None:
    assert len(first_reason(f"E   {'x' * 1000}")) == REASON_LENGTH


def test_of_a_few_failures_the_model_hears_the_end() -> None:
    long = "x" * MOST_LENGTH + "E   assert 1"
    [first, second] = heard([("test_a", long), ("test_b", "no"), ("test_c", "no")])
    assert first.startswith("test_a:\nx")
    assert first.endswith("E   assert 1")
    assert len(first) == len("test_a:\n") + MOST_LENGTH
    assert second == "test_b:\nno"
