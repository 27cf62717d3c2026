"""What is asked all the time is answered from indexes of open tasks: history costs nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from coordinator.ledger import Ledger, dispatch, read, recover, submit
from tests.integration.coordinator.desk import NOW, Desk, finished, started, supply, task

HISTORY = """
    INSERT INTO tasks (id, label, title, queue, priority, state, params, soft_seconds, hard_seconds,
      retry, max_attempts, bundle, approval, created_at, finished_at, submitted_by)
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 5000)
    SELECT printf('%012d', n), 'dev-echo', '', 'dev', 2, 'succeeded', '{}', 1, 1,
      '{}', 1, FALSE, FALSE, n, n, 'me' FROM number
"""
VERBS = ("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")
Said = dict[str, Any]
"""Statements, each with the values it was first given."""


class Ear(sqlite3.Cursor):
    """Hears what is said to the database, by whomever."""

    said: Said | None = None

    def execute(self, words: str, values: Any = ()) -> Ear:
        self._hear(words, values)
        super().execute(words, values)
        return self

    def executemany(self, words: str, values: Any) -> Ear:
        self._hear(words, values[0])
        super().executemany(words, values)
        return self

    def _hear(self, words: str, values: Any) -> None:
        if Ear.said is not None and words.split(" ", 1)[0] in VERBS:
            Ear.said.setdefault(words, values)


class Heard(sqlite3.Connection):
    def cursor(self, factory: type[sqlite3.Cursor] = Ear) -> Any:
        return super().cursor(factory)


@pytest.fixture
def old(sqlite_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A ledger with a history, whose new connections are heard."""
    monkeypatch.setattr(sqlite3.dbapi2, "connect", partial(sqlite3.connect, factory=Heard))
    ledger = Ledger(sqlite_ledger.url.render_as_string())
    with ledger.write() as connection:
        connection.execute(text(HISTORY))
    yield Desk(ledger)
    ledger.close()


@contextmanager
def listening() -> Iterator[Said]:
    """What is said to the database meanwhile."""
    Ear.said = said = Said()
    try:
        yield said
    finally:
        Ear.said = None


def plans(desk: Desk, said: Said) -> dict[str, str]:
    """How SQLite answers each statement."""
    found = {}
    with desk.ledger.read() as connection:
        for words, values in said.items():
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values)
            found[words] = "\n".join(row[3] for row in rows)
    return found


def walks(steps: str) -> list[str]:
    """The steps that look at every row of a table that grows."""
    partial = ("tasks_backlog", "tasks_live", "tasks_open", "tasks_timed", "tasks_parked")
    return [
        step
        for step in steps.splitlines()
        if step.startswith("SCAN ")
        and step.split()[1] in ("tasks", "attempts", "dependencies", "logs", "actions", "failed")
        and not any(name in step for name in partial)
    ]


def test_no_step_of_a_tasks_life_looks_at_those_that_have_ended(old: Desk) -> None:
    with listening() as said:
        first = task(key="k", retry=task().retry, idempotency_key="i", fingerprint="f")
        second = task(key="k", label="dev-odd")
        third = task(key="k", after=(first.id,))
        others = [task(not_before=NOW + 1), task(approval=True), task(queue="ops")]
        old.submit(first, second, third, *others)
        old.dispatch(supply(limit=10), now=NOW + 2)
        old.apply(started(first.id))
        old.apply(finished(first.id, ending="lost"))
        old.dispatch(supply(labels=frozenset({"dev-echo", "dev-odd"})), supply(queue="ops"))
        live = old.rows("SELECT id FROM tasks WHERE live")
        old.apply(*(finished(task_id) for (task_id,) in live), *(finished(first.id, 1),))
        old.cancel(third.id)
        old.approve(others[1].id)
        old.detail(first.id)
        with old.ledger.read() as connection:
            dispatch.next_due(connection)
            recover.live_attempts(connection)
            recover.dispatched(connection, [first.id])
            read.open_counts(connection)
            submit.known_keys(connection, ["i", "j"])
            read.log_lines(connection, first.id, after=(0, 0), only=0, count=10)
    assert len(said) > 25
    walked = {words: walks(steps) for words, steps in plans(old, said).items() if walks(steps)}
    assert walked == {}


def test_the_best_of_the_backlog_come_in_order_from_the_index(old: Desk) -> None:
    old.submit(task(), task(key="k"), task(key="k"))
    with listening() as said:
        [one, other] = old.dispatch()
        old.apply(finished(one.id), finished(other.id))
    ordered = {words: steps for words, steps in plans(old, said).items() if "LIMIT" in words}
    assert ordered
    assert [words for words, steps in ordered.items() if "TEMP B-TREE" in steps] == []


@pytest.mark.parametrize("wanted", [{}, {"before": "z"}, {"states": ["failed"]}, {"label": "x-y"}])
def test_a_page_comes_in_order_from_an_index(old: Desk, wanted: dict[str, Any]) -> None:
    with listening() as said:
        old.list(**wanted)
    found = plans(old, said)
    assert 1 <= len(found) <= 3
    for words, steps in found.items():
        assert "TEMP B-TREE" not in steps, words
        assert "id IN" not in words or not walks(steps), words


@pytest.mark.parametrize("label", [None, "dev-echo"])
def test_what_may_be_replayed_is_found_among_the_failed(old: Desk, label: str | None) -> None:
    with listening() as said, old.ledger.read() as connection:
        read.replayable(connection, 5.0, label)
    [steps] = plans(old, said).values()
    assert "SEARCH failed USING INDEX tasks_failed" in steps
    assert "tasks_retry_of" in steps
