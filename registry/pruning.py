"""Old images out of the registry: archived first if that is asked for, then deleted by digest."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from registry.client.registry import Registry
from registry.names import ImageName
from registry.retention import Decision, Rules, Stored, check_globs, decided
from registry.shelf import Shelved, repositories, shelved, signatures
from registry.signatures.signing import tag_of_signatures
from ygg.errors import BadInput, Conflict

_NAMED = "have its machines run another, or give `latest` to another, and try again"
Archive = Callable[[Stored], Path]


@dataclass(frozen=True)
class Plan:
    decisions: tuple[Decision, ...]
    sizes: Mapping[str, int]
    """By digest; layers that several images have are counted for each."""

    @property
    def goes(self) -> list[Decision]:
        """Images first: a signature without its image harms nobody."""
        return [one for one in self.decisions if not one.stays]


def plan(registry: Registry, names: Sequence[str], rules: Rules) -> Plan:
    check_globs(rules.keep)
    images: list[Shelved] = []
    others: list[Stored] = []
    for repository in names or repositories(registry):
        images += shelved(registry, repository)
        others += signatures(registry, repository)
    found = decided([*(one.stored for one in images), *others], rules)
    return Plan(tuple(found), {one.digest: one.size_bytes for one in images})


def prune(
    registry: Registry, goes: Sequence[Decision], archive: Archive | None
) -> Iterator[Decision]:
    """Each that is gone. One that somebody has given a new name meanwhile stays."""
    for decision in goes:
        image = decision.image
        if not _is_as_it_was(registry, image):
            continue
        if archive and not image.is_signature:
            archive(image)
        registry.delete_manifest(ImageName(registry.address, image.repository, digest=image.digest))
        yield decision


def check_archive(folder: Path, needed_bytes: int) -> None:
    """Before anything is deleted: an archive that ends in the midst is worth nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise BadInput(
            f"{folder} has {free} bytes free, and the images may take {needed_bytes}",
            field="archive",
            hint="name a folder on another disk",
        )


def plan_of(registry: Registry, name: ImageName, rules: Rules) -> Plan:
    """Of the one image that was named: that it is new keeps it from nothing. One that is in use,
    the latest, or to be kept is refused."""
    found = plan(registry, [name.repository], replace(rules, keep_last=0))
    digest = registry.head(name).digest
    mine = [one for one in found.decisions if one.image.digest == digest]
    for one in mine:
        if one.stays:
            raise Conflict(f"{name.short} stays: {one.why}", field="image", hint=_NAMED)
    signed = tag_of_signatures(digest)
    theirs = [one for one in found.decisions if signed in one.image.tags]
    return Plan((*mine, *(replace(one, stays=False) for one in theirs)), found.sizes)


def _is_as_it_was(registry: Registry, image: Stored) -> bool:
    now = {
        tag: registry.head(ImageName(registry.address, image.repository, tag)).digest
        for tag in image.tags
    }
    return all(digest == image.digest for digest in now.values())
