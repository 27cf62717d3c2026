"""Moves tasks from the backlog in the ledger into each queue's bounded window.

Woken by whoever made room or work. Commits attempts first and publishes them then: what is lost
between the two is found unleased by the reaper and published again.
"""

from __future__ import annotations

import logging
import threading
import time

from sqlalchemy import Connection

from coordinator.catalogue import Catalogue
from coordinator.ledger import Ledger, dispatch
from coordinator.ledger.rows import Dispatched, Supply
from coordinator.publisher import Publisher
from coordinator.watch import Sight, Watch
from ygg.blobs import BlobsFull
from ygg.errors import BrokerUnreachable, LedgerUnavailable
from ygg.settings import Settings

logger = logging.getLogger(__name__)


class Dispatcher:
    def __init__(
        self,
        ledger: Ledger,
        catalogue: Catalogue,
        watch: Watch,
        publisher: Publisher,
        settings: Settings,
    ) -> None:
        self._ledger = ledger
        self._catalogue = catalogue
        self._watch = watch
        self._publisher = publisher
        self._bundle_tasks = settings.delivery.bundle_tasks
        self._poll_seconds = settings.coordinator.idle_poll_seconds
        self._work = threading.Event()
        self._turn = threading.Lock()
        self._offered: dict[str, frozenset[str]] = {}

    def wake(self) -> None:
        self._work.set()

    def run(self, stop: threading.Event) -> None:
        pause = 0.0
        while not stop.is_set():
            self._work.wait(self._poll_seconds if pause == 0 else pause)
            self._work.clear()
            pause = 0.0
            try:
                pause = self.turn()
            except BrokerUnreachable as error:
                logger.warning("not published: %s", error, extra={"action": "publish"})
                stop.wait(1.0)
            except LedgerUnavailable as error:
                logger.error("not dispatched: %s", error, extra={"action": "dispatch"})
                stop.wait(1.0)

    def turn(self) -> float:
        """Dispatch what there is room for. Returns seconds until the next task is due."""
        sight = self._watch.sight
        if not sight.reachable:
            return self._poll_seconds
        with self._turn:
            chosen, due = self._commit(self._catalogue.supplies(), sight.epoch)
            for supply, attempts in chosen:
                self.publish(attempts, sight, supply.concurrency)
        if due is None:
            return self._poll_seconds
        return min(self._poll_seconds, max(0.01, due - time.time()))

    def publish(self, attempts: list[Dispatched], sight: Sight, processes: int = 1) -> None:
        """Under the epoch that the attempts were committed in."""
        try:
            self._publisher.publish(attempts, sight, processes)
        except BlobsFull as error:
            # Committed and not published: the reaper will offer it again when there is room.
            logger.warning("not published: %s", error, extra={"action": "publish"})

    def publish_again(self, attempt: Dispatched, sight: Sight) -> None:
        """From another thread: the connection is one thread's at a time."""
        with self._turn:
            self.publish([attempt], sight)

    def _commit(
        self, supplies: list[Supply], epoch: str
    ) -> tuple[list[tuple[Supply, list[Dispatched]]], float | None]:
        now = time.time()
        chosen = []
        with self._ledger.write() as connection:
            dispatch.release_due(connection, now)
            self._unpark(supplies, connection)
            rooms = dispatch.rooms(connection, supplies, self._bundle_tasks)
            for supply in supplies:
                found = dispatch.dispatch(connection, supply, rooms[supply.queue], epoch, now)
                if found:
                    chosen.append((supply, found))
            due = dispatch.next_due(connection)
        return chosen, due

    def _unpark(self, supplies: list[Supply], connection: Connection) -> None:
        """Labels that have come to be offered bring back the tasks that waited for that."""
        offered = {supply.queue: supply.labels for supply in supplies}
        for supply in supplies:
            if supply.labels - self._offered.get(supply.queue, frozenset()):
                dispatch.unpark_offered(connection, supply)
        self._offered = offered
