"""Logs of attempts, a row a chunk. A chunk that comes twice is written once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from coordinator.ledger.statements import change_many
from ygg.task import LogChunk

_WRITE = text(
    "INSERT INTO logs (task_id, attempt, sequence, at, stream, text, dropped_bytes)"
    " VALUES (:task_id, :attempt, :sequence, :at, :stream, :text, :dropped_bytes)"
    " ON CONFLICT DO NOTHING"
)


def write(connection: Connection, chunks: Sequence[LogChunk]) -> None:
    change_many(connection, _WRITE, [chunk.model_dump() for chunk in chunks])
