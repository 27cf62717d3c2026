"""Who keeps the registry of a home running: a process here, or one in a container."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from registry.home import Home
from ygg import lock
from ygg.lock import Lock

_NAMESPACE = Path("/proc/self/ns/pid")


@dataclass(frozen=True)
class Keeper:
    process: int | None
    """Nothing when it runs where its number means another process, or none: in a container."""

    def __str__(self) -> str:
        return f"process {self.process}" if self.process else "in a container"


def take(home: Home) -> Lock | None:
    """For this process, until it ends. Nothing when another has it."""
    return lock.take(home.lock, f"{os.getpid()} {_namespace()}")


def keeper(home: Home) -> Keeper | None:
    """Nothing when none runs."""
    text = lock.text_of_holder(home.lock)
    if text is None:
        return None
    number, _, where = text.partition(" ")
    is_here = number.isdigit() and where == _namespace()
    return Keeper(int(number) if is_here else None)


def _namespace() -> str:
    """In which numbers of processes are counted."""
    try:
        return str(_NAMESPACE.readlink())
    except OSError:
        return ""
