"""`plan-next` orders the items of files, as many as a machine can bear."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from executors.handlers.plan import MOST_IN_ALL, next_
from tests.attempts import Runner


def lines(count: int, prefix: str) -> str:
    """Each waits for the one before."""
    waits = [[], *([f"{prefix}{number}"] for number in range(count - 1))]
    return "".join(
        json.dumps({"id": f"{prefix}{number}", "depends_on": before}) + "\n"
        for number, before in enumerate(waits)
    )


def test_as_many_items_as_are_allowed_are_ordered(tmp_path: Path) -> None:
    half = MOST_IN_ALL // 2
    files = {"a.jsonl": lines(half, "a"), "b.jsonl": lines(half, "b")}
    found = Runner(tmp_path).run(next_, {}, files=files).result
    assert found["counts"] == {
        "order": 2,
        "active": 0,
        "blocked": MOST_IN_ALL - 2,
        "circles": 0,
    }


def test_one_more_is_refused(tmp_path: Path) -> None:
    files = {"a.jsonl": lines(MOST_IN_ALL, "a")}
    outcome = Runner(tmp_path).run(next_, {"items": [{"id": "one"}]}, files=files).outcome
    assert outcome.reason == f"there are more than {MOST_IN_ALL} items"


def test_tasks_of_a_list_that_wait_are_not_next(tmp_path: Path) -> None:
    waiting = {"state": "waiting", "priority": 0}
    tasks = [
        waiting | {"id": "later", "reason": "waits for its time"},
        waiting | {"id": "second", "reason": "waits for 1 other task"},
        {"id": "first", "state": "queued", "priority": 2, "reason": ""},
    ]
    found = Runner(tmp_path).run(next_, {}, files={"tasks.json": json.dumps({"tasks": tasks})})
    told = json.loads(found.artifact("plan.json"))
    assert [one["id"] for one in told["order"]] == ["first"]
    assert {one["id"]: one["why"] for one in told["blocked"]} == {
        "later": "later waits for its time",
        "second": "second waits for 1 other task",
    }


NOTHING = "there is nothing to order: no items were given, and no file has any"


@pytest.mark.parametrize(
    ("params", "files", "reason"),
    [
        ({}, {}, NOTHING),
        ({}, {"a.json": "[]"}, NOTHING),
        ({"items": [{"id": "a"}]}, {"a.json": '[{"id": "a"}]'}, "'a' is there twice"),
    ],
)
def test_nothing_to_order_and_an_id_given_twice_fail_with_a_way_out(
    tmp_path: Path, params: dict[str, JsonValue], files: dict[str, str], reason: str
) -> None:
    outcome = Runner(tmp_path).run(next_, params, files=files).outcome
    assert outcome.reason.endswith(reason)
    assert outcome.hint
