"""Outcomes on disk are sent again until they are acknowledged, and then struck off."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import cast

from redis import Redis

from executors.spool import Spool, outcomes_in
from ygg import keys
from ygg.blobs import Blobs, BlobsFull
from ygg.lease import Leases
from ygg.settings import Settings

logger = logging.getLogger(__name__)

FIRST_SECONDS = 10.0
LONGEST_SECONDS = 300.0
SCAN_SECONDS = 1.0
SEND_SECONDS = 0.5
"""So long one round of sending may take before the heartbeat has its turn."""
ACKNOWLEDGED_AT_ONCE = 1000
VAIN_SECONDS = 7 * 24 * 3600.0
"""As long as acknowledgements are kept: what has none by then will get none."""
VAIN_TIMES = 6
"""So often it was sent, too, to this broker: the machine's clock may have been set."""


@dataclass
class _Waiting:
    """A spool file that the ledger has not acknowledged as a whole."""

    due: float
    delay: float = FIRST_SECONDS
    times: int = 0
    """Sent."""
    acknowledged: set[bytes] = field(default_factory=set)


class Resender:
    def __init__(self, settings: Settings, redis: Redis, spool: Spool) -> None:
        delivery = settings.delivery
        self._redis = redis
        self._spool = spool
        self._leases = Leases(redis, delivery.keep_seconds)
        self._blobs = Blobs(redis, delivery)
        self._key = keys.acknowledged(settings.executor.name)
        # What lies here at the start was left by an earlier process: nobody else will send it.
        self._waiting = {name: _Waiting(due=0.0) for name in spool.names()}
        self._next_scan = 0.0

    @property
    def spooled(self) -> int:
        return len(self._waiting)

    def all_due(self) -> None:
        """The broker is another one, or was away: what it was told may be gone."""
        self._scan()
        for waiting in self._waiting.values():
            waiting.due = 0.0
            waiting.delay = FIRST_SECONDS
            waiting.times = 0

    def strike_off(self) -> None:
        while True:
            answer = self._redis.lpop(self._key, ACKNOWLEDGED_AT_ONCE)
            lines = cast("list[bytes] | None", answer)
            if not lines:
                return
            for line in lines:
                self._acknowledge(line)
            if len(lines) < ACKNOWLEDGED_AT_ONCE:
                return

    def send_due(self) -> None:
        now = time.monotonic()
        if now >= self._next_scan:
            self._next_scan = now + SCAN_SECONDS
            self._scan()
        for name, waiting in list(self._waiting.items()):
            if waiting.due > now:
                continue
            if waiting.times >= VAIN_TIMES and self._in_vain(name):
                self._give_up(name)
                continue
            if self._send(name):
                waiting.times += 1
            waiting.due = now + waiting.delay
            waiting.delay = min(waiting.delay * 2, LONGEST_SECONDS)
            if time.monotonic() > now + SEND_SECONDS:
                return

    def _scan(self) -> None:
        found = set(self._spool.names())
        for name in self._waiting.keys() - found:
            del self._waiting[name]
        first_due = time.monotonic() + FIRST_SECONDS
        for name in found - self._waiting.keys():
            self._waiting[name] = _Waiting(due=first_due)

    def _send(self, name: str) -> bool:
        try:
            record = self._spool.read(name)
        except ValueError:
            logger.exception("A spool file cannot be read: %s", name, extra={"action": "resend"})
            self._spool.set_aside(name)
            return False
        if record is None:
            return False
        try:
            for sha256, attempt in record.blobs:
                self._blobs.put(sha256, self._spool.blobs(attempt).path(sha256), attempt)
        except BlobsFull as error:
            logger.warning("Not sent again yet: %s", error, extra={"action": "resend"})
            return False
        except FileNotFoundError:
            logger.exception("An artifact's file is gone: %s", name, extra={"action": "resend"})
        self._leases.finish(record.ended, record.events)
        logger.info("Sent again", extra={"action": "resend", "count": len(record.ended)})
        return True

    def _in_vain(self, name: str) -> bool:
        """The ledger reads what it is sent, and has had a week for this. While the coordinator is
        away, what was sent last still lies on the stream."""
        old = self._spool.age_seconds(name) > VAIN_SECONDS
        return old and self._redis.xlen(keys.OUTCOMES) == 0

    def _give_up(self, name: str) -> None:
        self._spool.set_aside(name)
        del self._waiting[name]
        logger.warning(
            "Sent for a week and not acknowledged, set aside: %s",
            name,
            extra={"action": "resend"},
        )

    def _acknowledge(self, line: bytes) -> None:
        spool, _, outcome = line.partition(b" ")
        try:
            name = spool.decode("ascii")
            whole = outcomes_in(name)
        except ValueError:
            logger.warning(
                "Not an acknowledgement: %r", line[:100], extra={"action": "acknowledge"}
            )
            return
        waiting = self._waiting.get(name)
        if waiting is None:
            if not self._spool.has(name):
                return
            waiting = self._waiting[name] = _Waiting(due=time.monotonic() + FIRST_SECONDS)
        waiting.acknowledged.add(outcome)
        if len(waiting.acknowledged) >= whole:
            self._spool.remove(name)
            del self._waiting[name]
