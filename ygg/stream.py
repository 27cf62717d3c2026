"""Events and logs on their way from executors to the ledger: two Redis streams, one group.

Outcomes are trimmed only below what has been applied. Logs are bounded: a chunk that falls off
the end was counted by its executor and shows up as a gap in its attempt's sequence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import ResponseError

from ygg import keys
from ygg.task import EVENTS, LOG_CHUNKS, Event, LogChunk

if TYPE_CHECKING:
    from redis import Redis
    from redis.client import Pipeline

LOG_ENTRIES = 20_000
"""About this many entries stay in the log stream when nobody reads it."""

Entry = tuple[bytes, bytes]
"""Stream id and payload."""


def pack_events(events: Iterable[Event]) -> bytes:
    return EVENTS.dump_json(tuple(events))


def pack_logs(chunks: Iterable[LogChunk]) -> bytes:
    return LOG_CHUNKS.dump_json(tuple(chunks))


def emit(redis: Redis, events: bytes) -> None:
    redis.xadd(keys.OUTCOMES, {"e": events})


def emit_logs(redis: Redis, chunks: bytes) -> None:
    redis.xadd(keys.LOGS, {"e": chunks}, maxlen=LOG_ENTRIES, approximate=True)


class Reader:
    """One reader of a stream's consumer group."""

    def __init__(self, redis: Redis, stream: str, name: str) -> None:
        self._redis = redis
        self._stream = stream
        self._name = name

    def make_group(self) -> None:
        """From the beginning, never from now: what came before the group is not skipped."""
        try:
            self._redis.xgroup_create(self._stream, keys.GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def read(self, count: int, block_seconds: float) -> list[Entry]:
        """New entries, or none after `block_seconds`."""
        answer = self._redis.xreadgroup(
            keys.GROUP,
            self._name,
            {self._stream: ">"},
            count=count,
            block=max(1, int(block_seconds * 1000)),
        )
        return _entries(answer)

    def pending(self, count: int) -> list[Entry]:
        """Entries this reader, by name, took before and did not acknowledge."""
        answer = self._redis.xreadgroup(keys.GROUP, self._name, {self._stream: "0"}, count=count)
        return _entries(answer)

    def take_over(self, idle_seconds: float, count: int) -> list[Entry]:
        """Entries that another reader took and has not acknowledged for so long."""
        answer = self._redis.xautoclaim(
            self._stream, keys.GROUP, self._name, int(idle_seconds * 1000), "0-0", count=count
        )
        return [(entry, fields.get(b"e", b"")) for entry, fields in answer[1] if fields]

    def acknowledge(self, entries: list[bytes], pipe: Pipeline) -> None:
        """Applied: neither the group nor the stream need them any more."""
        pipe.xack(self._stream, keys.GROUP, *entries)
        pipe.xdel(self._stream, *entries)


def _entries(answer: Any) -> list[Entry]:
    if not answer:
        return []
    found = cast("list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]", answer)
    return [(entry, (fields or {}).get(b"e", b"")) for _, rows in found for entry, fields in rows]
