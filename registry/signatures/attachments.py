"""Signatures in a registry: put beside their image, found again, and held against a key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.client.registry import Registry
from registry.manifests import OCI_MANIFEST, Descriptor, ImageManifest, digest_of
from registry.names import ImageName
from registry.signatures.signing import (
    ANNOTATION,
    PAYLOAD_TYPE,
    Key,
    PublicKey,
    Signature,
    Signed,
    of_annotations,
    tag_of_signatures,
)
from registry.versions import LATEST
from ygg.errors import NotFound

PAYLOAD_BYTES = 64 * 1024
MOST = 200
"""Signatures that are read of one image."""
_CONFIG = "application/vnd.oci.image.config.v1+json"


@dataclass(frozen=True)
class Verified:
    """What is known of one image by its signatures."""

    holds: tuple[Signed, ...]
    """Those of the fleet's key for this very image, newest first."""
    foreign: int
    """Others: of another key, of another image, or nonsense."""

    def by_name(self, name: ImageName) -> Signed | None:
        """The newest for this name, or for its repository where the digest alone is asked for."""
        asked = name if name.tag or name.digest else name.tagged(LATEST)
        wanted, repository = str(asked), f"{name.registry}/{name.repository}:"
        for one in self.holds:
            if one.reference == wanted or (
                asked.tag is None and one.reference.startswith(repository)
            ):
                return one
        return None


def attach(registry: Registry, name: ImageName, digest: str, *signatures: Signature) -> None:
    """Beside those that are there, since the same image may have several names; in one write, so
    that others who sign it at that moment see all of them or none."""
    place = name.tagged(tag_of_signatures(digest))
    there = _layers(registry, place)
    more = [layer for one in signatures if (layer := _layer(one)) not in there]
    if not more:
        return
    for one in signatures:
        registry.upload_blob(name.repository, one.payload)
    layers = [*there, *more][-MOST:]
    config = _config(layers)
    registry.upload_blob(name.repository, config)
    made = ImageManifest(
        media_type=OCI_MANIFEST, config=_described(config, _CONFIG), layers=tuple(layers)
    )
    registry.put_manifest(place, made.encoded())


def sign(
    registry: Registry, names: Sequence[ImageName], digest: str, key: Key, by: str, at: int
) -> None:
    """For each name: podman asks that a signature is of the very name it was asked for."""
    made = [key.sign(name, digest, by, at) for name in names]
    attach(registry, names[0], digest, *made)


def verified(registry: Registry, name: ImageName, digest: str, key: PublicKey) -> Verified:
    return judged(list(raw_signatures(registry, name, digest)), digest, key)


def judged(found: Sequence[Signature], digest: str, key: PublicKey) -> Verified:
    read = [key.read(one) for one in found]
    holds = [one for one in read if one is not None and one.digest == digest]
    holds.sort(key=lambda one: one.at or 0, reverse=True)
    return Verified(tuple(holds), len(found) - len(holds))


def raw_signatures(registry: Registry, name: ImageName, digest: str) -> Iterator[Signature]:
    """All that lie beside it, whoever made them."""
    place = name.tagged(tag_of_signatures(digest))
    for layer in _layers(registry, place)[-MOST:]:
        if layer.media_type != PAYLOAD_TYPE or layer.size_bytes > PAYLOAD_BYTES:
            continue
        payload = b"".join(registry.read_blob(name.repository, layer.digest, PAYLOAD_BYTES))
        if found := of_annotations(layer.annotations or {}, payload):
            yield found


def _layers(registry: Registry, place: ImageName) -> tuple[Descriptor, ...]:
    try:
        found = registry.manifest(place).content
    except NotFound:
        return ()
    return found.layers if isinstance(found, ImageManifest) else ()


def _layer(signature: Signature) -> Descriptor:
    return Descriptor(
        media_type=PAYLOAD_TYPE,
        digest=digest_of(signature.payload),
        size_bytes=len(signature.payload),
        annotations={ANNOTATION: signature.signed},
    )


def _config(layers: Sequence[Descriptor]) -> bytes:
    """podman reads an image's, although this one runs nowhere."""
    said = {
        "architecture": "",
        "os": "",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [one.digest for one in layers]},
    }
    return json.dumps(said, separators=(",", ":")).encode()


def _described(content: bytes, media_type: str) -> Descriptor:
    return Descriptor(media_type=media_type, digest=digest_of(content), size_bytes=len(content))
