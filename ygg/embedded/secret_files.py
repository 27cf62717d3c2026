"""Files that are written whole, those that only their owner may read, and passwords in them."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ygg.errors import BadInput

PRIVATE, PUBLIC = 0o600, 0o666
"""Of the second the mask of the process takes what it takes."""


def write_private(file: Path, text: str) -> None:
    """Replaces the file at once: a reader sees the old text or the new."""
    _write(file, text, PRIVATE)


def write_public(file: Path, text: str) -> None:
    """As `write_private`, for all to read."""
    _write(file, text, PUBLIC)


def rewrite(file: Path, text: str) -> None:
    """A person's own file: who may read it, and where a link leads, stays as it is."""
    target = file.resolve()
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    _write(target, text, PUBLIC, told=file, exactly=mode)


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """A full disk names no file when it is written, and a file for the time being none of ours."""
    try:
        yield
    except OSError as error:
        error.filename = str(file)
        raise


def password(file: Path) -> str:
    """The one kept there, or a new one."""
    try:
        found = read_secret(file)
    except FileNotFoundError:
        found = ""
    if not found:
        found = secrets.token_urlsafe(24)
        write_private(file, found + "\n")
    return found


def read_secret(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise BadInput(
            f"{file} is no text in UTF-8", hint="it has the secret, and nothing else"
        ) from None


def _write(
    file: Path, text: str, mode: int, *, told: Path | None = None, exactly: int | None = None
) -> None:
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    try:
        with naming(told or file):
            number = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(number, "w", encoding="utf-8") as output:
                output.write(text)
            if exactly is not None:
                scratch.chmod(exactly)
            scratch.replace(file)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
