"""Reads the ledger's database past the coordinator, and holds it against what was promised."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.effects import Effects
from ygg.task import FINAL, Ending

Row = dict[str, Any]

ENDINGS = {ending.value for ending in Ending}
FINAL_STATES = {state.value for state in FINAL}
LAST_ENDINGS = {
    "succeeded": {"ok"},
    "failed": {"ok", "error", "timeout", "lost"},  # `ok`, and a check refuted it
    "cancelled": ENDINGS - {"ok"},
    "rejected": {"ok"},
}


class Records:
    """The tables as they are on disk."""

    def __init__(self, database_url: str) -> None:
        self.url = database_url

    def rows(self, query: str) -> list[Row]:
        if self.url.startswith("sqlite:///"):
            path = self.url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as ledger:
                ledger.row_factory = sqlite3.Row
                return [dict(row) for row in ledger.execute(query)]
        with psycopg.connect(self.url.replace("+psycopg", ""), row_factory=dict_row) as ledger:
            return ledger.execute(query.encode()).fetchall()

    def count(self, table_and_condition: str) -> int:
        return int(self.rows(f"SELECT COUNT(*) AS n FROM {table_and_condition}")[0]["n"])  # noqa: S608

    def open_count(self) -> int:
        return self.count("tasks WHERE finished_at IS NULL")

    def tasks(self) -> dict[str, Row]:
        return {row["id"]: row for row in self.rows("SELECT * FROM tasks")}

    def attempts(self) -> dict[str, list[Row]]:
        """The attempts of each task that has any, in order."""
        found: dict[str, list[Row]] = {}
        for row in self.rows("SELECT * FROM attempts ORDER BY task_id, attempt"):
            found.setdefault(row["task_id"], []).append(row)
        return found


def audit(
    records: Records, accepted: Sequence[str], effects: Effects, *, frozen: bool = False
) -> None:
    """Every accepted task ended once, by one outcome, and every attempt is explained.

    `frozen`: a process that was stopped may write one more line when it is woken.
    """
    tasks, attempts = records.tasks(), records.attempts()
    assert len(set(accepted)) == len(accepted)
    missing = set(accepted) - tasks.keys()
    assert not missing, f"accepted and lost: {sorted(missing)}"
    for task_id in accepted:
        _audit_task(tasks[task_id], attempts.get(task_id, []))
    assert records.count("tasks WHERE live") == 0
    assert records.rows("SELECT * FROM permits") == []
    assert records.rows("SELECT * FROM unreadable") == []
    _audit_effects(effects, attempts, frozen=frozen)


def _audit_task(task: Row, attempts: list[Row]) -> None:
    story = f"{task}\n" + "\n".join(map(str, attempts))
    assert task["state"] in FINAL_STATES, f"not final: {story}"
    assert task["finished_at"] is not None, story
    numbers = [row["attempt"] for row in attempts]
    assert numbers == list(range(1, task["attempt"] + 1)), f"gaps: {story}"
    for row in attempts:
        assert row["state"] in ENDINGS, f"an attempt has no end: {story}"
        assert row["ended_at"] is not None, story
    charged = sum(bool(row["charged"]) for row in attempts)
    assert charged == task["charged"] <= task["max_attempts"], f"charged wrongly: {story}"
    assert len(attempts) - charged == task["uncharged"], f"charged wrongly: {story}"
    for row in attempts[:-1]:
        assert row["state"] in ENDINGS - {"ok", "cancelled"}, f"two outcomes: {story}"
        assert row["reason"], f"an attempt without a cause: {story}"
    if attempts:
        last = attempts[-1]["state"]
        assert last in LAST_ENDINGS[task["state"]], f"another outcome was accepted: {story}"
        # A task that is cancelled while it waits for its next attempt has no outcome of its own.
        if task["outcome"] is not None:
            assert json.loads(task["outcome"])["ending"] == last, story
        else:
            assert task["state"] == "cancelled", story
    else:
        assert task["state"] == "cancelled", f"ended without an attempt: {story}"


def _audit_effects(effects: Effects, attempts: dict[str, list[Row]], *, frozen: bool) -> None:
    """Nothing ran that is not recorded, nothing ran twice, and no two attempts at a time."""
    latest: dict[str, int] = {}
    ended: set[tuple[str, int]] = set()
    for line in effects.lines():
        name = (line.task_id, line.attempt)
        if line.task_id == "test":
            continue
        assert line.attempt <= len(attempts.get(line.task_id, [])), f"not recorded: {line}"
        assert frozen or line.attempt >= latest.get(line.task_id, 0), f"ran side by side: {line}"
        assert name not in ended, f"ran again after its end: {line}"
        latest[line.task_id] = max(line.attempt, latest.get(line.task_id, 0))
        if line.what == "end":
            ended.add(name)
    twice = {name: count for name, count in effects.starts().items() if count > 1}
    assert not twice, f"one attempt began more than once: {twice}"
    for task_id, rows in attempts.items():
        if rows[-1]["state"] == "ok" and task_id in latest:
            assert (task_id, len(rows)) in ended, f"its outcome is not of its last attempt: {rows}"
