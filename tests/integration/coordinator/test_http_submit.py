"""Submitting one task: idempotency, notices, what a dry run foretells, waiting for the end."""

from __future__ import annotations

import threading
import time

import pytest

from tests.integration.coordinator.house import House
from ygg.errors import Conflict
from ygg.ids import read_id


def test_an_accepted_task_is_on_disk_with_its_answer(house: House) -> None:
    answer = house.post("/v1/tasks", {"label": "dev-echo", "title": "ünïcode", "priority": 0})
    assert answer.status == 201
    task = answer.json["task"]
    assert read_id(task["id"]) == task["id"]
    assert (task["queue"], task["priority"], answer.json["repeated"]) == ("dev", 0, False)
    assert house.records.tasks()[task["id"]]["title"] == "ünïcode"


def test_the_same_key_and_body_is_the_same_task(house: House) -> None:
    body = {"label": "dev-echo", "params": {"text": "a", "times": 1}}
    before = house.written()
    first = house.post("/v1/tasks", body, headers={"Idempotency-Key": "one"})
    again = house.ask(
        "POST",
        "/v1/tasks",
        b' {"params": {"times": 1, "text": "a"}, "label": "dev-echo"} ',
        headers={"Idempotency-Key": "one"},
    )
    in_body = house.post("/v1/tasks", body | {"idempotency_key": "one"})
    assert (first.status, again.status, in_body.status) == (201, 200, 200)
    assert again.json["repeated"]
    assert first.json["task"]["id"] == again.json["task"]["id"] == in_body.json["task"]["id"]
    assert house.written() == before + 1


def test_the_same_key_and_another_body_is_refused(house: House) -> None:
    house.client.submit({"label": "dev-echo"}, idempotency_key="two")
    before = house.written()
    with pytest.raises(Conflict) as refused:
        house.client.submit({"label": "dev-echo", "title": "other"}, idempotency_key="two")
    assert refused.value.field == "idempotency_key"
    assert house.written() == before


def test_a_key_may_be_any_words(house: House) -> None:
    key = "größe / 漢字 %41 \N{GRINNING FACE}"
    first = house.client.submit({"label": "dev-echo"}, idempotency_key=key)
    again = house.client.submit({"label": "dev-echo", "idempotency_key": key})
    assert again["repeated"]
    assert again["task"]["id"] == first["task"]["id"]


def test_the_header_and_the_body_may_not_name_different_keys(house: House) -> None:
    body = {"label": "dev-echo", "idempotency_key": "a"}
    answer = house.post("/v1/tasks", body, headers={"Idempotency-Key": "b"})
    assert (answer.status, answer.error["field"]) == (422, "Idempotency-Key")


def test_one_key_sent_many_times_at_once_makes_one_task(house: House) -> None:
    before, made = house.written(), []

    def send() -> None:
        answer = house.post("/v1/tasks", {"label": "dev-echo"}, headers={"Idempotency-Key": "rush"})
        made.append((answer.status, answer.json["task"]["id"]))

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({task_id for _, task_id in made}) == 1
    assert sorted(status for status, _ in made) == [200] * 11 + [201]
    assert house.written() == before + 1


def test_a_label_that_nobody_offers_here_and_now_is_queued_and_told(house: House) -> None:
    accepted = house.client.submit({"label": "dev-echo", "on": "asleep"})
    assert accepted["task"]["state"] == "queued"
    assert accepted["task"]["queue"] == "on.asleep"
    [notice] = accepted["notices"]
    assert "no executor that is alive offers dev-echo on queue on.asleep now" in notice


def test_a_label_whose_needs_nobody_meets_is_queued_and_told(house: House) -> None:
    accepted = house.client.submit({"label": "llm-ask"})
    assert accepted["task"]["state"] == "queued"
    assert accepted["notices"]


@pytest.mark.parametrize(
    ("task", "would"),
    [
        ({"label": "dev-echo"}, "run"),
        ({"label": "dev-echo", "on": "bench"}, "run"),
        ({"label": "dev-echo", "on": "asleep"}, "queue"),
        ({"label": "llm-ask"}, "queue"),
        ({"label": "power-off"}, "wait"),
        ({"label": "dev-echo", "delay_seconds": 60}, "wait"),
        ({"label": "dev-never"}, "refuse"),
    ],
)
def test_a_dry_run_foretells_and_writes_nothing(
    house: House, task: dict[str, object], would: str
) -> None:
    before = house.written()
    found = house.client.dry_run(task)
    assert (found["would"], found["label"]) == (would, task["label"])
    assert found["why"]
    assert house.written() == before


def test_a_dry_run_says_which_executor_lacks_what(house: House) -> None:
    [candidate] = house.client.dry_run({"label": "llm-ask"})["executors"]
    assert candidate == {"executor": "hand", "alive": True, "offers": True, "missing": ["gpu"]}


def test_a_submitter_may_wait_for_the_end(house: House) -> None:
    task: list[str] = []

    def work() -> None:
        house.wait_state(task[0], "queued")
        house.wait_dispatched(task[0])
        house.hand.finish(task[0], result={"n": 42})

    seen = set(house.records.tasks())

    def follow() -> None:
        while not (fresh := set(house.records.tasks()) - seen):
            time.sleep(0.01)
        task.append(fresh.pop())
        work()

    helper = threading.Thread(target=follow)
    helper.start()
    answer = house.post("/v1/tasks", {"label": "dev-echo"}, headers={"Prefer": "wait=20"})
    helper.join()
    assert answer.status == 201
    assert (answer.json["task"]["state"], answer.json["task"]["result"]) == ("succeeded", {"n": 42})


def test_a_wait_in_vain_answers_in_time_with_how_it_stands(house: House) -> None:
    began = time.monotonic()
    accepted = house.client.submit({"label": "dev-echo", "on": "asleep"}, wait_seconds=0.2)
    assert accepted["task"]["state"] == "queued"
    assert 0.2 <= time.monotonic() - began < 5
    found = house.client.wait(accepted["task"]["id"], timeout_seconds=0)
    assert found["state"] == "queued"


def test_who_waits_for_a_task_is_woken_by_its_end(house: House) -> None:
    task_id = house.client.submit({"label": "dev-echo"})["task"]["id"]
    house.wait_dispatched(task_id)
    waiter, found = house.new_client(), []
    thread = threading.Thread(target=lambda: found.append(waiter.wait(task_id, timeout_seconds=20)))
    thread.start()
    began = time.monotonic()
    house.hand.finish(task_id, ending="error")
    thread.join()
    assert time.monotonic() - began < 5
    assert found[0]["state"] == "failed"
    assert house.client.wait(task_id, timeout_seconds=20)["state"] == "failed"


def test_a_result_under_review_ends_the_waiting(house: House) -> None:
    task_id = house.run({"label": "code-edit"})
    assert house.client.wait(task_id, timeout_seconds=20)["state"] == "review"


def test_an_id_may_be_typed_in_capitals(house: House) -> None:
    task_id = house.client.submit({"label": "dev-echo"})["task"]["id"]
    assert house.client.task(task_id.upper())["id"] == task_id
