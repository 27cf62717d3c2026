"""So many at a time and no more, among all processes of a machine that use the same folder.

Who waits has a ticket and is served in turn. Slots and tickets are locked files: they end with
whoever holds them, however that ends.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ygg.errors import YggError
from ygg.lock import Lock, take, text_of_holder

logger = logging.getLogger(__name__)

SOON_SECONDS = 0.02
LATER_SECONDS = 0.2
"""How often those look whose turn it may be, and all others."""
TOLD_SECONDS = 2
"""Who waits for longer is told why."""
_AT_ONCE = -1.0


class Closed(YggError):
    """Whoever asked has closed the connection, and wants no answer any more."""

    code = "model_closed"


@dataclass(frozen=True)
class _Ticket:
    file: Path
    lock: Lock

    def drop(self) -> None:
        self.file.unlink(missing_ok=True)
        self.lock.release()


class Slots:
    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._waiting = folder / "waiting"
        self._most = most

    @contextmanager
    def one(self, ended: threading.Event) -> Iterator[None]:
        """Waits for it; `ended` ends the waiting with `Closed`."""
        slot = self._take(ended)
        try:
            yield
        finally:
            slot.release()

    def _take(self, ended: threading.Event) -> Lock:
        ticket: _Ticket | None = None
        told_at = time.monotonic() + TOLD_SECONDS
        try:
            while True:
                ahead = 0
                # Held for an instant; whoever finds it taken looks again.
                if gate := take(self._folder / "gate", "", seconds=_AT_ONCE):
                    try:
                        ticket = ticket or self._draw()
                        ahead = self._ahead_of(ticket)
                        if ahead < self._most and (slot := self._free()):
                            return slot
                    finally:
                        gate.release()
                if ended.wait(SOON_SECONDS if ahead < self._most else LATER_SECONDS):
                    raise Closed("the connection to the model was closed")
                if time.monotonic() > told_at:
                    logger.info("Waiting for the model: others ask it", extra={"action": "wait"})
                    told_at = float("inf")
        finally:
            if ticket is not None:
                ticket.drop()

    def _draw(self) -> _Ticket:
        name = f"{time.monotonic_ns():020d}-{os.getpid()}-{threading.get_ident()}"
        lock = take(self._waiting / name, str(os.getpid()))
        assert lock is not None  # noqa: S101  nobody else has that name
        return _Ticket(self._waiting / name, lock)

    def _ahead_of(self, ticket: _Ticket) -> int:
        found = 0
        for file in self._waiting.iterdir():
            if file.name >= ticket.file.name:
                continue
            if text_of_holder(file) is None:
                file.unlink(missing_ok=True)  # it was killed
            else:
                found += 1
        return found

    def _free(self) -> Lock | None:
        for number in range(self._most):
            if slot := take(self._folder / f"slot-{number}", str(os.getpid()), seconds=_AT_ONCE):
                return slot
        return None
