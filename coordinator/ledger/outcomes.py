"""Applying events: the statements by which the ledger learns what executors did.

Every one may be applied twice, late or out of order. An event counts only for the attempt in
force; an outcome for any other is recorded with that attempt and changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from coordinator.ledger import permits
from coordinator.ledger.ending import Bounds, Decision, Standing, decide
from coordinator.ledger.rows import Applied, Change, change_of, retry_from, waiting_reason
from coordinator.ledger.statements import Among, change, change_many, fetch_among
from ygg.task import FINAL, Finished, Outcome, Started, State

_BEGINNING = Among(
    "SELECT id, label, queue, attempt, reason FROM tasks"
    " WHERE id IN :ids AND live AND state = 'queued'"
)
_STARTED_TASK = text(
    "UPDATE tasks SET state = 'running', executor = :executor,"
    " started_at = COALESCE(started_at, :at)"
    " WHERE id = :task_id AND attempt = :attempt AND live AND state = 'queued'"
)
_STARTED_ATTEMPT = text(
    "UPDATE attempts SET executor = :executor, started_at = :at,"
    " state = CASE WHEN state = 'dispatched' THEN 'running' ELSE state END"
    " WHERE task_id = :task_id AND attempt = :attempt AND started_at IS NULL"
)
_STANDING = Among(
    "SELECT tasks.id, tasks.label, queue, attempt, live, charged, uncharged, not_offered, retry,"
    " key, requires, tier, cancel_requested_at FROM tasks WHERE tasks.id IN :ids"
)
_END_TASK = text(
    "UPDATE tasks SET state = :state, reason = :reason, live = FALSE, charged = :charged,"
    " uncharged = :uncharged, not_offered = :not_offered, outcome = :outcome, gate = :gate,"
    " not_before = :not_before, finished_at = :finished_at, executor = :executor,"
    " started_at = COALESCE(started_at, :started_at) WHERE id = :id"
)
_END_ATTEMPT = text(
    "UPDATE attempts SET state = :ending, executor = :executor, charged = :was_charged,"
    " started_at = COALESCE(started_at, :started_at), ended_at = :ended_at,"
    " reason = :attempt_reason WHERE task_id = :id AND attempt = :attempt"
)
_LATE = text(
    "UPDATE attempts SET late = :late WHERE task_id = :task_id AND attempt = :attempt"
    " AND late IS NULL AND NOT (state = :ending AND executor = :executor)"
)
_DEPENDENTS = Among("SELECT depends_on, task_id FROM dependencies WHERE depends_on IN :ids")
_ONE_LESS = text(
    "UPDATE tasks SET pending = pending - 1,"
    " state = CASE WHEN pending = 1 AND gate = '' AND not_before IS NULL"
    " THEN 'queued' ELSE state END,"
    " reason = CASE WHEN pending = 1 AND gate = '' AND not_before IS NULL"
    " THEN '' ELSE reason END"
    " WHERE id = :id AND state = 'waiting'"
)
_CANCEL_DEPENDENT = text(
    "UPDATE tasks SET state = 'cancelled', reason = :reason, finished_at = :now, gate = '',"
    " not_before = NULL WHERE id = :id AND state = 'waiting'"
)
_BRIEF = Among(
    "SELECT id, label, queue, attempt, state, reason, pending, gate, not_before"
    " FROM tasks WHERE id IN :ids"
)
_REASON = text("UPDATE tasks SET reason = :reason WHERE id = :id")


@dataclass(frozen=True)
class Policy:
    """What applying needs to know besides the ledger."""

    bounds: Bounds
    luck: random.Random
    able: Callable[[str, str, frozenset[str]], Sequence[str]]
    """The executors that can run a label on a queue now, with what the task requires."""


def apply_started(connection: Connection, events: Sequence[Started]) -> list[Change]:
    if not events:
        return []
    began = {(event.task_id, event.attempt): event.at for event in events}
    rows = fetch_among(connection, _BEGINNING, sorted({event.task_id for event in events}))
    values = [
        {
            "task_id": event.task_id,
            "attempt": event.attempt,
            "executor": event.executor,
            "at": event.at,
        }
        for event in events
    ]
    change_many(connection, _STARTED_TASK, values)
    change_many(connection, _STARTED_ATTEMPT, values)
    return [
        change_of(row, State.RUNNING, row.reason, began[row.id, row.attempt])
        for row in rows
        if (row.id, row.attempt) in began
    ]


def apply_finished(
    connection: Connection, events: Sequence[Finished], policy: Policy, now: float
) -> Applied:
    """End attempts. What ends, and what the end means for the task, is decided one by one."""
    applied = Applied()
    if not events:
        return applied
    ids = sorted({event.task_id for event in events})
    standing = {row.id: row for row in fetch_among(connection, _STANDING, ids)}
    ended: dict[str, dict[str, Any]] = {}
    late: list[dict[str, Any]] = []
    for event in events:
        row = standing.get(event.task_id)
        in_force = row is not None and row.live and row.attempt == event.attempt
        if row is None or not in_force or event.task_id in ended:
            late.append(_late_values(event))
            continue
        decision = decide(_standing(row, event, policy), event.outcome, policy.bounds, policy.luck)
        ended[row.id] = _end_values(row, event, decision, now)
        state = State(ended[row.id]["state"])
        applied.changes.append(change_of(row, state, decision.reason, now))
    if ended:
        _write_ends(connection, list(ended.values()))
        keyed = [standing[task_id] for task_id in ended if standing[task_id].key is not None]
        applied.freed.update(standing[task_id].queue for task_id in ended)
        again = (change.queue for change in applied.changes if change.state is State.QUEUED)
        applied.stirred.update(again)
        applied.stirred |= permits.release(connection, [(row.id, row.key) for row in keyed])
        settle_dependents(connection, applied, now)
    applied.refused = sum(change(connection, _LATE, **values) for values in late)
    return applied


def settle_dependents(connection: Connection, applied: Applied, now: float) -> None:
    """Tell the tasks that wait for the changed ones; those that wait in vain are cancelled."""
    fresh = [change for change in applied.changes if change.state in FINAL]
    while fresh:
        by_id = {change.id: change for change in fresh}
        waiting = fetch_among(connection, _DEPENDENTS, sorted(by_id))
        fulfilled = [
            {"id": task_id}
            for depends_on, task_id in waiting
            if by_id[depends_on].state is State.SUCCEEDED
        ]
        if fulfilled:
            change_many(connection, _ONE_LESS, fulfilled)
            _tell_waiting(connection, [found["id"] for found in fulfilled], applied, now)
        reasons = {
            task_id: f"dependency: {depends_on} {by_id[depends_on].state.value}"
            for depends_on, task_id in waiting
            if by_id[depends_on].state is not State.SUCCEEDED
        }
        fresh = _cancel_dependents(connection, reasons, now)
        applied.changes.extend(fresh)


def _tell_waiting(connection: Connection, ids: list[str], applied: Applied, now: float) -> None:
    """Those that wait for one task less: some are queued now, others say what is left."""
    reasons = []
    for row in fetch_among(connection, _BRIEF, ids):
        if row.state == State.QUEUED:
            applied.stirred.add(row.queue)
            applied.changes.append(change_of(row, State.QUEUED, row.reason, now))
        elif row.state == State.WAITING:
            reason = waiting_reason(row.pending, row.gate, row.not_before is not None)
            reasons.append({"id": row.id, "reason": reason})
    change_many(connection, _REASON, reasons)


def _cancel_dependents(connection: Connection, reasons: dict[str, str], now: float) -> list[Change]:
    changes = []
    for row in fetch_among(connection, _BRIEF, sorted(reasons)):
        if change(connection, _CANCEL_DEPENDENT, id=row.id, reason=reasons[row.id], now=now):
            changes.append(change_of(row, State.CANCELLED, reasons[row.id], now))
    return changes


def _standing(row: Any, event: Finished, policy: Policy) -> Standing:
    return Standing(
        charged=row.charged,
        uncharged=row.uncharged,
        not_offered=row.not_offered,
        retry=retry_from(row.retry),
        cancelling=row.cancel_requested_at is not None,
        tier=row.tier,
        attempt=row.attempt,
        passed_on=_passed_on(row, event, policy),
    )


def _passed_on(row: Any, event: Finished, policy: Policy) -> bool:
    """An executor that cannot run it took it from a queue that it shares with one that can."""
    if event.outcome.cause != "not_offered":
        return False
    able = policy.able(row.label, row.queue, frozenset(row.requires.split()))
    return bool(able) and event.executor not in able


def _end_values(row: Any, event: Finished, decision: Decision, now: float) -> dict[str, Any]:
    outcome = event.outcome
    final = decision.state in FINAL
    again = decision.state is State.QUEUED
    pause = decision.pause_seconds
    state = State.WAITING if again and pause > 0 else decision.state
    keep = final or decision.state is State.REVIEW
    return {
        "id": row.id,
        "attempt": row.attempt,
        "state": state.value,
        "reason": decision.reason,
        "charged": row.charged + decision.charged,
        "uncharged": row.uncharged + decision.uncharged,
        "not_offered": row.not_offered + decision.not_offered,
        "outcome": outcome_text(outcome) if keep else None,
        "gate": "held" if decision.held else "",
        "not_before": now + pause if again and pause > 0 else None,
        "finished_at": now if final else None,
        "executor": event.executor,
        "started_at": outcome.started_at,
        "ended_at": outcome.ended_at or now,
        "ending": outcome.ending.value,
        "was_charged": decision.charged,
        "attempt_reason": outcome.reason,
    }


def _write_ends(connection: Connection, values: list[dict[str, Any]]) -> None:
    change_many(connection, _END_TASK, values)
    change_many(connection, _END_ATTEMPT, values)


def _late_values(event: Finished) -> dict[str, Any]:
    outcome = event.outcome
    return {
        "task_id": event.task_id,
        "attempt": event.attempt,
        "late": f"{outcome.ending.value} from {event.executor}: {outcome.reason}".rstrip(": "),
        "ending": outcome.ending.value,
        "executor": event.executor,
    }


def outcome_text(outcome: Outcome) -> str:
    return outcome.model_dump_json(exclude_unset=True)
