"""Keeps the copies of repositories within bounds: what is damaged, forgotten or too much goes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from executors.checkouts.mirror import BROKEN, FOLDER, USED, copies, drop
from executors.quota import Measure
from executors.workspace import remove_tree

DAY_SECONDS = 24 * 3600
MEASURE_SECONDS = 5.0


@dataclass(frozen=True)
class Kept:
    folder: Path
    used_at: float
    size_bytes: int
    broken: bool


def tidy(cache: Path, *, keep_days: float, most_bytes: int) -> None:
    """Never one that is in use."""
    oldest = time.time() - keep_days * DAY_SECONDS
    found = sorted(_kept(cache), key=lambda one: one.used_at)
    total = sum(one.size_bytes for one in found)
    for one in found:
        unwanted = one.broken or one.used_at < oldest or total > most_bytes
        if unwanted and drop(one.folder):
            total -= one.size_bytes


def _kept(cache: Path) -> list[Kept]:
    found = []
    for home in (cache / FOLDER).iterdir():
        for left in home.glob("*.gone"):
            remove_tree(left)  # whoever removed it was killed
        for folder in copies(home):
            try:
                used_at = (folder / USED).stat().st_mtime
            except FileNotFoundError:
                continue  # just made, or just dropped
            broken = (folder / BROKEN).exists()
            found.append(Kept(folder, used_at, _size(folder), broken))
    return found


def _size(folder: Path) -> int:
    """What it takes on the disk, while others may work in it."""
    measure = Measure(folder)
    measure.go_on(MEASURE_SECONDS)
    return measure.size_bytes
