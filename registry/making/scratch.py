"""Folders that a build needs for a while, and that go away although it was killed."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from ygg.errors import Conflict, YggError
from ygg.lock import Lock, take, text_of_holder

TURN_SECONDS = 30.0
"""So long one waits while another tidies up."""
_LOCK = "lock"


def scratch_in(cache: Path) -> Path:
    return cache / "scratch"


@contextmanager
def scratch(cache: Path) -> Iterator[Path]:
    """An empty folder. What builds left that are no more is removed first."""
    place = scratch_in(cache)
    with _a_full_disk_told(place):
        place.mkdir(parents=True, exist_ok=True)
        turn = _taken(place / _LOCK)
        try:
            _sweep(place)
            around = Path(mkdtemp(dir=place))
            held = _taken(around / _LOCK)
        finally:
            turn.release()
        try:
            folder = around / "content"
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(around, ignore_errors=True)
            held.release()


@contextmanager
def _a_full_disk_told(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise YggError(
            f"no space is left for building in {place}",
            hint=f"df -h {place.parent} shows the disk; XDG_CACHE_HOME names another place",
        ) from error


def _sweep(place: Path) -> None:
    for around in place.iterdir():
        if around.is_dir() and text_of_holder(around / _LOCK) is None:
            shutil.rmtree(around, ignore_errors=True)


def _taken(file: Path) -> Lock:
    held = take(file, str(os.getpid()), seconds=TURN_SECONDS)
    if held is None:
        raise Conflict(f"another build holds {file}", hint="try again when it has ended")
    return held
