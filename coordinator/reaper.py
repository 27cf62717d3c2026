"""Recovers: judges leases, ends attempts that nobody runs any more, publishes what got lost.

A lease is dead when its value has not changed for a whole lease and a grace by our own clock, in
at least two looks, with the broker within reach all the time. Any disturbance of the broker makes
every observation void: the waiting begins anew. And nothing is judged while outcomes that are
older than our patience lie unread: what they end may have no lease any more.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Literal

from redis import Redis
from redis.exceptions import RedisError

from coordinator.aftermath import Aftermath, known_end
from coordinator.aside import isolate
from coordinator.catalogue import Catalogue
from coordinator.dispatcher import Dispatcher
from coordinator.lag import lag_seconds
from coordinator.ledger import Ledger, recover
from coordinator.ledger.recover import Live
from coordinator.republisher import Republisher
from coordinator.watch import Watch
from ygg import keys
from ygg.errors import BrokerUnreachable, LedgerUnavailable, YggError
from ygg.lease import LEDGER, Lease, Leases
from ygg.settings import DeliverySettings
from ygg.task import Ending, Finished, Outcome

logger = logging.getLogger(__name__)

Cause = Literal["", "broker", "bundle", "drain"]
_UNOFFERED = "no executor that is alive offers this label"
_UNSEEN_OUTCOME = 4
"""Lease times after which a finished lease without an outcome counts as lost."""


@dataclass
class _Seen:
    """A lease as first seen with its present value."""

    value: Lease | None
    since: float
    looks: int = 0


class Reaper:
    def __init__(
        self,
        redis: Redis,
        ledger: Ledger,
        catalogue: Catalogue,
        watch: Watch,
        leases: Leases,
        dispatcher: Dispatcher,
        aftermath: Aftermath,
        delivery: DeliverySettings,
    ) -> None:
        self._redis = redis
        self._ledger = ledger
        self._catalogue = catalogue
        self._watch = watch
        self._leases = leases
        self._aftermath = aftermath
        self._again = Republisher(redis, ledger, dispatcher, delivery.overdue_seconds)
        self._pause = min(1.0, delivery.lease_seconds / 6)
        self._cancel_ms = int(delivery.keep_seconds * 1000)
        self._patience = delivery.lease_seconds + delivery.grace_seconds
        self._seen: dict[str, _Seen] = {}
        self._unoffered: dict[tuple[str, str], float] = {}
        self._behind = False
        self._disturbances = -1
        self._epoch = ""

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(self._pause):
            try:
                self.look()
            except (RedisError, BrokerUnreachable):
                self._forget()
            except LedgerUnavailable as error:
                logger.error("nothing reaped: %s", error, extra={"action": "reap"})

    def look(self) -> None:
        sight = self._watch.sight
        if not sight.reachable:
            return
        if self._watch.disturbances != self._disturbances or sight.epoch != self._epoch:
            self._begin_anew(sight.epoch)
        if self._is_behind():
            return
        with self._ledger.read() as connection:
            live = recover.live_attempts(connection)
        leases = self._read_leases([found.id for found in live])
        if leases is None:
            return
        self._forget_ended(live)
        self._note_unoffered(live)
        endings: list[Finished] = []
        overdue: list[Live] = []
        for found in live:
            self._judge_one(found, leases.get(found.id), endings, overdue)
        isolate(endings, self._aftermath.end, _cannot_end)
        if overdue:
            self._again.publish(overdue, sight)

    def _is_behind(self) -> bool:
        """Asked before the ledger and the leases are read: what is unread then is young, and its
        lease is still there to be seen."""
        lag = lag_seconds(self._redis)
        behind = lag > self._patience
        if behind and not self._behind:
            message = "nothing is judged: outcomes of %d seconds ago are unread"
            logger.warning(message, lag, extra={"action": "reap"})
        self._behind = behind
        return behind

    def _begin_anew(self, epoch: str) -> None:
        self._disturbances = self._watch.disturbances
        self._forget()
        self._again.begin_anew(other_epoch=epoch != self._epoch)
        self._epoch = epoch

    def _forget(self) -> None:
        self._seen.clear()
        self._unoffered.clear()

    def _read_leases(self, ids: list[str]) -> dict[str, bytes] | None:
        """The leases, and that they are of the epoch we know, in one step."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.get(keys.EPOCH)
            if ids:
                pipe.mget([keys.lease(task_id) for task_id in ids])
            answer = pipe.execute()
        if (answer[0] or b"").decode() != self._epoch:
            return None
        values = answer[1] if ids else []
        return {
            task_id: value for task_id, value in zip(ids, values, strict=True) if value is not None
        }

    def _forget_ended(self, live: list[Live]) -> None:
        ids = {found.id for found in live}
        self._seen = {name: seen for name, seen in self._seen.items() if name in ids}
        self._again.forget_all_but(ids)

    def _note_unoffered(self, live: list[Live]) -> None:
        """Since when nobody has been there for what was published."""
        supplies = self._catalogue.supplies()
        offered = {(supply.queue, label) for supply in supplies for label in supply.labels}
        wanted = {(found.queue, found.label) for found in live} - offered
        now = time.monotonic()
        self._unoffered = {name: self._unoffered.get(name, now) for name in wanted}

    def _judge_one(
        self, found: Live, value: bytes | None, endings: list[Finished], overdue: list[Live]
    ) -> None:
        """One attempt that nobody foresaw does not keep the others from being recovered."""
        try:
            lease = None if value is None else Lease.parse(value)
            self._judge(found, lease, endings, overdue)
        except (RedisError, YggError):
            raise
        except Exception:
            about = {"action": "reap", "task_id": found.id, "attempt": found.attempt}
            logger.exception("an attempt cannot be judged", extra=about)

    def _judge(
        self, found: Live, lease: Lease | None, endings: list[Finished], overdue: list[Live]
    ) -> None:
        if lease is not None and lease.attempt < found.attempt:
            lease = None  # of an earlier attempt: this one has not begun
        seen = self._observe(found, lease)
        silent = seen.looks >= 2 and time.monotonic() - seen.since > self._patience
        if lease is not None and not lease.finished:
            self._again.note_taken(found)
        if found.cancelling and self._cancel(found, lease):
            endings.append(_end(found, lease, Ending.CANCELLED, "cancelled before it began"))
        elif lease is None and found.begun:
            if silent:
                reason = "its executor did not claim it again after the broker lost its data"
                endings.append(_end(found, lease, Ending.LOST, reason, "broker"))
        elif lease is None:
            self._unbegun(found, silent, endings, overdue)
        elif not lease.finished:
            if silent:
                reason = "its executor fell silent"
                cause: Cause = "bundle" if lease.shared else ""
                if lease.attempt > found.attempt:
                    reason = "the ledger forgot a later attempt: was it restored?"
                    cause = "broker"
                endings.append(_end(found, lease, Ending.LOST, reason, cause))
        elif lease.holder == LEDGER and lease.attempt == found.attempt and seen.looks >= 2:
            # We forestalled it, and were cut off before the ledger heard of it.
            endings.append(_end(found, None, Ending.RETURNED, _UNOFFERED, "drain"))
        elif time.monotonic() - seen.since > _UNSEEN_OUTCOME * self._patience:
            reason = "it ended, and its outcome never arrived"
            endings.append(_end(found, lease, Ending.LOST, reason, "broker"))

    def _observe(self, found: Live, lease: Lease | None) -> _Seen:
        seen = self._seen.get(found.id)
        if seen is None or seen.value != lease:
            seen = _Seen(lease, time.monotonic())
            self._seen[found.id] = seen
        seen.looks += 1
        return seen

    def _unbegun(
        self, found: Live, silent: bool, endings: list[Finished], overdue: list[Live]
    ) -> None:
        """Nobody holds it: its message waits, is lost, or has nobody who could take it."""
        if found.epoch != self._epoch:
            if silent:
                reason = "the broker lost its data; whether it had begun is not known"
                endings.append(_end(found, None, Ending.LOST, reason, "broker"))
            return
        if found.cancelling:
            return
        if self._is_unoffered(found) and self._forestall(found):
            endings.append(_end(found, None, Ending.RETURNED, _UNOFFERED, "drain"))
        elif self._again.is_overdue(found):
            overdue.append(found)

    def _is_unoffered(self, found: Live) -> bool:
        since = self._unoffered.get((found.queue, found.label))
        return since is not None and time.monotonic() - since > self._patience

    def _forestall(self, found: Live) -> bool:
        return self._leases.forestall(found.id, found.attempt, found.epoch)

    def _cancel(self, found: Live, lease: Lease | None) -> bool:
        """Forestall the attempt, or tell its holder. True when it will never run."""
        if lease is not None and lease.finished:
            return lease.holder == LEDGER
        unbegun = lease is None and not found.begun
        if unbegun and self._forestall(found):
            return True
        self._redis.set(keys.cancel(found.id), found.attempt, px=self._cancel_ms)
        return False


def _cannot_end(event: Finished, error: Exception) -> None:
    about = {"action": "reap", "task_id": event.task_id, "attempt": event.attempt}
    logger.error("an attempt cannot be ended: %s", error, exc_info=error, extra=about)


def _end(
    found: Live, lease: Lease | None, ending: Ending, reason: str, cause: Cause = ""
) -> Finished:
    executor = found.executor or (lease.holder.split("/", 1)[0] if lease else LEDGER)
    outcome = Outcome(ending=ending, reason=reason, cause=cause)
    return known_end(found.id, found.attempt, outcome, executor)
