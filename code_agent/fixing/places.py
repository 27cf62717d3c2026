"""Which lines of a project's files an error names: tracebacks and messages of every runner."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath

MOST_LENGTH = 20_000
_PLACES = re.compile(
    r'File "(?P<quoted>[^"\n]{1,400})", line (?P<at>\d{1,7})'
    r"|(?:file://)?(?P<path>[\w./@+~-]{1,400}\.[A-Za-z]{1,5}):(?P<line>\d{1,7})\b"
)
_INNERMOST_LAST = ".py"
"""Tracebacks of all others begin where it happened."""


@dataclass(frozen=True)
class Place:
    path: str
    """From the root of the project's files."""
    line: int


def places_in(text: str, paths: Collection[str], folder: str = ".") -> list[Place]:
    """The innermost first, each once.

    `paths` are the project's files, `folder` where the command ran: what it names is below one of
    both, or called by its last name only.
    """
    found = []
    for match in _PLACES.finditer(text[-MOST_LENGTH:]):
        path = _of_project(match["quoted"] or match["path"], paths, folder)
        if path:
            found.append(Place(path, int(match["at"] or match["line"])))
    if any(place.path.endswith(_INNERMOST_LAST) for place in found):
        found.reverse()
    return list(dict.fromkeys(found))


def _of_project(told: str, paths: Collection[str], folder: str) -> str:
    at = PurePosixPath(told)
    if at.is_absolute() or ".." in at.parts:
        return ""
    for path in (PurePosixPath(folder, at).as_posix(), at.as_posix()):
        if path in paths:
            return path
    ends = [path for path in paths if path.endswith(f"/{at.as_posix()}")]
    return ends[0] if len(ends) == 1 else ""
