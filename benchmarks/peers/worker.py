"""A peer's worker, a session of real processes: started, frozen, thawed and ended by id."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from benchmarks.subject import Site
from benchmarks.wait import BenchmarkError, wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
REDIS_URL_VARIABLE = "BENCHMARK_REDIS_URL"


def redis_url() -> str:
    """The server's address, in a worker process."""
    return os.environ[REDIS_URL_VARIABLE]


def python_command(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


class Worker:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._log = site.directory / "worker.log"
        self._root: psutil.Popen | None = None

    def start(self, command: list[str]) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            REDIS_URL_VARIABLE: self._site.redis_url,
        }
        with self._log.open("wb") as output:
            # Not in benchmarks/, where queue.py would hide the standard library's queue; in a
            # session of its own, so that Ctrl-C reaches the benchmark alone, which then stops it.
            self._root = psutil.Popen(
                command,
                cwd=self._site.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check_alive(self) -> None:
        if self._root is None or self._root.poll() is not None:
            tail = self._log.read_text(errors="replace")[-2000:]
            raise BenchmarkError(f"the worker has ended; the end of its log:\n{tail}")

    def processes(self) -> list[psutil.Process]:
        """Everything in the session that `start` opened, so also what outlived its parent."""
        if self._root is None:
            return []
        return session_members(self._root.pid)

    async def freeze(self) -> None:
        async def all_stopped() -> bool:
            # Anew each time: a worker may have forked while it was being stopped.
            running = [process for process in self.processes() if not is_stopped(process)]
            signal_all(running, signal.SIGSTOP)
            return not running

        await wait_until(all_stopped, "the worker is frozen", timeout_seconds=10)

    def thaw(self) -> None:
        signal_all(self.processes(), signal.SIGCONT)

    async def stop(self, grace_seconds: float = 0.2) -> None:
        """Nothing that was measured depends on a graceful end, so there is little grace."""
        if self._root is None:
            return

        async def ended() -> bool:
            return not self.processes()

        signal_all(self.processes(), signal.SIGCONT)
        signal_all([self._root], signal.SIGTERM)
        with contextlib.suppress(BenchmarkError):
            await wait_until(ended, "the worker ends by itself", grace_seconds)
        signal_all(self.processes(), signal.SIGKILL)
        await wait_until(ended, "the killed worker is gone", timeout_seconds=10)
        self._root.wait()
        self._root = None


def session_members(leader: int) -> list[psutil.Process]:
    """The leader first, where it lives: stopped first, it forks no more."""
    members = []
    for pid in psutil.pids():
        with contextlib.suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            if os.getsid(pid) == leader:
                process = psutil.Process(pid)
                if process.status() not in ENDED:
                    members.append(process)
    return sorted(members, key=lambda process: process.pid != leader)


def is_stopped(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return True


def signal_all(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
