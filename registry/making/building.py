"""How an image comes about, in three steps, so that a change of our code moves one small layer.

ground    system packages and wheels
code      our own packages, a layer each
image     the same with labels, and the commit's time: see `finishing`

The time in the first two is fixed and their names say what went in, so that they are made once, and
are the same wherever they are made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from registry.families import Family
from registry.image_config import LABELS, REVISION, VERSION
from registry.making.bases import Base
from registry.making.context import CODE_RECIPE, Parts
from registry.making.source import Source
from registry.names import HERE, ImageName
from registry.versions import Version
from ygg.adapters import podman

GROUND_AT = 1754697600
"""The day that Debian 13 came out, in seconds since 1970."""
LAYERS = {"code_agent": ("code_agent/checks code_agent/python", "code_agent")}
"""Packages that take more than one, for an update to be small."""
_INSTALL = (
    "RUN --mount=type=bind,target=/build PYTHONHASHSEED=0 /opt/ygg/bin/python /build/our-code"
)


def ground_name(family: Family, below: str, parts: Parts) -> ImageName:
    """`below` is what it stands on: by its id, or by such a name."""
    return ImageName(HERE, f"ygg-ground-{family.name}", _digest(family, below, parts))


def ground(
    family: Family, name: ImageName, below: str, context: Path, *, online: bool
) -> list[str]:
    return podman.build(
        podman.Build(
            file=context / f"{family.name}.containerfile",
            context=context,
            name=str(name),
            at=GROUND_AT,
            arguments={"BASE": below},
            network="private" if online else "none",
        )
    )


def code_name(family: Family, ground: ImageName, wheel: Path) -> ImageName:
    found = hashlib.sha256(f"{ground}\n".encode() + wheel.read_bytes()).hexdigest()[:16]
    return ImageName(HERE, f"ygg-code-{family.name}", found)


def code_recipe(family: Family) -> str:
    """A layer a package: a change of one moves that alone, and what says which files there are."""
    if not family.runs:
        return "ARG BASE\nFROM ${BASE}\nCOPY --chmod=0644 wheels /wheels/\n"
    parts = [part for package in family.packages for part in LAYERS.get(package, (package,))]
    lines = ["ARG BASE", "FROM ${BASE}", "USER root"]
    lines += [f"{_INSTALL} {part}" for part in (*parts, "program")]
    return "\n".join([*lines, "USER ygg"]) + "\n"


def code(name: ImageName, below: ImageName, context: Path) -> list[str]:
    return podman.build(
        podman.Build(
            file=context / CODE_RECIPE,
            context=context,
            name=str(name),
            at=GROUND_AT,
            arguments={"BASE": str(below)},
        )
    )


def labels(family: Family, version: Version, source: Source, base: Base) -> dict[str, str]:
    return {
        f"{LABELS}.title": family.title,
        VERSION: str(version),
        REVISION: source.revision,
        f"{LABELS}.source": source.url,
        f"{LABELS}.created": datetime.fromtimestamp(source.at, UTC).isoformat(),
        f"{LABELS}.licenses": "MIT",
        f"{LABELS}.base.name": base.name,
    }


def _digest(family: Family, below: str, parts: Parts) -> str:
    found = hashlib.sha256(f"{family.name}\n{below}\n{GROUND_AT}\n{parts.pins}".encode())
    for file in _goes_in(parts):
        found.update(f"{file.name}\n".encode())
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


def _goes_in(parts: Parts) -> Sequence[Path]:
    """The wheels are known by their hashes, which are among the pins."""
    recipes = sorted(file for file in parts.recipes.iterdir() if file.is_file())
    return [*recipes, *(sorted(parts.packages.glob("*.deb")) if parts.packages else ())]
