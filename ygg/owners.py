"""Whose the folder is that we may not use, and whom to be instead."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Closed:
    """A folder of somebody else's."""

    folder: Path
    owner: str

    @property
    def hint(self) -> str:
        return f"{self.folder} belongs to {self.owner}: run this as {self.owner}, or as root"


def closed(file: Path) -> Closed | None:
    """What keeps us from a file. Nothing when that is our own, or nobody can tell."""
    for place in (file.absolute(), *file.absolute().parents):
        try:
            number = place.stat().st_uid
        except OSError:  # nothing inside of a closed folder can be looked at, but it can
            continue
        return None if number == os.geteuid() else Closed(place, _name(number))
    return None


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
