"""How full the disk is that images lie on."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from registry.home import Home
from ygg.errors import YggError
from ygg.registry_settings import RegistrySettings

log = logging.getLogger(__name__)

Level = Literal["ok", "warn", "refuse"]
LOOK_SECONDS = 60.0


@dataclass(frozen=True)
class Disk:
    used_bytes: int
    """By the registry."""
    free_bytes: int
    whole_bytes: int

    @property
    def free_percent(self) -> float:
        return 100 * self.free_bytes / self.whole_bytes if self.whole_bytes else 0.0

    def level(self, settings: RegistrySettings) -> Level:
        if self.free_percent < settings.refuse_free_percent:
            return "refuse"
        return "warn" if self.free_percent < settings.warn_free_percent else "ok"


def disk_of(storage: Path, *, count_used: bool = True) -> Disk:
    found = os.statvfs(storage)
    used = used_bytes(storage) if count_used else 0
    return Disk(used, found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


def used_bytes(folder: Path) -> int:
    """What its files take on the disk. A file that goes away meanwhile is not counted."""
    found, waiting = 0, [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        found += entry.stat(follow_symlinks=False).st_blocks * 512
        except (FileNotFoundError, PermissionError):
            continue
    return found


def is_folder(folder: Path) -> bool:
    """False, too, where another user has closed the way to it."""
    try:
        return folder.is_dir()
    except PermissionError:
        return False


class DiskWatch:
    """Says once when the disk runs low, and once when it is well again."""

    def __init__(
        self,
        storage: Path,
        settings: RegistrySettings,
        whose: str = "registry",
        cure: str = "ygg images prune",
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._whose = whose
        self._cure = cure
        self._level: Level = "ok"
        self._next = 0.0

    def look(self) -> None:
        """To be called often; it looks now and then."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LOOK_SECONDS
        try:
            disk = disk_of(self._storage, count_used=False)
        except OSError:  # that it is away is told by who knows what it was
            return
        level, before = disk.level(self._settings), self._level
        self._level = level
        if level == before:
            return
        free = {"action": "disk", "free_percent": round(disk.free_percent, 1), "level": level}
        if level == "ok":
            log.info("the %s's disk has room again", self._whose, extra=free)
        else:
            log.warning("the %s's disk runs low; next: %s", self._whose, self._cure, extra=free)


def watches(home: Home, settings: RegistrySettings) -> list[DiskWatch]:
    found = [DiskWatch(home.storage, settings)]
    if folder := mirror_apart(home, settings):
        found.append(DiskWatch(folder, settings, "mirror", f"empty {folder}: it is fetched again"))
    return found


def mirror_apart(home: Home, settings: RegistrySettings) -> Path | None:
    """Where it keeps what it fetched, if that is on another disk than images are."""
    folder = home.mirror_storage
    if settings.mirror_of is None or not is_folder(folder) or not is_folder(home.storage):
        return None
    return folder if folder.stat().st_dev != home.storage.stat().st_dev else None


def check_room(storage: Path, settings: RegistrySettings) -> None:
    """Before a push, on the registry's own machine."""
    if not is_folder(storage):
        return
    disk = disk_of(storage, count_used=False)
    if disk.level(settings) == "refuse":
        raise YggError(
            f"the registry's disk is nearly full: {disk.free_percent:.1f} % free in {storage}",
            hint="ygg images prune, then ygg registry gc; or lower refuse_free_percent",
        )
