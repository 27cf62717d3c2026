"""Reading: lists, one task whole, counts. Nothing here changes anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text

from coordinator.ledger.actions import get
from coordinator.ledger.ending import tier_of
from coordinator.ledger.statements import POSTGRES_OUTCOME, AnyRow, fetch, fetch_one
from ygg.task import NamedBlob, Outcome
from ygg.views import (
    ActionView,
    ArtifactView,
    AttemptView,
    ListedTask,
    LogLine,
    TaskDetail,
    TaskView,
)

_VIEW = (
    "id, label, title, state, reason, queue, priority, attempt, max_attempts, executor,"
    " created_at, started_at, finished_at, submitted_by, retry_of, key"
)
_COLUMNS = _VIEW.replace(",", "").split()
_ATTEMPTS = text(
    "SELECT attempt, state, executor, dispatched_at, started_at, ended_at, charged, reason, late"
    " FROM attempts WHERE task_id = :id ORDER BY attempt"
)
_ACTIONS = text("SELECT at, actor, action, note FROM actions WHERE task_id = :id ORDER BY id")
_AFTER = text("SELECT depends_on FROM dependencies WHERE task_id = :id ORDER BY depends_on")
_AFTER_OF_PAGE = text(
    "SELECT task_id, depends_on FROM dependencies WHERE task_id IN :ids"
    " ORDER BY task_id, depends_on"
).bindparams(bindparam("ids", expanding=True))
_WARNINGS_OF_PAGE = {
    "sqlite": "json_array_length(outcome, '$.warnings')",
    "postgresql": f"json_array_length({POSTGRES_OUTCOME} -> 'warnings')",
}
_PROGRESS = text(
    "SELECT text FROM logs WHERE task_id = :id AND attempt = :attempt AND stream = 'progress'"
    " ORDER BY sequence DESC LIMIT 1"
)
_LOGS = text(
    "SELECT attempt, sequence, at, stream, text, dropped_bytes FROM logs"
    " WHERE task_id = :id AND (attempt > :attempt OR attempt = :attempt AND sequence > :sequence)"
    " AND (:only = 0 OR attempt = :only)"
    " ORDER BY attempt, sequence LIMIT :count"
)
_COUNTS = text(
    "SELECT queue, state, SUM(CASE WHEN live THEN 1 ELSE 0 END), COUNT(*) FROM tasks"
    " WHERE state IN ('waiting', 'queued', 'running', 'cancelling', 'review')"
    " GROUP BY queue, state"
)
_REPLAYABLE = (
    "SELECT id FROM tasks AS failed WHERE state = 'failed' AND finished_at >= :since"
    " AND NOT EXISTS (SELECT 1 FROM tasks AS again WHERE again.retry_of IS NOT NULL"
    " AND again.retry_of = failed.id)"
)


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to. `before` is the id that the last page ended with."""

    states: Sequence[str] = ()
    label: str | None = None
    queue: str | None = None
    search: str | None = None
    since: float | None = None
    before: str | None = None
    count: int = 50


def tasks(connection: Connection, wanted: Filter) -> list[ListedTask]:
    """A page, newest first: ids sort by time, so a page is a walk along the primary key."""
    where, values = ["1 = 1"], dict[str, Any](count=wanted.count)
    if wanted.before:
        where.append("id < :before")
        values["before"] = wanted.before
    if wanted.states:
        marks = [f":state{number}" for number in range(len(wanted.states))]
        where.append(f"state IN ({', '.join(marks)})")
        values |= {f"state{number}": state for number, state in enumerate(wanted.states)}
    for column, value in (("label", wanted.label), ("queue", wanted.queue)):
        if value:
            where.append(f"{column} = :{column}")
            values[column] = value
    if wanted.since is not None:
        where.append("created_at >= :since")
        values["since"] = wanted.since
    if wanted.search:
        columns = ("id", "label", _lower(connection, "title"), _lower(connection, "reason"))
        where.append("(" + " OR ".join(f"{name} LIKE :search ESCAPE '!'" for name in columns) + ")")
        values["search"] = f"%{_like(wanted.search.lower())}%"
    statement = f"SELECT {_VIEW}, charged, live FROM tasks WHERE {' AND '.join(where)}"  # noqa: S608 - our own words
    rows = connection.execute(text(statement + " ORDER BY id DESC LIMIT :count"), values)
    return _listed(connection, rows.all())


def task_view(row: AnyRow) -> TaskView:
    found: TaskView = {name: getattr(row, name) for name in _COLUMNS}  # type: ignore[assignment]
    return found


def task(connection: Connection, task_id: str) -> TaskView:
    return task_view(get(connection, task_id))


def detail(connection: Connection, task_id: str) -> TaskDetail:
    row = get(connection, task_id)
    outcome = Outcome.model_validate_json(row.outcome) if row.outcome else None
    inputs = [NamedBlob.model_validate(found) for found in json.loads(row.inputs or "[]")]
    progress = fetch_one(connection, _PROGRESS, id=task_id, attempt=row.attempt)
    return TaskDetail(
        **task_view(row),
        params=json.loads(row.params),
        inputs=[_artifact(found) for found in inputs],
        after=[found for (found,) in fetch(connection, _AFTER, id=task_id)],
        not_before=row.not_before,
        result=outcome.result if outcome else None,
        hint=outcome.hint if outcome else "",
        verdict=outcome.verdict.value if outcome and outcome.verdict else None,
        tier=tier_of(row.tier, outcome),
        warnings=list(outcome.warnings) if outcome else [],
        artifacts=[_artifact(found) for found in outcome.artifacts] if outcome else [],
        attempts=_attempts(connection, task_id),
        actions=_actions(connection, task_id),
        progress=progress.text if progress else "",
    )


def _listed(connection: Connection, page: Sequence[AnyRow]) -> list[ListedTask]:
    """With what other columns say, asked for the page's ids only: results may be long."""
    if not page:
        return []
    names = [row.id for row in page]
    after: dict[str, list[str]] = {}
    for task_id, depends_on in connection.execute(_AFTER_OF_PAGE, {"ids": names}):
        after.setdefault(task_id, []).append(depends_on)
    warnings = _warning_counts(connection, names)
    return [
        ListedTask(
            **task_view(row),
            after=after.get(row.id, []),
            counted=row.charged + row.live,
            warning_count=warnings.get(row.id, 0),
        )
        for row in page
    ]


def _warning_counts(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    count = _WARNINGS_OF_PAGE[connection.dialect.name]
    statement = f"SELECT id, {count} FROM tasks WHERE id IN :ids AND outcome IS NOT NULL"  # noqa: S608 - our own words
    asked = text(statement).bindparams(bindparam("ids", expanding=True))
    return {task_id: found or 0 for task_id, found in connection.execute(asked, {"ids": names})}


def log_lines(
    connection: Connection, task_id: str, *, after: tuple[int, int], only: int, count: int
) -> list[LogLine]:
    """Log chunks beyond `(attempt, sequence)`, of one attempt if `only` is not 0."""
    values = {
        "id": task_id,
        "attempt": after[0],
        "sequence": after[1],
        "only": only,
        "count": count,
    }
    return [
        LogLine(
            attempt=row.attempt,
            sequence=row.sequence,
            at=row.at,
            stream=row.stream,
            text=row.text,
            dropped_bytes=row.dropped_bytes,
        )
        for row in connection.execute(_LOGS, values)
    ]


def open_counts(connection: Connection) -> dict[tuple[str, str], tuple[int, int]]:
    """`(queue, state)` → how many are open, and how many of those are dispatched."""
    rows = connection.execute(_COUNTS)
    return {(queue, state): (count, live or 0) for queue, state, live, count in rows}


def replayable(connection: Connection, since: float, label: str | None) -> list[str]:
    """Tasks that failed since then and that nobody has retried."""
    # `|| ''` keeps the database from walking all that ever had the label, well or not.
    more = " AND label || '' = :label" if label else ""
    values = {"since": since} | ({"label": label} if label else {})
    rows = connection.execute(text(_REPLAYABLE + more + " ORDER BY finished_at, id"), values)
    return [task_id for (task_id,) in rows]


def _attempts(connection: Connection, task_id: str) -> list[AttemptView]:
    return [
        AttemptView(
            attempt=row.attempt,
            state=row.state,
            executor=row.executor,
            dispatched_at=row.dispatched_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            charged=bool(row.charged),
            reason=row.reason,
            late=row.late,
        )
        for row in fetch(connection, _ATTEMPTS, id=task_id)
    ]


def _actions(connection: Connection, task_id: str) -> list[ActionView]:
    return [
        ActionView(at=row.at, actor=row.actor, action=row.action, note=row.note)
        for row in fetch(connection, _ACTIONS, id=task_id)
    ]


def _artifact(found: NamedBlob) -> ArtifactView:
    return ArtifactView(path=found.path, sha256=found.blob.sha256, size_bytes=found.blob.size_bytes)


def _lower(connection: Connection, column: str) -> str:
    """In small letters, of every alphabet, whatever locale the database was made with."""
    collate = ' COLLATE "und-x-icu"' if connection.dialect.name == "postgresql" else ""
    return f"LOWER({column}{collate})"


def _like(words: str) -> str:
    for letter in "!%_":
        words = words.replace(letter, "!" + letter)
    return words
