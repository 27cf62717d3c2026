"""Outcomes on disk, each group of them safe before it is emitted, until the ledger has them.

A file is one flush: first a line of JSON that says whose leases end and which blobs are needed,
then the very bytes to emit. Its name ends in the number of outcomes it holds, so that it can be
struck off without being read.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from ygg.blobs import BlobFiles

_SUFFIX = ".json"


@dataclass(frozen=True)
class Record:
    """What emitting a group of outcomes needs, again and again."""

    ended: list[tuple[str, int, str]]
    """Task, attempt and holder of each."""
    events: bytes
    blobs: list[tuple[str, str]]
    """Digest of each artifact too large for the event, and the folder it is kept in."""


class Spool:
    def __init__(self, folder: Path, boot: str) -> None:
        self.folder = folder
        self._prefix = f"{boot}-{os.getpid()}"
        self._serial = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def next_name(self, outcomes: int) -> str:
        self._serial += 1
        return f"{self._prefix}-{self._serial}-{outcomes}"

    def write(self, name: str, record: Record) -> None:
        """Return when a power cut could not take it any more."""
        head = json.dumps({"ended": record.ended, "blobs": record.blobs}).encode()
        unfinished = self.folder / f".{name}"
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(head + b"\n" + record.events)
                file.flush()
                os.fsync(handle)
            unfinished.rename(self._file(name))
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        os.fsync(self._handle)

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
            head, _, events = self._file(name).read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        try:
            found = json.loads(head)
            ended = [(str(task), int(attempt), str(who)) for task, attempt, who in found["ended"]]
            blobs = [(str(sha256), str(folder)) for sha256, folder in found["blobs"]]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"not a spool file: {error!r}") from error
        return Record(ended, events, blobs)

    def remove(self, name: str) -> None:
        try:
            record = self.read(name)
        except ValueError:
            record = None
        self._file(name).unlink(missing_ok=True)
        for folder in {folder for _, folder in record.blobs} if record else ():
            shutil.rmtree(self._blob_folder(folder), ignore_errors=True)

    def set_aside(self, name: str) -> None:
        """Keep a file that cannot be read for a person to look at, and stop trying."""
        self._file(name).rename(self.folder / f"{name}.unreadable")

    def blobs(self, folder: str) -> BlobFiles:
        return BlobFiles(self._blob_folder(folder))

    def clear_unfinished(self) -> None:
        """Remove what an earlier process left half written. Only before any child writes."""
        for entry in os.scandir(self.folder):
            if entry.name.startswith(".") and entry.is_file():
                Path(entry.path).unlink(missing_ok=True)
        needed: set[str] = set()
        for name in self.names():
            try:
                record = self.read(name)
            except ValueError:
                continue
            needed |= {folder for _, folder in record.blobs} if record else set()
        blobs = self.folder / "blobs"
        for entry in os.scandir(blobs) if blobs.is_dir() else ():
            if entry.name not in needed:
                shutil.rmtree(entry.path, ignore_errors=True)

    def _file(self, name: str) -> Path:
        return self.folder / (name + _SUFFIX)

    def _blob_folder(self, folder: str) -> Path:
        return self.folder / "blobs" / folder


def outcomes_in(name: str) -> int:
    """How many outcomes a spool file of this name holds."""
    return int(name.rpartition("-")[2])
