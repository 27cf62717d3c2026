"""Manifests of images, as OCI and Docker write them: read closely, since anybody may push.

Their digest is that of the bytes; so what was read keeps its bytes beside it (`StoredManifest`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from registry.documents import Part, first_fault
from registry.names import ImageName, check_digest
from ygg.errors import BadInput

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
IMAGES = (OCI_MANIFEST, DOCKER_MANIFEST)
INDEXES = (OCI_INDEX, DOCKER_INDEX)
MANIFEST_BYTES = 4 * 1024 * 1024
"""No registry takes a larger one."""
_MOST_SIZE = 2**63 - 1
_SAID = 120


def _checked(text: str) -> str:
    try:
        check_digest(text)
    except BadInput as error:
        raise ValueError(error.message) from error
    return text


Digest = Annotated[str, AfterValidator(_checked)]


class Platform(Part):
    architecture: str
    os: str
    variant: str | None = None

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


class Descriptor(Part):
    """What a manifest says of one blob, or an index of one manifest."""

    media_type: str = Field(alias="mediaType", min_length=1)
    digest: Digest
    size_bytes: int = Field(alias="size", ge=0, le=_MOST_SIZE)
    annotations: Mapping[str, str] | None = None
    platform: Platform | None = None


class _Manifest(Part):
    schema_version: Literal[2] = Field(2, alias="schemaVersion")
    media_type: str | None = Field(None, alias="mediaType")
    annotations: Mapping[str, str] | None = None

    def encoded(self) -> bytes:
        """The bytes to push: the same ones for the same manifest."""
        found = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode()


class ImageManifest(_Manifest):
    """One image for one platform."""

    config: Descriptor
    layers: tuple[Descriptor, ...]

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        return (self.config, *self.layers)

    @property
    def size_bytes(self) -> int:
        """Of all that a machine without any of it would pull."""
        return sum({one.digest: one.size_bytes for one in self.blobs}.values())


class ImageIndex(_Manifest):
    """The same image for several platforms."""

    manifests: tuple[Descriptor, ...]


@dataclass(frozen=True)
class StoredManifest:
    """A manifest as a registry has it."""

    name: ImageName
    raw: bytes
    digest: str
    media_type: str
    content: ImageManifest | ImageIndex


class _Shape(Part):
    """Enough of a manifest to see which kind it says it is, and whether it says so twice."""

    schema_version: int | None = Field(None, alias="schemaVersion")
    media_type: str | None = Field(None, alias="mediaType")
    config: object = None
    layers: object = None
    manifests: object = None


_Read = TypeVar("_Read", bound=Part)


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def media_type_of(raw: bytes, said: str | None = None) -> str:
    """The kind of a manifest: by its own word, by the server's, and these must be the same.

    One that two programs could take for two different images is refused.
    """
    shape = _read(_Shape, raw)
    if shape.schema_version == 1:
        raise BadInput(
            "the manifest is of Docker's first schema, which is out of use",
            field="manifest",
            hint="push the image again with a podman or docker of this decade",
        )
    kind = shape.media_type or said
    if kind is None or kind not in (*IMAGES, *INDEXES):
        raise BadInput(
            f"the manifest is of an unknown kind: {(kind or 'it does not say which')[:_SAID]!r}",
            field="manifest",
            allowed=[*IMAGES, *INDEXES],
        )
    if said is not None and said != kind:
        raise BadInput(
            f"the manifest calls itself {kind}, and the registry calls it {said[:_SAID]!r}",
            field="manifest",
        )
    _check_it_is_one(shape, kind)
    return kind


def parse_manifest(raw: bytes, said: str | None = None) -> ImageManifest | ImageIndex:
    """What the bytes say; `said` is the media type that the server gave."""
    kind = media_type_of(raw, said)
    return _read(ImageManifest, raw) if kind in IMAGES else _read(ImageIndex, raw)


def _check_it_is_one(shape: _Shape, kind: str) -> None:
    other = (shape.manifests,) if kind in IMAGES else (shape.config, shape.layers)
    if any(one is not None for one in other):
        raise BadInput("the manifest is an image and an index at once", field="manifest")


def _read(kind: type[_Read], raw: bytes) -> _Read:
    if len(raw) > MANIFEST_BYTES:
        raise BadInput(f"the manifest is larger than {MANIFEST_BYTES} bytes", field="manifest")
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        raise BadInput(
            f"the manifest cannot be read: {first_fault(error)}", field="manifest"
        ) from error
