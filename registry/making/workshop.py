"""Builds images, those first that others stand on, and says what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from registry.families import Family, in_order, line_of
from registry.making import building, wheels
from registry.making.bases import Base, nothing
from registry.making.context import Parts, laid_out
from registry.making.finishing import Finish, finish
from registry.making.pins import WheelPlatform, merged
from registry.making.scratch import scratch
from registry.making.source import Source, copied
from registry.names import ImageName, built_here
from registry.versions import Version
from ygg.adapters import podman_run

Tell = Callable[[str, str], None]
"""Is told the family, and what is done now."""


@dataclass(frozen=True)
class Made:
    name: ImageName
    id: str
    digest: str
    size_bytes: int
    seconds: float


@dataclass
class Workshop:
    source: Source
    base: Base
    version: Version
    platform: WheelPlatform
    cache: Path
    tell: Tell
    anew: bool = False
    """Grounds, too, though they are there."""
    _grounds: dict[str, ImageName] = field(default_factory=dict)

    def build(self, names: Iterable[str]) -> Iterator[Made]:
        wanted = in_order(names)
        with scratch(self.cache) as folder:
            self.source = copied(self.source, folder / "source")
            ours = None
            if any(family.has_our_code for family in wanted):
                ours = wheels.ours(self.source, folder)
            for family in wanted:
                yield self._build(family, ours)

    def _build(self, family: Family, ours: Path | None) -> Made:
        begun = time.monotonic()
        below = self._ground(family)
        if family.has_our_code and ours:
            below = self._code(family, below, ours)
        name = built_here(family.name, str(self.version))
        labels = building.labels(family, self.version, self.source, self._base_of(family))
        finish(below, name, Finish(labels, self.source.at), self.cache)
        found = podman_run.local_image(str(name))
        return Made(name, found.id, found.digest, found.size_bytes, time.monotonic() - begun)

    def _code(self, family: Family, ground: ImageName, ours: Path) -> ImageName:
        name = building.code_name(family, ground, ours)
        if self.anew or not podman_run.exists(str(name)):
            # What installs it elsewhere takes the wheel as it is.
            parts = Parts(
                self.source.recipes,
                wheels=None if family.runs else ours.parent,
                ours=ours if family.runs else None,
                code_recipe=building.code_recipe(family),
            )
            with laid_out(parts, self.cache) as context:
                self._run(family, building.code(name, ground, context))
        return name

    def _ground(self, family: Family) -> ImageName:
        for one in line_of(family.name):
            if one.name not in self._grounds:
                self._grounds[one.name] = self._made_ground(one)
        return self._grounds[family.name]

    def _made_ground(self, family: Family) -> ImageName:
        base = self._base_of(family)
        below = str(self._grounds[family.on]) if family.on else base.name
        known_by = below if family.on else base.id
        packages = base.packages_of(family.name)
        parts = Parts(self.source.recipes, pins=self._pins(family), packages=packages)
        name = building.ground_name(family, known_by, parts)
        if not self.anew and podman_run.exists(str(name)):
            return name
        if family.has_our_code:
            self.tell(family.name, "wheels of its lock files")
            kept = wheels.fetch(parts.pins, self.cache, self.platform)
            parts = replace(parts, wheels=kept, installer=self._installer())
        with laid_out(parts, self.cache) as context:
            online = base.packages is None and family.runs
            self._run(family, building.ground(family, name, below, context, online=online))
        return name

    def _base_of(self, family: Family) -> Base:
        return self.base if family.runs else nothing()

    def _pins(self, family: Family) -> str:
        locks = [self.source.lock(extra) for extra in family.extras]
        return merged(locks, self.platform) if locks else ""

    def _installer(self) -> Path:
        return wheels.installer(self.source, self.cache, self.platform)

    def _run(self, family: Family, argv: list[str]) -> None:
        podman_run.build(
            argv, f"cannot build {family.name}", lambda step: self.tell(family.name, step)
        )
