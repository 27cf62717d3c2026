"""Where an archive may be written: a new file, or in the place of one."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ygg.errors import BadInput, YggError


@contextmanager
def whole(file: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """What is written takes the file's place at the end, or nothing does; with a folder beside it
    for what has to lie somewhere until then."""
    try:
        target = _target(file)
        with tempfile.TemporaryDirectory(prefix=".ygg-", dir=target.parent) as folder:
            scratch = Path(folder) / "whole"
            with scratch.open("wb") as output:
                yield output, Path(folder)
            scratch.replace(target)
    except OSError as error:
        raise YggError(
            f"cannot write {file}: {error.strerror or error}",
            hint="is there room on the disk, and may we write there?",
        ) from error


def _target(file: Path) -> Path:
    """Where a link leads: the link stays, and so does a device."""
    target = Path(os.path.realpath(file))
    if _is_something_else(file):
        raise BadInput(
            f"{file} is there, and no regular file",
            field="file",
            hint="name a new file, or one to be replaced",
        )
    missing = next((one for one in reversed(target.parents) if not one.exists()), None)
    if missing:
        raise BadInput(
            f"there is no folder {missing}", field="file", hint=f"mkdir -p {target.parent}"
        )
    return target


def _is_something_else(file: Path) -> bool:
    try:
        return not stat.S_ISREG(file.stat().st_mode)
    except FileNotFoundError:
        return False
