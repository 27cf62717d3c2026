"""What the worker's main process looks after besides Celery: strays, and that a drain ends."""

from __future__ import annotations

import contextlib
import logging
import os
import signal

from executors import processes
from executors.board import Stage
from executors.clock import boottime
from executors.executor import Executor
from executors.sweeper import Sweeper
from executors.workspace import sweep

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
LAST_RESORT_SECONDS = 30.0
"""After a drain's deadline: stopping tasks and saying goodbye take less."""


class Upkeep:
    def __init__(self, executor: Executor, sweeper: Sweeper) -> None:
        self._executor = executor
        self._sweeper = sweeper
        self._session = os.getsid(0)
        self._next_sweep = 0.0

    def look(self) -> None:
        self._kill_strays()
        self._sweep_workspaces()
        board = self._executor.board
        if board.stage >= Stage.DRAIN and boottime() > board.deadline + LAST_RESORT_SECONDS:
            self._end_now()

    def _kill_strays(self) -> None:
        """When a pool child was killed, its task's processes became ours: in other sessions."""
        for pid in processes.children(os.getpid()):
            if pid == self._sweeper.pid:
                continue
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                if os.getsid(pid) == self._session:
                    continue
                os.kill(pid, signal.SIGKILL)
                ended, _ = os.waitpid(pid, os.WNOHANG)
                if ended == 0:
                    logger.warning("Killed a stray process", extra={"action": "stray"})

    def _sweep_workspaces(self) -> None:
        """Those of pool children that were killed. The others remove their own."""
        if boottime() < self._next_sweep:
            return
        self._next_sweep = boottime() + SWEEP_SECONDS
        ours = set(processes.children(os.getpid()))
        swept = sweep(self._executor.work_dir, lambda pid: pid in ours)
        if swept:
            logger.warning("Removed orphaned workspaces: %s", swept, extra={"action": "sweep"})

    def _end_now(self) -> None:
        logger.error("The drain did not end", extra={"action": "drain"})
        processes.signal_all(processes.descendants(os.getpid()), signal.SIGKILL)
        os._exit(self._executor.exit_code or 1)
