"""The files and lines that a text names, as a traceback or a compiler's message does."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

MOST = 200
AMBIGUOUS = 5
"""A name that fits more files than that names none."""

_PLACE = re.compile(
    r'File "(?P<quoted>[^"\n]{1,1000})", line (?P<at>\d{1,9})'
    # Not from its middle, which would take the square of a long word's length.
    r"|(?<![\w./\\@+-])(?P<path>[\w./\\@+-]{1,1000}\.\w{1,10})(?:[:(](?P<line>\d{1,9}))?"
)


def places_in(text: str, paths: Iterable[str]) -> dict[str, set[int]]:
    """Of these paths those that the text names, each with the lines that it names there.

    A path may be named by its last parts alone, and may stand in another folder's path.
    """
    named: dict[str, set[int]] = defaultdict(set)
    for path, line in _places(text):
        named[path] |= {line} if line else set()
    by_last: dict[str, list[str]] = defaultdict(list)
    last_parts = {path.rpartition("/")[2] for path in named}
    for path in paths:
        last = path.rpartition("/")[2]
        if last in last_parts:
            by_last[last].append(path)
    found: dict[str, set[int]] = defaultdict(set)
    for name, lines in named.items():
        for path in _fitting(name, by_last[name.rpartition("/")[2]]):
            found[path] |= lines
    return dict(found)


def _places(text: str) -> Iterator[tuple[str, int]]:
    for number, match in enumerate(_PLACE.finditer(text)):
        if number == MOST:
            return
        path = (match["quoted"] or match["path"]).replace("\\", "/")
        yield path.removeprefix("./"), int(match["at"] or match["line"] or 0)


def _fitting(name: str, paths: list[str]) -> list[str]:
    """The one that has most of it in common, or the few that fit alike."""
    exact = [path for path in paths if path == name or name.endswith(f"/{path}")]
    if exact:
        return [max(exact, key=len)]
    ending = [path for path in paths if path.endswith(f"/{name}")]
    return ending if len(ending) <= AMBIGUOUS else []
