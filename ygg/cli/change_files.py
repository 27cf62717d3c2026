"""Files that a result changes: what is there now, and putting all in place or nothing.

Every file is looked at before one is written, and links lead to none outside the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ygg.cli.code_result import Change, is_gits_own
from ygg.errors import BadInput, Conflict

MOST_NAMED = 10


class Place(NamedTuple):
    """A change, and the file that it is about as it is now."""

    change: Change
    file: Path
    present: bytes | None
    mode: int | None

    @property
    def is_done(self) -> bool:
        return digest_of(self.present) == self.change.after

    @property
    def is_open(self) -> bool:
        return digest_of(self.present) == self.change.before


def digest_of(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def look(folder: Path, changes: Sequence[Change]) -> list[Place]:
    """What stands where the changes go; refused unless each file is as the task found it.

    A file that is already as it should become is no obstacle.
    """
    home = folder.resolve()
    places = [_place(home, change) for change in changes]
    _check_apart(places)
    obstacles = [_obstacle(place) for place in places if not (place.is_done or place.is_open)]
    if obstacles:
        more = len(obstacles) - MOST_NAMED
        told = "; ".join(obstacles[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
        raise Conflict(f"nothing was written: {told}", hint=_way_on(places))
    return places


def write(places: Sequence[Place], contents: Sequence[bytes | None]) -> None:
    """What was written is put back if one of them cannot be."""
    with contextlib.ExitStack() as undoing:
        try:
            staged = [
                None if content is None else _stage(place, content, undoing)
                for place, content in zip(places, contents, strict=True)
            ]
            for place, made in zip(places, staged, strict=True):
                undoing.callback(_put_back, place)
                place.file.unlink() if made is None else made.replace(place.file)
        except OSError as error:
            raise BadInput(f"nothing was written: {error.filename}: {error.strerror}") from error
        undoing.pop_all()


def _place(home: Path, change: Change) -> Place:
    try:
        file = _inside(home, change.path)
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            raise BadInput(f"nothing was written: {change.path} is no file")
        return Place(change, file, file.read_bytes(), stat.S_IMODE(found.st_mode))
    except (FileNotFoundError, NotADirectoryError):
        return Place(change, file, None, None)
    except OSError as error:
        raise BadInput(f"nothing was written: {change.path}: {error.strerror}") from error


def _inside(home: Path, path: str) -> Path:
    """The real file: whatever links there are on the way."""
    try:
        file = home.joinpath(path).resolve()
    except RuntimeError as error:
        raise BadInput(f"nothing was written: {path} is a circle of links") from error
    if not file.is_relative_to(home) or is_gits_own(file.relative_to(home).parts):
        raise BadInput(
            f"nothing was written: {path} leads out of {home}",
            hint="links are followed within the folder only, and never to what git obeys",
        )
    return file


def _check_apart(places: Sequence[Place]) -> None:
    """Two names of one file, or a file that another would make a folder of."""
    files = {place.file for place in places}
    clash = next((place for place in places if files.intersection(place.file.parents)), None)
    if clash is not None or len(files) < len(places):
        which = clash.change.path if clash else "two of its files"
        raise BadInput(f"nothing was written: {which} cannot be beside its other files")


def _obstacle(place: Place) -> str:
    path = place.change.path
    if place.present is None:
        return f"{path} is not there"
    if place.change.before is None:
        return f"{path} is there already, and differs"
    return f"{path} has changed since the task was submitted"


def _way_on(places: Sequence[Place]) -> str:
    if any(place.present is None and place.change.before is not None for place in places):
        return "files have the names that they were submitted by; --dir FOLDER says where they are"
    return "submit the files as they are now for a result that fits them"


def _stage(place: Place, content: bytes, undoing: contextlib.ExitStack) -> Path:
    """The content beside the place where it will go."""
    _make_folder(place.file.parent, undoing)
    made = place.file.with_name(f".ygg-{secrets.token_hex(8)}")
    opened = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
    undoing.callback(made.unlink, missing_ok=True)
    with os.fdopen(opened, "wb") as out:
        if place.mode is not None:
            os.fchmod(opened, place.mode)
        out.write(content)
        out.flush()
        os.fsync(opened)
    return made


def _make_folder(folder: Path, undoing: contextlib.ExitStack) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir()
        undoing.callback(each.rmdir)


def _put_back(place: Place) -> None:
    if not _is_written(place):
        return
    if place.present is None:
        place.file.unlink()
        return
    with contextlib.ExitStack() as undoing:
        _stage(place, place.present, undoing).replace(place.file)
        undoing.pop_all()


def _is_written(place: Place) -> bool:
    """Whether what stands there now is ours, and nobody else's."""
    try:
        return digest_of(place.file.read_bytes()) == place.change.after
    except FileNotFoundError:
        return place.change.after is None
    except OSError:
        return False
