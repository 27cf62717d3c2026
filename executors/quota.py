"""What a task's files and processes take, looked at now and then while it runs."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from executors.clock import boottime
from ygg.settings import ExecutorSettings

LOOK_SECONDS = 0.5
LOOK_SHARE = 20
"""Looking takes at most one part in so many of the time: large workspaces are looked at rarely."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Usage:
    size_bytes: int = 0
    files: int = 0


class Quota:
    """Says when a task has grown over what its executor allows."""

    def __init__(self, folder: Path, settings: ExecutorSettings, memory_bytes: int | None) -> None:
        self._folder = folder
        self._most_bytes = settings.workspace_bytes
        self._most_files = settings.workspace_files
        self._memory_bytes = memory_bytes
        self._next = boottime() + LOOK_SECONDS

    def broken(self, processes: Iterable[int]) -> str | None:
        """In what way, in words; looks only when it is time."""
        began = boottime()
        if began < self._next:
            return None
        found = self._files() or self._memory(processes)
        took = boottime() - began
        self._next = boottime() + max(LOOK_SECONDS, took * LOOK_SHARE)
        return found

    def broken_at_end(self) -> str | None:
        return self._files()

    def _files(self) -> str | None:
        used = measure(self._folder, self._most_bytes, self._most_files)
        if used.files > self._most_files:
            return f"its workspace has more than {self._most_files} files"
        if used.size_bytes > self._most_bytes:
            return f"its workspace takes more than {self._most_bytes} bytes"
        return None

    def _memory(self, processes: Iterable[int]) -> str | None:
        if self._memory_bytes is None:
            return None
        if sum(map(own_memory, processes)) > self._memory_bytes:
            return f"its commands take more than {self._memory_bytes} bytes of memory"
        return None


def measure(folder: Path, most_bytes: int, most_files: int) -> Usage:
    """What is on the disk below a folder; ends early beyond either bound."""
    used = Usage()
    waiting = [str(folder)]
    while waiting and used.files <= most_files and used.size_bytes <= most_bytes:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    _count(entry, used, waiting)
                    if used.files > most_files:
                        break
        except OSError:  # gone meanwhile, or made unreadable
            continue
    return used


def _count(entry: os.DirEntry[str], used: Usage, waiting: list[str]) -> None:
    used.files += 1
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return
    # Blocks, not length: a file full of holes takes nothing.
    used.size_bytes += found.st_blocks * 512
    if stat.S_ISDIR(found.st_mode):
        waiting.append(entry.path)


def own_memory(pid: int) -> int:
    """Bytes that a process shares with no other, more or less."""
    try:
        words = Path(f"/proc/{pid}/statm").read_text().split()
        return (int(words[1]) - int(words[2])) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0
