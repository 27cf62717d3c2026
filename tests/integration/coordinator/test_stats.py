"""What the tasks of a family came to, on either database and over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest
from sqlalchemy import text

from coordinator.ledger import Ledger, results
from coordinator.stats import family_stats
from tests.integration.coordinator.desk import NOW, Desk, finished, supply, task
from tests.integration.coordinator.house import House
from ygg.errors import NotFound
from ygg.ids import first_id
from ygg.views import LabelStats

LABELS = ("code-edit", "code-test", "dev-echo", "codex-a")
COST = {
    "calls": 2,
    "tokens_in": 100,
    "tokens_out": 20,
    "tokens_cached": 60,
    "model_seconds": 1.5,
    "check_seconds": 0.25,
    "seconds": 2.0,
}


def end(desk: Desk, label: str = "code-edit", **outcome: Any) -> None:
    one = task(label=label)
    desk.submit(one)
    desk.dispatch(supply(labels=frozenset(LABELS)))
    desk.apply(finished(one.id, **outcome))


def of(desk: Desk, family: str = "code", since: float | None = None) -> dict[str, LabelStats]:
    found = family_stats(desk.ledger, LABELS, family, since)
    return {view["label"]: view for view in [*found["labels"], found["total"]]}


def test_verdicts_and_costs_are_summed_by_label(desk: Desk) -> None:
    for verdict in ("verified", "verified", "unverified", "refuted"):
        end(desk, verdict=verdict, result={"cost": COST})
    end(desk, ending="error", result={"cost": COST})
    end(desk, ending="timeout")
    end(desk, "code-test", verdict="verified", result={"cost": {"calls": 1}})
    end(desk, "codex-a", verdict="verified", result={"cost": COST})
    desk.submit(task(label="code-test"))
    found = of(desk)
    assert list(found) == ["code-edit", "code-test", "code-"]
    assert found["code-edit"] == {
        "label": "code-edit",
        "tasks": 6,
        "open": 0,
        "verified": 2,
        "unverified": 1,
        "refuted": 1,
        "failed": 2,
        "calls": 10,
        "tokens_in": 500,
        "tokens_out": 100,
        "tokens_cached": 300,
        "model_seconds": 7.5,
        "check_seconds": 1.25,
        "seconds": 10.0,
        "tokens_per_verified": 300.0,
        "seconds_per_verified": 5.0,
        "cache_hits": 0.6,
    }
    test = found["code-test"]
    assert (test["tasks"], test["open"], test["calls"], test["cache_hits"]) == (2, 1, 1, None)
    assert (found["code-"]["tasks"], found["code-"]["verified"]) == (8, 3)


@pytest.mark.parametrize(
    "result",
    [
        None,
        "text",
        7,
        [1],
        {},
        {"cost": None},
        {"cost": "cheap"},
        {"cost": '{"calls": 9}x'},
        {"cost": 3},
        {"cost": [1]},
        {"cost": {"calls": -1}},
        {"cost": {"calls": "many"}},
        {"cost": {"calls": 10**40}},
        {"cost": {"seconds": 1e308}},
        {"cost": COST | {"more": "x" * 2000}},
    ],
)
def test_what_is_no_cost_counts_nothing_and_hides_no_other(desk: Desk, result: Any) -> None:
    end(desk, verdict="verified", result={"cost": COST, "says": "a\0b"})
    end(desk, verdict="unverified", result=result)
    found = of(desk)["code-edit"]
    assert (found["verified"], found["unverified"], found["calls"]) == (1, 1, 2)


def test_only_tasks_made_since_then_count(desk: Desk) -> None:
    now = time.time()
    for age in (100.0, 50.0):
        one = task(label="code-edit", id=first_id(now - age))
        desk.submit(one, now=now - age)
    assert of(desk)["code-edit"]["tasks"] == 2
    assert of(desk, since=now - 70)["code-edit"]["tasks"] == 1
    assert of(desk, since=now)["code-edit"]["tasks"] == 0


def test_a_family_that_nobody_announced_is_refused_with_those_there_are(desk: Desk) -> None:
    with pytest.raises(NotFound) as refused:
        of(desk, "cod")
    assert refused.value.allowed == ["code", "codex", "dev"]
    assert refused.value.hint == "did you mean code?"
    assert of(desk, "dev")["dev-echo"]["tasks"] == 0


HISTORY = """
    INSERT INTO tasks (id, label, title, queue, priority, state, params, soft_seconds, hard_seconds,
      retry, max_attempts, bundle, approval, created_at, finished_at, submitted_by, outcome)
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 4500)
    SELECT printf('%012d', n), 'code-edit', '', 'dev', 2, 'succeeded', '{}', 1, 1, '{}', 1,
      FALSE, FALSE, n, n, 'me', '{"verdict": "verified", "result": {"cost": {"calls": 1}}}'
      FROM number
"""


def test_a_long_history_is_read_page_by_page_along_the_index(sqlite_ledger: Ledger) -> None:
    desk = Desk(sqlite_ledger)
    with sqlite_ledger.write() as connection:
        connection.execute(text(HISTORY))
    found = of(desk)["code-edit"]
    assert (found["tasks"], found["verified"], found["calls"]) == (4500, 4500, 4500)
    with sqlite_ledger.read() as connection:
        first = results.page(connection, "code-edit", after="", since=0)
        assert len(first) == results.PAGE
        asked = results._RESULTS["sqlite"].text.replace(":label", "'code-edit'")
        plan = connection.execute(
            text("EXPLAIN QUERY PLAN " + asked),
            {"after": "", "since": NOW, "count": 1, "longest": 1},
        ).all()
    assert [row[3] for row in plan] == ["SEARCH tasks USING INDEX tasks_label (label=? AND id>?)"]


def test_it_is_asked_over_http_and_typed(house: House) -> None:
    since = time.time()
    for verdict, calls in (("verified", 2), ("refuted", 5)):
        house.run({"label": "code-edit"}, verdict=verdict, result={"cost": COST | {"calls": calls}})
    found = house.client.stats("code", since=since)
    assert (found["family"], found["since"], found["total"]["calls"]) == ("code", since, 7)
    environment = {**os.environ, "YGG_URL": house.client.target.url, "YGG_TOKEN": house.admin}
    command = (sys.executable, "-P", "-m", "ygg.cli", "stats", "code", "--since")

    def typed(*words: str) -> subprocess.CompletedProcess[str]:
        whole = (*command, *words)
        return subprocess.run(whole, env=environment, capture_output=True, text=True, check=True)

    header, row = typed("1h").stdout.splitlines()
    assert dict(zip(header.split(), row.split(), strict=True)) == {
        "LABEL": "code-edit",
        "TASKS": "2",
        "VERIFIED": "1",
        "UNVERIFIED": "0",
        "REFUTED": "1",
        "FAILED": "0",
        "QUESTIONS": "7",
        "TOKENS": "240",
        "SECONDS": "4",
        "TOKENS/VERIFIED": "240",
        "SECONDS/VERIFIED": "4.0",
        "CACHED": "60%",
    }
    assert "no tasks of the family code" in typed("0s").stderr


@pytest.mark.parametrize("path", ["nobody", "code?since=soon", "code?since=nan", "a%00b"])
def test_a_question_that_makes_no_sense_is_refused(house: House, path: str) -> None:
    answer = house.ask("GET", f"/v1/stats/{path}")
    assert answer.status in (404, 422)
    assert answer.error["field"] in ("family", "since")
