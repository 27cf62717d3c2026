"""Files that only their owner may read, and passwords kept in them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_private(file: Path, text: str) -> None:
    """Replaces the file at once: a reader sees the old text or the new."""
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    number = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w") as output:
        output.write(text)
    scratch.replace(file)


def password(file: Path) -> str:
    """The one kept there, or a new one."""
    try:
        found = file.read_text().strip()
    except FileNotFoundError:
        found = ""
    if not found:
        found = secrets.token_urlsafe(24)
        write_private(file, found + "\n")
    return found
