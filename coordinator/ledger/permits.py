"""Concurrency keys: at most one dispatched task each. The others are parked, out of sight.

When a key is free again, the best task that waits for it returns to each queue where one waits,
not to one queue alone: the best of all might be one that nobody can take now.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, text

from coordinator.ledger.statements import (
    Among,
    change,
    change_among,
    change_many,
    fetch,
    fetch_among,
)
from coordinator.ledger.tables import permits

_GRANT = insert(permits)
_BUSY = Among("SELECT key FROM permits WHERE key IN :ids")
_RELEASE = Among("DELETE FROM permits WHERE task_id IN :ids")
_PARKED = "parked IS NOT NULL AND parked = 'key' AND key = :key"
_NEXT_QUEUE = text(f"SELECT MIN(queue) AS queue FROM tasks WHERE {_PARKED} AND queue > :queue")  # noqa: S608
_UNPARK = text(
    "UPDATE tasks SET parked = NULL, reason = '' WHERE id = ("  # noqa: S608 - our own words
    f" SELECT id FROM tasks WHERE {_PARKED} AND queue = :queue"
    " ORDER BY priority, id LIMIT 1)"
)


def busy(connection: Connection, wanted: Sequence[str]) -> set[str]:
    return {key for (key,) in fetch_among(connection, _BUSY, wanted)}


def grant(connection: Connection, granted: Sequence[dict[str, str]]) -> None:
    """`{"key": …, "task_id": …}` each, in the transaction that dispatches the task."""
    change_many(connection, _GRANT, granted)


def release(connection: Connection, held: Sequence[tuple[str, str]]) -> set[str]:
    """Give back the keys of these `(task, key)`. Returns the queues that gained work by it."""
    change_among(connection, _RELEASE, [task_id for task_id, _ in held])
    queues: set[str] = set()
    for _, key in held:
        queue = ""
        while (queue := _next_queue(connection, key, queue)) != "":
            unpark_next(connection, key, queue)
            queues.add(queue)
    return queues


def unpark_next(connection: Connection, key: str, queue: str) -> None:
    """Bring the best task of this queue that waits for the key back into sight."""
    change(connection, _UNPARK, key=key, queue=queue)


def _next_queue(connection: Connection, key: str, after: str) -> str:
    [(found,)] = fetch(connection, _NEXT_QUEUE, key=key, queue=after)
    return "" if found is None else str(found)
