"""Keeps a set of processes running: restarts what dies, stops all of it in order.

One thread. On Linux a child is told by the kernel when its supervisor dies, however it dies;
every child leads a process group of its own, so that Ctrl-C reaches only the supervisor, which
knows the order.
"""

from __future__ import annotations

import ctypes
import logging
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""After running this long a part that dies is restarted at once again."""
TICK_SECONDS = 0.25
LOG_BYTES = 10 * 1024 * 1024
"""A part's log is moved aside at this size; one older piece is kept."""
HURRIED_SECONDS = 3.0
KILL_SECONDS = 5.0
HURRY = signal.SIGQUIT
"""Stops like SIGTERM, and does not wait for running tasks."""
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Part:
    """One process. `environment` is laid over the supervisor's own."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    stop_seconds: float = 15.0
    """How long it may take to stop by itself."""
    hurry: signal.Signals = signal.SIGTERM
    """What tells it to stop at once. An executor hands its tasks back on a signal of its own: two
    of SIGTERM on each other's heels arrive as one."""
    hurried_seconds: float = HURRIED_SECONDS
    """How long it may take to stop once somebody is in a hurry."""
    hurried_turn: int = 0
    """Lower turns stop first in a hurry; in a turn, and without hurry, the last started does."""
    ready: Callable[[], bool] | None = None
    """What comes after it starts only when this was true once."""
    at_start: Callable[[], Mapping[str, str]] = dict
    """Asked right before each start for more of its environment."""


@dataclass
class Running:
    """What became of a part."""

    part: Part
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    next_start: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    restarts: int = 0
    been_ready: bool = False
    is_wanted_again: bool = False
    """It was told to end so that it starts anew: no crash, and no pause."""

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def restart(self) -> None:
        if self.process is None:
            self.next_start = 0.0
        else:
            self.is_wanted_again = True
            self.process.terminate()


@dataclass
class Supervisor:
    parts: Sequence[Part]
    on_change: Callable[[Sequence[Running]], None] = lambda running: None
    """Called whenever a part was started or has died."""
    on_tick: Callable[[Sequence[Running]], None] = lambda running: None
    """Called several times a second while all is well or not; must not block for long."""
    _running: list[Running] = field(default_factory=list)
    _stops_asked: int = 0

    def run(self) -> None:
        """Until SIGTERM, SIGINT or SIGHUP; a second SIGINT, or `HURRY`, cuts short what goes on.

        A second SIGTERM does not: whoever asks twice to stop asks for the same.
        """
        self._running = [Running(part) for part in self.parts]
        with _signals(self._ask_stop) as wake:
            try:
                while not self._stops_asked:
                    self._tend()
                    self.on_tick(self._running)
                    _sleep(wake, TICK_SECONDS)
            finally:
                self._stop_all(wake)

    def _ask_stop(self, number: int) -> None:
        """Runs in a signal handler, where nothing may be written."""
        if number == HURRY:
            self._stops_asked = 2
        elif number == signal.SIGINT:
            self._stops_asked += 1
        else:
            self._stops_asked = max(self._stops_asked, 1)

    def _tend(self) -> None:
        now = time.monotonic()
        for each in self._running:
            if each.process is not None and each.process.poll() is not None:
                self._bury(each, now)
            if each.process is None and now >= each.next_start:
                self._start(each, now)
            _cap(each.part.log)
            if not each.been_ready:
                each.been_ready = each.part.ready is None or each.part.ready()
                if not each.been_ready:
                    break

    def _start(self, each: Running, now: float) -> None:
        part = each.part
        part.log.parent.mkdir(parents=True, exist_ok=True)
        told = {**os.environ, **part.environment, **part.at_start()}
        with part.log.open("ab") as output:
            each.process = subprocess.Popen(
                part.argv,
                env=told,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=_die_with_parent(),  # safe: this process has one thread
            )
        each.started_at = now
        log.info("started %s", part.name, extra={"action": "start"})
        self.on_change(self._running)

    def _bury(self, each: Running, now: float) -> None:
        code = each.process.returncode if each.process else 0
        each.process = None
        if each.is_wanted_again:
            each.is_wanted_again, each.next_start = False, now
            return
        if now - each.started_at > STEADY_SECONDS:
            each.pause = FIRST_PAUSE_SECONDS
        each.next_start = now + each.pause
        log.warning(
            "%s ended (%s); starting it again in %.1f s; its log: %s",
            each.part.name,
            _ending(code),
            each.pause,
            each.part.log,
            extra={"action": "restart"},
        )
        each.pause = min(each.pause * 2, LONGEST_PAUSE_SECONDS)
        each.restarts += 1
        self.on_change(self._running)

    def _stop_all(self, wake: socket.socket) -> None:
        if not self._hurried:
            log.info(
                "stopping; running tasks may finish first, a second Ctrl-C hands them back",
                extra={"action": "stop"},
            )
            for part, process in self._alive():
                self._stop(part, process, wake)
        for part, process in sorted(self._alive(), key=lambda each: each[0].hurried_turn):
            self._hurry(part, process, wake)

    def _alive(self) -> list[tuple[Part, subprocess.Popen[bytes]]]:
        """The last started first."""
        found = [(each.part, each.process) for each in reversed(self._running) if each.process]
        return [(part, process) for part, process in found if process.poll() is None]

    def _stop(self, part: Part, process: subprocess.Popen[bytes], wake: socket.socket) -> None:
        """Gives up, for `_hurry` to go on, as soon as somebody is in a hurry."""
        if self._hurried:
            return
        log.info("stopping %s", part.name, extra={"action": "stop"})
        process.terminate()
        deadline = time.monotonic() + part.stop_seconds
        while process.poll() is None and not self._hurried:
            if time.monotonic() > deadline:
                _kill(part, process)
            _sleep(wake, TICK_SECONDS)

    def _hurry(self, part: Part, process: subprocess.Popen[bytes], wake: socket.socket) -> None:
        log.info("stopping %s at once", part.name, extra={"action": "stop"})
        process.send_signal(part.hurry)
        deadline = time.monotonic() + part.hurried_seconds
        while process.poll() is None:
            if time.monotonic() > deadline:
                _kill(part, process)
            _sleep(wake, TICK_SECONDS)

    @property
    def _hurried(self) -> bool:
        return self._stops_asked > 1


@contextmanager
def _signals(ask_stop: Callable[[int], None]) -> Iterator[socket.socket]:
    """A socket that becomes readable with every signal, so that waiting ends at once."""
    wake, waker = socket.socketpair()
    wake.setblocking(False)
    waker.setblocking(False)
    stops = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, HURRY)
    before = {number: signal.getsignal(number) for number in (*stops, signal.SIGCHLD)}
    for number in stops:
        signal.signal(number, lambda number, frame: ask_stop(number))
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    old = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    try:
        yield wake
    finally:
        signal.set_wakeup_fd(old)
        for number, handler in before.items():
            signal.signal(number, handler)
        wake.close()
        waker.close()


def _sleep(wake: socket.socket, seconds: float) -> None:
    readable, _, _ = select.select([wake], [], [], seconds)
    if readable:
        wake.recv(4096)


def _die_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    supervisor = os.getpid()

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor:
            os._exit(1)

    return ask_kernel


def _kill(part: Part, process: subprocess.Popen[bytes]) -> None:
    log.warning("%s does not stop: killed", part.name, extra={"action": "kill"})
    _kill_group(process)
    process.wait(KILL_SECONDS)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def _cap(file: Path) -> None:
    """The part keeps writing to the same file, opened for appending: it is emptied in place."""
    if file.exists() and file.stat().st_size > LOG_BYTES:
        shutil.copyfile(file, file.with_name(file.name + ".1"))
        os.truncate(file, 0)


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
