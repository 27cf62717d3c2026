"""Server-sent events: a task's log as it grows, and the feed of every change."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.integration.coordinator.house import House
from tests.services import wait_until
from ygg.errors import NotFound
from ygg.views import LogLine


def begin(house: House) -> str:
    task_id = house.client.submit({"label": "dev-free"})["task"]["id"]
    house.wait_dispatched(task_id)
    house.hand.start(task_id)
    house.wait_state(task_id, "running")
    return task_id


@contextmanager
def following(house: House, task_id: str) -> Iterator[list[LogLine]]:
    """The lines that come, until the stream ends."""
    client, lines = house.new_client(), []

    def follow() -> None:
        lines.extend(client.logs(task_id, follow=True))

    thread = threading.Thread(target=follow)
    thread.start()
    yield lines
    thread.join(20)
    assert not thread.is_alive(), "the stream did not end"


def test_a_log_that_is_followed_comes_as_it_is_written_and_ends_with_the_task(
    house: House,
) -> None:
    task_id = begin(house)
    house.hand.log(task_id, "before\n")
    with following(house, task_id) as lines:
        wait_until(lambda: len(lines) == 1, "the first line")
        for number in range(2, 6):
            house.hand.log(task_id, f"line {number}\n")
            wait_until(lambda wanted=number: len(lines) == wanted, "the next line")  # type: ignore[misc]
        house.hand.log(task_id, "the last words\n")
        house.hand.finish(task_id)
    assert [line["text"] for line in lines] == [
        *("before\n", "line 2\n", "line 3\n", "line 4\n", "line 5\n", "the last words\n")
    ]
    assert {line["attempt"] for line in lines} == {1}


def test_a_log_that_is_not_followed_ends_where_it_is(house: House) -> None:
    task_id = begin(house)
    assert list(house.client.logs(task_id)) == []
    house.hand.log(task_id, "one", "two")
    wait_until(lambda: len(list(house.client.logs(task_id))) == 2, "both lines")


def test_a_long_log_comes_whole(house: House) -> None:
    task_id = begin(house)
    house.hand.log(task_id, *(f"{number}" for number in range(1700)))
    house.hand.finish(task_id)
    house.wait_state(task_id, "succeeded")
    lines = list(house.client.logs(task_id, follow=True))
    assert [line["text"] for line in lines] == [f"{number}" for number in range(1700)]


def test_the_log_of_one_attempt_may_be_asked_for(house: House) -> None:
    task_id = house.client.submit({"label": "dev-echo"})["task"]["id"]
    house.wait_dispatched(task_id)
    house.hand.log(task_id, "first")
    house.hand.finish(task_id, ending="lost")
    house.wait_dispatched(task_id, attempt=2)
    house.hand.log(task_id, "second", attempt=2)
    house.hand.finish(task_id, attempt=2)
    house.wait_state(task_id, "succeeded")
    assert [line["text"] for line in house.client.logs(task_id, follow=True)] == ["first", "second"]
    assert [line["text"] for line in house.client.logs(task_id, attempt=2)] == ["second"]
    with pytest.raises(NotFound, match="has made 2 attempts, and no 3"):
        list(house.client.logs(task_id, attempt=3))


def test_a_log_of_a_task_that_has_ended_ends_at_once(house: House) -> None:
    task_id = house.run({"label": "dev-free"})
    began = time.monotonic()
    assert list(house.client.logs(task_id, follow=True)) == []
    assert time.monotonic() - began < 2


def test_there_is_no_log_of_what_never_was(house: House) -> None:
    with pytest.raises(NotFound):
        list(house.client.logs("0" * 12, follow=True))


def test_a_log_is_a_stream_of_server_sent_events(house: House) -> None:
    task_id = begin(house)
    house.hand.log(task_id, "a\n\nb: c\rd")
    house.hand.finish(task_id)
    house.wait_state(task_id, "succeeded")
    answer = house.ask("GET", f"/v1/tasks/{task_id}/logs?follow=true")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    found = list(parse(answer.body.decode().split("\n")))
    assert [name for name, _ in found] == ["log", "end"]
    assert found[0][1]["text"] == "a\n\nb: c\rd"
    assert found[1][1] == {"state": "succeeded"}


def resumed(house: House, path: str, event_id: str) -> list[tuple[str, Any]]:
    answer = house.ask("GET", path, headers={"Last-Event-ID": event_id})
    assert answer.status == 200
    return list(parse(answer.body.decode().split("\n")))


def test_a_log_goes_on_behind_the_last_event_that_came(house: House) -> None:
    task_id = begin(house)
    house.hand.log(task_id, "one", "two", "three")
    house.hand.finish(task_id)
    house.wait_state(task_id, "succeeded")
    path = f"/v1/tasks/{task_id}/logs?follow=true"
    ids = re.findall(r"^id: (.*)$", house.ask("GET", path).body.decode(), re.MULTILINE)
    assert len(ids) == 3
    assert [data["text"] for name, data in resumed(house, path, ids[0]) if name == "log"] == [
        *("two", "three")
    ]
    assert [name for name, _ in resumed(house, path, ids[2])] == ["end"]


@pytest.mark.parametrize("event_id", ["x", "1", "1.x", "-1.2", "1.2.3"])
def test_an_event_that_no_log_has_is_refused(house: House, event_id: str) -> None:
    path = f"/v1/tasks/{begin(house)}/logs"
    answer = house.ask("GET", path, headers={"Last-Event-ID": event_id})
    assert (answer.status, answer.error["field"]) == (422, "Last-Event-ID")


def parse(lines: list[str]) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])


def test_every_change_is_told_to_all_who_listen(house: House) -> None:
    ears = [Ear(house) for _ in range(2)]
    failing = house.run({"label": "dev-free"}, ending="error", reason="no luck")
    first = house.client.submit({"label": "dev-free", "delay_seconds": 900})["task"]["id"]
    last = house.client.submit({"label": "dev-free", "after": [first]})["task"]["id"]
    house.client.cancel(first)
    for ear in ears:
        ear.wait_for(failing, "queued", "failed")
        ear.wait_for(first, "waiting", "cancelled")
        ear.wait_for(last, "waiting", "cancelled")
        assert ear.heard[-1]["reason"] == f"dependency: {first} cancelled"
        ear.close()


def test_every_state_is_told_once_whatever_brought_it_about(house: House) -> None:
    ear = Ear(house)
    first = house.client.submit({"label": "dev-free", "delay_seconds": 0.5})["task"]["id"]
    last = house.client.submit({"label": "dev-free", "after": [first]})["task"]["id"]
    ear.wait_for(first, "waiting", "queued")
    house.wait_dispatched(first)
    house.hand.start(first)
    house.hand.start(first)
    ear.wait_for(first, "waiting", "queued", "running")
    house.hand.finish(first)
    ear.wait_for(last, "waiting", "queued")
    house.wait_dispatched(last)
    house.hand.start(last)
    house.hand.finish(last)
    ear.wait_for(last, "waiting", "queued", "running", "succeeded")
    ear.wait_for(first, "waiting", "queued", "running", "succeeded")
    asking = house.client.submit({"label": "power-off"})["task"]["id"]
    house.client.approve(asking)
    ear.wait_for(asking, "waiting", "queued")
    ear.close()


def test_a_task_that_is_tried_again_later_is_told_to_wait(house: House) -> None:
    ear = Ear(house)
    task = {"label": "dev-free", "max_attempts": 2, "retry_on": ["error"]}
    task_id = house.client.submit(task)["task"]["id"]
    house.wait_dispatched(task_id)
    house.hand.start(task_id)
    house.hand.finish(task_id, ending="error")
    ear.wait_for(task_id, "queued", "running", "waiting")
    house.wait_dispatched(task_id, attempt=2)
    house.hand.finish(task_id, attempt=2)
    ear.wait_for(task_id, "queued", "running", "waiting", "queued", "succeeded")
    ear.close()


def submit_later(house: House) -> str:
    return house.client.submit({"label": "dev-free", "delay_seconds": 900})["task"]["id"]


def test_who_lost_the_connection_misses_nothing(house: House) -> None:
    ear = Ear(house)
    first = submit_later(house)
    ear.wait_for(first, "waiting")
    ear.close()
    meanwhile = [submit_later(house) for _ in range(3)]
    again = Ear(house, last_event_id=ear.last_id)
    after = submit_later(house)
    for task_id in (*meanwhile, after):
        again.wait_for(task_id, "waiting")
    assert first not in [found["id"] for found in again.heard]
    assert "missed" not in again.names
    again.close()


@pytest.mark.parametrize("event_id", ["nonsense", "00000000-1", "é-1".encode().decode("latin-1")])
def test_who_comes_back_after_the_coordinator_did_is_told_of_a_gap(
    house: House, event_id: str
) -> None:
    ear = Ear(house, last_event_id=event_id)
    task_id = submit_later(house)
    ear.wait_for(task_id, "waiting")
    assert ear.names == ["missed", "task"]
    ear.close()


def test_who_was_away_for_too_long_is_told_of_a_gap(house: House) -> None:
    ear = Ear(house)
    ear.wait_for(submit_later(house), "waiting")
    ear.close()
    lines = b"\n".join([b'{"label": "dev-echo", "on": "asleep"}'] * 1500)
    made = house.client.submit_bulk(lines)["ids"]
    again = Ear(house, last_event_id=ear.last_id)
    again.wait_for(made[-1], "queued")
    assert again.names[0] == "missed"
    assert again.names.count("missed") == 1
    assert made[0] not in [found["id"] for found in again.heard]
    again.close()


class Ear:
    """Someone who listens to the feed."""

    def __init__(self, house: House, last_event_id: str = "") -> None:
        self.heard: list[Any] = []
        self.names: list[str] = []
        self.last_id = last_event_id
        self._connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=20)
        headers = {"Authorization": f"Bearer {house.admin}"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self._connection.request("GET", "/v1/events", headers=headers)
        self._response = self._connection.getresponse()
        assert self._response.readline() == b": listening\n"

    def wait_for(self, task_id: str, *states: str) -> None:
        while True:
            told = [found["state"] for found in self.heard if found["id"] == task_id]
            if told == list(states):
                return
            assert told == list(states[: len(told)])
            line = self._response.readline().decode()
            if line.startswith("event: "):
                self.names.append(line[7:].strip())
            elif line.startswith("id: "):
                self.last_id = line[4:].strip()
            elif line.startswith("data: ") and self.names[-1] == "task":
                self.heard.append(json.loads(line[6:]))

    def close(self) -> None:
        self._response.close()
        self._connection.close()
