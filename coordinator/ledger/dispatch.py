"""Dispatching: which queued tasks become attempts now, decided and committed in one transaction.

The conditions are written exactly as the partial indexes of `tables` have them, because that is
how a database sees that it may use one.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, text

from coordinator.ledger import permits
from coordinator.ledger.rows import Change, Dispatched, Supply, change_of
from coordinator.ledger.statements import (
    Among,
    change_among,
    change_many,
    fetch,
    fetch_among,
)
from coordinator.ledger.tables import attempts
from ygg.task import State

_INSERT = insert(attempts)
_BACKLOG = text(
    "SELECT id, label, key, bundle FROM tasks"
    " WHERE state = 'queued' AND NOT live AND parked IS NULL AND queue = :queue"
    " ORDER BY priority, id LIMIT :count"
)
# From one queue to the next: a long backlog is not walked.
_BACKLOGGED = text(
    "WITH RECURSIVE found (queue) AS ("
    " SELECT MIN(queue) FROM tasks WHERE state = 'queued' AND NOT live AND parked IS NULL"
    " UNION ALL SELECT (SELECT MIN(tasks.queue) FROM tasks WHERE state = 'queued' AND NOT live"
    " AND parked IS NULL AND tasks.queue > found.queue) FROM found WHERE found.queue IS NOT NULL)"
    " SELECT queue FROM found WHERE queue IS NOT NULL"
)
_PUBLISHED = text(
    "SELECT queue, bundle, COUNT(*) AS tasks FROM tasks"
    " WHERE live AND state = 'queued' GROUP BY queue, bundle"
)
_IN_FLIGHT = text("SELECT COUNT(*) AS tasks FROM tasks WHERE live AND queue = :queue")
CHOSEN = Among(
    "SELECT id, attempt, label, title, queue, params, inputs, requires, soft_seconds,"
    " hard_seconds, bundle FROM tasks WHERE id IN :ids ORDER BY priority, id"
)
_TAKE = Among("UPDATE tasks SET live = TRUE, attempt = attempt + 1, reason = '' WHERE id IN :ids")
_PARK = Among("UPDATE tasks SET parked = :why, reason = :reason WHERE id IN :ids")
_DUE = text(
    "SELECT id, label, queue, attempt, pending, gate FROM tasks"
    " WHERE state = 'waiting' AND not_before IS NOT NULL AND not_before <= :now"
    " ORDER BY not_before LIMIT 5000"
)
_QUEUE_DUE = Among(
    "UPDATE tasks SET not_before = NULL,"
    " state = CASE WHEN pending = 0 AND gate = '' THEN 'queued' ELSE state END,"
    " reason = CASE WHEN pending = 0 AND gate = '' THEN '' ELSE reason END"
    " WHERE id IN :ids"
)
_NEXT_DUE = text(
    "SELECT MIN(not_before) AS due FROM tasks WHERE state = 'waiting' AND not_before IS NOT NULL"
)
_UNPARK_OFFERED = Among(
    "UPDATE tasks SET parked = NULL, reason = ''"
    " WHERE parked IS NOT NULL AND parked = 'offer' AND queue = :queue AND label IN :ids"
)


class Room:
    """What one queue can still take: messages, where a bundled task is a part of one."""

    def __init__(
        self, messages: float, tasks: float, bundle_tasks: int, *, bundles: bool = True
    ) -> None:
        self._bundles = bundles
        self._parts = round(messages * bundle_tasks)
        self._tasks = tasks
        self._bundle_tasks = bundle_tasks

    def take(self, *, bundle: bool) -> bool:
        cost = 1 if bundle else self._bundle_tasks
        if self._tasks < 1 or self._parts < cost or (bundle and not self._bundles):
            return False
        self._parts -= cost
        self._tasks -= 1
        return True

    @property
    def is_left(self) -> bool:
        """After a dispatch: there was room for more than there was."""
        return self._bundles and self.most >= self._bundle_tasks

    @property
    def most(self) -> int:
        """No more tasks than these can be taken, whatever they are."""
        parts = self._parts if self._bundles else self._parts // self._bundle_tasks
        return int(max(0, min(self._tasks, parts)))


def rooms(connection: Connection, supplies: Sequence[Supply], bundle_tasks: int) -> dict[str, Room]:
    """The room of every queue that somebody serves."""
    published: dict[str, float] = {}
    for queue, bundle, count in fetch(connection, _PUBLISHED):
        cost = count / bundle_tasks if bundle else count
        published[queue] = published.get(queue, 0.0) + cost
    found = {}
    for supply in supplies:
        tasks = float("inf")
        if supply.limit is not None:
            [(in_flight,)] = fetch(connection, _IN_FLIGHT, queue=supply.queue)
            tasks = supply.limit - in_flight
        messages = supply.window - published.get(supply.queue, 0.0)
        # Small tasks wait until half of the window is free: filled at every opening, it would
        # hold bundles of two or three, each as dear as a full one.
        bundles = messages >= supply.window / 2
        found[supply.queue] = Room(messages, tasks, bundle_tasks, bundles=bundles)
    return found


def release_due(connection: Connection, now: float) -> list[Change]:
    """Tasks whose time has come stop waiting for it; those that wait for nothing else are told."""
    due = fetch(connection, _DUE, now=now)
    change_among(connection, _QUEUE_DUE, [row.id for row in due])
    return [
        change_of(row, State.QUEUED, "", now) for row in due if not row.pending and not row.gate
    ]


def next_due(connection: Connection) -> float | None:
    [(found,)] = fetch(connection, _NEXT_DUE)
    return None if found is None else float(found)


def backlogged(connection: Connection) -> set[str]:
    """The queues in which something waits to be dispatched."""
    return {row.queue for row in fetch(connection, _BACKLOGGED)}


def unpark_offered(connection: Connection, supply: Supply) -> None:
    change_among(connection, _UNPARK_OFFERED, sorted(supply.labels), queue=supply.queue)


def dispatch(
    connection: Connection, supply: Supply, room: Room, epoch: str, now: float
) -> list[Dispatched]:
    """Commit an attempt for each task of the queue that there is room for, best first."""
    found: list[Dispatched] = []
    while room.most > 0:
        page = fetch(connection, _BACKLOG, queue=supply.queue, count=min(room.most, 1000))
        busy = permits.busy(connection, [row.key for row in page if row.key is not None])
        chosen: list[str] = []
        grants: list[dict[str, str]] = []
        park: dict[str, list[str]] = {"key": [], "offer": []}
        unable: set[str] = set()
        for task_id, label, key, bundle in page:
            if label not in supply.labels:
                park["offer"].append(task_id)
                unable |= {key} - {None}
            elif key is not None and key in busy:
                park["key"].append(task_id)
            elif not room.take(bundle=bundle):
                break
            else:
                chosen.append(task_id)
                if key is not None:
                    busy.add(key)
                    grants.append({"key": key, "task_id": task_id})
        permits.grant(connection, grants)
        _park(connection, park)
        for key in unable - busy:  # its turn came, and it cannot run: the next one's turn
            permits.unpark_next(connection, key, supply.queue)
        found += _take(connection, chosen, epoch, now)
        if not any(park.values()):
            break  # the page was all there is, or all there is room for
    return found


def _park(connection: Connection, park: dict[str, list[str]]) -> None:
    reasons = {
        "key": "waits until another task with its key has ended",
        "offer": "no executor that is alive offers this label",
    }
    for why, ids in park.items():
        change_among(connection, _PARK, ids, why=why, reason=reasons[why])


def _take(connection: Connection, chosen: list[str], epoch: str, now: float) -> list[Dispatched]:
    if not chosen:
        return []
    change_among(connection, _TAKE, chosen)
    found = [Dispatched(*row) for row in fetch_among(connection, CHOSEN, chosen)]
    change_many(
        connection,
        _INSERT,
        [
            {
                "task_id": task.id,
                "attempt": task.attempt,
                "state": "dispatched",
                "dispatched_at": now,
                "epoch": epoch,
            }
            for task in found
        ],
    )
    return found
