"""`plan-next` orders the items of files, as many as a machine can bear."""

from __future__ import annotations

import json
from pathlib import Path

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
