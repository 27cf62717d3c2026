"""A concurrency key: at most one task with it is dispatched, and each gets its turn."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.integration.coordinator.desk import (
    AT_ONCE,
    ECHO,
    NOW,
    Desk,
    finished,
    started,
    supply,
    task,
)
from ygg.task import Ending, Retry


def permits(desk: Desk) -> list[tuple[str, str]]:
    return [(key, task_id) for key, task_id in desk.rows("SELECT key, task_id FROM permits")]


def test_one_task_of_a_key_at_a_time_best_first(desk: Desk) -> None:
    late, middle, soon = task(key="k"), task(key="k"), task(key="k", priority=0)
    other = task(key="other")
    desk.submit(late, middle, soon, other)
    assert {one.id for one in desk.dispatch()} == {soon.id, other.id}
    assert desk.detail(late.id)["reason"] == "waits until another task with its key has ended"
    for one, following in ((soon, late), (late, middle)):
        assert desk.dispatch() == []
        desk.apply(started(one.id), finished(one.id))
        assert [found.id for found in desk.dispatch()] == [following.id]
    desk.apply(finished(middle.id), finished(other.id))
    assert permits(desk) == []


def test_a_key_holds_across_queues_and_machines(desk: Desk) -> None:
    one, other = task(key="k", queue="dev"), task(key="k", queue="on.fenrir")
    desk.submit(one, other)
    both = (supply(queue="dev"), supply(queue="on.fenrir"))
    assert [found.id for found in desk.dispatch(*both)] == [one.id]
    desk.apply(finished(one.id))
    assert [found.id for found in desk.dispatch(*both)] == [other.id]


@pytest.mark.parametrize("ending", list(Ending))
def test_however_an_attempt_ends_its_key_goes_to_the_next(desk: Desk, ending: Ending) -> None:
    one, other = task(key="k"), task(key="k", priority=0)
    desk.submit(one)
    desk.dispatch()
    desk.submit(other)
    desk.dispatch()
    desk.apply(finished(one.id, ending=ending, cause="drain" if ending == "returned" else ""))
    assert permits(desk) == []
    assert [found.id for found in desk.dispatch()] == [other.id]
    assert permits(desk) == [("k", other.id)]


def test_a_task_that_is_tried_again_waits_for_its_key_like_any_other(desk: Desk) -> None:
    pause = Retry(on=(Ending.ERROR,), backoff_seconds=10)
    one, other = task(key="k", retry=pause), task(key="k")
    desk.submit(one, other)
    desk.dispatch()
    desk.apply(finished(one.id, ending="error"))
    assert [found.id for found in desk.dispatch()] == [other.id]
    assert desk.dispatch(now=NOW + 10) == []
    desk.apply(finished(other.id), now=NOW + 11)
    assert [(found.id, found.attempt) for found in desk.dispatch(now=NOW + 11)] == [(one.id, 2)]


def test_cancelling_the_next_in_line_does_not_lose_the_key(desk: Desk) -> None:
    one, other, last = task(key="k"), task(key="k"), task(key="k")
    desk.submit(one, other, last)
    desk.dispatch()
    desk.apply(finished(one.id))
    desk.cancel(other.id)
    assert [found.id for found in desk.dispatch()] == [last.id]


def test_cancelling_one_that_waits_for_the_key_frees_nothing(desk: Desk) -> None:
    one, other, last = task(key="k"), task(key="k"), task(key="k")
    desk.submit(one, other, last)
    desk.dispatch()
    desk.cancel(other.id)
    assert desk.dispatch() == []
    assert permits(desk) == [("k", one.id)]


def test_one_that_is_being_cancelled_keeps_its_key_until_it_has_ended(desk: Desk) -> None:
    one, other = task(key="k"), task(key="k")
    desk.submit(one, other)
    desk.dispatch()
    desk.apply(started(one.id))
    desk.cancel(one.id)
    assert desk.dispatch() == []
    desk.apply(finished(one.id, ending="cancelled"))
    assert [found.id for found in desk.dispatch()] == [other.id]


def test_a_late_outcome_does_not_take_a_key_from_its_new_holder(desk: Desk) -> None:
    one = task(key="k", retry=AT_ONCE)
    desk.submit(one)
    desk.dispatch()
    desk.apply(finished(one.id, ending="lost", executor="ledger"))
    desk.dispatch()
    desk.apply(finished(one.id, attempt=1))
    assert permits(desk) == [("k", one.id)]


def test_thousands_on_one_key_go_one_after_the_other_and_hide_nothing(desk: Desk) -> None:
    crowd = [task(key="k", priority=0) for _ in range(3000)]
    free = task(priority=4)
    desk.submit(*crowd, free)
    first = desk.dispatch()
    assert [one.id for one in first] == [crowd[0].id, free.id]
    for one, following in pairwise(crowd[:21]):
        desk.apply(finished(one.id))
        assert [found.id for found in desk.dispatch()] == [following.id]
    assert desk.rows("SELECT COUNT(*) FROM tasks WHERE parked = 'key'") == [(2979,)]


@pytest.mark.parametrize(
    "stuck", [{"label": "dev-odd"}, {"queue": "on.asleep"}], ids=["not offered", "not served"]
)
def test_a_task_that_cannot_run_now_does_not_block_its_key(
    desk: Desk, stuck: dict[str, str]
) -> None:
    one, other, last = task(key="k"), task(key="k", priority=0, **stuck), task(key="k")
    desk.submit(one, last)
    desk.dispatch()
    desk.submit(other)
    desk.dispatch(supply(labels=frozenset({ECHO, "dev-odd"})), supply(queue="on.asleep"))
    desk.apply(finished(one.id))  # and whoever served the other has left meanwhile
    assert [found.id for found in desk.dispatch()] == [last.id]
