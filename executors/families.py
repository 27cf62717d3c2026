"""At most so many tasks of a family at a time on this executor: one GPU, one code task.

A queue whose family is at its limit is not listened to, so its tasks wait where others can take
them. What comes by the machine's own queue, which is for all families, waits here: see `Places`.
On a machine that is drained, only probes are listened to.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from celery.worker import state

from ygg.labels import machine_queue, prefix_of, probe_queue
from ygg.settings import Settings

WAIT_SECONDS = 0.1


def family_of(label: str) -> str:
    return prefix_of(label)[:-1]


class Gate:
    """Which queues the worker's main process listens to at the moment."""

    def __init__(self, settings: Settings, is_resting: Callable[[], bool]) -> None:
        self._limits = settings.executor.families
        self._families = families_by_queue(settings)
        self._own = machine_queue(settings.executor.machine)
        self._probes = probe_queue(settings.executor.name)
        self._is_resting = is_resting

    def put_before(self, channel: Any) -> None:
        """Celery's channel asks its cycle for the queues each time that it listens."""
        cycle = channel._queue_cycle
        every = cycle.consume
        cycle.consume = lambda count: self.open(every(count))

    def open(self, queues: Sequence[str]) -> list[str]:
        if self._is_resting():
            return [queue for queue in queues if queue == self._probes]
        if not self._limits:
            return list(queues)
        taken = Counter(map(_family, list(state.reserved_requests)))
        return [queue for queue in queues if not self._is_full(queue, taken)]

    def _is_full(self, queue: str, taken: Counter[str]) -> bool:
        if queue == self._own:  # one may wait in a process of the pool, not all of them
            return any(taken[family] > most for family, most in self._limits.items())
        return any(taken[family] >= self._limits[family] for family in self._families[queue])


def _family(request: Any) -> str:
    """That of the message's first task: only small ones share a message."""
    try:
        return family_of(request.args[0]["envelopes"][0]["label"])
    except (LookupError, TypeError, AttributeError):
        return ""  # it will be refused by whoever reads it


def families_by_queue(settings: Settings) -> defaultdict[str, set[str]]:
    """The limited families that the routes lead to each queue."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for route in settings.routes.rows:
        family = family_of(route.prefix)
        if family in settings.executor.families:
            found[route.queue].add(family)
    return found


class Places:
    """What a family's tasks must have to run, a file each: a killed process lets go of its own."""

    def __init__(self, folder: Path, families: Mapping[str, int]) -> None:
        self._folder = folder
        self._families = families

    @contextlib.contextmanager
    def one_for(self, label: str, go_on: Callable[[], bool]) -> Iterator[bool]:
        """Wait for a place: False when there is none before it is time to stop."""
        family = family_of(label)
        most = self._families.get(family)
        if most is None:
            yield True
            return
        place = self._wait(family, most, go_on)
        try:
            yield place is not None
        finally:
            if place is not None:
                os.close(place)

    def _wait(self, family: str, most: int, go_on: Callable[[], bool]) -> int | None:
        place = self._take(family, most)
        while place is None and go_on():
            time.sleep(WAIT_SECONDS)
            place = self._take(family, most)
        return place

    def _take(self, family: str, most: int) -> int | None:
        for number in range(most):
            file = self._folder / f"family.{family}.{number}"
            place = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(place)
            else:
                return place
        return None
