"""Two images held side by side: what a machine that has the one must move for the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from registry.image_config import ImageConfig, RunSettings
from registry.manifests import Descriptor, ImageManifest

Where = Literal["both", "before", "after"]


@dataclass(frozen=True)
class Image:
    manifest: ImageManifest
    config: ImageConfig


@dataclass(frozen=True)
class Layer:
    where: Where
    digest: str
    size_bytes: int
    made_by: str


@dataclass(frozen=True)
class Change:
    """Of what an image says of itself: a label, a variable, its user."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    layers: tuple[Layer, ...]
    changes: tuple[Change, ...]
    moved_bytes: int
    """What is pulled by a machine that has the first: layers and the configuration."""
    whole_bytes: int
    """What is pulled by one that has neither."""

    @property
    def moved_percent(self) -> float:
        return 100 * self.moved_bytes / self.whole_bytes if self.whole_bytes else 0.0

    @property
    def is_same(self) -> bool:
        return not self.changes and all(one.where == "both" for one in self.layers)


def compared(before: Image, after: Image) -> Comparison:
    had = {one.digest for one in before.manifest.blobs}
    new = {one.digest: one.size_bytes for one in after.manifest.blobs if one.digest not in had}
    return Comparison(
        layers=tuple(_layers(before, after)),
        changes=tuple(_changes(before.config, after.config)),
        moved_bytes=sum(new.values()),
        whole_bytes=after.manifest.size_bytes,
    )


def layers_of(image: Image) -> list[tuple[Descriptor, str]]:
    """Each with the command that made it, as far as the configuration tells."""
    made = [step.created_by for step in image.config.steps if not step.empty_layer]
    made += [""] * (len(image.manifest.layers) - len(made))
    return list(zip(image.manifest.layers, made, strict=False))


def _layers(before: Image, after: Image) -> Iterator[Layer]:
    """Those that both have first: layers lie upon each other, and differ from some height on."""
    old, new = layers_of(before), layers_of(after)
    in_old, in_new = ({one.digest for one, _ in of} for of in (old, new))
    for one, made in new:
        if one.digest in in_old:
            yield Layer("both", one.digest, one.size_bytes, made)
    for one, made in old:
        if one.digest not in in_new:
            yield Layer("before", one.digest, one.size_bytes, made)
    for one, made in new:
        if one.digest not in in_old:
            yield Layer("after", one.digest, one.size_bytes, made)


def _changes(before: ImageConfig, after: ImageConfig) -> Iterator[Change]:
    old, new = _said(before), _said(after)
    for what in sorted(old.keys() | new.keys()):
        if old.get(what) != new.get(what):
            yield Change(what, old.get(what, ""), new.get(what, ""))


def _said(config: ImageConfig) -> Mapping[str, str]:
    run = config.run or RunSettings.model_validate({})
    found = {
        "platform": config.platform,
        "created": config.created.isoformat() if config.created else "",
        "user": run.user,
        "entrypoint": " ".join(run.entrypoint or ()),
        "command": " ".join(run.command or ()),
    }
    pairs = (one.partition("=") for one in run.environment or ())
    found |= {f"environment {name}": value for name, _, value in pairs}
    found |= {f"label {name}": value for name, value in config.labels.items()}
    return {name: value for name, value in found.items() if value}
