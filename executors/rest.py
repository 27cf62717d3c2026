"""Whether this executor is to take tasks: told by the coordinator, by a word in the broker.

Not while its machine is drained. And not while its version and the coordinator's do not work
together: it waits, for one of the two is about to be updated, and may be the other one.
"""

from __future__ import annotations

import logging

from pydantic import ValidationError
from redis import Redis

from executors.executor import Executor
from ygg import __version__, keys
from ygg.task import DrainOrder
from ygg.versions import why_refused

logger = logging.getLogger(__name__)


class Rest:
    """Begins at rest: a process that was started anew on a drained machine takes nothing."""

    def __init__(self, executor: Executor, redis: Redis) -> None:
        self._executor = executor
        self._redis = redis
        self._order: str | None = "not looked at yet"
        executor.board.rest(0)

    def look(self) -> None:
        self._executor.refused = self._why_refused()
        order = self._read() or self._waiting()
        name = order.order if order else None
        if name == self._order:
            return
        if order is not None:
            self._executor.board.rest(order.seconds)
            self._say_why()
        else:
            self._executor.board.wake()
            logger.info("Taking tasks", extra={"action": "wake"})
        self._order = name

    def _say_why(self) -> None:
        if why := self._executor.refused:
            logger.error("Taking no tasks: %s", why, extra={"action": "refused"})
        else:
            logger.info("The machine is drained: resting", extra={"action": "rest"})

    def _why_refused(self) -> str:
        """Nothing either while no coordinator has said its version."""
        said: bytes | None = self._redis.get(keys.COORDINATOR_VERSION)  # type: ignore[assignment]
        return why_refused(__version__, said.decode(errors="replace")) if said else ""

    def _waiting(self) -> DrainOrder | None:
        """What runs was begun when the two did work together, and may end."""
        why, seconds = self._executor.refused, self._executor.settings.executor.drain_seconds
        return DrainOrder(order=why, seconds=seconds) if why else None

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
