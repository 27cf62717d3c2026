"""Accepting: the statements that make tasks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from coordinator.ledger.rows import Change, NewTask, retry_text, waiting_reason
from coordinator.ledger.statements import Among, change_many, fetch_among
from coordinator.ledger.tables import dependencies, tasks
from ygg.errors import BadInput, Conflict, NotFound
from ygg.task import FINAL, State


@dataclass(frozen=True)
class Known:
    """A task that an idempotency key made before."""

    id: str
    fingerprint: str


_INSERT = insert(tasks)
_DEPEND = insert(dependencies)
_KNOWN = Among("SELECT idempotency_key, id, fingerprint FROM tasks WHERE idempotency_key IN :ids")
_STATES = Among("SELECT id, state FROM tasks WHERE id IN :ids")


def known_keys(connection: Connection, names: Sequence[str]) -> dict[str, Known]:
    rows = fetch_among(connection, _KNOWN, names)
    return {key: Known(task_id, fingerprint) for key, task_id, fingerprint in rows}


def states_of(connection: Connection, ids: Sequence[str]) -> dict[str, State]:
    return {task_id: State(state) for task_id, state in fetch_among(connection, _STATES, ids)}


def insert_tasks(connection: Connection, new: Sequence[NewTask], now: float) -> list[Change]:
    """Write tasks whose dependencies are each other or exist; all of them or an error."""
    states = check_dependencies(connection, new)
    rows, changes = [], []
    for task in new:
        pending = sum(1 for name in task.after if states.get(name) not in FINAL)
        row = _row(task, pending, now)
        rows.append(row)
        changes.append(
            Change(task.id, task.label, task.queue, State(row["state"]), 0, row["reason"], now)
        )
    try:
        change_many(connection, _INSERT, rows)
    except IntegrityError as error:
        raise Conflict(
            "another request used the same idempotency key at this moment",
            field="idempotency_key",
            hint="send the request again",
        ) from error
    edges = [{"task_id": task.id, "depends_on": name} for task in new for name in task.after]
    change_many(connection, _DEPEND, edges)
    return changes


def check_dependencies(connection: Connection, new: Sequence[NewTask]) -> dict[str, State]:
    """The states of the tasks that these wait for; each exists and can still succeed."""
    inside = {task.id for task in new}
    outside = {name for task in new for name in task.after if name not in inside}
    states = states_of(connection, sorted(outside)) if outside else {}
    for task in new:
        check_names(task.after, inside, states)
    return states


def check_names(after: Sequence[str], inside: Collection[str], states: dict[str, State]) -> None:
    """Each name is a task of the same request, or one that exists and can still succeed."""
    for name in after:
        if name in inside:
            continue
        if name not in states:
            raise NotFound(
                f"there is no task {name[:80]!r} to wait for",
                field="after",
                allowed=["a task's id", "the `ref` of another line of the same request"],
                hint="ygg list shows the latest",
            )
        state = states[name]
        if state in FINAL and state != State.SUCCEEDED:
            raise BadInput(
                f"task {name} is {state} and will never succeed",
                field="after",
                hint=f"retry it first: ygg retry {name}",
            )


def _row(task: NewTask, pending: int, now: float) -> dict[str, Any]:
    gate = "approval" if task.approval else ""
    waits_for_time = task.not_before is not None and task.not_before > now
    waiting = bool(pending or gate or waits_for_time)
    return {
        "id": task.id,
        "label": task.label,
        "title": task.title,
        "queue": task.queue,
        "machine": task.machine,
        "priority": task.priority,
        "state": State.WAITING.value if waiting else State.QUEUED.value,
        "reason": waiting_reason(pending, gate, waits_for_time) if waiting else "",
        "params": task.params,
        "inputs": task.inputs,
        "soft_seconds": task.limits.soft_seconds,
        "hard_seconds": task.limits.hard_seconds,
        "retry": retry_text(task.retry),
        "max_attempts": task.retry.max_attempts,
        "requires": " ".join(sorted(task.requires)),
        "bundle": task.bundle,
        "key": task.key,
        "pending": pending,
        "not_before": task.not_before if waits_for_time else None,
        "approval": task.approval,
        "tier": task.tier,
        "gate": gate,
        "idempotency_key": task.idempotency_key,
        "fingerprint": task.fingerprint,
        "created_at": now,
        "submitted_by": task.submitted_by,
        "retry_of": task.retry_of,
    }
