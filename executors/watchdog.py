"""Notices a worker that is alive and takes nothing, though its queues have work."""

from __future__ import annotations

import logging
import time

from redis import Redis
from redis.exceptions import RedisError

from executors.executor import Executor

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 15.0


class Watchdog:
    def __init__(
        self, executor: Executor, redis: Redis, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._patience = patience_seconds
        self._executor = executor
        self._redis = redis
        self._queues = executor.listens
        self._taken = -1
        self._since = time.monotonic()

    def look(self) -> None:
        now = time.monotonic()
        executor = self._executor
        tally = executor.board.tally()
        idle = tally.running < executor.settings.executor.concurrency and not executor.draining
        try:
            waiting = self._waiting()
        except RedisError:  # the consumer may take as long to come back as the broker was away
            self._since = now
            raise
        if tally.taken != self._taken or not idle or not waiting:
            self._taken = tally.taken
            self._since = now
        elif now - self._since > self._patience:
            self._since = now
            logger.error("Queues have work and none is taken", extra={"action": "restart"})
            executor.restart()

    def _waiting(self) -> bool:
        with self._redis.pipeline(transaction=False) as pipe:
            # A queue that is not listened to now may have as much work as it likes.
            for queue in self._executor.gate.open(self._queues):
                pipe.llen(queue)
            return any(pipe.execute())
