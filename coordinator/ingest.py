"""Reads what executors say and writes it into the ledger: apply, commit, then acknowledge."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from pydantic import ValidationError
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError, ResponseError
from sqlalchemy import Connection, insert
from sqlalchemy.exc import DataError, IntegrityError

from coordinator.catalogue import Catalogue
from coordinator.changes import Changes
from coordinator.ledger import Ledger, fleet, logs, outcomes
from coordinator.ledger.outcomes import Policy
from coordinator.ledger.rows import Applied, Change
from coordinator.ledger.tables import unreadable
from ygg import keys
from ygg.blobs import BlobFiles, Blobs, attempt_name, inline_content
from ygg.errors import BadInput, LedgerUnavailable, NotFound
from ygg.stream import Entry, Reader
from ygg.task import EVENTS, LOG_CHUNKS, Announced, Departed, Event, Finished, LogChunk, Started

logger = logging.getLogger(__name__)

REFUSED = (DataError, IntegrityError, OverflowError, ValueError)
"""How a database says that it will never take this, whenever it is asked."""
BATCH = 256
BLOCK_SECONDS = 1.0
IDLE_SECONDS = 60.0
"""What another reader took and left for so long is taken over."""
_ACKNOWLEDGED_KEPT_SECONDS = 7 * 24 * 3600


class Ingest:
    """The outcome stream."""

    def __init__(
        self,
        redis: Redis,
        ledger: Ledger,
        catalogue: Catalogue,
        changes: Changes,
        policy: Callable[[], Policy],
        files: BlobFiles,
        blobs: Blobs,
        stir: Callable[[Applied], None],
        count: Callable[[Sequence[Change], int], None],
        name: str,
    ) -> None:
        self._redis = redis
        self._ledger = ledger
        self._catalogue = catalogue
        self._changes = changes
        self._policy = policy
        self._files = files
        self._blobs = blobs
        self._stir = stir
        self._count = count
        self._reader = Reader(redis, keys.OUTCOMES, name)

    def run(self, stop: threading.Event) -> None:
        follow(self._reader, self.take, stop)

    def take(self, entries: Sequence[Entry]) -> None:
        """Apply entries, commit, tell, acknowledge: in that order, each repeatable."""
        if not entries:
            return
        events = self._read(entries)
        complete = [event for event in events if self._has_artifacts(event)]
        applied = self._apply(complete)
        if any(isinstance(event, Announced | Departed) for event in complete):
            self._catalogue.refresh()
        self._changes.tell(applied.changes)
        self._stir(applied)
        with self._redis.pipeline(transaction=False) as pipe:
            self._acknowledge(complete, pipe)
            self._reader.acknowledge([entry for entry, _ in entries], pipe)
            pipe.execute()
        self._drop_blobs(complete)

    def _read(self, entries: Sequence[Entry]) -> list[Event]:
        events: list[Event] = []
        for entry, payload in entries:
            try:
                events += EVENTS.validate_json(payload)
            except ValidationError as error:
                set_aside(self._ledger, keys.OUTCOMES, entry, payload, error)
        return events

    def _apply(self, events: Sequence[Event]) -> Applied:
        try:
            with self._ledger.write() as connection:
                applied = self._write(connection, events)
        except REFUSED as error:
            if len(events) == 1:
                payload = EVENTS.dump_json(tuple(events))
                set_aside(self._ledger, keys.OUTCOMES, b"", payload, error)
                return Applied()
            # One of them breaks a rule: it alone goes aside, the others count.
            applied = Applied()
            for event in events:
                one = self._apply([event])
                applied.changes += one.changes
                applied.stirred |= one.stirred
                applied.freed |= one.freed
            return applied
        self._count(applied.changes, applied.refused)
        return applied

    def _write(self, connection: Connection, events: Sequence[Event]) -> Applied:
        now = time.time()
        for event in events:
            if isinstance(event, Announced):
                fleet.announce(connection, event.announcement, now)
            elif isinstance(event, Departed):
                fleet.depart(connection, event.executor, event.boot, now)
        outcomes.apply_started(connection, [e for e in events if isinstance(e, Started)])
        finished = [event for event in events if isinstance(event, Finished)]
        return outcomes.apply_finished(connection, finished, self._policy(), now)

    def _has_artifacts(self, event: Event) -> bool:
        """Artifacts are on our disk before the outcome counts. If not, it will come again."""
        if not isinstance(event, Finished):
            return True
        for artifact in event.outcome.artifacts:
            ref = artifact.blob
            if self._files.has(ref.sha256):
                continue
            try:
                content = inline_content(ref)
                self._files.write(self._blobs.get(ref.sha256) if content is None else content)
            except (NotFound, BadInput) as error:
                logger.warning(
                    "an artifact has not come: %s",
                    error,
                    extra={"action": "artifact", "task_id": event.task_id},
                )
                return False
        return True

    def _drop_blobs(self, events: Sequence[Event]) -> None:
        """Artifacts are on our disk: Redis has room for others."""
        for event in (found for found in events if isinstance(found, Finished)):
            name = attempt_name(event.task_id, event.attempt)
            for artifact in event.outcome.artifacts:
                if artifact.blob.inline_base64 is None:
                    self._blobs.drop(artifact.blob.sha256, name)

    def _acknowledge(self, events: Sequence[Event], pipe: Pipeline) -> None:
        """Executors may strike these outcomes from their spools."""
        lines: dict[str, list[str]] = defaultdict(list)
        for event in events:
            if isinstance(event, Finished) and event.spool:
                lines[event.executor].append(f"{event.spool} {event.task_id} {event.attempt}")
        for executor, found in lines.items():
            pipe.rpush(keys.acknowledged(executor), *found)
            pipe.expire(keys.acknowledged(executor), _ACKNOWLEDGED_KEPT_SECONDS)


class LogIngest:
    """The log stream."""

    def __init__(self, redis: Redis, ledger: Ledger, changes: Changes, name: str) -> None:
        self._redis = redis
        self._ledger = ledger
        self._changes = changes
        self._reader = Reader(redis, keys.LOGS, name)
        self._last = b"0-0"

    def run(self, stop: threading.Event) -> None:
        follow(self._reader, self.take, stop)

    def take(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        chunks: list[LogChunk] = []
        for entry, payload in entries:
            try:
                chunks += LOG_CHUNKS.validate_json(payload)
            except ValidationError as error:
                set_aside(self._ledger, keys.LOGS, entry, payload, error)
        self._write(chunks)
        with self._redis.pipeline(transaction=False) as pipe:
            self._reader.acknowledge([entry for entry, _ in entries], pipe)
            pipe.execute()
        self._last = entries[-1][0]
        self._changes.tell_logs({chunk.task_id for chunk in chunks})

    def _write(self, chunks: Sequence[LogChunk]) -> None:
        try:
            with self._ledger.write() as connection:
                logs.write(connection, chunks)
        except REFUSED as error:
            if len(chunks) == 1:
                set_aside(self._ledger, keys.LOGS, b"", LOG_CHUNKS.dump_json(tuple(chunks)), error)
                return
            for chunk in chunks:
                self._write([chunk])

    def caught_up(self) -> bool:
        """Every chunk that is in Redis now has been written."""
        try:
            found = self._redis.xinfo_stream(keys.LOGS)
            return int(found["length"]) == 0
        except RedisError:
            return True  # nothing to wait for


def follow(reader: Reader, take: Callable[[Sequence[Entry]], None], stop: threading.Event) -> None:
    """Read a stream for ever: what we left unacknowledged first, then what is new."""
    fresh = True
    looked = 0.0
    while not stop.is_set():
        try:
            if fresh:
                reader.make_group()
                while entries := reader.pending(BATCH):
                    take(entries)
                fresh = False
            if time.monotonic() - looked > IDLE_SECONDS / 2:
                looked = time.monotonic()
                take(reader.take_over(IDLE_SECONDS, BATCH))
            take(reader.read(BATCH, BLOCK_SECONDS))
        except ResponseError as error:
            # The group is gone with the broker's data: make it again, from the beginning.
            if not str(error).startswith("NOGROUP"):
                logger.error("cannot read a stream: %s", error, extra={"action": "ingest"})
            fresh = True
            stop.wait(0.2)
        except RedisError:
            fresh = True
            stop.wait(0.5)
        except LedgerUnavailable as error:
            logger.error("events wait: %s", error, extra={"action": "ingest"})
            fresh = True
            stop.wait(1.0)
        except Exception:
            # Our fault. What was read is still unacknowledged and is tried again, at leisure.
            logger.exception("ingest failed", extra={"action": "ingest"})
            fresh = True
            stop.wait(2.0)


def set_aside(ledger: Ledger, stream: str, entry: bytes, payload: bytes, error: Exception) -> None:
    """Keep what cannot be read where a person sees it."""
    logger.error("an entry cannot be read: %s", error, extra={"action": "unreadable"})
    row = {
        "at": time.time(),
        "stream": stream,
        "entry": entry.decode(errors="replace"),
        "payload": payload.decode(errors="backslashreplace").replace("\x00", "␀")[:100_000],
        "error": str(error)[:2000],
    }
    with ledger.write() as connection:
        connection.execute(insert(unreadable), [row])
