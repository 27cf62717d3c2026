"""Everywhere that git reads when it is given a folder as a repository.

A repository may have its parts elsewhere: `.git` may be a file or a link that says where, and
`objects/info/alternates` names other folders of objects.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

POINTER_BYTES = 64 * 1024
"""More of a file that says where something is, is not read by us: git would be lost as well."""
ENDINGS = ("", "/.git", ".git", ".git/.git")
"""Git tries all of these behind the name of a folder."""

Kind = Literal["repository", "objects", "part"]
Place = tuple[Path, Kind]


def places(folder: Path) -> Iterator[Path]:
    """Without links. Whoever is not content with one stops here, before its inside is looked at."""
    left: list[Place] = [(Path(f"{folder}{ending}"), "repository") for ending in ENDINGS]
    seen: set[Place] = set()
    while left:
        path, kind = left.pop()
        real = Path(os.path.realpath(path))
        if (real, kind) in seen or not real.exists():
            continue
        seen.add((real, kind))
        yield real
        left += _pointed_at(real, kind)


def _pointed_at(real: Path, kind: Kind) -> Iterator[Place]:
    if kind == "objects":
        for line in _lines(real / "info" / "alternates"):
            yield from _elsewhere(real, line.strip('"'), "objects")
    if kind == "repository":
        yield from _of_repository(real)
    else:
        yield from _links(real, deep=True)


def _of_repository(real: Path) -> Iterator[Place]:
    if real.is_file():
        for line in _lines(real)[:1]:
            yield from _elsewhere(real.parent, line.removeprefix("gitdir:").strip(), "repository")
    elif (real / "HEAD").exists():
        for line in _lines(real / "commondir")[:1]:
            yield from _elsewhere(real, line, "repository")
        yield (real / "objects", "objects")
        yield (real / "refs", "part")
        yield from _links(real, deep=False)


def _elsewhere(where: Path, path: str, kind: Kind) -> Iterator[Place]:
    if path and not path.startswith("#") and "\0" not in path:
        yield (where / path, kind)


def _lines(file: Path) -> list[str]:
    try:
        with file.open(errors="surrogateescape") as opened:
            return opened.read(POINTER_BYTES).split("\n")
    except OSError:
        return []


def _links(folder: Path, *, deep: bool) -> Iterator[Place]:
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(root, name)
            if path.is_symlink():
                yield (path, "part")
        if not deep:
            return
