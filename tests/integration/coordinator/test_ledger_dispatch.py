"""Which tasks become attempts, in which order, and how many at a time."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordinator.ledger import dispatch, recover
from tests.integration.coordinator.desk import ECHO, NOW, Desk, finished, started, supply, task
from ygg.ids import new_id


def test_a_dispatched_task_has_an_attempt_that_is_open(desk: Desk) -> None:
    one = task(title="t", params='{"a":1}', requires=frozenset({"gpu", "big"}))
    desk.submit(one)
    [found] = desk.dispatch()
    assert (found.id, found.attempt, found.params, found.requires) == (
        one.id,
        1,
        '{"a":1}',
        "big gpu",
    )
    [attempt] = desk.detail(one.id)["attempts"]
    assert (attempt["attempt"], attempt["state"], attempt["ended_at"]) == (1, "dispatched", None)
    assert desk.dispatch() == []
    with desk.ledger.read() as connection:
        [live] = recover.live_attempts(connection)
        assert (live.id, live.attempt, live.begun) == (one.id, 1, False)
        assert recover.dispatched(connection, [one.id]) == [found]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(priorities=st.lists(st.integers(0, 4), min_size=1, max_size=12), window=st.integers(1, 5))
def test_the_first_are_of_the_best_priority_and_among_those_the_oldest(
    desk: Desk, priorities: list[int], window: int
) -> None:
    queue = new_id()
    made = [task(queue=queue, priority=priority) for priority in priorities]
    desk.submit(*reversed(made))
    order = []
    while found := desk.dispatch(supply(queue=queue, window=window)):
        assert len(found) <= window
        order += [one.id for one in found]
        desk.apply(*(finished(one.id) for one in found))
    assert order == [one.id for one in sorted(made, key=lambda each: (each.priority, each.id))]


def test_the_queues_with_a_backlog_are_found_each_once(desk: Desk) -> None:
    def backlogged() -> set[str]:
        with desk.ledger.read() as connection:
            return dispatch.backlogged(connection)

    assert backlogged() == set()
    desk.submit(*(task(queue=queue) for queue in ("dev", "dev", "on.a", "git")))
    desk.submit(task(queue="later", not_before=NOW + 60), task(queue="asked", approval=True))
    assert backlogged() == {"dev", "git", "on.a"}
    desk.dispatch(supply(window=1), supply(queue="git"))
    assert backlogged() == {"dev", "on.a"}


def test_what_runs_makes_room_in_the_window_for_others(desk: Desk) -> None:
    made = [task() for _ in range(5)]
    desk.submit(*made)
    narrow = supply(window=2)
    first = desk.dispatch(narrow)
    assert len(first) == 2
    assert desk.dispatch(narrow) == []
    desk.apply(started(first[0].id))
    assert len(desk.dispatch(narrow)) == 1


def test_a_bundle_is_one_message_of_the_window(desk: Desk) -> None:
    desk.submit(*(task(bundle=True) for _ in range(20)))
    assert len(desk.dispatch(supply(window=2))) == 8


def test_a_queues_limit_holds_for_running_tasks_too(desk: Desk) -> None:
    made = [task() for _ in range(5)]
    desk.submit(*made)
    limited = supply(limit=2)
    first = desk.dispatch(limited)
    assert len(first) == 2
    desk.apply(*(started(one.id) for one in first))
    assert desk.dispatch(limited) == []
    desk.apply(finished(first[0].id))
    assert len(desk.dispatch(limited)) == 1


def test_each_queue_has_its_own_window(desk: Desk) -> None:
    desk.submit(task(queue="dev"), task(queue="ops"), task(queue="ops"))
    found = desk.dispatch(supply(queue="dev", window=1), supply(queue="ops", window=1))
    assert sorted(one.queue for one in found) == ["dev", "ops"]


def test_a_queue_that_nobody_serves_waits(desk: Desk) -> None:
    one = task(queue="ops")
    desk.submit(one)
    assert desk.dispatch(supply(queue="dev")) == []
    assert desk.state(one.id) == "queued"


def test_a_label_that_nobody_offers_is_set_aside_and_comes_back_when_somebody_does(
    desk: Desk,
) -> None:
    strange, known = task(label="dev-odd", priority=0), task()
    desk.submit(strange, known)
    assert [one.id for one in desk.dispatch()] == [known.id]
    assert desk.detail(strange.id)["reason"] == "no executor that is alive offers this label"
    assert desk.dispatch() == []
    both = supply(labels=frozenset({ECHO, "dev-odd"}))
    assert [one.id for one in desk.dispatch(both)] == [strange.id]
    assert desk.detail(strange.id)["reason"] == ""


def test_a_long_backlog_of_labels_that_nobody_offers_hides_nothing(desk: Desk) -> None:
    desk.submit(*(task(label="dev-odd", priority=0) for _ in range(3000)))
    last = task(priority=4)
    desk.submit(last)
    assert [one.id for one in desk.dispatch(supply(window=1))] == [last.id]


def test_a_task_set_aside_can_be_cancelled(desk: Desk) -> None:
    one = task(label="dev-odd")
    desk.submit(one)
    desk.dispatch()
    desk.cancel(one.id)
    assert desk.state(one.id) == "cancelled"
    assert desk.dispatch(supply(labels=frozenset({"dev-odd"}))) == []


def test_a_delayed_task_is_dispatched_when_its_time_has_come(desk: Desk) -> None:
    one = task(not_before=NOW + 10)
    desk.submit(one)
    assert desk.dispatch(now=NOW + 9.9) == []
    with desk.ledger.read() as connection:
        assert dispatch.next_due(connection) == NOW + 10
    assert [found.id for found in desk.dispatch(now=NOW + 10)] == [one.id]
    with desk.ledger.read() as connection:
        assert dispatch.next_due(connection) is None


def test_a_delayed_task_that_waits_for_others_too_is_not_let_go_by_time_alone(desk: Desk) -> None:
    first = task()
    second = task(after=(first.id,), not_before=NOW + 10)
    desk.submit(first, second)
    desk.dispatch(now=NOW + 11)
    assert desk.state(second.id) == "waiting"
    desk.apply(finished(first.id))
    assert desk.state(second.id) == "queued"


def test_nor_by_the_others_alone(desk: Desk) -> None:
    first = task()
    second = task(after=(first.id,), not_before=NOW + 10)
    desk.submit(first, second)
    desk.dispatch()
    desk.apply(finished(first.id))
    assert desk.state(second.id) == "waiting"
    assert [found.id for found in desk.dispatch(now=NOW + 10)] == [second.id]


@pytest.mark.parametrize("count", [5200])
def test_thousands_whose_time_has_come_are_all_released(desk: Desk, count: int) -> None:
    desk.submit(*(task(not_before=NOW + 1) for _ in range(count)))
    desk.dispatch(supply(window=1), now=NOW + 2)
    desk.dispatch(supply(window=1), now=NOW + 2)
    assert desk.rows("SELECT COUNT(*) FROM tasks WHERE state = 'waiting'") == [(0,)]
