"""Members of an archive become files below one folder, and never anything else or elsewhere.

Every step on the way down is opened by itself and never through a link: what lies in the folder
already may have come from the same stranger as the archive.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import NoReturn

from ygg.errors import BadInput

CHUNK_BYTES = 64 * 1024
_NAME_SHOWN = 80
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

Read = Callable[[int], bytes]
"""At most so many bytes of a member's content; none at its end."""


@dataclass(frozen=True)
class Bounds:
    """The most that an archive may become."""

    total_bytes: int = 2 * 1024**3
    files: int = 50_000
    depth: int = 40
    ratio: int = 200
    """So many times its own size, once it has become `free_bytes`."""
    free_bytes: int = 64 * 1024**2

    def most_bytes(self, packed_bytes: int) -> int:
        return min(self.total_bytes, max(self.free_bytes, packed_bytes * self.ratio))


class Extraction:
    def __init__(self, into: Path, bounds: Bounds, most_bytes: int) -> None:
        self._root = os.open(into, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._bounds = bounds
        self._most_bytes = most_bytes
        self._bytes_left = most_bytes
        self.members = 0
        self._folders: set[tuple[str, ...]] = set()

    def __enter__(self) -> Extraction:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        os.close(self._root)

    def folder(self, name: str) -> None:
        self._count(name)
        os.close(self._open_folder(name, self._parts(name)))

    def file(self, name: str, read: Read, *, executable: bool) -> None:
        self._count(name)
        parts = self._parts(name)
        folder = self._open_folder(name, parts[:-1])
        try:
            handle = os.open(
                _last(name, parts), _NEW, 0o755 if executable else 0o644, dir_fd=folder
            )
        except OSError as error:
            _refuse_for(name, error)
        finally:
            os.close(folder)
        with os.fdopen(handle, "wb") as file:
            while data := read(CHUNK_BYTES):
                self._spend(name, len(data))
                file.write(data)

    def link(self, name: str, target: str) -> None:
        """A symbolic one. It may only go up first, and not above where the archive began."""
        self._count(name)
        parts = self._parts(name)
        if not _leads_inside(target, depth=len(parts) - 1):
            refuse(name, f"is a link that leads out: {shown(target)}")
        folder = self._open_folder(name, parts[:-1])
        try:
            os.symlink(target, _last(name, parts), dir_fd=folder)
        except (OSError, ValueError) as error:
            _refuse_for(name, error)
        finally:
            os.close(folder)

    def same_file(self, name: str, other: str) -> None:
        """A hard link to a file that came before."""
        self._count(name)
        parts, old = self._parts(name), self._parts(other)
        folder, from_folder = self._open_folder(name, parts[:-1]), -1
        try:
            from_folder = self._open_folder(name, old[:-1], make=False)
            found = os.stat(_last(name, old), dir_fd=from_folder, follow_symlinks=False)
            if found.st_mode & 0o170000 != 0o100000:
                refuse(name, f"is a link to what is no file: {shown(other)}")
            os.link(
                *(old[-1], _last(name, parts)),
                src_dir_fd=from_folder,
                dst_dir_fd=folder,
                follow_symlinks=False,
            )
        except OSError as error:
            _refuse_for(name, error)
        finally:
            os.close(folder)
            if from_folder >= 0:
                os.close(from_folder)

    def _count(self, name: str) -> None:
        self.members += 1
        if self.members + len(self._folders) > self._bounds.files:
            refuse(name, f"is one too many: at most {self._bounds.files} files and folders")

    def _spend(self, name: str, size_bytes: int) -> None:
        self._bytes_left -= size_bytes
        if self._bytes_left < 0:
            refuse(name, f"is too much: at most {self._most_bytes} bytes may come out of this one")

    def _parts(self, name: str) -> tuple[str, ...]:
        path = PurePosixPath(name)
        if not name or "\x00" in name:
            refuse(name, "is no name for a file")
        if path.is_absolute():
            refuse(name, "is an absolute path")
        if ".." in path.parts:
            refuse(name, "leads out of the folder")
        if len(path.parts) > self._bounds.depth:
            refuse(name, f"is too deep: at most {self._bounds.depth} folders")
        return path.parts

    def _open_folder(self, name: str, parts: tuple[str, ...], *, make: bool = True) -> int:
        at = os.dup(self._root)
        for end, part in enumerate(parts, start=1):
            above = at
            try:
                if make and parts[:end] not in self._folders:
                    self._folders.add(parts[:end])
                    self._count(name)
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o755, dir_fd=above)
                at = os.open(part, _FOLDER, dir_fd=above)
            except OSError as error:
                _refuse_for(name, error)
            finally:
                os.close(above)
        return at


def refuse(name: str, why: str) -> NoReturn:
    raise BadInput(f"{shown(name)} {why}", field="unpack")


def shown(name: str) -> str:
    """A name as a person can read it, whatever it is made of."""
    text = name.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
    return text if len(text) <= _NAME_SHOWN else text[:_NAME_SHOWN] + "…"


def _last(name: str, parts: tuple[str, ...]) -> str:
    if not parts:
        refuse(name, "is no name for a file")
    return parts[-1]


def _leads_inside(target: str, depth: int) -> bool:
    path = PurePosixPath(target)
    ups = 0
    while ups < len(path.parts) and path.parts[ups] == "..":
        ups += 1
    return (
        bool(target)
        and "\x00" not in target
        and not path.is_absolute()
        and ups <= depth
        and ".." not in path.parts[ups:]
    )


def _refuse_for(name: str, error: OSError | ValueError) -> NoReturn:
    if isinstance(error, FileExistsError):
        refuse(name, "is there already")
    if isinstance(error, OSError) and error.errno in (errno.ELOOP, errno.ENOTDIR):
        refuse(name, "leads through a link or a file")
    reason = error.strerror if isinstance(error, OSError) else error
    refuse(name, f"cannot be written: {reason}")
