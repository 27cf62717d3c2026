"""The live feed: who waits for a task, or watches all of them, is woken when the ledger changed.

Only a wake-up and a short memory: the ledger is the truth, and whoever missed something reads it.
Written from the coordinator's threads, read on the event loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from coordinator.ledger.rows import Change
from ygg.task import FINAL

FEED_LENGTH = 1000
"""Changes that a slow reader of the feed may lag behind before it misses some."""


class Waiter:
    """Waits for one task. Clear `changed` before reading the ledger, so that nothing is missed."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.state: str | None = None
        """The last state that was told, if any was."""

    @property
    def is_settled(self) -> bool:
        return self.state is not None and is_settled(self.state)


class Changes:
    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._waiting: dict[str, set[Waiter]] = defaultdict(set)
        self._feeds: set[asyncio.Queue[Change]] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def tell(self, changes: Iterable[Change]) -> None:
        """From any thread, after the commit."""
        found = list(changes)
        if self._loop is None or not found or not (self._waiting or self._feeds):
            return
        self._call(lambda: self._deliver(found))

    def tell_logs(self, task_ids: set[str]) -> None:
        with self._lock:
            wanted = task_ids & self._waiting.keys()
        if wanted:
            self._call(lambda: self._wake(wanted))

    @contextmanager
    def waiting(self, task_id: str) -> Iterator[Waiter]:
        waiter = Waiter()
        with self._lock:
            self._waiting[task_id].add(waiter)
        try:
            yield waiter
        finally:
            with self._lock:
                self._waiting[task_id].discard(waiter)
                if not self._waiting[task_id]:
                    del self._waiting[task_id]

    @contextmanager
    def feed(self) -> Iterator[asyncio.Queue[Change]]:
        queue: asyncio.Queue[Change] = asyncio.Queue(FEED_LENGTH)
        self._feeds.add(queue)
        try:
            yield queue
        finally:
            self._feeds.discard(queue)

    def _call(self, function: Callable[[], None]) -> None:
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            self._loop = None  # the loop has closed: we are stopping

    def _deliver(self, changes: list[Change]) -> None:
        with self._lock:
            for change in changes:
                for waiter in self._waiting.get(change.id, ()):
                    waiter.state = change.state
                    waiter.changed.set()
        for queue in self._feeds:
            for change in changes:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(change)

    def _wake(self, task_ids: set[str]) -> None:
        with self._lock:
            for name in task_ids:
                for waiter in self._waiting.get(name, ()):
                    waiter.changed.set()


def is_settled(state: str) -> bool:
    """Nothing more happens to the task until a person acts."""
    return state in FINAL or state == "review"
