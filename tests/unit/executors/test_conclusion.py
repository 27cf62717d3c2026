from __future__ import annotations

from dataclasses import replace

import pytest

from executors.conclusion import End, Why, conclude
from ygg.task import Ending, Limits, Outcome

LIMITS = Limits(soft_seconds=5, hard_seconds=9)
OK = Outcome(ending=Ending.OK, result=1)
ERROR = Outcome(ending=Ending.ERROR, reason="no")
DONE = End(why=None, outcome=OK, exit_code=0, left_behind=0, stopped_itself=False, draining=False)


@pytest.mark.parametrize(
    ("why", "ending", "cause"),
    [
        ("soft", Ending.TIMEOUT, ""),
        ("hard", Ending.TIMEOUT, ""),
        ("cancel", Ending.CANCELLED, ""),
        ("drain", Ending.RETURNED, "drain"),
        ("lost", Ending.LOST, "broker"),
    ],
)
@pytest.mark.parametrize("outcome", [None, ERROR])
def test_what_was_stopped_is_named_after_why(
    why: Why, ending: Ending, cause: str, outcome: Outcome | None
) -> None:
    found = conclude(replace(DONE, why=why, outcome=outcome, exit_code=-9), LIMITS)
    assert (found.ending, found.cause) == (ending, cause)


def test_work_that_was_done_all_the_same_stands_with_a_warning() -> None:
    for why in ("soft", "hard", "drain"):
        found = conclude(replace(DONE, why=why), LIMITS)
        assert (found.ending, found.result) == (Ending.OK, 1)
        assert len(found.warnings) == 1


def test_but_not_when_it_was_cancelled_or_lost() -> None:
    assert conclude(replace(DONE, why="cancel"), LIMITS).ending is Ending.CANCELLED
    assert conclude(replace(DONE, why="lost"), LIMITS).ending is Ending.LOST


def test_a_runner_that_said_nothing_is_an_error() -> None:
    silent = replace(DONE, outcome=None)
    assert conclude(replace(silent, exit_code=7), LIMITS).reason == (
        "the handler's process ended with exit code 7 and no outcome"
    )
    assert "SIGSEGV" in conclude(replace(silent, exit_code=-11), LIMITS).reason
    asked = replace(silent, stopped_itself=True)
    assert "SIGTERM" in conclude(asked, LIMITS).reason
    assert conclude(replace(asked, draining=True), LIMITS).cause == "drain"


def test_an_error_stays_an_error_and_leftovers_are_mentioned() -> None:
    assert conclude(replace(DONE, outcome=ERROR), LIMITS) == ERROR
    assert "were killed: 2" in conclude(replace(DONE, left_behind=2), LIMITS).warnings[0]
