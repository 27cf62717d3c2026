"""Reads what executors say and writes it into the ledger: apply, commit, then acknowledge."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence

from redis import Redis
from redis.client import Pipeline
from sqlalchemy import Connection

from coordinator.aftermath import Aftermath
from coordinator.aside import UNAVAILABLE, brief, give_up, instead, isolate, set_aside
from coordinator.catalogue import Catalogue
from coordinator.changes import Changes
from coordinator.follow import follow
from coordinator.ledger import Ledger, fleet, outcomes
from coordinator.ledger.outcomes import Policy
from coordinator.ledger.rows import Applied
from coordinator.ledger.unreadable import Aside
from ygg import keys
from ygg.blobs import BlobFiles, Blobs, attempt_name, inline_content
from ygg.errors import BadInput, NotFound
from ygg.stream import Entry, Reader, unpack
from ygg.task import EVENTS, Announced, Departed, Event, Finished, Started

logger = logging.getLogger(__name__)

_ACKNOWLEDGED_KEPT_SECONDS = 7 * 24 * 3600


class Ingest:
    """The outcome stream."""

    def __init__(
        self,
        redis: Redis,
        ledger: Ledger,
        catalogue: Catalogue,
        changes: Changes,
        policy: Policy,
        files: BlobFiles,
        blobs: Blobs,
        aftermath: Aftermath,
        name: str,
    ) -> None:
        self._redis = redis
        self._ledger = ledger
        self._catalogue = catalogue
        self._changes = changes
        self._policy = policy
        self._files = files
        self._blobs = blobs
        self._aftermath = aftermath
        self._reader = Reader(redis, keys.OUTCOMES, name)

    def run(self, stop: threading.Event) -> None:
        follow(self._reader, self.take, stop)

    def take(self, entries: Sequence[Entry]) -> None:
        """Apply entries, commit, tell, acknowledge: in that order, each repeatable."""
        if not entries:
            return
        complete = self._with_artifacts(self._read(entries))
        self._tell(complete, self._apply(complete))
        with self._redis.pipeline(transaction=False) as pipe:
            self._acknowledge(complete, pipe)
            self._reader.acknowledge([entry for entry, _ in entries], pipe)
            pipe.execute()
        self._drop_blobs(complete)

    def _read(self, entries: Sequence[Entry]) -> list[Event]:
        events: list[Event] = []
        aside: list[Aside] = []
        for entry, payload in entries:
            found, spoilt = unpack(payload, EVENTS)
            events += found
            for one in spoilt:
                why = brief(one.error)
                aside.append(Aside(keys.OUTCOMES, entry.decode(), one.payload, why))
                events += instead(one.fields, why)
        set_aside(self._ledger, aside)
        return events

    def _apply(self, events: Sequence[Event]) -> Applied:
        applied = Applied()

        def commit(some: Sequence[Event]) -> None:
            with self._ledger.write() as connection:
                one = self._write(connection, some)
            applied.add(one)

        def refuse(event: Event, error: Exception) -> None:
            isolate(self._set_aside(event, error), commit, give_up)

        isolate(events, commit, refuse)
        return applied

    def _set_aside(self, event: Event, error: Exception) -> list[Event]:
        """What there is to apply in its place."""
        why = brief(error)
        payload = EVENTS.dump_json((event,))[1:-1]
        set_aside(self._ledger, [Aside(keys.OUTCOMES, "", payload, why)])
        return instead(event.model_dump(exclude={"outcome"}), why)

    def _write(self, connection: Connection, events: Sequence[Event]) -> Applied:
        now = time.time()
        for event in events:
            if isinstance(event, Announced):
                fleet.announce(connection, event.announcement, now)
            elif isinstance(event, Departed):
                fleet.depart(connection, event.executor, event.boot, now)
        begun = outcomes.apply_started(connection, [e for e in events if isinstance(e, Started)])
        finished = [event for event in events if isinstance(event, Finished)]
        applied = outcomes.apply_finished(connection, finished, self._policy, now)
        applied.changes[:0] = begun
        applied.details = self._changes.awaited(connection, applied.changes)
        return applied

    def _tell(self, events: Sequence[Event], applied: Applied) -> None:
        """It is committed: no trouble here may bring the same events again and again."""
        try:
            if any(isinstance(event, Announced | Departed) for event in events):
                self._catalogue.refresh()
            self._aftermath.tell(applied)
        except UNAVAILABLE:
            raise
        except Exception:
            logger.exception("what was applied is not told", extra={"action": "ingest"})

    def _with_artifacts(self, events: Sequence[Event]) -> list[Event]:
        """Artifacts are on our disk before the outcome counts. If not, it will come again."""
        complete: list[Event] = []
        for event in events:
            if not isinstance(event, Finished):
                complete.append(event)
                continue
            try:
                self._keep_artifacts(event)
                complete.append(event)
            except NotFound as error:
                logger.warning(
                    "an artifact has not come: %s",
                    error,
                    extra={"action": "artifact", "task_id": event.task_id},
                )
            except BadInput as error:
                complete += self._set_aside(event, error)
        return complete

    def _keep_artifacts(self, event: Finished) -> None:
        for artifact in event.outcome.artifacts:
            ref = artifact.blob
            if not self._files.has(ref.sha256):
                content = inline_content(ref)
                self._files.write(self._blobs.get(ref.sha256) if content is None else content)

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
