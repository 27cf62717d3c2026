"""The live feed: who waits for a task, or watches all of them, is woken when the ledger changed.

The ledger is the truth, and whoever missed something reads it. What is awaited most, a task's
end, comes with the wake-up. Written from the coordinator's threads, read on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from coordinator.ledger.rows import Change
from ygg.task import FINAL
from ygg.views import TaskDetail

logger = logging.getLogger(__name__)

FEED_LENGTH = 1000
"""Changes that a reader of the feed may lag behind, or be away for, before it misses some."""

LOOKED_UP = 4
"""So many awaited tasks are read by who changed them; more are left to those who wait."""

Numbered = tuple[int, Change]


class Waiter:
    """Waits for one task. Clear `changed` before reading the ledger, so that nothing is missed."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.state: str | None = None
        """The last state that was told, if any was."""
        self.detail: TaskDetail | None = None
        """The task as it was then, once it is settled, if whoever changed it had looked it up."""

    @property
    def is_settled(self) -> bool:
        return self.state is not None and is_settled(self.state)


class Feed:
    """What one reader has not read yet. A number left out is a change that it missed."""

    def __init__(self, last: int) -> None:
        self.last = last
        """The number of the change that was read last."""
        self.queue: asyncio.Queue[Numbered] = asyncio.Queue(FEED_LENGTH)

    def put(self, change: Numbered) -> None:
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(change)


class Changes:
    def __init__(self, look_up: Callable[[Connection, str], TaskDetail]) -> None:
        self._look_up = look_up
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._waiting: dict[str, set[Waiter]] = defaultdict(set)
        self._feeds: set[Feed] = set()
        self._told = 0
        self._kept: deque[Numbered] = deque(maxlen=FEED_LENGTH)
        self.run = secrets.token_hex(4)
        """The numbers of another run of the coordinator say nothing in this one."""

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def awaited(self, connection: Connection, changes: Iterable[Change]) -> dict[str, TaskDetail]:
        """Awaited tasks that these changes settle, read by who makes them, before the commit.

        The pages are at hand there: who waits would ask another thread, and answer half a
        millisecond later.
        """
        with self._lock:
            wanted = {
                one.id for one in changes if one.id in self._waiting and is_settled(one.state)
            }
        if len(wanted) > LOOKED_UP:
            return {}
        try:
            return {name: self._look_up(connection, name) for name in wanted}
        except DBAPIError:
            raise
        except Exception:  # who waits reads it, and meets the mistake itself
            logger.exception("an awaited task cannot be shown", extra={"action": "ingest"})
            return {}

    def tell(
        self, changes: Iterable[Change], details: Mapping[str, TaskDetail] = MappingProxyType({})
    ) -> None:
        """From any thread, after the commit."""
        found = list(changes)
        if self._loop is None or not found:
            return
        with self._lock:  # held until it is on its way, so that it is delivered in this order
            numbered = list(enumerate(found, self._told + 1))
            self._told += len(found)
            self._kept.extend(numbered)
            if self._waiting or self._feeds:
                self._call(lambda: self._deliver(numbered, details))

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
    def feed(self, after: int | None = None) -> Iterator[Feed]:
        """On the event loop. All that is told from now on, or that was told after a number."""
        with self._lock:
            feed = Feed(self._told if after is None else min(after, self._told))
            for change in self._kept:
                if change[0] > feed.last:
                    feed.put(change)
            self._feeds.add(feed)
        try:
            yield feed
        finally:
            self._feeds.discard(feed)

    def _call(self, function: Callable[[], None]) -> None:
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            self._loop = None  # the loop has closed: we are stopping

    def _deliver(self, changes: list[Numbered], details: Mapping[str, TaskDetail]) -> None:
        with self._lock:
            for _number, change in changes:
                for waiter in self._waiting.get(change.id, ()):
                    waiter.state = change.state
                    waiter.detail = details.get(change.id)
                    waiter.changed.set()
        for feed in self._feeds:
            for numbered in changes:
                feed.put(numbered)

    def _wake(self, task_ids: set[str]) -> None:
        with self._lock:
            for name in task_ids:
                for waiter in self._waiting.get(name, ()):
                    waiter.changed.set()


def is_settled(state: str) -> bool:
    """Nothing more happens to the task until a person acts."""
    return state in FINAL or state == "review"
