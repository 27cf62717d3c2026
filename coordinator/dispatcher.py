"""Moves tasks from the backlog in the ledger into each queue's bounded window.

Woken by whoever made room or work, with the queues that it concerns. Attempts are committed first,
published then: what is lost between the two is found unleased by the reaper and published again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from coordinator.catalogue import Catalogue
from coordinator.ledger import Ledger, dispatch
from coordinator.ledger.rows import Change, Dispatched, Supply
from coordinator.publisher import Publisher
from coordinator.watch import Sight, Watch
from ygg.errors import BrokerUnreachable, LedgerUnavailable
from ygg.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """Committed attempts of one queue, and the epoch they were committed in."""

    attempts: list[Dispatched]
    sight: Sight
    processes: int = 1


class Dispatcher:
    def __init__(
        self,
        ledger: Ledger,
        catalogue: Catalogue,
        watch: Watch,
        publisher: Publisher,
        settings: Settings,
        tell: Callable[[list[Change]], None],
    ) -> None:
        self._ledger = ledger
        self._catalogue = catalogue
        self._watch = watch
        self._publisher = publisher
        self._tell = tell
        self._bundle_tasks = settings.delivery.bundle_tasks
        self._poll_seconds = settings.coordinator.idle_poll_seconds
        self._work = threading.Event()
        self._stirred: set[str] = set()
        self._publishing = threading.Lock()
        self._outbox: deque[Batch] = deque()
        self._offered: dict[str, frozenset[str]] = {}
        self._dry: set[str] = set()
        self._looked = 0.0
        self._due: float | None = 0.0

    def wake(self, work: Iterable[str], *, room: Iterable[str] = ()) -> None:
        """Queues that have gained work, or room; room alone is no news where no work is left."""
        stirred = {*work, *(set(room) - self._dry)}
        if stirred:
            self._stirred |= stirred
            self._work.set()

    def wake_all(self) -> None:
        """Anything may have changed: times, offers, gates."""
        self._looked = 0.0
        self._work.set()

    def choose(self, connection: Connection, queues: Iterable[str]) -> list[Batch]:
        """Commit attempts for these queues with the caller's transaction; send them after it."""
        sight = self._watch.sight
        wanted = set(queues)
        supplies = [found for found in self._catalogue.supplies() if found.queue in wanted]
        if not sight.reachable or not supplies:
            return []
        now = time.time()
        rooms = dispatch.rooms(connection, supplies, self._bundle_tasks)
        batches = []
        for supply in supplies:
            room = rooms[supply.queue]
            found = dispatch.dispatch(connection, supply, room, sight.epoch, now)
            (self._dry.add if room.is_left else self._dry.discard)(supply.queue)
            # Others it has parked: they come back when they are offered again.
            offered = self._offered.get(supply.queue, frozenset())
            self._offered[supply.queue] = offered & supply.labels
            if found:
                batches.append(Batch(found, sight, supply.concurrency))
        return batches

    def publish_later(self, batches: Iterable[Batch]) -> None:
        """Have the dispatcher's thread hand over what was committed."""
        self._outbox.extend(batches)
        self._work.set()

    def publish_now(self, batches: Sequence[Batch]) -> None:
        """The same at once, if nobody else is at it: who waits for a task waits for a thread less.

        A broker that does not answer keeps one caller for one timeout; who comes meanwhile leaves
        it to the thread.
        """
        large = any(one.inputs for batch in batches for one in batch.attempts)
        if large or self._outbox or not self._publishing.acquire(blocking=False):
            self.publish_later(batches)
            return
        self._outbox.extend(batches)
        try:
            for _ in batches:
                self._publish_next()
        except BrokerUnreachable:
            pass  # the thread finds out, says so and tries again
        finally:
            self._publishing.release()
            if self._outbox:
                self._work.set()

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._work.wait(self._pause())
            self._work.clear()
            try:
                self._empty_outbox()
                self._turn()
                self._empty_outbox()
            except BrokerUnreachable as error:
                logger.warning("not published: %s", error, extra={"action": "publish"})
                stop.wait(1.0)
            except LedgerUnavailable as error:
                logger.error("not dispatched: %s", error, extra={"action": "dispatch"})
                stop.wait(1.0)

    def _pause(self) -> float:
        if self._outbox or self._due is None:
            return self._poll_seconds
        return min(self._poll_seconds, max(0.0, self._due - time.time()))

    def _turn(self) -> None:
        """Everything now and then, when something is due or unforeseen; else what was stirred."""
        now = time.time()
        due = self._due is not None and self._due <= now
        everything = due or time.monotonic() - self._looked > self._poll_seconds
        queues, self._stirred = self._stirred, set()
        if not queues and not everything:
            return
        if everything:
            self._looked = time.monotonic()
        released: list[Change] = []
        try:
            with self._ledger.write() as connection:
                if everything:
                    released = dispatch.release_due(connection, now)
                    self._unpark(self._catalogue.supplies(), connection)
                    queues |= dispatch.backlogged(connection)
                    self._due = dispatch.next_due(connection)
                batches = self.choose(connection, queues)
        except Exception:
            self._offered, self._looked = {}, 0.0  # nothing of it was written
            raise
        self._tell(released)
        self._outbox.extend(batches)

    def _empty_outbox(self) -> None:
        with self._publishing:
            while self._outbox:
                self._publish_next()

    def _publish_next(self) -> None:
        batch = self._outbox[0]
        if batch.sight.epoch == self._watch.sight.epoch:
            self._publish_batch(batch)
        self._outbox.popleft()

    def _publish_batch(self, batch: Batch) -> None:
        """What cannot be published is left to the reaper, which has it tried again later."""
        try:
            self._publisher.publish(batch.attempts, batch.sight, batch.processes)
        except BrokerUnreachable:
            raise
        except Exception:
            if len(batch.attempts) > 1:
                for attempt in batch.attempts:
                    self._publish_batch(replace(batch, attempts=[attempt]))
                return
            [attempt] = batch.attempts
            about = {"action": "publish", "task_id": attempt.id, "attempt": attempt.attempt}
            logger.exception("an attempt cannot be published", extra=about)

    def _unpark(self, supplies: list[Supply], connection: Connection) -> None:
        """Labels that have come to be offered bring back the tasks that waited for that."""
        offered = {supply.queue: supply.labels for supply in supplies}
        for supply in supplies:
            if supply.labels - self._offered.get(supply.queue, frozenset()):
                dispatch.unpark_offered(connection, supply)
        self._offered = offered
