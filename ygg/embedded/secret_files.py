"""Files that are written whole, those that only their owner may read, and passwords in them."""

from __future__ import annotations

import os
import secrets
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


def _write(file: Path, text: str, mode: int) -> None:
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    try:
        with naming(file):
            number = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(number, "w", encoding="utf-8") as output:
                output.write(text)
            scratch.replace(file)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
