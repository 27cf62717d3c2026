"""Whether this executor's machine is drained: told by the coordinator, by a word in the broker."""

from __future__ import annotations

import logging

from pydantic import ValidationError
from redis import Redis

from executors.executor import Executor
from ygg import keys
from ygg.task import DrainOrder

logger = logging.getLogger(__name__)


class Rest:
    """Begins at rest: a process that was started anew on a drained machine takes nothing."""

    def __init__(self, executor: Executor, redis: Redis) -> None:
        self._executor = executor
        self._redis = redis
        self._order: str | None = "not looked at yet"
        executor.board.rest(0)

    def look(self) -> None:
        order = self._read()
        name = order.order if order else None
        if name == self._order:
            return
        if order is not None:
            self._executor.board.rest(order.seconds)
            logger.info("The machine is drained: resting", extra={"action": "rest"})
        else:
            self._executor.board.wake()
            logger.info("Taking tasks", extra={"action": "wake"})
        self._order = name

    def _read(self) -> DrainOrder | None:
        machine = self._executor.settings.executor.machine
        names = [keys.drained(machine), keys.drained(machine, self._executor.name)]
        whole, own = self._redis.hmget(keys.DRAINS, names)
        found: bytes | None = own if whole is None else whole  # type: ignore[assignment]
        if found is None:
            return None
        try:
            return DrainOrder.model_validate_json(found)
        except ValidationError:
            logger.warning("An order to drain cannot be read", extra={"action": "rest"})
            return DrainOrder(order="unreadable", seconds=0)
