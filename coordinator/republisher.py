"""Publishes again what was published and got lost on its way, at doubled times."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from redis import Redis

from coordinator.dispatcher import Batch, Dispatcher
from coordinator.ledger import Ledger, recover
from coordinator.ledger.recover import Live
from coordinator.watch import Sight

logger = logging.getLogger(__name__)


@dataclass
class _Published:
    """When an attempt was last published, as far as we know."""

    attempt: int
    at: float
    times: int = 1


class Republisher:
    def __init__(
        self, redis: Redis, ledger: Ledger, dispatcher: Dispatcher, overdue_seconds: float
    ) -> None:
        self._redis = redis
        self._ledger = ledger
        self._dispatcher = dispatcher
        self._overdue_seconds = overdue_seconds
        self._published: dict[str, _Published] = {}
        self._taken: dict[str, float] = {}

    def begin_anew(self, *, other_epoch: bool) -> None:
        self._taken.clear()
        if other_epoch:
            self._published.clear()

    def forget_all_but(self, ids: Collection[str]) -> None:
        self._published = {name: at for name, at in self._published.items() if name in ids}

    def note_taken(self, found: Live) -> None:
        taken = self._taken.get(found.queue, 0.0)
        self._taken[found.queue] = max(taken, found.dispatched_at)

    def is_overdue(self, found: Live) -> bool:
        published = self._published.get(found.id)
        if published is None or published.attempt != found.attempt:
            age = max(0.0, time.time() - found.dispatched_at)
            published = _Published(found.attempt, time.monotonic() - age)
            self._published[found.id] = published
        wait = self._overdue_seconds * 2.0 ** (published.times - 1)
        return time.monotonic() - published.at > wait

    def publish(self, overdue: Sequence[Live], sight: Sight) -> None:
        """Only what must be lost: the queue is empty, or younger attempts were taken from it."""
        waiting: dict[str, int] = {}
        lost = []
        for found in overdue:
            if found.queue not in waiting:
                waiting[found.queue] = int(self._redis.llen(found.queue))
            overtaken = self._taken.get(found.queue, 0.0) > found.dispatched_at
            if waiting[found.queue] == 0 or overtaken:
                lost.append(found)
        if not lost:
            return
        with self._ledger.read() as connection:
            attempts = recover.dispatched(connection, [found.id for found in lost])
        for attempt in attempts:
            logger.info(
                "to be published again",
                extra={"action": "republish", "task_id": attempt.id, "attempt": attempt.attempt},
            )
            self._dispatcher.publish_later([Batch([attempt], sight)])
            published = self._published[attempt.id]
            published.at = time.monotonic()
            published.times += 1
