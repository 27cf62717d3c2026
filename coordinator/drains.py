"""Tells the executors of drained machines, in the broker, what stands in the ledger."""

from __future__ import annotations

import logging
import threading
import time

from redis import Redis
from redis.exceptions import RedisError

from coordinator.catalogue import Catalogue
from coordinator.dispatcher import Dispatcher
from coordinator.ledger import Ledger, drains
from coordinator.reading import no_such
from coordinator.watch import Watch
from ygg import ids, keys
from ygg.errors import BadInput, NotFound
from ygg.labels import nearest
from ygg.task import DrainOrder
from ygg.views import DrainView

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5


class Drains:
    def __init__(
        self,
        redis: Redis,
        ledger: Ledger,
        catalogue: Catalogue,
        watch: Watch,
        dispatcher: Dispatcher,
    ) -> None:
        self._redis = redis
        self._ledger = ledger
        self._catalogue = catalogue
        self._watch = watch
        self._dispatcher = dispatcher
        self._changed = threading.Event()
        self._told: tuple[str, dict[str, str]] | None = None

    def begin(
        self, machine: str, executor: str, *, seconds: float, note: str, by: str
    ) -> DrainView:
        """Asked again, the later order counts: it may give less time."""
        self._check(machine, executor)
        drain = DrainView(
            machine=machine,
            executor=executor,
            order=ids.new_id(),
            seconds=seconds,
            note=note,
            at=time.time(),
            by=by,
        )
        with self._ledger.write() as connection:
            drains.begin(connection, drain)
        self._take_in("drain", machine)
        return drain

    def end(self, machine: str, executor: str) -> None:
        """Without an executor, all that was ordered for the machine."""
        with self._ledger.write() as connection:
            was_drained = drains.end(connection, machine, executor)
        if not was_drained:
            what = f"{executor} on {machine}" if executor else machine
            raise NotFound(f"{what} is not drained", hint="ygg executors shows which are")
        self._take_in("undrain", machine)

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.tell()
            except RedisError as error:
                self._told = None
                logger.debug("not told of drains: %s", error, extra={"action": "drain"})
            self._changed.wait(LOOK_SECONDS)
            self._changed.clear()

    def tell(self) -> None:
        """All of them, where the broker may have forgotten some."""
        sight = self._watch.sight
        orders = {
            keys.drained(one["machine"], one["executor"]): _order(one)
            for one in self._catalogue.drains
        }
        wanted = (sight.epoch, orders)
        if not sight.reachable or wanted == self._told:
            return
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(keys.DRAINS)
            for name, order in orders.items():
                pipe.hset(keys.DRAINS, name, order)
            pipe.execute()
        self._told = wanted

    def _take_in(self, action: str, machine: str) -> None:
        logger.info("%s: %s", machine, action, extra={"action": action, "machine": machine})
        self._catalogue.refresh()
        self._dispatcher.wake_all()
        self._changed.set()

    def _check(self, machine: str, executor: str) -> None:
        known: dict[str, set[str]] = {}
        for each in self._catalogue.executors:
            known.setdefault(each.announcement.machine, set()).add(each.announcement.executor)
        if machine in known:
            if executor and executor not in known[machine]:
                raise no_such(
                    "executor", executor, sorted(known[machine]), of=machine, kind="executor"
                )
            return
        near = nearest(machine, known)
        raise BadInput(
            f"no executor on a machine {machine[:80]!r} ever announced itself",
            field="machine",
            allowed=sorted(known),
            hint=f"did you mean {near}?" if near else None,
        )


def _order(drain: DrainView) -> str:
    return DrainOrder(order=drain["order"], seconds=drain["seconds"]).model_dump_json()
