"""Recovers: judges leases, ends attempts that nobody runs any more, publishes what got lost.

A lease is dead when its value has not changed for a whole lease and a grace by our own clock, in
at least two looks, with the broker within reach all the time. Any disturbance of the broker makes
every observation void: the waiting begins anew.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from redis import Redis
from redis.exceptions import RedisError

from coordinator.dispatcher import Batch, Dispatcher
from coordinator.ledger import Ledger, recover
from coordinator.ledger.recover import Live
from coordinator.watch import Sight, Watch
from ygg import keys
from ygg.errors import BrokerUnreachable, LedgerUnavailable
from ygg.lease import LEDGER, Lease, Leases
from ygg.settings import DeliverySettings
from ygg.task import Ending, Event, Finished, Outcome

logger = logging.getLogger(__name__)

Cause = Literal["", "broker", "bundle"]
_UNSEEN_OUTCOME = 4
"""Lease times after which a finished lease without an outcome counts as lost."""


@dataclass
class _Seen:
    """A lease as first seen with its present value."""

    value: Lease | None
    since: float
    looks: int = 0


@dataclass
class _Published:
    """When an attempt was last published, as far as we know."""

    attempt: int
    at: float
    times: int = 1


class Reaper:
    def __init__(
        self,
        redis: Redis,
        ledger: Ledger,
        watch: Watch,
        leases: Leases,
        dispatcher: Dispatcher,
        apply: Callable[[list[Event]], None],
        delivery: DeliverySettings,
    ) -> None:
        self._redis = redis
        self._ledger = ledger
        self._watch = watch
        self._leases = leases
        self._dispatcher = dispatcher
        self._apply = apply
        self._delivery = delivery
        self._patience = delivery.lease_seconds + delivery.grace_seconds
        self._seen: dict[str, _Seen] = {}
        self._published: dict[str, _Published] = {}
        self._taken: dict[str, float] = {}
        self._disturbances = -1
        self._epoch = ""

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(min(1.0, self._delivery.lease_seconds / 6)):
            try:
                self.look()
            except (RedisError, BrokerUnreachable):
                self._seen.clear()
            except LedgerUnavailable as error:
                logger.error("nothing reaped: %s", error, extra={"action": "reap"})

    def look(self) -> None:
        sight = self._watch.sight
        if not sight.reachable:
            return
        if self._watch.disturbances != self._disturbances or sight.epoch != self._epoch:
            self._begin_anew(sight.epoch)
        with self._ledger.read() as connection:
            live = recover.live_attempts(connection)
        leases = self._read_leases([found.id for found in live])
        if leases is None:
            return
        self._forget_ended(live)
        endings: list[Event] = []
        overdue: list[Live] = []
        for found in live:
            self._judge(found, leases.get(found.id), endings, overdue)
        if endings:
            self._apply(endings)
        if overdue:
            self._publish_again(overdue, sight)

    def _begin_anew(self, epoch: str) -> None:
        self._disturbances = self._watch.disturbances
        self._seen.clear()
        self._taken.clear()
        if epoch != self._epoch:
            self._published.clear()
        self._epoch = epoch

    def _read_leases(self, ids: list[str]) -> dict[str, Lease] | None:
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
            task_id: Lease.parse(value)
            for task_id, value in zip(ids, values, strict=True)
            if value is not None
        }

    def _forget_ended(self, live: list[Live]) -> None:
        ids = {found.id for found in live}
        self._seen = {name: seen for name, seen in self._seen.items() if name in ids}
        self._published = {name: at for name, at in self._published.items() if name in ids}

    def _judge(
        self, found: Live, lease: Lease | None, endings: list[Event], overdue: list[Live]
    ) -> None:
        if lease is not None and lease.attempt < found.attempt:
            lease = None  # of an earlier attempt: this one has not begun
        seen = self._observe(found, lease)
        silent = seen.looks >= 2 and time.monotonic() - seen.since > self._patience
        if lease is not None and not lease.finished:
            taken = self._taken.get(found.queue, 0.0)
            self._taken[found.queue] = max(taken, found.dispatched_at)
        if found.cancelling and self._cancel(found, lease):
            endings.append(_end(found, lease, Ending.CANCELLED, "cancelled before it began"))
        elif lease is None and found.begun:
            if silent:
                reason = "its executor did not claim it again after the broker lost its data"
                endings.append(_end(found, lease, Ending.LOST, reason, "broker"))
        elif lease is None:
            self._unbegun(found, seen, silent, endings, overdue)
        elif not lease.finished:
            if silent:
                reason = "its executor fell silent"
                cause: Cause = "bundle" if lease.shared else ""
                if lease.attempt > found.attempt:
                    reason = "the ledger forgot a later attempt: was it restored?"
                    cause = "broker"
                endings.append(_end(found, lease, Ending.LOST, reason, cause))
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
        self,
        found: Live,
        seen: _Seen,
        silent: bool,
        endings: list[Event],
        overdue: list[Live],
    ) -> None:
        """Nobody holds it: its message waits, or is lost."""
        if found.epoch != self._epoch:
            if silent:
                reason = "the broker lost its data; whether it had begun is not known"
                endings.append(_end(found, None, Ending.LOST, reason, "broker"))
            return
        published = self._published.get(found.id)
        if published is None or published.attempt != found.attempt:
            age = max(0.0, time.time() - found.dispatched_at)
            published = _Published(found.attempt, time.monotonic() - age)
            self._published[found.id] = published
        wait = self._delivery.overdue_seconds * 2 ** (published.times - 1)
        if time.monotonic() - published.at > wait and not found.cancelling:
            overdue.append(found)

    def _cancel(self, found: Live, lease: Lease | None) -> bool:
        """Forestall the attempt, or tell its holder. True when it will never run."""
        if lease is not None and lease.finished:
            return lease.holder == LEDGER
        unbegun = lease is None and not found.begun
        if unbegun and self._leases.forestall(found.id, found.attempt, found.epoch):
            return True
        keep_ms = int(self._delivery.keep_seconds * 1000)
        self._redis.set(keys.cancel(found.id), found.attempt, px=keep_ms)
        return False

    def _publish_again(self, overdue: list[Live], sight: Sight) -> None:
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
                "handed over again",
                extra={"action": "republish", "task_id": attempt.id, "attempt": attempt.attempt},
            )
            self._dispatcher.send([Batch([attempt], sight)])
            published = self._published[attempt.id]
            published.at = time.monotonic()
            published.times += 1


def _end(
    found: Live, lease: Lease | None, ending: Ending, reason: str, cause: Cause = ""
) -> Finished:
    executor = found.executor or (lease.holder.split("/", 1)[0] if lease else LEDGER)
    return Finished(
        task_id=found.id,
        attempt=found.attempt,
        executor=executor,
        boot="",
        spool="",
        outcome=Outcome(ending=ending, reason=reason, cause=cause),
    )
