"""Reads what tasks write and keeps it in the ledger."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from redis import Redis
from redis.exceptions import RedisError

from coordinator.aside import brief, isolate, set_aside
from coordinator.changes import Changes
from coordinator.follow import follow
from coordinator.ledger import Ledger, logs
from coordinator.ledger.unreadable import Aside
from ygg import keys
from ygg.stream import Entry, Reader, unpack
from ygg.task import LOG_CHUNKS, LogChunk


class LogIngest:
    def __init__(self, redis: Redis, ledger: Ledger, changes: Changes, name: str) -> None:
        self._redis = redis
        self._ledger = ledger
        self._changes = changes
        self._reader = Reader(redis, keys.LOGS, name)

    def run(self, stop: threading.Event) -> None:
        follow(self._reader, self.take, stop)

    def take(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        chunks: list[LogChunk] = []
        aside: list[Aside] = []
        for entry, payload in entries:
            found, spoilt = unpack(payload, LOG_CHUNKS)
            chunks += found
            aside += [
                Aside(keys.LOGS, entry.decode(), one.payload, brief(one.error)) for one in spoilt
            ]
        set_aside(self._ledger, aside)
        isolate(chunks, self._write, self._set_aside)
        with self._redis.pipeline(transaction=False) as pipe:
            self._reader.acknowledge([entry for entry, _ in entries], pipe)
            pipe.execute()
        self._changes.tell_logs({chunk.task_id for chunk in chunks})

    def _write(self, chunks: Sequence[LogChunk]) -> None:
        with self._ledger.write() as connection:
            logs.write(connection, chunks)

    def _set_aside(self, chunk: LogChunk, error: Exception) -> None:
        payload = chunk.model_dump_json().encode()
        set_aside(self._ledger, [Aside(keys.LOGS, "", payload, brief(error))])

    def caught_up(self) -> bool:
        """Every chunk that is in Redis now has been written."""
        try:
            found = self._redis.xinfo_stream(keys.LOGS)
            return int(found["length"]) == 0
        except RedisError:
            return True  # nothing to wait for
