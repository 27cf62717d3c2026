"""A file that says something about a process for as long as that process lives.

The lock decides. A pid alone may since belong to another process; a lock ends with its holder.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path

POLL_SECONDS = 0.1
GLANCE_SECONDS = 0.5
"""Longer than anybody holds a lock just to look."""
_TEXT_BYTES = 1024


class Lock:
    """Held for as long as this process lives and keeps the object."""

    def __init__(self, number: int) -> None:
        self._number = number

    def say(self, text: str) -> None:
        """Replaces what the file says."""
        os.ftruncate(self._number, 0)
        os.pwrite(self._number, f"{text}\n".encode(), 0)

    def fileno(self) -> int:
        """A child that inherits this holds the lock, too."""
        return self._number

    def release(self) -> None:
        os.close(self._number)


def take(
    file: Path, text: str, *, seconds: float = GLANCE_SECONDS, mode: int = 0o600
) -> Lock | None:
    """Lock the file and write this into it, if the disk has room. Nothing when another process has
    it for so long."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = os.open(file, os.O_RDWR | os.O_CREAT, mode)
    deadline = time.monotonic() + seconds
    while not _try_lock(number):
        if time.monotonic() > deadline:
            os.close(number)
            return None
        time.sleep(POLL_SECONDS)
    held = Lock(number)
    try:
        held.say(text)
    except OSError as error:  # that it is held counts for more than what it says
        if error.errno != errno.ENOSPC:
            held.release()
            raise
    return held


def text_of_holder(file: Path) -> str | None:
    """What the process wrote that has it now; nothing when none has."""
    try:
        number = os.open(file, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.read(number, _TEXT_BYTES).decode(errors="replace").strip()
    finally:
        os.close(number)
    return None


def _try_lock(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
