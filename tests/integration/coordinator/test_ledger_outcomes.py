"""What executors say: it counts for the attempt in force, and is recorded for any other."""

from __future__ import annotations

import pytest

from coordinator.ledger import recover
from tests.integration.coordinator.desk import AT_ONCE, NOW, Desk, finished, started, task
from ygg.task import BlobRef, Ending, NamedBlob, Retry


def test_an_outcome_is_kept_whole(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    artifact = NamedBlob(path="out/a b.txt", blob=BlobRef(sha256="a" * 64, size_bytes=3))
    desk.apply(started(one.id, executor="fenrir", at=NOW + 1))
    desk.apply(
        finished(
            one.id,
            executor="fenrir",
            reason="well done",
            result={"n": [1, None, "\x00"]},
            warnings=("w",),
            artifacts=(artifact,),
            ended_at=NOW + 3,
        ),
        now=NOW + 4,
    )
    found = desk.detail(one.id)
    assert found["state"] == "succeeded"
    assert found["executor"] == "fenrir"
    assert found["result"] == {"n": [1, None, "\x00"]}
    assert found["warnings"] == ["w"]
    assert [each["path"] for each in found["artifacts"]] == ["out/a b.txt"]
    assert (found["started_at"], found["finished_at"]) == (NOW + 1, NOW + 4)
    [attempt] = found["attempts"]
    assert (attempt["state"], attempt["charged"], attempt["late"]) == ("ok", True, None)
    assert (attempt["started_at"], attempt["ended_at"]) == (NOW + 1, NOW + 3)
    with desk.ledger.read() as connection:
        assert recover.live_attempts(connection) == []


def test_an_outcome_before_its_start_counts_and_the_start_changes_nothing_more(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    desk.apply(finished(one.id))
    desk.apply(started(one.id, at=NOW + 1))
    found = desk.detail(one.id)
    assert found["state"] == "succeeded"
    assert found["attempts"][0]["state"] == "ok"


def test_an_outcome_that_comes_twice_counts_once_and_is_not_late(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    assert len(desk.apply(finished(one.id), finished(one.id)).changes) == 1
    assert desk.apply(finished(one.id)).changes == []
    [attempt] = desk.detail(one.id)["attempts"]
    assert attempt["late"] is None


def test_of_two_outcomes_of_one_attempt_the_first_counts_and_the_other_is_recorded(
    desk: Desk,
) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    applied = desk.apply(
        finished(one.id, result=1), finished(one.id, ending="error", executor="b", reason="x")
    )
    assert applied.refused == 1
    found = desk.detail(one.id)
    assert (found["state"], found["result"]) == ("succeeded", 1)
    assert found["attempts"][0]["late"] == "error from b: x"


def test_a_revived_executor_is_refused_and_what_it_did_recorded(desk: Desk) -> None:
    one = task(retry=AT_ONCE)
    desk.submit(one)
    desk.dispatch()
    desk.apply(started(one.id, executor="a"))
    desk.apply(finished(one.id, ending="lost", executor="a"))
    desk.dispatch()
    desk.apply(started(one.id, attempt=2, executor="b"))
    applied = desk.apply(finished(one.id, attempt=1, executor="a", result="old"))
    assert (applied.changes, applied.refused) == ([], 1)
    desk.apply(finished(one.id, attempt=2, executor="b", result="new"))
    found = desk.detail(one.id)
    assert (found["state"], found["result"], found["executor"]) == ("succeeded", "new", "b")
    assert [attempt["late"] for attempt in found["attempts"]] == ["ok from a", None]


def test_an_outcome_that_comes_again_is_not_one_that_was_refused(desk: Desk) -> None:
    one, other = task(), task()
    desk.run(one, other)
    late = finished(other.id, ending=Ending.ERROR, executor="cut off")
    found = [desk.apply(finished(one.id), late) for _ in range(3)]
    assert [applied.refused for applied in found] == [1, 0, 0]


def test_an_outcome_of_an_attempt_that_was_never_made_changes_nothing(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    applied = desk.apply(started(one.id, attempt=7), finished(one.id, attempt=7))
    assert (applied.changes, applied.refused) == ([], 0)
    assert desk.state(one.id) == "queued"


def test_events_of_tasks_that_never_were_change_nothing(desk: Desk) -> None:
    applied = desk.apply(started("0" * 12), finished("0" * 12), finished("not an id at all"))
    assert (applied.changes, applied.refused) == ([], 0)


def test_an_attempt_lost_again_and_again_ends_the_task_at_its_bound(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    for attempt in (1, 2, 3):
        [found] = desk.dispatch()
        assert found.attempt == attempt
        desk.apply(finished(one.id, attempt, "lost", reason="its executor fell silent"))
    assert desk.dispatch() == []
    detail = desk.detail(one.id)
    assert (detail["state"], detail["reason"]) == ("failed", "lost: its executor fell silent")
    assert [attempt["charged"] for attempt in detail["attempts"]] == [True] * 3


def test_what_is_tried_again_waits_longer_each_time(desk: Desk) -> None:
    one = task(retry=Retry(on=(Ending.ERROR,), max_attempts=4, backoff_seconds=10))
    desk.submit(one)
    now, waits = NOW, []
    for attempt in (1, 2, 3):
        assert desk.dispatch(now=now)
        desk.apply(finished(one.id, attempt, "error"), now=now)
        row = desk.row(one.id)
        assert row.state == "waiting"
        waits.append(row.not_before - now)
        assert desk.dispatch(now=row.not_before - 0.01) == []
        now = row.not_before
    assert 5 <= waits[0] <= 10 <= waits[1] <= 20 <= waits[2] <= 40


def test_an_attempt_that_is_handed_back_is_not_charged(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    desk.apply(finished(one.id, ending="returned", cause="drain"))
    row = desk.row(one.id)
    assert (row.state, row.charged, row.uncharged) == ("queued", 0, 1)
    assert [(found.id, found.attempt) for found in desk.dispatch()] == [(one.id, 2)]


@pytest.mark.parametrize("count", [1500])
def test_a_batch_may_be_of_any_length(desk: Desk, count: int) -> None:
    made = [task(key=f"k{number}") for number in range(count)]
    desk.submit(*made)
    desk.dispatch(*[])
    desk.dispatch()
    live = desk.rows("SELECT id FROM tasks WHERE live")
    applied = desk.apply(*(finished(task_id) for (task_id,) in live))
    assert len(applied.changes) == len(live) == 1000
    assert desk.rows("SELECT COUNT(*) FROM permits") == [(0,)]
