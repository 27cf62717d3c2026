"""What an image is called on its way into the registry, until its signatures are there too."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from registry.client.registry import Registry
from registry.manifests import OCI_MANIFEST, Descriptor, ImageManifest
from registry.names import ImageName
from registry.signatures.signing import is_tag_of_signatures, tag_of_signatures
from registry.versions import passing_tag
from ygg.errors import Conflict, NotFound, YggError

_CONFIG = "application/vnd.oci.image.config.v1+json"


@contextmanager
def passing(registry: Registry, name: ImageName) -> Iterator[ImageName]:
    """A name that nobody pulls, and that is gone afterwards."""
    on_its_way = name.tagged(passing_tag(datetime.datetime.now(datetime.UTC)))
    try:
        yield on_its_way
    finally:
        with suppress(YggError):  # what stays is shown nowhere, and pruned after a day
            _take_away(registry, on_its_way)


def was_there(registry: Registry, name: ImageName, digest: str, *, replace: bool) -> bool:
    """What machines have pulled should stay what it is, unless it is to be replaced."""
    there = _digest_at(registry, name)
    if there not in (None, digest) and not replace:
        raise Conflict(
            f"{name.short} is there already, and is another image",
            field="version",
            hint="what machines have pulled should stay what it is: build it as a new version,"
            " or give its name to this one with --replace",
        )
    return there == digest


def _take_away(registry: Registry, passing: ImageName) -> None:
    """Registries take no tag away, but an image with all of its tags. So the tag of one that has
    others is given to an image of nothing first."""
    try:
        digest = registry.head(passing).digest
    except NotFound:
        return
    if _is_kept(registry, passing, digest):
        digest = _nothing(registry, passing)
    registry.delete_manifest(passing.pinned(digest))


def _is_kept(registry: Registry, passing: ImageName, digest: str) -> bool:
    """By another name; or because it was signed once, and may be run by its digest."""
    tags = registry.tags(passing.repository)
    if tag_of_signatures(digest) in tags:
        return True
    others = (one for one in tags if one != passing.tag and not is_tag_of_signatures(one))
    return any(_digest_at(registry, passing.tagged(one)) == digest for one in others)


def _digest_at(registry: Registry, name: ImageName) -> str | None:
    try:
        return registry.head(name).digest
    except NotFound:
        return None


def _nothing(registry: Registry, passing: ImageName) -> str:
    content = json.dumps({"architecture": "", "os": "", "was": passing.tag}).encode()
    config = registry.upload_blob(passing.repository, content)
    made = ImageManifest(
        media_type=OCI_MANIFEST,
        config=Descriptor(media_type=_CONFIG, digest=config.digest, size_bytes=config.size_bytes),
        layers=(),
    )
    return registry.put_manifest(passing, made.encoded())
