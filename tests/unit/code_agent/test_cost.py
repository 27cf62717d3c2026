"""What a task has cost: what happens at the same time takes its time once."""

from __future__ import annotations

import time

import pytest

from code_agent.cost import Cost


def test_checks_at_the_same_time_are_busy_once() -> None:
    cost = Cost()
    cost.checks_ran([(1.0, 3.0), (7.0, 8.0)])
    cost.checks_ran([(2.0, 5.0), (2.5, 4.0)])
    assert cost.check_seconds == 7.5
    assert cost.busy_seconds == 5.0


def test_a_check_while_an_answer_is_written_is_busy_once() -> None:
    cost = Cost()
    before = time.monotonic()
    cost.question_begins()
    cost.question_begins()
    cost.question_ends(None)
    cost.question_ends(None)
    after = time.monotonic()
    cost.checks_ran([(before - 5, after + 5)])
    assert cost.busy_seconds == pytest.approx(after - before + 10)
    data = cost.as_data()
    assert data["busy_seconds"] == pytest.approx(data["check_seconds"])


def test_what_was_never_busy_was_not() -> None:
    assert Cost().busy_seconds == 0
