"""What a person does to a task: cancel, approve, reject, retry. Each is recorded with its actor."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection, insert, text

from coordinator.ledger import permits
from coordinator.ledger.outcomes import settle_dependents
from coordinator.ledger.rows import Applied, change_of, waiting_reason
from coordinator.ledger.statements import AnyRow, change, change_many, fetch_one
from coordinator.ledger.tables import actions
from ygg.errors import Conflict, NotFound
from ygg.task import FINAL, State

_RECORD = insert(actions)
_TASK = text("SELECT * FROM tasks WHERE id = :id")
_ASK_CANCEL = text(
    "UPDATE tasks SET cancel_requested_at = :now, state = 'cancelling', reason = :reason"
    " WHERE id = :id"
)
_CANCEL_NOW = text(
    "UPDATE tasks SET state = 'cancelled', reason = :reason, cancel_requested_at = :now,"
    " finished_at = :now, gate = '', not_before = NULL, parked = NULL WHERE id = :id"
)
_OPEN_GATE = text(
    "UPDATE tasks SET gate = '', not_offered = 0, uncharged = 0, state = :state,"
    " reason = :reason WHERE id = :id"
)
_END_REVIEW = text(
    "UPDATE tasks SET state = :state, reason = :reason, finished_at = :now WHERE id = :id"
)


class Cancelled(StrEnum):
    DONE = "done"
    """It had not been dispatched: it is cancelled."""
    ASKED = "asked"
    """It was dispatched: whoever holds its lease decides."""


def get(connection: Connection, task_id: str) -> AnyRow:
    row = fetch_one(connection, _TASK, id=task_id)
    if row is None:
        raise NotFound(f"there is no task {task_id}", hint="ygg list shows the latest")
    return row


def record(
    connection: Connection, task_id: str, actor: str, action: str, note: str, now: float
) -> None:
    change_many(
        connection,
        _RECORD,
        [{"task_id": task_id, "at": now, "actor": actor, "action": action, "note": note}],
    )


def cancel(
    connection: Connection, task_id: str, actor: str, note: str, now: float
) -> tuple[Cancelled, Applied]:
    row = get(connection, task_id)
    applied = Applied()
    if row.state in FINAL:
        raise Conflict(f"task {task_id} is {row.state} already: too late to cancel")
    record(connection, task_id, actor, "cancel", note, now)
    reason = f"cancelled by {actor}" + (f": {note}" if note else "")
    if row.live:
        change(connection, _ASK_CANCEL, id=task_id, now=now, reason=reason)
        applied.changes.append(change_of(row, State.CANCELLING, reason, now))
        return Cancelled.ASKED, applied
    change(connection, _CANCEL_NOW, id=task_id, now=now, reason=reason)
    applied.changes.append(change_of(row, State.CANCELLED, reason, now))
    if row.key is not None:
        applied.stirred |= permits.release(connection, [(task_id, row.key)])
    settle_dependents(connection, applied, now)
    return Cancelled.DONE, applied


def approve(connection: Connection, task_id: str, actor: str, note: str, now: float) -> Applied:
    """Open the gate that a waiting task stands at, or accept a result that waits for review."""
    row = get(connection, task_id)
    applied = Applied()
    if row.state == State.REVIEW:
        return _end_review(connection, row, State.SUCCEEDED, actor, note, now)
    if row.state != State.WAITING or not row.gate:
        raise Conflict(
            f"task {task_id} is {row.state} and waits for no one",
            hint=f"ygg show {task_id}",
        )
    record(connection, task_id, actor, "approve", note, now)
    waits = bool(row.pending) or row.not_before is not None
    state = State.WAITING if waits else State.QUEUED
    reason = waiting_reason(row.pending, "", row.not_before is not None) if waits else ""
    change(connection, _OPEN_GATE, id=task_id, state=state.value, reason=reason)
    applied.changes.append(change_of(row, state, reason, now))
    return applied


def reject(connection: Connection, task_id: str, actor: str, note: str, now: float) -> Applied:
    row = get(connection, task_id)
    if row.state == State.REVIEW:
        return _end_review(connection, row, State.REJECTED, actor, note, now)
    if row.state == State.WAITING and row.gate:
        return cancel(connection, task_id, actor, note or "not approved", now)[1]
    raise Conflict(
        f"task {task_id} is {row.state} and waits for no one", hint=f"ygg show {task_id}"
    )


def _end_review(
    connection: Connection, row: AnyRow, state: State, actor: str, note: str, now: float
) -> Applied:
    verb = "approve" if state is State.SUCCEEDED else "reject"
    record(connection, row.id, actor, verb, note, now)
    reason = f"{verb}d by {actor}" if verb == "approve" else f"rejected by {actor}"
    reason += f": {note}" if note else ""
    change(connection, _END_REVIEW, id=row.id, state=state.value, reason=reason, now=now)
    applied = Applied(changes=[change_of(row, state, reason, now)])
    settle_dependents(connection, applied, now)
    return applied
