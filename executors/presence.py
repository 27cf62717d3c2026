"""The thread of the worker's main process that speaks for the whole executor.

It says that we are alive, announces what we offer, and sends every outcome on disk again until
the ledger has acknowledged it. Nothing may end it but the process: what fails is logged and tried
again.
"""

from __future__ import annotations

import logging
import threading
import time

from redis.exceptions import RedisError

from executors.executor import Executor
from executors.health import HealthTeller
from executors.resend import Resender
from executors.rest import Rest
from executors.spool import Spool
from executors.upkeep import Upkeep
from executors.watchdog import Watchdog
from ygg import __version__, keys
from ygg.broker import connect
from ygg.stream import emit, pack_events
from ygg.task import Announced, Announcement, Departed, Heartbeat

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.2
BEATS_KEPT = 5
TELL_SECONDS = 5.0
LAST_SECONDS = 5.0
SILENCE_SECONDS = 30.0
"""How often a broker that stays away is mentioned."""


class Presence(threading.Thread):
    def __init__(
        self, executor: Executor, spool: Spool, upkeep: Upkeep, health: HealthTeller
    ) -> None:
        super().__init__(name="presence", daemon=True)
        settings = executor.settings
        self._executor = executor
        self._upkeep = upkeep
        self._over = threading.Event()
        self._redis = connect(settings, timeout_seconds=2.0)
        self._spool = spool
        self._resender = Resender(settings, self._redis, spool)
        self._watchdog = Watchdog(executor, self._redis)
        self._rest = Rest(executor, self._redis)
        self._health = health
        self._announced = pack_events([Announced(announcement=_announcement(executor))])
        self._epoch: bytes | None = None
        self._next_beat = self._next_tell = 0.0
        self._away_since: float | None = None
        self._next_mention = 0.0

    def run(self) -> None:
        while not self._over.is_set():
            try:
                self._upkeep.look()
                self._tick()
            except RedisError as error:
                self._away(error)
            except Exception:
                logger.exception("Presence failed and goes on", extra={"action": "presence"})
                self._over.wait(1.0)
            self._over.wait(TICK_SECONDS)

    def depart(self) -> None:
        """The last words, after the pool has ended."""
        self._over.set()
        if self.is_alive():
            self.join(timeout=LAST_SECONDS)
        departed = Departed(executor=self._executor.name, boot=self._executor.boot)
        try:
            emit(self._redis, pack_events([departed]))
            self._redis.delete(keys.alive(self._executor.name))
        except RedisError as error:
            logger.warning("Left without saying so: %s", error, extra={"action": "depart"})

    def _tick(self) -> None:
        now = time.monotonic()
        if now >= self._next_beat:
            self._next_beat = now + self._executor.settings.executor.heartbeat_seconds
            self._rest.look()
            self._beat()
            self._watch_epoch()
            self._watchdog.look()
            self._spool.remove_unused()
        self._resender.strike_off()
        self._resender.send_due()
        if now >= self._next_tell:
            self._tell(broker_answers=True)
        if self._away_since is not None:
            logger.info("The broker answers again", extra={"action": "reconnect"})
            self._away_since = None
            self._resender.all_due()

    def _beat(self) -> None:
        executor = self._executor
        tally = executor.board.tally()
        beat = Heartbeat(
            executor=executor.name,
            boot=executor.boot,
            at=time.time(),
            running=tally.running,
            finished=tally.finished,
            draining=executor.draining or executor.resting,
            resting=executor.resting,
            spooled=self._resender.spooled,
        )
        lifetime = int(BEATS_KEPT * executor.settings.executor.heartbeat_seconds * 1000)
        last = self._redis.set(
            keys.alive(executor.name), beat.model_dump_json(), px=lifetime, get=True
        )
        self._mind(last)

    def _mind(self, last: object) -> None:
        """Our last beat is gone, or there is another's in its place: when it left, it took its
        leave for us too, so we announce ourselves again."""
        if isinstance(last, bytes) and f'"{self._executor.boot}"'.encode() in last:
            return
        if last is not None and self._epoch is not None:
            logger.error(
                "Another executor has this name, %s: give each its own",
                self._executor.name,
                extra={"action": "announce"},
            )
        self._epoch = None

    def _watch_epoch(self) -> None:
        epoch = self._redis.get(keys.EPOCH)
        if epoch is None or epoch == self._epoch:
            return
        emit(self._redis, self._announced)
        logger.info("Announced", extra={"action": "announce"})
        self._epoch = epoch  # type: ignore[assignment]
        self._resender.all_due()

    def _tell(self, *, broker_answers: bool) -> None:
        beat = self._executor.settings.executor.heartbeat_seconds
        self._next_tell = time.monotonic() + min(beat, TELL_SECONDS)
        self._health.tell(broker_answers)

    def _away(self, error: RedisError) -> None:
        self._tell(broker_answers=False)
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
            self._next_mention = now
        if now >= self._next_mention:
            self._next_mention = now + SILENCE_SECONDS
            logger.warning("The broker does not answer: %s", error, extra={"action": "reconnect"})


def _announcement(executor: Executor) -> Announcement:
    settings = executor.settings.executor
    return Announcement(
        executor=executor.name,
        boot=executor.boot,
        machine=settings.machine,
        version=__version__,
        image_digest=settings.image_digest,
        queues=executor.queues,
        concurrency=settings.concurrency,
        tags=settings.all_tags,
        offers=tuple(handler.offer for handler in executor.handlers.values()),
    )
