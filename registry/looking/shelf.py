"""What lies in the registry: its images with all their tags, sizes, and who signed them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pydantic import AwareDatetime

from registry.client.registry import Registry
from registry.looking.stored import Stored
from registry.manifests import ImageIndex, ImageManifest, StoredManifest
from registry.names import ImageName, check_digest
from registry.signatures.attachments import verified
from registry.signatures.signing import PublicKey, Signed, is_tag_of_signatures, tag_of_signatures
from registry.versions import LATEST, Version, is_passing, versions_among
from ygg.errors import BadInput, NotFound

AT_A_TIME = 8


@dataclass(frozen=True)
class Shelved:
    """One image, by its digest."""

    name: ImageName
    tags: tuple[str, ...]
    digest: str
    size_bytes: int
    """Of all that a machine without any of it pulls."""
    created: AwareDatetime | None
    version: str
    revision: str
    platforms: tuple[str, ...]
    is_signed: bool
    """Whether signatures lie beside it; whose they are `signers` says."""
    parts: frozenset[str] = frozenset()
    """Digests of those that it is made of, for several platforms."""

    @property
    def stored(self) -> Stored:
        return Stored(self.name.repository, self.digest, self.tags, self.created)


def repositories(registry: Registry) -> list[str]:
    """Those in which something is left."""
    return [one for one in registry.catalog() if not all(map(is_passing, _tags(registry, one)))]


def shelved(registry: Registry, repository: str) -> list[Shelved]:
    """Those with a name, newest first. What goes away meanwhile is left out."""
    tags = _tags(registry, repository)
    named = [tag for tag in tags if not is_tag_of_signatures(tag) and not is_passing(tag)]
    return _all(registry, repository, named, tags)


def foremost(images: Sequence[Shelved]) -> Shelved:
    """What is latest, else the greatest version, else the newest, which is the first."""
    return max(images, key=lambda one: (LATEST in one.tags, _version(one)))


def signers(
    registry: Registry, images: Sequence[Shelved], key: PublicKey
) -> dict[str, dict[str, Signed | None]]:
    """By digest, and there by each of its tags: the fleet signs an image under a name."""

    def judge(image: Shelved) -> dict[str, Signed | None]:
        if not image.is_signed:
            return dict.fromkeys(image.tags)
        found = verified(registry, image.name, image.digest, key)
        return {tag: found.by_name(image.name.tagged(tag)) for tag in image.tags}

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        judged = pool.map(judge, images)
        return dict(zip((one.digest for one in images), judged, strict=True))


def nameless(
    registry: Registry, repository: str, named: Sequence[Shelved], asked: Sequence[str] = ()
) -> list[Shelved]:
    """What no command shows: images in whose place others were put, which their signatures alone
    tell of, and what was left of pushes. `asked`: digests of some more."""
    known, tags = {one.digest for one in named}, _tags(registry, repository)
    left = _all(registry, repository, [tag for tag in tags if is_passing(tag)], tags)
    left = [one for one in left if one.digest not in known]
    known |= {one.digest for one in left}
    digests = {*filter(None, map(signed_by_tag, tags)), *asked} - known
    return left + _all(registry, repository, sorted(digests), tags)


def read_whole(registry: Registry, image: StoredManifest) -> None:
    """Raises where something of it is not what its digest says."""
    blobs = [blob for one in _images(registry, image) for blob in one.blobs]
    for blob in {one.digest: one for one in blobs}.values():
        for _ in registry.read_blob(image.name.repository, blob.digest, blob.size_bytes):
            pass


def signatures(registry: Registry, repository: str) -> Iterator[Stored]:
    """The images that hold signatures, which go when what they sign goes."""
    for tag in filter(is_tag_of_signatures, _tags(registry, repository)):
        if one := _read(registry, repository, tag):
            yield Stored(repository, one.digest, (tag,))


def signed_by_tag(tag: str) -> str | None:
    """The digest of the image whose signatures have that tag."""
    digest = tag.removesuffix(".sig").replace("-", ":", 1)
    try:
        check_digest(digest)
    except BadInput:
        return None
    return digest if is_tag_of_signatures(tag) else None


def _all(
    registry: Registry, repository: str, references: Sequence[str], tags: Sequence[str]
) -> list[Shelved]:
    signed = set(filter(is_tag_of_signatures, tags))
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        read = pool.map(lambda one: _read(registry, repository, one), references)
        by_digest: dict[str, list[StoredManifest]] = {}
        for one in filter(None, read):
            by_digest.setdefault(one.digest, []).append(one)
        found = pool.map(lambda same: _shelved(registry, same, signed), by_digest.values())
        return sorted(filter(None, found), key=_age, reverse=True)


def _tags(registry: Registry, repository: str) -> list[str]:
    try:
        return registry.tags(repository)
    except NotFound:
        return []


def _read(registry: Registry, repository: str, reference: str) -> StoredManifest | None:
    name = ImageName(registry.address, repository)
    wanted = name.pinned(reference) if ":" in reference else name.tagged(reference)
    try:
        return registry.manifest(wanted)
    except NotFound:
        return None


def _shelved(
    registry: Registry, same: Sequence[StoredManifest], signed: set[str]
) -> Shelved | None:
    one = same[0]
    try:
        images = list(_images(registry, one))
        read = [(image, registry.config(one.name, image)) for image in images]
    except NotFound:
        return None
    config = read[0][1] if read else None
    return Shelved(
        name=one.name,
        tags=tuple(sorted(each.name.tag for each in same if each.name.tag)),
        digest=one.digest,
        size_bytes=sum(image.size_bytes for image in images),
        created=config.created if config else None,
        version=config.version if config else "",
        revision=config.revision if config else "",
        platforms=tuple(each.platform for _, each in read),
        is_signed=tag_of_signatures(one.digest) in signed,
        parts=frozenset(
            each.digest
            for each in (one.content.manifests if isinstance(one.content, ImageIndex) else ())
        ),
    )


def _images(registry: Registry, one: StoredManifest) -> Iterator[ImageManifest]:
    if isinstance(one.content, ImageManifest):
        yield one.content
    parts = one.content.manifests if isinstance(one.content, ImageIndex) else ()
    for each in parts:
        found = registry.manifest(one.name.pinned(each.digest)).content
        if isinstance(found, ImageManifest):
            yield found


def _age(one: Shelved) -> tuple[float, Version, str]:
    """Several are made of one commit at times, and have its time."""
    return (one.created.timestamp() if one.created else 0.0), _version(one), one.digest


def _version(one: Shelved) -> Version:
    """Before every other, where it has none."""
    return next(iter(versions_among(one.tags)), Version(0, 0, 0, ("0",)))
