"""Folders that a build needs for a while, and that go away although it was killed."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from ygg.errors import YggError

_LOCK = "lock"


def scratch_in(cache: Path) -> Path:
    return cache / "scratch"


@contextmanager
def scratch(cache: Path) -> Iterator[Path]:
    """An empty folder. What builds left that are no more is removed first."""
    place = scratch_in(cache)
    with _a_full_disk_told(place):
        place.mkdir(parents=True, exist_ok=True)
        with _locked(place / _LOCK):
            _sweep(place)
            around = Path(mkdtemp(dir=place))
            held = _hold(around / _LOCK)
        try:
            folder = around / "content"
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(around, ignore_errors=True)
            os.close(held)


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
        if around.is_dir() and not _is_held(around / _LOCK):
            shutil.rmtree(around, ignore_errors=True)


def _is_held(file: Path) -> bool:
    try:
        with file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:  # somebody holds it, or it is not for us
        return True
    return False


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    held = _hold(file)
    try:
        yield
    finally:
        os.close(held)


def _hold(file: Path) -> int:
    """Until it is closed, or this process ends however it ends."""
    held = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    return held
