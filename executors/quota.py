"""What a task's files and processes take, looked at now and then while it runs."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from executors.clock import boottime
from ygg.machine_settings import ExecutorSettings

LOOK_SECONDS = 0.5
LOOK_LENGTH_SECONDS = 0.05
LOOK_SHARE = 20
"""Looking takes at most one part in so many of the time: a large workspace, many looks."""
END_SECONDS = 2.0


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
        whole = self._measure.go_on(LOOK_LENGTH_SECONDS)
        found = self._files() or self._memory(processes)
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

    def _files(self) -> str | None:
        if self._measure.files > self._most_files:
            return f"its workspace has more than {self._most_files} files"
        if self._measure.size_bytes > self._most_bytes:
            return f"its workspace takes more than {self._most_bytes} bytes"
        return None

    def _memory(self, processes: Iterable[int]) -> str | None:
        most = self._memory_bytes
        if most is None:
            return None
        pids = list(processes)
        # What is shared is counted once only by the second, and that takes a hundred times as long.
        if sum(map(resident_memory, pids)) <= most or sum(map(own_memory, pids)) <= most:
            return None
        return f"its commands take more than {most} bytes of memory"


class Measure:
    """What is on the disk below a folder, found out in as many steps as it takes."""

    def __init__(self, folder: Path) -> None:
        self.size_bytes = 0
        self.files = 0
        self._waiting = [str(folder)]

    def go_on(self, seconds: float) -> bool:
        """Whether all of it has been seen."""
        deadline = boottime() + seconds
        while self._waiting:
            try:
                with os.scandir(self._waiting.pop()) as entries:
                    for entry in entries:
                        self._count(entry)
            except OSError:  # gone meanwhile, or made unreadable
                continue
            if boottime() > deadline:
                break
        return not self._waiting

    def _count(self, entry: os.DirEntry[str]) -> None:
        self.files += 1
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:
            return
        # Blocks, not length: a file full of holes takes nothing.
        self.size_bytes += found.st_blocks * 512
        if stat.S_ISDIR(found.st_mode):
            self._waiting.append(entry.path)


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
