"""What is accepted is written whole, or not at all."""

from __future__ import annotations

import pytest

from coordinator.ledger import submit
from coordinator.ledger.submit import Known
from tests.integration.coordinator.desk import NOW, Desk, task
from ygg.errors import BadInput, Conflict, NotFound


def test_a_task_is_written_as_it_was_asked_for(desk: Desk) -> None:
    one = task(title="Größe 漢字", params='{"text":"\\u0000"}', machine="fenrir", key="repo:infra")
    [change] = desk.submit(one)
    found = desk.detail(one.id)
    assert (change.id, change.state) == (one.id, "queued")
    assert found["state"] == "queued"
    assert found["title"] == "Größe 漢字"
    assert found["params"] == {"text": "\x00"}
    assert found["key"] == "repo:infra"
    assert found["created_at"] == NOW
    assert found["attempts"] == found["actions"] == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"approval": True}, "waits for approval"),
        ({"not_before": NOW + 1}, "waits for its time"),
        ({"approval": True, "not_before": NOW + 1}, "waits for approval and its time"),
    ],
)
def test_what_has_to_wait_says_for_what(
    desk: Desk, changes: dict[str, object], reason: str
) -> None:
    one = task(**changes)
    desk.submit(one)
    found = desk.detail(one.id)
    assert (found["state"], found["reason"]) == ("waiting", reason)


def test_a_time_that_has_passed_is_no_reason_to_wait(desk: Desk) -> None:
    one = task(not_before=NOW)
    desk.submit(one)
    assert desk.state(one.id) == "queued"


def test_tasks_of_one_request_may_wait_for_each_other_in_any_order(desk: Desk) -> None:
    last, first = task(), task()
    desk.submit(task(id=last.id, after=(first.id,)), first)
    assert desk.states(last, first) == ["waiting", "queued"]
    assert desk.detail(last.id)["reason"] == "waits for 1 other task"


def test_a_task_that_waits_for_one_that_never_was_is_refused_with_all_others(desk: Desk) -> None:
    with pytest.raises(NotFound) as refused:
        desk.submit(task(), task(after=("0" * 12,)))
    assert refused.value.field == "after"
    assert desk.rows("SELECT * FROM tasks") == []


@pytest.mark.parametrize("ending", ["error", "cancelled"])
def test_a_task_cannot_wait_for_one_that_will_never_succeed(desk: Desk, ending: str) -> None:
    one = task()
    desk.run(one, ending=ending)
    with pytest.raises(BadInput, match="will never succeed") as refused:
        desk.submit(task(after=(one.id,)))
    assert refused.value.field == "after"


def test_waiting_for_what_has_succeeded_is_no_waiting(desk: Desk) -> None:
    one, other = task(), task()
    desk.run(one)
    desk.submit(task(id=other.id, after=(one.id,)))
    assert desk.state(other.id) == "queued"


def test_an_idempotency_key_makes_one_task_for_ever(desk: Desk) -> None:
    one = task(idempotency_key="k", fingerprint="f")
    desk.run(one)
    with desk.ledger.read() as connection:
        known = submit.known_keys(connection, ["k", "other"])
    assert known == {"k": Known(one.id, "f")}
    with pytest.raises(Conflict) as refused:
        desk.submit(task(), task(idempotency_key="k", fingerprint="g"))
    assert refused.value.field == "idempotency_key"
    assert desk.rows("SELECT id FROM tasks") == [(one.id,)]


def test_tasks_without_an_idempotency_key_are_all_different(desk: Desk) -> None:
    desk.submit(*(task() for _ in range(3)))
    assert desk.rows("SELECT COUNT(*) FROM tasks") == [(3,)]


def test_states_are_found_for_more_ids_than_one_statement_takes(desk: Desk) -> None:
    made = [task() for _ in range(2500)]
    desk.submit(*made)
    with desk.ledger.read() as connection:
        found = submit.states_of(connection, [one.id for one in made])
    assert set(found) == {one.id for one in made}


def test_an_error_within_a_transaction_undoes_all_of_it(desk: Desk) -> None:
    one = task()
    with pytest.raises(Conflict), desk.ledger.write() as connection:
        submit.insert_tasks(connection, [one], NOW) and submit.insert_tasks(connection, [one], NOW)
    assert desk.rows("SELECT * FROM tasks") == []
