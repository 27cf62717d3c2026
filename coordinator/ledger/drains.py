"""What is drained: machines whose executors, or one of them, take nothing new."""

from __future__ import annotations

from sqlalchemy import Connection, text

from ygg.views import DrainView

_BEGIN = text(
    "INSERT INTO drains (machine, executor, name, seconds, note, at, actor)"
    " VALUES (:machine, :executor, :order, :seconds, :note, :at, :by)"
    " ON CONFLICT (machine, executor) DO UPDATE SET name = excluded.name,"
    " seconds = excluded.seconds, note = excluded.note, at = excluded.at, actor = excluded.actor"
)
_END = text(
    "DELETE FROM drains WHERE machine = :machine AND (executor = :executor OR :executor = '')"
)
_ALL = text(
    "SELECT machine, executor, name, seconds, note, at, actor FROM drains"
    " ORDER BY machine, executor"
)


def begin(connection: Connection, drain: DrainView) -> None:
    """A later order takes the place of an earlier one."""
    connection.execute(_BEGIN, dict(drain))


def end(connection: Connection, machine: str, executor: str) -> bool:
    """Whether there was one. Without an executor, all of the machine's end."""
    named = {"machine": machine, "executor": executor}
    return connection.execute(_END, named).rowcount > 0


def known(connection: Connection) -> list[DrainView]:
    return [
        DrainView(
            machine=row.machine,
            executor=row.executor,
            order=row.name,
            seconds=row.seconds,
            note=row.note,
            at=row.at,
            by=row.actor,
        )
        for row in connection.execute(_ALL)
    ]
