"""What people decide: approve, reject, hold, cancel. Each is recorded with who did it."""

from __future__ import annotations

import pytest

from coordinator.ledger.actions import Cancelled
from tests.integration.coordinator.desk import (
    BOUNDS,
    ECHO,
    NOW,
    Desk,
    finished,
    started,
    supply,
    task,
)
from ygg.errors import Conflict, NotFound


def test_a_task_that_waits_for_a_yes_is_not_dispatched_without_it(desk: Desk) -> None:
    one = task(approval=True)
    desk.submit(one)
    assert desk.dispatch() == []
    applied = desk.approve(one.id, note="go on")
    assert [change.state for change in applied.changes] == ["queued"]
    assert [found.id for found in desk.dispatch()] == [one.id]
    [action] = desk.detail(one.id)["actions"]
    assert action == {"at": NOW, "actor": "boss", "action": "approve", "note": "go on"}


def test_a_no_cancels_it(desk: Desk) -> None:
    one = task(approval=True)
    desk.submit(one)
    desk.reject(one.id)
    assert desk.state(one.id) == "cancelled"
    assert "not approved" in desk.detail(one.id)["reason"]


def test_a_yes_does_not_shorten_a_delay(desk: Desk) -> None:
    one = task(approval=True, not_before=NOW + 10)
    desk.submit(one)
    desk.approve(one.id)
    assert desk.dispatch(now=NOW + 9) == []
    assert len(desk.dispatch(now=NOW + 10)) == 1


def test_time_does_not_stand_in_for_a_yes(desk: Desk) -> None:
    one = task(approval=True, not_before=NOW + 10)
    desk.submit(one)
    assert desk.dispatch(now=NOW + 11) == []
    desk.approve(one.id)
    assert len(desk.dispatch(now=NOW + 11)) == 1


def test_after_a_yes_the_reason_names_what_is_left(desk: Desk) -> None:
    one = task(approval=True, not_before=NOW + 10)
    desk.submit(one)
    desk.approve(one.id)
    assert desk.detail(one.id)["reason"] == "waits for its time"


@pytest.mark.parametrize(
    ("cause", "times"),
    [
        ("not_offered", BOUNDS.max_not_offered),
        ("drain", BOUNDS.max_uncharged),
        ("broker", BOUNDS.max_uncharged),
    ],
)
def test_what_comes_back_again_and_again_is_held_until_a_person_says_go(
    desk: Desk, cause: str, times: int
) -> None:
    one = task()
    desk.submit(one)
    for attempt in range(1, times + 1):
        [found] = desk.dispatch(now=NOW + 100 * attempt)
        assert found.attempt == attempt
        desk.apply(finished(one.id, attempt, "returned", cause=cause), now=NOW + 100 * attempt)
    held = desk.row(one.id)
    assert (held.state, held.gate, held.charged) == ("waiting", "held", 0)
    assert desk.dispatch(now=NOW + 10_000) == []
    desk.approve(one.id)
    [found] = desk.dispatch(now=NOW + 10_000)
    assert found.attempt == times + 1
    desk.apply(finished(one.id, found.attempt, "returned", cause=cause), now=NOW + 10_000)
    assert desk.row(one.id).gate == ""


def test_what_an_unable_executor_takes_by_chance_is_never_held_while_an_able_one_is_alive(
    desk: Desk,
) -> None:
    one = task()
    desk.submit(one)
    times = 2 * BOUNDS.max_uncharged
    for attempt in range(1, times + 1):
        now = NOW + 100 * attempt
        [found] = desk.dispatch(now=now)
        assert found.attempt == attempt
        returned = finished(one.id, attempt, "returned", "south", cause="not_offered")
        desk.apply(returned, now=now, able=["north"])
        waiting = desk.row(one.id)
        assert (waiting.gate, waiting.not_before > now) == ("", True)
    assert (waiting.charged, waiting.uncharged, waiting.not_offered) == (0, 0, 0)


def test_an_executor_that_returns_what_it_announced_does_not_go_on_for_ever(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    for attempt in range(1, BOUNDS.max_not_offered + 1):
        desk.dispatch(now=NOW + 100 * attempt)
        returned = finished(one.id, attempt, "returned", "south", cause="not_offered")
        desk.apply(returned, now=NOW + 100 * attempt, able=["north", "south"])
    assert desk.row(one.id).gate == "held"


@pytest.mark.parametrize("action", ["approve", "reject"])
@pytest.mark.parametrize("state", ["queued", "running", "succeeded"])
def test_a_task_that_waits_for_no_one_takes_no_decision(
    desk: Desk, action: str, state: str
) -> None:
    one = task()
    desk.submit(one)
    if state != "queued":
        desk.dispatch()
        desk.apply(started(one.id))
    if state == "succeeded":
        desk.apply(finished(one.id))
    with pytest.raises(Conflict, match=state):
        getattr(desk, action)(one.id)
    assert desk.detail(one.id)["actions"] == []


def test_what_was_not_dispatched_is_cancelled_at_once(desk: Desk) -> None:
    for one in (task(), task(approval=True), task(not_before=NOW + 10)):
        desk.submit(one)
        assert desk.cancel(one.id, note="no need") is Cancelled.DONE
        found = desk.detail(one.id)
        assert found["state"] == "cancelled"
        assert found["reason"] == "cancelled by boss: no need"
        assert found["finished_at"] == NOW
    assert desk.dispatch(now=NOW + 11) == []


@pytest.mark.parametrize("begun", [False, True])
def test_what_was_dispatched_is_asked_to_end_and_never_runs_again(desk: Desk, begun: bool) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    if begun:
        desk.apply(started(one.id))
    assert desk.cancel(one.id) is Cancelled.ASKED
    assert desk.state(one.id) == "cancelling"
    desk.apply(started(one.id))
    assert desk.state(one.id) == "cancelling"
    desk.apply(finished(one.id, ending="lost", executor="ledger"))
    assert desk.state(one.id) == "cancelled"
    assert desk.dispatch() == []


def test_a_result_that_was_first_stands_though_a_cancel_was_asked_for(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    desk.cancel(one.id)
    desk.apply(finished(one.id, result=42))
    assert desk.state(one.id) == "succeeded"
    assert desk.detail(one.id)["result"] == 42
    with pytest.raises(Conflict, match="succeeded already: too late to cancel"):
        desk.cancel(one.id)


def test_a_cancel_asked_twice_is_recorded_twice_and_changes_nothing_more(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    desk.cancel(one.id)
    assert desk.cancel(one.id) is Cancelled.ASKED
    assert desk.state(one.id) == "cancelling"
    assert len(desk.detail(one.id)["actions"]) == 2


@pytest.mark.parametrize("action", ["cancel", "approve", "reject"])
def test_there_is_nothing_to_decide_about_a_task_that_never_was(desk: Desk, action: str) -> None:
    with pytest.raises(NotFound):
        getattr(desk, action)("0" * 12)


@pytest.mark.parametrize("label_tier", [None, 1, 3])
def test_a_result_that_asks_for_more_review_than_its_label_gets_it(
    desk: Desk, label_tier: int | None
) -> None:
    one = task(tier=label_tier)
    desk.submit(one)
    desk.dispatch()
    assert desk.detail(one.id)["tier"] == label_tier
    desk.apply(finished(one.id, verdict="verified", tier=3))
    found = desk.detail(one.id)
    assert (found["state"], found["tier"]) == ("review", 3)


@pytest.mark.parametrize(("action", "state"), [("approve", "succeeded"), ("reject", "rejected")])
def test_a_result_under_review_is_decided_by_a_person(desk: Desk, action: str, state: str) -> None:
    one = task(label="code-edit", tier=3)
    desk.submit(one)
    desk.dispatch(supply(labels=frozenset({ECHO, "code-edit"})))
    desk.apply(finished(one.id, result={"diff": "x"}))
    assert desk.state(one.id) == "review"
    assert desk.detail(one.id)["finished_at"] is None
    getattr(desk, action)(one.id, note="seen")
    found = desk.detail(one.id)
    assert (found["state"], found["result"], found["finished_at"]) == (state, {"diff": "x"}, NOW)
    assert found["reason"].endswith("by boss: seen")
    with pytest.raises(Conflict):
        getattr(desk, action)(one.id)
