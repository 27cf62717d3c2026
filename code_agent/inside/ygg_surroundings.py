"""What is around a call: its time, its folder, what it prints, and which lines of it run."""

from __future__ import annotations

import io
import os
import resource
import shutil
import signal
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from code_agent.inside.ygg_canonical import BASE, text_of
else:  # it lies beside this file, wherever that is run
    from ygg_canonical import BASE, text_of

GIVEN_FILES = {
    "empty.txt": "",
    "notes.txt": "first line\nsecond line\n\n  fourth, 42\n",
    "data.csv": "name,amount\nann,3\nbob,-1\n",
    "data.json": '{"name": "ann", "amount": 3, "tags": ["x"]}',
}
"""What a path that is given may lead to. Each call finds them as they were."""
AGAIN_SECONDS = 0.05
MORE_BYTES = 2**30


class TooLong(BaseException):
    """Not to be caught by what is called."""


@dataclass
class Limit:
    over: bool = False
    reached: bool = False


@contextmanager
def limited(seconds: float) -> Iterator[Limit]:
    limit = Limit()

    def too_long(number: int, frame: types.FrameType | None) -> None:
        if not limit.over:
            limit.reached = True
            raise TooLong

    before = signal.signal(signal.SIGALRM, too_long)
    # Again and again: an `except` for everything would be done with the first one.
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
    try:
        yield limit
    finally:
        limit.over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def limit_memory() -> None:
    """What is made too big is an error of its call, and not the end of the process."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + MORE_BYTES
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(
        resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
    )


_State = list[tuple[str, int, int, int, bytes]]
_laid: dict[Path, _State] = {}
"""Folders as they were made."""


@contextmanager
def folder_of_call() -> Iterator[Path]:
    """Made anew only where a call has left another than it found: that takes long."""
    folder = Path(BASE, "files")
    if folder not in _laid or _laid[folder] != _state(folder):
        _lay(folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield folder
    finally:
        os.chdir(before)


def _lay(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in GIVEN_FILES.items():
        (folder / name).write_text(text)
    _laid[folder] = _state(folder)


def _state(folder: Path) -> _State:
    if not folder.is_dir():
        return []
    found = []
    for one in os.scandir(folder):
        is_file = one.is_file(follow_symlinks=False)
        about = one.stat(follow_symlinks=False)
        text = _read(one.path) if is_file else b""
        found.append((one.name, about.st_ino, about.st_mode, about.st_mtime_ns, text))
    return sorted(found)


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb", buffering=0) as file:
            return file.read(1_000_000)
    except OSError:
        return b""


class _Kept(io.BytesIO):
    """Open still when what writes to it is gone."""

    def close(self) -> None:
        self.flush()


@contextmanager
def printing(stream: str = "stdout") -> Iterator[io.BytesIO]:
    printed = _Kept()
    before = getattr(sys, stream)
    text = io.TextIOWrapper(printed, encoding="utf-8", errors="replace", write_through=True)
    setattr(sys, stream, text)
    try:
        yield printed
    finally:
        setattr(sys, stream, before)


def wrote_in(folder: Path) -> dict[str, Any]:
    """Files that are not as they were given."""
    if _laid.get(folder) == _state(folder):
        return {}
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink():
            text = path.read_bytes()[:1_000_000].decode(errors="replace")
            if GIVEN_FILES.get(name) != text:
                found[name] = text_of(text)
    found.update({name: None for name in GIVEN_FILES if not (folder / name).is_file()})
    return found


@contextmanager
def traced(file: str, lines: set[int]) -> Iterator[None]:
    """Which lines of that file run."""

    def enter(frame: types.FrameType, event: str, arg: Any) -> Any:
        return each if frame.f_code.co_filename == file else None

    def each(frame: types.FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            lines.add(frame.f_lineno)
        return each

    sys.settrace(enter)
    try:
        yield
    finally:
        sys.settrace(None)
