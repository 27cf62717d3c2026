"""The coordinator on PostgreSQL: the same way for a task, and the same refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.coordinator.house import House

GONE = "0" * 12


def test_a_task_goes_its_way(postgres_house: House) -> None:
    house = postgres_house
    body = {"label": "dev-echo", "title": "ünique", "key": "k", "idempotency_key": "once"}
    task_id = house.client.submit(body)["task"]["id"]
    assert house.client.submit(body)["task"]["id"] == task_id
    house.wait_dispatched(task_id)
    house.hand.start(task_id)
    house.hand.log(task_id, "one", "two")
    house.hand.finish(task_id, result={"n": 42})
    house.wait_state(task_id, "succeeded")
    assert house.client.task(task_id)["result"] == {"n": 42}
    assert [line["text"] for line in house.client.logs(task_id, follow=True)] == ["one", "two"]
    assert house.client.tasks(search="ÜNIQUE"[1:])["tasks"][0]["id"] == task_id
    assert house.written() == 1


@pytest.mark.parametrize("name", ["search", "label", "queue"])
def test_a_list_narrowed_by_a_nul_is_refused(postgres_house: House, name: str) -> None:
    answer = postgres_house.ask("GET", f"/v1/tasks?{name}=a%00b")
    assert answer.status == 422
    assert "NUL" in answer.error["message"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/tasks", {"label": "dev-echo", "idempotency_key": "a\0b"}),
        ("/v1/tasks", {"label": "dev-echo", "after": ["a\0b"]}),
        ("/v1/tasks", {"label": "dev-echo", "title": "a\0b"}),
        ("/v1/tasks", {"label": "dev-echo", "params": {"text": "a\0b"}}),
        ("/v1/tasks:replay", {"since": 0, "label": "a\0b"}),
    ],
)
def test_a_nul_is_refused(postgres_house: House, path: str, body: dict[str, Any]) -> None:
    before = postgres_house.written()
    assert postgres_house.post(path, body).status == 422
    assert postgres_house.written() == before


def test_a_nul_in_a_note_is_refused(postgres_house: House) -> None:
    task = postgres_house.client.submit({"label": "dev-echo", "delay_seconds": 900})["task"]
    answer = postgres_house.post(f"/v1/tasks/{task['id']}/cancel", {"note": "a\0b"})
    assert answer.status == 422
