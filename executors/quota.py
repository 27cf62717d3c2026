"""What a task's files and processes take, looked at now and then while it runs."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from executors.clock import boottime
from ygg.machine_settings import ExecutorSettings

LOOK_SECONDS = 0.5
LOOK_LENGTH_SECONDS = 0.05
LOOK_SHARE = 20
"""Looking takes at most one part in so many of the time: a large workspace, many looks."""
END_SECONDS = 2.0
MOST_DEPTH = 200
"""Deeper, the programs that tidy up and look for files begin to fail."""


class Quota:
    """Says when a task has grown over what its executor allows."""

    def __init__(self, folder: Path, settings: ExecutorSettings, memory_bytes: int | None) -> None:
        self._folder = folder
        self._most_bytes = settings.workspace_bytes
        self._most_files = settings.workspace_files
        self._memory_bytes = memory_bytes
        self._measure = Measure(folder)
        self._next = boottime() + LOOK_SECONDS

    def broken(self, processes: Iterable[int]) -> str | None:
        """In what way, in words; looks only when it is time, and never for long."""
        began = boottime()
        if began < self._next:
            return None
        pids = list(processes)
        whole = self._measure.go_on(LOOK_LENGTH_SECONDS)
        found = self._files(unlinked(pids)) or self._memory(pids)
        took = boottime() - began
        if whole:
            self._measure = Measure(self._folder)
            self._next = boottime() + LOOK_SECONDS
        else:
            self._next = boottime() + took * LOOK_SHARE
        return found

    def broken_at_end(self) -> str | None:
        self._measure = Measure(self._folder)
        self._measure.go_on(END_SECONDS)
        return self._files()

    def _files(self, unlinked_bytes: int = 0) -> str | None:
        if self._measure.files > self._most_files:
            return f"its workspace has more than {self._most_files} files"
        if self._measure.depth > MOST_DEPTH:
            return f"its workspace has folders more than {MOST_DEPTH} deep"
        if self._measure.size_bytes + unlinked_bytes > self._most_bytes:
            return f"its workspace takes more than {self._most_bytes} bytes"
        return None

    def _memory(self, pids: list[int]) -> str | None:
        most = self._memory_bytes
        if most is None:
            return None
        # What is shared is counted once only by the second, and that takes a hundred times as long.
        if sum(map(resident_memory, pids)) <= most or sum(map(own_memory, pids)) <= most:
            return None
        return f"its commands take more than {most} bytes of memory"


class Measure:
    """What is on the disk below a folder, found out in as many steps as it takes."""

    def __init__(self, folder: Path) -> None:
        self.size_bytes = 0
        self.files = 0
        self.depth = 0
        self._waiting = [(str(folder), 1)]

    def go_on(self, seconds: float) -> bool:
        """Whether all of it has been seen."""
        deadline = boottime() + seconds
        while self._waiting:
            folder, depth = self._waiting.pop()
            self.depth = max(self.depth, depth)
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        self._count(entry, depth)
            except OSError:  # gone meanwhile, or made unreadable
                continue
            if boottime() > deadline:
                break
        return not self._waiting

    def _count(self, entry: os.DirEntry[str], depth: int) -> None:
        self.files += 1
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:
            return
        # Blocks, not length: a file full of holes takes nothing.
        self.size_bytes += found.st_blocks * 512
        if stat.S_ISDIR(found.st_mode):
            self._waiting.append((entry.path, depth + 1))


def unlinked(pids: Iterable[int]) -> int:
    """What open files that have no name any more take on the disk."""
    found: dict[tuple[int, int], int] = {}
    for pid in pids:
        with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
            for entry in entries:
                with suppress(OSError):
                    file = os.stat(entry.path)  # noqa: PTH116  what it leads to
                    if stat.S_ISREG(file.st_mode) and file.st_nlink == 0:
                        found[file.st_dev, file.st_ino] = file.st_blocks * 512
    return sum(found.values())


def resident_memory(pid: int) -> int:
    """Of a process, what is not a file's: shared with others or not."""
    return _kilobytes(pid, "status", ("RssAnon", "RssShmem"))


def own_memory(pid: int) -> int:
    """Its part of it, where what several share is divided among them."""
    return _kilobytes(pid, "smaps_rollup", ("Pss_Anon", "Pss_Shmem"))


def _kilobytes(pid: int, file: str, names: tuple[str, ...]) -> int:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
        found = [line.split() for line in lines if line.startswith(names)]
        return sum(int(words[1]) for words in found) * 1024
    except (OSError, ValueError, IndexError):
        return 0
