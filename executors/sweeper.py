"""A small process that outlives the worker by a moment, to kill what it could no longer.

When the worker is killed outright, its children die with it and so do the commands they run. What
those had started goes on, and is found here by a mark in its environment.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Never

MARK = "YGGDRASIL_EXECUTOR"
ROUNDS = 20
GONE_SECONDS = 5.0


@dataclass
class Sweeper:
    pid: int
    _handle: int

    def forget(self) -> None:
        """For a pool child: only the worker's own end may keep the sweeper waiting."""
        os.close(self._handle)


def start_sweeper(boot: str) -> Sweeper:
    waiting, held = os.pipe()
    worker = os.pidfd_open(os.getpid())
    pid = os.fork()
    if pid == 0:
        os.close(held)
        _be_sweeper(waiting, worker, boot)
    os.close(worker)
    os.close(waiting)
    return Sweeper(pid, held)


def _be_sweeper(waiting: int, worker: int, boot: str) -> Never:
    try:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.read(waiting, 1)  # nothing ever comes: it returns when the worker is going
        # Its files are closed before its children are killed. Were a command killed in between,
        # they would still report that its task had failed.
        select.select([worker], [], [], GONE_SECONDS)
        mark = f"{MARK}={boot}".encode()
        for _ in range(ROUNDS):
            if not _kill_marked(mark):
                break
            time.sleep(0.05)
    finally:
        os._exit(0)


def _kill_marked(mark: bytes) -> bool:
    found = False
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            variables = Path(entry.path, "environ").read_bytes().split(b"\x00")
        except OSError:
            continue
        if mark in variables:
            found = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(entry.name), signal.SIGKILL)
    return found
