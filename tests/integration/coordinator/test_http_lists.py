"""Lists of tasks over HTTP, and the fleet's own lists."""

from __future__ import annotations

import time

import pytest

from tests.integration.coordinator.house import House
from tests.services import wait_until
from ygg import keys
from ygg.task import Departed, Heartbeat


def test_pages_follow_each_other_by_their_cursor(house: House) -> None:
    made = [
        house.client.submit({"label": "dev-free", "on": "pages"})["task"]["id"] for _ in "1234567"
    ]
    found: list[str] = []
    cursor: str | None = None
    for size in (3, 3, 1):
        page = house.client.tasks(queue="on.pages", limit=3, cursor=cursor)
        assert len(page["tasks"]) == size
        found += [task["id"] for task in page["tasks"]]
        cursor = page["next"]
    assert cursor is None
    assert found == made[::-1]


def test_a_full_last_page_has_no_next(house: House) -> None:
    for _ in range(2):
        house.client.submit({"label": "dev-free", "on": "even"})
    assert house.client.tasks(queue="on.even", limit=2)["next"] is None


def test_a_list_is_narrowed_by_state_label_time_and_words(house: House) -> None:
    began = time.time()
    title = "100% sure_thing! ünique & more"
    one = house.client.submit({"label": "dev-free", "title": title, "delay_seconds": 900})
    task_id = one["task"]["id"]

    def found(**filters: str | float) -> list[str]:
        return [task["id"] for task in house.client.tasks(since=began, **filters)["tasks"]]

    assert found() == [task_id]
    assert found(state="waiting,failed", label="dev-free", queue="dev") == [task_id]
    assert found(state="queued") == found(label="dev-echo") == found(queue="ops") == []
    for words in ("100%", "e_t", "ng!", "ünique & m", task_id):
        assert found(search=words) == [task_id]
    for words in ("1_0", "%%%", "100!"):
        assert found(search=words) == []


@pytest.mark.parametrize("word", ["%27%22%3B--", "%FF", "%F0%9F%98%80", "%25%25%21"])
@pytest.mark.parametrize("name", ["search", "label", "queue"])
def test_any_word_may_be_asked_for(house: House, name: str, word: str) -> None:
    answer = house.ask("GET", f"/v1/tasks?{name}={word}")
    assert (answer.status, answer.json) == (200, {"tasks": [], "next": None})


def test_labels_say_what_they_take_and_who_offers_them(house: House) -> None:
    labels = {found["label"]: found for found in house.client.labels()}
    echo = labels["dev-echo"]
    assert (echo["queue"], echo["bundle"], echo["executors"]) == ("dev", True, ["hand"])
    assert echo["params_schema"]["properties"].keys() == {"text", "times"}
    assert echo["examples"] == [{"text": "hello"}]
    assert labels["code-edit"]["tier"] == 2
    assert labels["power-off"]["approval"] == "before"
    assert labels["llm-ask"]["needs"] == ["gpu"]


def test_queues_count_what_is_in_them(house: House) -> None:
    house.client.submit({"label": "power-off"})
    queues = {found["queue"]: found for found in house.client.queues()}
    assert queues["power"]["waiting"] == 1
    assert queues["dev"]["executors"] == ["hand"]
    assert queues["dev"]["window"] == 400
    assert (queues["ops"]["executors"], queues["ops"]["window"]) == ([], 0)


def test_an_executor_s_unacknowledged_outcomes_are_told(house: House) -> None:
    hand = house.hand
    beat = Heartbeat(executor=hand.name, boot=hand.boot, at=time.time(), spooled=3)
    hand.redis.set(keys.alive(hand.name), beat.model_dump_json())
    wait_until(lambda: house.client.executors()[0]["spooled"] == 3, "three in the spool")
    hand.announce()


def test_an_executor_that_left_is_said_to_have_left(house: House) -> None:
    def state() -> str:
        [found] = house.client.executors()
        return found["state"]

    assert state() == "alive"
    house.hand.say(Departed(executor=house.hand.name, boot="an earlier one"))
    house.hand.say(Departed(executor=house.hand.name, boot=house.hand.boot))
    wait_until(lambda: state() == "departed", "the executor to be gone")
    assert house.client.submit({"label": "dev-echo"})["notices"]
    house.hand.announce()
    wait_until(lambda: state() == "alive", "the executor to be back")


def test_executors_are_narrowed_by_machine_and_name(house: House) -> None:
    def found(**wanted: str) -> list[str]:
        return [one["executor"] for one in house.client.executors(**wanted)]

    assert "hand" in found()
    assert found(machine="bench") == found(executor="hand") == ["hand"]
    assert found(machine="bench", executor="hand") == ["hand"]
    assert found(machine="hand") == found(executor="bench") == []
    assert found(machine="bench", executor="other") == []
