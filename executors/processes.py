"""Process trees: nothing that a task started outlives it.

A pool child is the subreaper of all its descendants, so one that forks twice and makes a session
of its own still ends up as our child, and is found.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import time
from collections.abc import Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_KEYCTL = {"x86_64": 250, "aarch64": 219}
_JOIN_SESSION_KEYRING = 1
_PROC = Path("/proc")

_libc = ctypes.CDLL(None, use_errno=True)


def become_subreaper() -> None:
    """Orphans below this process become its children."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """The kernel kills this process when the one that forked it ends. Survives exec."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), signal.SIGKILL)


def forget_keys() -> None:
    """A new, empty session keyring: those of whoever started the executor are none of a task's
    business, and no task leaves any to the next."""
    number = _KEYCTL.get(platform.machine())
    if number is not None:  # elsewhere, and in containers that forbid it, the sandbox refuses
        _libc.syscall(number, _JOIN_SESSION_KEYRING, None)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def children(pid: int) -> list[int]:
    """The direct children of a process, zombies among them."""
    try:
        tasks = list((_PROC / str(pid) / "task").iterdir())
        return [int(one) for task in tasks for one in (task / "children").read_text().split()]
    except FileNotFoundError:
        return _children_by_scan(pid)
    except ProcessLookupError:
        return []


def descendants(pid: int) -> list[int]:
    found = []
    below = children(pid)
    while below:
        found += below
        below = [grandchild for one in below for grandchild in children(one)]
    return found


def signal_all(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def reap() -> dict[int, int]:
    """The exit codes of all children that have ended, as `os.waitstatus_to_exitcode` puts them."""
    found = {}
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            found[pid] = os.waitstatus_to_exitcode(status)
    return found


def kill_sandboxed(seconds: float) -> int:
    """Kill and reap all below this process that lives in a namespace of its own: how many did not
    end in time. A sandbox says that its command has ended while what that started still runs."""
    ours = _namespace(os.getpid())
    deadline = time.monotonic() + seconds
    while True:
        left = [pid for pid in descendants(os.getpid()) if _namespace(pid) not in (ours, None)]
        if not left or time.monotonic() > deadline:
            return len(left)
        signal_all(left, signal.SIGKILL)
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.0005)


def _namespace(pid: int) -> str | None:
    """Nothing for a process that is gone."""
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return None


def kill_descendants(seconds: float) -> tuple[int, dict[int, int]]:
    """Kill and reap all below this process: how many did not end in time, and all exit codes.

    Again and again, because one that is forking while it is killed leaves a child.
    """
    ended: dict[int, int] = {}
    deadline = time.monotonic() + seconds
    pause = 0.0005
    while True:
        ended |= reap()
        left = descendants(os.getpid())
        if not left or time.monotonic() > deadline:
            return len(left), ended
        signal_all(left, signal.SIGKILL)
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


def _children_by_scan(parent: int) -> list[int]:
    """For kernels without /proc/PID/task/TID/children."""
    found = []
    for entry in os.scandir(_PROC):
        if not entry.name.isdigit():
            continue
        try:
            stat = (_PROC / entry.name / "stat").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(stat.rpartition(")")[2].split()[1]) == parent:
            found.append(int(entry.name))
    return found
