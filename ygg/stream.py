"""Events and logs on their way from executors to the ledger: two Redis streams, one group.

Outcomes are trimmed only below what has been applied. Logs are bounded: a chunk that falls off
the end was counted by its executor and shows up as a gap in its attempt's sequence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from redis.exceptions import ResponseError

from ygg import keys
from ygg.task import EVENTS, Event, LogChunk

if TYPE_CHECKING:
    from redis import Redis
    from redis.client import Pipeline

LOG_ENTRY_BYTES = 60_000
LOG_ENTRIES = 4_000
"""About this many entries stay in the log stream when nobody reads it: 240 MB, if all are full."""

Entry = tuple[bytes, bytes]
"""Stream id and payload."""

_T = TypeVar("_T")

_Found = tuple[bytes, bytes | None]
"""The same, of an entry that may have left the stream."""

# KEYS logs; ARGV most entries, payload, payload, …
_EMIT_LOGS = """
for i = 2, #ARGV do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'e', ARGV[i])
end
"""


def pack_events(events: Iterable[Event]) -> bytes:
    return EVENTS.dump_json(tuple(events))


def pack_logs(chunks: Iterable[LogChunk]) -> list[bytes]:
    """Entries of at most `LOG_ENTRY_BYTES`, so that a bound on entries is one on bytes."""
    entries: list[list[bytes]] = []
    size = LOG_ENTRY_BYTES
    for chunk in chunks:
        packed = chunk.model_dump_json().encode()
        size += len(packed) + 1
        if size >= LOG_ENTRY_BYTES:
            entries.append([])
            size = len(packed) + 1
        entries[-1].append(packed)
    return [b"[" + b",".join(entry) + b"]" for entry in entries]


@dataclass(frozen=True)
class Unreadable:
    """An entry, or one of the things that it carries, that is not what it should be."""

    payload: bytes
    error: ValidationError
    fields: Mapping[str, object] = field(default_factory=dict)
    """What it says all the same, if it says anything."""


def unpack(
    payload: bytes, adapter: TypeAdapter[tuple[_T, ...]]
) -> tuple[list[_T], list[Unreadable]]:
    """What an entry carries. What cannot be read of it spoils nothing else."""
    try:
        return list(adapter.validate_json(payload)), []
    except ValidationError as error:
        pieces = _pieces(payload)
        if not pieces:
            return [], [Unreadable(payload, error)]
    found: list[_T] = []
    spoilt: list[Unreadable] = []
    for piece, packed in pieces:
        try:
            found += adapter.validate_json(b"[" + packed + b"]")
        except ValidationError as error:
            spoilt.append(Unreadable(packed, error, piece if isinstance(piece, dict) else {}))
    return found, spoilt


def _pieces(payload: bytes) -> list[tuple[object, bytes]]:
    """By a reader that takes more than ours does: halves of characters, any depth within reason."""
    try:
        entry = json.loads(payload)
        whole = entry if isinstance(entry, list) else []
        return [(piece, json.dumps(piece).encode()) for piece in whole]
    except (ValueError, RecursionError):
        return []


def emit(redis: Redis, events: bytes) -> None:
    redis.xadd(keys.OUTCOMES, {"e": events})


def emit_logs(redis: Redis, entries: Sequence[bytes]) -> None:
    """All of them or none, in one round trip."""
    redis.eval(_EMIT_LOGS, 1, keys.LOGS, LOG_ENTRIES, *entries)


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
        return self._living(_entries(answer))

    def pending(self, count: int) -> list[Entry]:
        """Entries this reader, by name, took before and did not acknowledge."""
        while True:
            found = _entries(
                self._redis.xreadgroup(keys.GROUP, self._name, {self._stream: "0"}, count=count)
            )
            left = self._living(found)
            if left or not found:
                return left

    def take_over(self, idle_seconds: float, count: int) -> list[Entry]:
        """Entries that another reader took and has not acknowledged for so long."""
        answer = self._redis.xautoclaim(
            self._stream, keys.GROUP, self._name, int(idle_seconds * 1000), "0-0", count=count
        )
        return self._living(_entries([(self._stream, answer[1])]))

    def _living(self, found: list[_Found]) -> list[Entry]:
        """Without those that were taken and have left the stream since, trimmed or applied:
        nobody can read them any more, and unacknowledged they would come back for ever."""
        gone = [entry for entry, payload in found if payload is None]
        if gone:
            self._redis.xack(self._stream, keys.GROUP, *gone)
        return [(entry, payload) for entry, payload in found if payload is not None]

    def acknowledge(self, entries: list[bytes], pipe: Pipeline) -> None:
        """Applied: neither the group nor the stream need them any more."""
        pipe.xack(self._stream, keys.GROUP, *entries)
        pipe.xdel(self._stream, *entries)


def _entries(answer: Any) -> list[_Found]:
    streams = cast("list[tuple[object, list[tuple[bytes, dict[bytes, bytes] | None]]]]", answer)
    return [
        (entry, fields.get(b"e", b"") if fields else None)
        for _, rows in streams or ()
        for entry, fields in rows
    ]
