"""Files of a folder in which a stranger's code has run: read and written, never through a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ygg.errors import BadInput


def open_file(path: Path, below: Path) -> IO[bytes]:
    """A regular file, wherever its folders lead as long as that is below. BadInput says why not."""
    try:
        # Nor wait for whoever may write into a named pipe.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        # Not Path.is_symlink, which raises for a name that is too long.
        link = isinstance(error, OSError) and os.path.islink(path)  # noqa: PTH114
        reason = "is a link" if link else getattr(error, "strerror", None) or str(error)
        raise BadInput(f"{path.name[:80]}: {reason}") from error
    # Asked of the open file: a folder on the way may have become a link meanwhile.
    real = Path(f"/proc/self/fd/{handle}").resolve()
    if stat.S_ISREG(os.fstat(handle).st_mode) and real.is_relative_to(below.resolve()):
        return os.fdopen(handle, "rb")
    os.close(handle)
    raise BadInput(f"{path.name or path} is not a file of the workspace")


def read_file(path: Path, below: Path, most_bytes: int) -> bytes:
    with open_file(path, below) as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise BadInput(f"{path.name} has more than {most_bytes} bytes")
    return content


def write_file(folder: Path, name: str, content: bytes) -> None:
    """In place of whatever has that name, unless it is a folder."""
    with _in_folder(folder, name) as root:
        handle = os.open(
            name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=root
        )
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def remove_file(folder: Path, name: str) -> None:
    """Make room for one: whatever has that name goes, unless it is a folder."""
    with _in_folder(folder, name):
        pass


@contextmanager
def _in_folder(folder: Path, name: str) -> Iterator[int]:
    """The folder, opened, and without that name."""
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=root)
        yield root
    except OSError as error:
        raise BadInput(f"{name} cannot be written: {error.strerror}") from error
    finally:
        os.close(root)
