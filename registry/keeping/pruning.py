"""Old images out of the registry: archived first if that is asked for, then deleted by digest."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from registry.client.registry import Registry
from registry.keeping.retention import Decision, Rules, check_globs, decided
from registry.looking.shelf import Shelved, nameless, shelved, signatures, signed_by_tag
from registry.looking.stored import Stored
from registry.names import ImageName
from registry.signatures.signing import is_tag_of_signatures, tag_of_signatures
from ygg.errors import BadInput, Conflict, NotFound

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


def plan(registry: Registry, names: Sequence[str], rules: Rules, asked: Sequence[str] = ()) -> Plan:
    """`asked`: digests that are looked at although nothing may tell of them."""
    check_globs(rules.keep)
    images: list[Shelved] = []
    others: list[Stored] = []
    for repository in names or registry.catalog():
        named = shelved(registry, repository)
        images += [*named, *nameless(registry, repository, named, asked)]
        others += signatures(registry, repository)
    parts = {digest for one in images for digest in one.parts}
    own = {one.digest for one in images}
    stored = [replace(one.stored, is_part=one.digest in parts) for one in images]
    found = decided([*stored, *(one for one in others if one.digest not in own)], rules)
    return Plan(tuple(found), {one.digest: one.size_bytes for one in images})


def prune(
    registry: Registry, goes: Sequence[Decision], archive: Archive | None
) -> Iterator[Decision]:
    """Each that is gone. One that somebody has given a new name meanwhile stays, with its
    signatures; one that somebody else has deleted is not told."""
    for decision in goes:
        image = decision.image
        if not _is_as_it_was(registry, image):
            continue
        try:
            if archive and not image.is_signature and not image.is_leftover:
                archive(image)
            registry.delete_manifest(_pinned(registry, image.repository, image.digest))
        except NotFound:
            continue
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
    digest = registry.head(name).digest
    found = plan(registry, [name.repository], replace(rules, keep_last=0), [digest])
    mine = [one for one in found.decisions if one.image.digest == digest]
    if not mine:
        raise NotFound(f"{name.short} lacks parts of it", hint="push it again, then prune it")
    for one in mine:
        if one.stays:
            raise Conflict(f"{name.short} stays: {one.why}", field="image", hint=_NAMED)
    signed = tag_of_signatures(digest)
    theirs = [one for one in found.decisions if signed in one.image.tags]
    return Plan((*mine, *(replace(one, stays=False) for one in theirs)), found.sizes)


def _is_as_it_was(registry: Registry, image: Stored) -> bool:
    tags = {tag: _digest_at(registry, image.repository, tag) for tag in image.tags}
    if any(digest != image.digest for digest in tags.values()):
        return False
    if image.is_signature:
        signed = filter(None, map(signed_by_tag, image.tags))
        return all(_is_gone(registry, image.repository, digest) for digest in signed)
    return bool(tags) or not _has_a_name(registry, image)


def _has_a_name(registry: Registry, image: Stored) -> bool:
    """Somebody may have pushed it again."""
    tags = [one for one in registry.tags(image.repository) if not is_tag_of_signatures(one)]
    return any(_digest_at(registry, image.repository, one) == image.digest for one in tags)


def _digest_at(registry: Registry, repository: str, tag: str) -> str | None:
    try:
        return registry.head(ImageName(registry.address, repository, tag)).digest
    except NotFound:
        return None


def _is_gone(registry: Registry, repository: str, digest: str) -> bool:
    try:
        registry.head(_pinned(registry, repository, digest))
    except NotFound:
        return True
    return False


def _pinned(registry: Registry, repository: str, digest: str) -> ImageName:
    return ImageName(registry.address, repository, digest=digest)
