"""Outcomes on disk, each group of them safe before it is emitted, until the ledger has them.

A file is one flush. Its name ends in the number of outcomes it holds, so that it can be struck
off without being read. Files that were struck off are written again, because a file that keeps
its place is synced in a third of the time that a new one takes: what is synced is the content
alone, which says the file's name, so that a name lost to a power cut is found again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from executors.record import NOTHING, Record, pack, unpack
from ygg.blobs import BlobFiles

_SUFFIX = ".json"
_SPARES = 16
_SPARE_BYTES = 1 << 20
"""A larger file is not kept for the next."""
_BLOCK_BYTES = 4096


class Spool:
    def __init__(self, folder: Path, boot: str) -> None:
        self.folder = folder
        self._spares = folder / "spare"
        self._prefix = f"{boot}-{os.getpid()}"
        self._serial = 0
        self._removed = 0
        self._next: tuple[Path, int] | None = None
        self._spares.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def next_name(self, outcomes: int) -> str:
        self._serial += 1
        return f"{self._prefix}-{self._serial}-{outcomes}"

    def write(self, name: str, record: Record) -> None:
        """Return when a power cut could not take it any more."""
        path, handle = self._next or self._open_next()
        self._next = None
        content = pack(name, record)
        try:
            with os.fdopen(handle, "wb") as file:
                # Whole blocks: the next record then fits where this one lies.
                file.write(content + bytes(-len(content) % _BLOCK_BYTES))
                file.flush()
                os.fdatasync(handle)
            path.rename(self._file(name))
        except OSError:
            path.unlink(missing_ok=True)
            raise

    def make_ready(self) -> None:
        """Have a file open for the next record, so that it need not wait for one."""
        self._next = self._next or self._open_next()

    def remove_unused(self) -> None:
        """What children that were killed had open for their next record."""
        for path in self.folder.glob(".*-*-next"):
            pid = path.name.split("-")[-2]
            if not Path("/proc", pid).exists():
                path.unlink(missing_ok=True)

    def _open_next(self) -> tuple[Path, int]:
        path = self.folder / f".{self._prefix}-next"
        is_new = not self._take_spare(path)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            if is_new:
                os.pwrite(handle, bytes(_BLOCK_BYTES), 0)
                os.fsync(handle)
                os.fsync(self._handle)
        except OSError:
            os.close(handle)
            path.unlink()
            raise
        return path, handle

    def names(self) -> list[str]:
        """The files of every process of this executor, this one's and earlier ones'."""
        found = (entry.name for entry in os.scandir(self.folder))
        return [
            name.removesuffix(_SUFFIX)
            for name in found
            if name.endswith(_SUFFIX) and not name.startswith(".")
        ]

    def has(self, name: str) -> bool:
        return self._file(name).exists()

    def read(self, name: str) -> Record | None:
        """Nothing when it was struck off meanwhile. ValueError when it cannot be understood."""
        try:
            found = self._file(name).read_bytes()
        except FileNotFoundError:
            return None
        return unpack(found)[1]

    def remove(self, name: str) -> None:
        """The record is not needed any more; its file is for another."""
        try:
            record = self.read(name)
        except ValueError:
            record = None
        with contextlib.suppress(FileNotFoundError):
            self._free(self._file(name))
        for folder in {folder for _, folder in record.blobs} if record else ():
            self.remove_blobs(folder)

    def age_seconds(self, name: str) -> float:
        """Since it was written, by the machine's clock; none when it was struck off."""
        try:
            return time.time() - self._file(name).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def remove_blobs(self, folder: str) -> None:
        shutil.rmtree(self._blob_folder(folder), ignore_errors=True)

    def set_aside(self, name: str) -> None:
        """Keep a file that nobody can read for a person to look at, and stop trying."""
        self._file(name).rename(self.folder / f"{name}.unreadable")

    def blobs(self, folder: str) -> BlobFiles:
        return BlobFiles(self._blob_folder(folder))

    def recover(self) -> None:
        """Find what an earlier process wrote whole, remove the rest. Before any child writes."""
        for name in self.names():
            if self._file(name).read_bytes().startswith(NOTHING):  # struck off, not yet moved
                self._file(name).unlink()
        for path in self._nameless():
            try:
                name, _ = unpack(path.read_bytes())
            except ValueError:
                path.unlink()
            else:
                path.rename(self._file(name))
        self._remove_needless_blobs()

    def _nameless(self) -> Iterator[Path]:
        """Files that were about to be written or struck off when their process died."""
        for entry in (*os.scandir(self.folder), *os.scandir(self._spares)):
            path = Path(entry.path)
            if entry.is_file() and (path.parent == self._spares or entry.name.startswith(".")):
                yield path

    def _remove_needless_blobs(self) -> None:
        needed: set[str] = set()
        for name in self.names():
            with contextlib.suppress(ValueError):
                record = self.read(name)
                needed |= {folder for _, folder in record.blobs} if record else set()
        blobs = self.folder / "blobs"
        for entry in os.scandir(blobs) if blobs.is_dir() else ():
            if entry.name not in needed:
                shutil.rmtree(entry.path, ignore_errors=True)

    def _take_spare(self, path: Path) -> bool:
        """Of the spares that other processes may take too, one."""
        for spare in self._spares.iterdir():
            with contextlib.suppress(FileNotFoundError):
                spare.rename(path)
                return True
        return False

    def _free(self, path: Path) -> None:
        if path.stat().st_size > _SPARE_BYTES:
            path.unlink()
            return
        with path.open("r+b") as file:
            file.write(NOTHING)
        self._removed += 1
        path.rename(self._spares / str(self._removed % _SPARES))

    def _file(self, name: str) -> Path:
        return self.folder / (name + _SUFFIX)

    def _blob_folder(self, folder: str) -> Path:
        return self.folder / "blobs" / folder


def outcomes_in(name: str) -> int:
    """How many outcomes a spool file of this name holds."""
    return int(name.rpartition("-")[2])
