"""Run one command of a task: its output goes on to the task's log, the last of it is kept."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from executors.handler import TAIL_BYTES, Failed, Ran, Stopped
from executors.processes import descendants, die_with_parent, kill_sandboxed, signal_all
from executors.sandbox import UMASK

END_SECONDS = 10.0
_READ_BYTES = 64 * 1024
_LAST_READS = 32
"""More than a pipe can hold: something that the command left behind may write for ever."""


@dataclass(frozen=True)
class Command:
    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    stdin: str | None
    temporary: Path
    logged: bool = True
    keep_bytes: int = TAIL_BYTES
    seconds: float | None = None
    """Then it is killed, with all that it started."""
    numbers: tuple[int, ...] = ()
    """Open files that it inherits."""
    apart: bool = False
    """In a process group of its own. What stops the task is passed on to it by us."""


def run_command(command: Command) -> Ran:
    with tempfile.TemporaryFile(dir=command.temporary) as source:
        source.write((command.stdin or "").encode(errors="replace"))
        source.seek(0)
        process = _start(command, source)
    with process, _Pump(process, command) as pump:
        try:
            pump.until_exit()
        except Stopped:
            # The command got the same signal, as a member of our group, or gets it now. It may
            # need a moment, and it has one: whoever sent the signal will kill us all when that is
            # over.
            if command.apart:
                signal_all(descendants(process.pid) or [process.pid], signal.SIGTERM)
            pump.until_exit()
            raise
        ran = Ran(process.returncode, pump.tail(1), pump.tail(2), pump.timed_out)
    if command.apart and kill_sandboxed(END_SECONDS):
        raise Failed("processes of the command could not be killed")
    return ran


def _start(command: Command, source: IO[bytes]) -> subprocess.Popen[bytes]:
    argv, cwd = command.argv, command.cwd
    try:
        return subprocess.Popen(
            argv,
            cwd=cwd,
            env=command.env,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Without a function to call in between, no copy of this process is made first.
            preexec_fn=None if command.apart else partial(die_with_parent, os.getpid()),
            pass_fds=command.numbers,
            process_group=0 if command.apart else None,
            umask=UMASK if command.apart else -1,
        )
    except FileNotFoundError as error:
        if not cwd.is_dir():
            raise Failed(f"no such folder in the workspace: {cwd.name}") from error
        raise Failed(
            f"command not found: {argv[0]}", "is it installed on the executor's machine?"
        ) from error
    except PermissionError as error:
        raise Failed(f"not executable: {argv[0]}") from error
    except (OSError, ValueError) as error:
        raise Failed(f"cannot run {argv[0]}: {error}") from error


class _Pump:
    """Passes a process's output on to our own, and remembers the end of it."""

    def __init__(self, process: subprocess.Popen[bytes], command: Command) -> None:
        self._process = process
        self._command = command
        self._selector = selectors.DefaultSelector()
        self._tails = {1: bytearray(), 2: bytearray()}
        for pipe, ours in ((process.stdout, 1), (process.stderr, 2)):
            assert pipe is not None  # noqa: S101  we asked for pipes
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe.fileno(), selectors.EVENT_READ, ours)
        self.timed_out = False
        self._deadline = None if command.seconds is None else time.monotonic() + command.seconds
        self._exited = os.pidfd_open(process.pid)
        self._selector.register(self._exited, selectors.EVENT_READ, 0)

    def __enter__(self) -> _Pump:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        os.close(self._exited)

    def until_exit(self) -> None:
        """Until the process has ended and what it wrote is read, whoever else holds its pipes."""
        while self._process.poll() is None:
            for key, _ in self._selector.select(self._left()):
                self._pass_on(key)
            if self._left() == 0:
                self.timed_out, self._deadline = True, None
                pid = self._process.pid
                signal_all([*descendants(pid), pid], signal.SIGKILL)
        for _ in range(_LAST_READS):
            if not any(self._pass_on(key) for key in list(self._selector.get_map().values())):
                break

    def _left(self) -> float | None:
        return None if self._deadline is None else max(self._deadline - time.monotonic(), 0.0)

    def tail(self, ours: int) -> str:
        kept = self._tails[ours][-self._command.keep_bytes :]
        return kept.decode(errors="replace").replace("\x00", "\ufffd")

    def _pass_on(self, key: selectors.SelectorKey) -> bool:
        if key.data == 0:
            return False
        try:
            data = os.read(key.fd, _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._selector.unregister(key.fd)
            return False
        tail, most = self._tails[key.data], self._command.keep_bytes
        tail += data
        if len(tail) > 2 * most:
            del tail[:-most]
        while data and self._command.logged:
            data = data[os.write(key.data, data) :]
        return True
