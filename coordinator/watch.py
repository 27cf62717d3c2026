"""Watches the broker: is it there, is it still the one we knew, who is alive on it.

The epoch is a random word that we keep both in the ledger and in Redis. When Redis does not have
it, or runs as another process than before, it may have lost data: a new epoch begins. Messages of
the old one are refused by executors, which announce again what they hold and what they finished.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from coordinator.catalogue import Catalogue
from coordinator.ledger import Ledger
from ygg import keys
from ygg.task import Heartbeat

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5

_GET = text("SELECT value FROM facts WHERE name = 'epoch'")
_SET = text(
    "INSERT INTO facts (name, value) VALUES ('epoch', :value)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


@dataclass(frozen=True)
class Sight:
    """What the last look at the broker showed."""

    reachable: bool
    epoch: str = ""
    clock_offset_ms: float = 0.0
    """The broker's wall clock less our own monotonic one."""
    detail: str = "not looked at yet"

    def now_ms(self) -> float:
        return time.monotonic() * 1000 + self.clock_offset_ms


class Watch:
    def __init__(self, redis: Redis, ledger: Ledger, catalogue: Catalogue) -> None:
        self._redis = redis
        self._ledger = ledger
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._sight = Sight(reachable=False)
        self.disturbances = 0
        """Rises when the broker was away or began a new epoch: earlier observations are void."""

    @property
    def sight(self) -> Sight:
        return self._sight

    def look(self) -> bool:
        """One look. True when something changed that the dispatcher should know."""
        try:
            return self._look()
        except RedisError as error:
            if self._sight.reachable:
                logger.warning("the broker is away: %s", error, extra={"action": "broker-away"})
                self.disturbances += 1
            self._sight = Sight(reachable=False, detail=str(error) or type(error).__name__)
            return False

    def run(self, stop: threading.Event, changed: Callable[[], None]) -> None:
        while not stop.wait(LOOK_SECONDS):
            if self.look():
                changed()

    def _look(self) -> bool:
        names = [known.announcement.executor for known in self._catalogue.executors]
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.get(keys.EPOCH)
            pipe.info("server")
            pipe.time()
            # One that takes no writes is away, too: no lease can be renewed on it.
            pipe.set(keys.WATCHED, "", ex=60)
            before = time.monotonic()
            if names:
                pipe.mget([keys.alive(name) for name in names])
            found = pipe.execute()
        epoch = (found[0] or b"").decode()
        run_id = str(found[1]["run_id"])
        seconds, micros = found[2]
        offset = seconds * 1000 + micros / 1000 - before * 1000
        was_away = not self._sight.reachable
        known_epoch = self._keep_epoch(epoch, run_id)
        version = found[1].get("valkey_version") or found[1].get("redis_version")
        detail = f"{found[1].get('server_name', 'redis')} {version}"
        self._sight = Sight(True, known_epoch, offset, detail)
        beats = _heartbeats(found[4] if names else [])
        return self._catalogue.heard(beats) or was_away

    def _keep_epoch(self, epoch: str, run_id: str) -> str:
        if self._sight.epoch == epoch and epoch.endswith("." + run_id):
            return epoch
        with self._ledger.read() as connection:
            known = connection.execute(_GET).scalar()
        if epoch and known == epoch and epoch.endswith("." + run_id):
            return epoch
        fresh = f"{secrets.token_hex(6)}.{run_id}"
        with self._ledger.write() as connection:
            connection.execute(_SET, {"value": fresh})
        self._redis.set(keys.EPOCH, fresh)
        self.disturbances += 1
        logger.warning("a new broker epoch begins", extra={"action": "epoch"})
        return fresh


def _heartbeats(values: list[bytes | None]) -> dict[str, Heartbeat]:
    found = {}
    for value in values:
        if value is None:
            continue
        try:
            beat = Heartbeat.model_validate_json(value)
        except ValidationError:
            logger.warning("a heartbeat cannot be read", extra={"action": "heartbeat"})
            continue
        found[beat.executor] = beat
    return found
