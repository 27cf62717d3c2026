"""The image that all others are built on: somebody else's, or the offline base."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ygg.adapters import podman, podman_run
from ygg.errors import BadInput, NotFound, YggError

PUBLIC = "debian:13-slim@sha256:d7e12182ce18b85b93007c1dedf31f2d29e01ccf3182cc4017c709b6259bc132"
"""Pinned, so that what is built of it is the same on any day; its recipe has the same one."""
OFFLINE = "localhost/ygg-offline-base:trixie"
"""What scripts/build-base.sh makes."""
PACKAGES = "org.yggdrasil.packages"
"""Its label, which says under what name it left packages for single images."""
NOTHING = "scratch"
"""What an image stands on that holds no system: podman knows it by this name."""
_MARKS = (",", ":", '"', "'", "\n")
_NAME = re.compile(
    r"(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
_LONGEST = 512
_SHOWN = 60


@dataclass(frozen=True)
class Base:
    name: str
    id: str
    packages: Path | None
    """Where packages for single images lie, a folder a family; nothing: they are downloaded."""

    def packages_of(self, family: str) -> Path | None:
        found = self.packages / family if self.packages else None
        return found if found and found.is_dir() else None


def nothing() -> Base:
    return Base(NOTHING, NOTHING, None)


def cache_folder() -> Path:
    """Where scripts/build-base.sh puts packages, too."""
    found = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "yggdrasil"
    if any(mark in str(found) for mark in _MARKS):
        raise BadInput(
            f"{str(found)!r} cannot be a folder for builds: to podman , : and quotes in it"
            " mean something else",
            field="XDG_CACHE_HOME",
            hint="set XDG_CACHE_HOME to a folder whose path has none of them",
        )
    return found


def base_of(name: str | None, cache: Path) -> Base:
    """The one that was asked for; else the offline base where it has been made, else Debian's."""
    if name is not None:
        _check(name)
    chosen = name or (OFFLINE if podman_run.exists(OFFLINE) else PUBLIC)
    if not podman_run.exists(chosen):
        _pull(chosen)
    found = podman_run.local_image(chosen)
    left = found.labels.get(PACKAGES)
    packages = cache / "base" / left / "packages" if left else None
    if packages and not packages.is_dir():
        raise NotFound(
            f"{chosen}: the packages that belong to it are not in {packages}",
            hint="scripts/build-base.sh makes both",
        )
    return Base(chosen, found.id, packages)


def _check(name: str) -> None:
    if len(name) > _LONGEST or _NAME.fullmatch(name) is None:
        raise BadInput(
            f"{name[:_SHOWN]!r} is no name of an image",
            field="--base",
            allowed=["[HOST[:PORT]/]NAME[:TAG][@sha256:DIGEST]", "the id of one that is here"],
            hint="podman images lists those that are here",
        )


def _pull(name: str) -> None:
    what = f"cannot fetch the base {name}"
    try:
        podman_run.output(podman.pull(name), what)
    except YggError as error:
        raise NotFound(
            error.message,
            field="--base",
            hint="without a network: scripts/build-base.sh makes one here, which is then taken",
        ) from error
