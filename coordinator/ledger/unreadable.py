"""Events that cannot be read or stored: kept where a person sees them, in nobody's way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from coordinator.ledger.statements import change_many
from ygg.task import storable

_PAYLOAD_LENGTH = 100_000
_ERROR_LENGTH = 2000

# What comes again soon comes again as it was: an entry that was not acknowledged, an outcome
# that waits in a spool. Only the latest rows are looked at, however many there are.
_KEEP = text(
    "INSERT INTO unreadable (at, stream, entry, payload, error)"
    " SELECT :at, :stream, :entry, :payload, :error WHERE NOT EXISTS"
    " (SELECT 1 FROM unreadable WHERE payload = :payload"
    " AND id > (SELECT MAX(id) FROM unreadable) - 1000)"
)


@dataclass(frozen=True)
class Aside:
    stream: str
    entry: str
    """Its id on the stream, where it is known."""
    payload: bytes
    error: str


def keep(connection: Connection, found: Sequence[Aside], now: float) -> None:
    """One that comes twice is kept once."""
    rows = [
        {
            "at": now,
            "stream": one.stream,
            "entry": one.entry,
            "payload": _storable(one.payload.decode(errors="backslashreplace"), _PAYLOAD_LENGTH),
            "error": _storable(one.error, _ERROR_LENGTH),
        }
        for one in found
    ]
    change_many(connection, _KEEP, rows)


def _storable(said: str, length: int) -> str:
    return str(storable(said))[:length]
