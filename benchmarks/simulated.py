"""A fleet without machines: what executors say over a real Valkey, and hands that touch nothing."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from redis import Redis

from coordinator.fleet.machine import Machine, Variables
from coordinator.fleet.rollout.hands import Tell, Trouble
from executors.offers import installed_handlers
from executors.probe import probe
from ygg import __version__, keys
from ygg.client import Client
from ygg.labels import PROBE, probe_queue
from ygg.stream import emit, pack_events
from ygg.target import Target
from ygg.task import (
    Announced,
    Announcement,
    Departed,
    Ending,
    Event,
    Finished,
    Heartbeat,
    Offer,
    Outcome,
)

IMAGE = "fleet.example:7450/ygg-executor@"
OLD, NEW = ("sha256:" + two * 32 for two in ("3c", "7a"))
BEAT_SECONDS = 0.25


def offers() -> tuple[Offer, ...]:
    """What an executor of this installation offers."""
    return tuple(handler.offer for handler in (*installed_handlers().values(), probe))


def machine(name: str) -> Machine:
    nothing = Variables()
    return Machine(name=name, groups=frozenset({"executors"}), own=nothing, variables=nothing)


@dataclass
class SimulatedFleet:
    redis: Redis
    names: Sequence[str]
    _boots: dict[str, str] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)
    _resting: set[str] = field(default_factory=set)
    _offers: tuple[Offer, ...] = field(default_factory=offers)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _over: threading.Event = field(default_factory=threading.Event)

    def announcement(self, name: str) -> Announcement:
        return Announcement(
            executor=name,
            boot=self._boots[name],
            machine=name,
            version=__version__,
            image_digest=self._digests[name],
            queues=("dev", "git", "plan", "ops"),
            concurrency=2,
            tags=frozenset({"arch:x86_64", "memory:16"}),
            offers=self._offers,
        )

    def begin(self, name: str, digest: str) -> None:
        """Start anew with that image; the process before says goodbye."""
        before = self._boots.get(name)
        self._boots[name] = f"{name}-{next(self._numbers)}"
        self._digests[name] = digest
        self._beat(name)
        left: list[Event] = [Departed(executor=name, boot=before)] if before else []
        # One entry of the stream each, as they would.
        for event in (*left, Announced(announcement=self.announcement(name))):
            emit(self.redis, pack_events([event]))

    def digest(self, name: str) -> str:
        return self._digests[name]

    def obey(self, target: Target) -> Callable[[], None]:
        """Rest where that is ordered, and answer probes, until what is returned is called."""
        thread = threading.Thread(target=self._obey, args=(Client(target),), daemon=True)
        thread.start()

        def end() -> None:
            self._over.set()
            thread.join()

        return end

    def _obey(self, client: Client) -> None:
        by_order = {keys.drained(name, name): name for name in self.names}
        answered: set[str] = set()
        while not self._over.wait(BEAT_SECONDS):
            orders: Mapping[bytes, bytes] = self.redis.hgetall(keys.DRAINS)  # type: ignore[assignment]
            resting = {by_order[order.decode()] for order in orders}
            changed, self._resting = resting ^ self._resting, resting
            for name in changed:
                self._beat(name)
            self._answer(client, answered)
        client.close()

    def _answer(self, client: Client, answered: set[str]) -> None:
        by_queue = {probe_queue(name): name for name in self.names}
        page = client.tasks(state="queued", label=PROBE, limit=1000)
        for task in page["tasks"]:
            if task["attempt"] and task["id"] not in answered:
                answered.add(task["id"])
                ended = self._finished(task["id"], task["attempt"], by_queue[task["queue"]])
                emit(self.redis, pack_events([ended]))

    def _finished(self, task_id: str, attempt: int, name: str) -> Finished:
        return Finished(
            task_id=task_id,
            attempt=attempt,
            executor=name,
            boot=self._boots[name],
            spool=task_id,
            outcome=Outcome(ending=Ending.OK),
        )

    def _beat(self, name: str) -> None:
        rests = name in self._resting
        beat = Heartbeat(
            executor=name, boot=self._boots[name], at=time.time(), draining=rests, resting=rests
        )
        self.redis.set(keys.alive(name), beat.model_dump_json())


@dataclass
class SimulatedHands:
    fleet: SimulatedFleet

    def running(self, one: Machine) -> str:
        return IMAGE + self.fleet.digest(one.name)

    def pull(
        self, machines: Iterable[Machine], reference: str, tell: Tell
    ) -> dict[str, Trouble | None]:
        return {one.name: None for one in machines}

    def switch(self, one: Machine, reference: str, tell: Tell) -> None:
        self.fleet.begin(one.name, reference.rpartition("@")[2])

    def tidy(self, one: Machine, keep: Sequence[str], tell: Tell) -> None:
        pass
