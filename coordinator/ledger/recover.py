"""What the reaper asks: which attempts are open, and how they were published."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from coordinator.ledger.dispatch import CHOSEN
from coordinator.ledger.rows import Dispatched
from coordinator.ledger.statements import fetch_among, fetch_one

_LIVE = text(
    "SELECT tasks.id, tasks.attempt, tasks.label, tasks.queue, attempts.executor,"
    " attempts.dispatched_at, attempts.epoch,"
    " tasks.cancel_requested_at IS NOT NULL AS cancelling"
    " FROM tasks JOIN attempts ON attempts.task_id = tasks.id AND attempts.attempt = tasks.attempt"
    " WHERE tasks.live"
)
_EPOCH = text("SELECT epoch FROM attempts WHERE task_id = :task_id AND attempt = :attempt")


@dataclass(frozen=True)
class Live:
    """An attempt that was dispatched and has not ended."""

    id: str
    attempt: int
    label: str
    queue: str
    executor: str | None
    dispatched_at: float
    epoch: str
    cancelling: bool

    @property
    def begun(self) -> bool:
        return self.executor is not None


def live_attempts(connection: Connection) -> list[Live]:
    """Bounded by the windows and by what executors can run at a time, whatever the backlog."""
    return [Live(*row) for row in connection.execute(_LIVE)]


def epoch(connection: Connection, task_id: str, attempt: int) -> str:
    """The broker's epoch that an attempt was dispatched in."""
    found = fetch_one(connection, _EPOCH, task_id=task_id, attempt=attempt)
    return found.epoch if found else ""


def dispatched(connection: Connection, ids: list[str]) -> list[Dispatched]:
    """The attempts in force of these tasks, as they were first published. One may have ended
    meanwhile: then its lease refuses what is published again."""
    return [Dispatched(*row) for row in fetch_among(connection, CHOSEN, ids)]
