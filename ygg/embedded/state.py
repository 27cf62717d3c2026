"""Which fleet runs on this data folder: a lock that its supervisor holds, and what it wrote."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ygg import lock
from ygg.embedded.secret_files import write_private
from ygg.lock import Lock
from ygg.supervisor import Running
from ygg.target import lock_file, state_file

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class PartState:
    pid: int | None
    restarts: int
    log: str


@dataclass(frozen=True)
class State:
    pid: int
    url: str
    flower_url: str | None
    redis_url: str
    executor: str
    began_at: float
    """Seconds since 1970."""
    parts: dict[str, PartState]
    notices: tuple[str, ...] = ()
    """What the person who started it should know."""


def take_lock(data_dir: Path) -> Lock | None:
    """Nothing when another process has it."""
    return lock.take(lock_file(data_dir), str(os.getpid()))


def holder(data_dir: Path) -> int | None:
    """The pid of the supervisor that runs on this folder now."""
    text = lock.text_of_holder(lock_file(data_dir))
    return int(text) if text and text.isdigit() and _is_ours(int(text)) else None


def read(data_dir: Path) -> State | None:
    try:
        found = json.loads(state_file(data_dir).read_text())
        found["parts"] = {name: PartState(**part) for name, part in found["parts"].items()}
        return State(**found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(data_dir: Path, state: State) -> None:
    write_private(state_file(data_dir), json.dumps(asdict(state), indent=2) + "\n")


def remove(data_dir: Path) -> None:
    state_file(data_dir).unlink(missing_ok=True)


def parts_of(running: Sequence[Running]) -> dict[str, PartState]:
    return {
        each.part.name: PartState(each.pid, each.restarts, str(each.part.log)) for each in running
    }


def await_leftovers(data_dir: Path, *, seconds: float) -> list[str]:
    """Parts of a supervisor that was killed, if they are still there after this time."""
    state = read(data_dir)
    if state is None:
        return []
    deadline = time.monotonic() + seconds
    while True:
        left = [name for name, part in state.parts.items() if part.pid and _exists(part.pid)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(POLL_SECONDS)


def _is_ours(pid: int) -> bool:
    """Guards the moment between taking the lock and writing the pid, where we can look."""
    command = Path(f"/proc/{pid}/cmdline")
    if not Path("/proc/self/cmdline").exists():
        return _exists(pid)
    try:
        return b"ygg" in command.read_bytes()
    except OSError:
        return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
