"""Watches the broker: is it there, is it still the one we knew, who is alive on it.

The epoch is a random word that we keep both in the ledger and in Redis. When Redis does not have
it, or runs as another process than before, it may have lost data: a new epoch begins. Messages of
the old one are refused by executors, which announce again what they hold and what they finished.

A broker has the tasks of one ledger. A coordinator that finds another ledger's at work there leaves
it alone, and says so, as if the broker were away.
"""

from __future__ import annotations

import contextlib
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
from ygg import __version__, keys
from ygg.task import Heartbeat

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
CLAIM_SECONDS = 5.0
"""So long a broker stays a coordinator's after its last look."""

_GET = text("SELECT value FROM facts WHERE name = :name")
_SET = text(
    "INSERT INTO facts (name, value) VALUES (:name, :value)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)

# KEYS coordinator, its version; ARGV `ledger place`, milliseconds, version.
# Who else is at work, or nothing.
_CLAIM = """
local found = redis.call('GET', KEYS[1])
if found and string.match(found, '^%S+') ~= string.match(ARGV[1], '^%S+') then return found end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[3])
return false
"""
_CLAIMED = (keys.COORDINATOR, keys.COORDINATOR_VERSION)


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
    def __init__(self, redis: Redis, ledger: Ledger, catalogue: Catalogue, place: str) -> None:
        self._redis = redis
        self._name = f"{_name_of(ledger)} {place}"
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
            return self._lose_sight(str(error) or type(error).__name__)

    def _lose_sight(self, detail: str) -> bool:
        if detail != self._sight.detail:
            logger.warning("the broker is away: %s", detail, extra={"action": "broker-away"})
        if self._sight.reachable:
            self.disturbances += 1
        self._sight = Sight(reachable=False, detail=detail)
        return False

    def leave(self) -> None:
        """The broker is free for another."""
        if self._sight.reachable:
            with contextlib.suppress(RedisError):
                self._redis.delete(keys.COORDINATOR)

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
            pipe.eval(_CLAIM, 2, *_CLAIMED, self._name, int(CLAIM_SECONDS * 1000), __version__)
            before = time.monotonic()
            if names:
                pipe.mget([keys.alive(name) for name in names])
            found = pipe.execute()
        if found[3] is not None:
            place = found[3].decode().partition(" ")[2]
            return self._lose_sight(f"it is used by a coordinator with another ledger, {place}")
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
            known = connection.execute(_GET, {"name": "epoch"}).scalar()
        if epoch and known == epoch and epoch.endswith("." + run_id):
            return epoch
        fresh = f"{secrets.token_hex(6)}.{run_id}"
        with self._ledger.write() as connection:
            connection.execute(_SET, {"name": "epoch", "value": fresh})
        self._redis.set(keys.EPOCH, fresh)
        self.disturbances += 1
        logger.warning("a new broker epoch begins", extra={"action": "epoch"})
        return fresh


def _name_of(ledger: Ledger) -> str:
    """A word that tells this ledger from every other one."""
    with ledger.write() as connection:
        found = connection.execute(_GET, {"name": "ledger"}).scalar()
        if found is None:
            found = secrets.token_hex(6)
            connection.execute(_SET, {"name": "ledger", "value": found})
    return str(found)


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
