"""What is asked all the time is answered from indexes of open tasks: history costs nothing."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from coordinator.ledger import Ledger, actions, dispatch, outcomes, read, recover, submit

HISTORY = """
    INSERT INTO tasks (id, label, title, queue, priority, state, params, soft_seconds, hard_seconds,
      retry, max_attempts, bundle, approval, created_at, finished_at, submitted_by)
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 5000)
    SELECT printf('%012d', n), 'dev-echo', '', 'dev', 2, 'succeeded', '{}', 1, 1,
      '{}', 1, FALSE, FALSE, n, n, 'me' FROM number
"""

ASKED = {
    "the backlog": (dispatch._BACKLOG, "tasks_backlog"),
    "what is published": (dispatch._PUBLISHED, "tasks_live"),
    "what is in flight": (dispatch._IN_FLIGHT, "tasks_live"),
    "what is due": (dispatch._DUE, "tasks_timed"),
    "what is due next": (dispatch._NEXT_DUE, "tasks_timed"),
    "what waits for an offer": (dispatch._UNPARK_OFFERED, "tasks_parked"),
    "who is next for a key": (outcomes._UNPARK, "tasks_parked"),
    "what is open": (read._COUNTS, "tasks_open"),
    "what lives": (recover._LIVE, "tasks_live"),
    "idempotency keys": (submit._KNOWN, "tasks_idempotency"),
    "who waits for it": (outcomes._DEPENDENTS, "dependencies"),
    "one task": (actions._TASK, "sqlite_autoindex_tasks"),
    "its attempts": (read._ATTEMPTS, "sqlite_autoindex_attempts"),
    "its actions": (read._ACTIONS, "ix_actions_task_id"),
}


@pytest.fixture
def old(sqlite_ledger: Ledger) -> Ledger:
    """A ledger with a history."""
    with sqlite_ledger.write() as connection:
        connection.execute(text(HISTORY))
    return sqlite_ledger


def plan(ledger: Ledger, statement: object) -> str:
    """How SQLite would answer, with constants for what is not known yet."""
    words = str(statement).replace("(__[POSTCOMPILE_ids])", "('a', 'b')")
    words = re.sub(r":\w+", "1", words)
    with ledger.read() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}").fetchall()
    return "\n".join(row[3] for row in rows)


@pytest.mark.parametrize("what", ASKED)
def test_an_index_answers(old: Ledger, what: str) -> None:
    statement, index = ASKED[what]
    steps = plan(old, statement)
    assert index in steps or "PRIMARY KEY" in steps, steps
    assert "SCAN tasks\n" not in steps + "\n", steps
    assert "SCAN attempts" not in steps, steps


@pytest.mark.parametrize("what", ["the backlog", "who is next for a key"])
def test_the_order_comes_from_the_index_too(old: Ledger, what: str) -> None:
    assert "TEMP B-TREE" not in plan(old, ASKED[what][0])


def test_a_page_is_a_walk_along_the_primary_key(old: Ledger) -> None:
    steps = plan(old, "SELECT id FROM tasks WHERE id < 'z' ORDER BY id DESC LIMIT 50")
    assert "TEMP B-TREE" not in steps


@pytest.mark.xfail(strict=True, reason="ORDER BY id makes SQLite walk the whole primary key")
def test_what_may_be_replayed_is_found_among_the_failed(old: Ledger) -> None:
    steps = plan(old, f"{read._REPLAYABLE} ORDER BY id")
    assert "SEARCH failed" in steps, steps
    assert "tasks_retry_of" in steps, steps
