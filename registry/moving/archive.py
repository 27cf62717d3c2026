"""Images as files: OCI archives that podman and skopeo read, with the fleet's signatures inside.

An archive is a tar file: the blobs by their digests, an index that names the image, and beside them
`ygg.json`, which others overlook, with the name and the signatures that podman would ask for.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict, ValidationError

from registry.client.registry import Registry
from registry.manifests import Descriptor, Digest, ImageIndex, ImageManifest
from registry.moving.places import whole
from registry.names import ImageName
from registry.signatures.attachments import judged, raw_signatures
from registry.signatures.signing import PublicKey, Signature, Signed
from registry.versions import LATEST
from ygg.errors import BadInput

LAYOUT, INDEX, OWN = "oci-layout", "index.json", "ygg.json"
_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
_PAX = {"size"}
"""What a header may say in Pax's way: a blob over 8 GiB needs it."""
_SMALL = 4 * 1024 * 1024
_PIECE = 1024 * 1024


class _Signature(BaseModel):
    payload: str
    signed: str


class _Own(BaseModel):
    model_config = ConfigDict(extra="ignore")

    registry: str
    repository: str
    tag: str | None = None
    digest: Digest
    signatures: list[_Signature] = []


@dataclass(frozen=True)
class Archived:
    """What an archive says that it holds; each blob is what its digest says."""

    name: ImageName
    digest: str
    signatures: tuple[Signature, ...]
    size_bytes: int

    def signed_by(self, key: PublicKey) -> Signed | None:
        """By the fleet, as this very image and under the name that it has."""
        return judged(self.signatures, self.digest, key).by_name(self.name)


def save(registry: Registry, name: ImageName, file: Path) -> Archived:
    """Whole, or not at all."""
    with whole(file) as (output, scratch):
        return write(registry, name, output, scratch)


def write(
    registry: Registry, name: ImageName, output: BinaryIO, scratch: Path | None = None
) -> Archived:
    """In one go, so that it may be a pipe. Each blob is checked in `scratch` first."""
    stored = registry.manifest(name)
    if not isinstance(stored.content, ImageManifest):
        raise BadInput(f"{name.short} is made for several platforms", hint="name one by its digest")
    tag = name.tag or (None if name.digest else LATEST)
    name = name.tagged(tag) if tag else name.pinned(stored.digest)
    signatures = tuple(raw_signatures(registry, name, stored.digest))
    with tarfile.open(fileobj=output, mode="w|") as tar:
        _add(tar, LAYOUT, _LAYOUT)
        _add(tar, INDEX, _index(stored.media_type, stored.digest, len(stored.raw), name))
        _add(tar, OWN, _own(name, stored.digest, signatures))
        _add(tar, _place(stored.digest), stored.raw)
        for blob in {one.digest: one for one in stored.content.blobs}.values():
            with tempfile.TemporaryDirectory(prefix="ygg-", dir=scratch) as folder:
                path = Path(folder) / "blob"
                registry.download_blob(name.repository, blob.digest, path, blob.size_bytes)
                _add_file(tar, _place(blob.digest), path)
        size_bytes = sum(one.size for one in tar.getmembers())
    return Archived(name, stored.digest, signatures, size_bytes)


def read(file: Path) -> Archived:
    """What lies on a stick may have changed there: every part is held against what it is to be,
    and there is no other part, so that podman reads of it what was judged here."""
    try:
        with tarfile.open(file, "r:") as tar:
            found = _read(tar)
    except (KeyError, ValidationError, tarfile.TarError, OSError) as error:
        raise BadInput(
            f"{file} is no archive of ygg images save: {_words(error)}",
            field="file",
            hint="save it again where its registry is: ygg images save IMAGE FILE",
        ) from error
    return found


def _read(tar: tarfile.TarFile) -> Archived:
    members = list(map(_plain, tar))
    if tar.pax_headers:
        raise tarfile.TarError("it says something of all its parts")
    own = _Own.model_validate_json(_small(tar, OWN))
    name = ImageName(own.registry, own.repository, own.tag, None if own.tag else own.digest)
    raw = _small(tar, _place(own.digest))
    manifest = ImageManifest.model_validate_json(raw)
    wanted = {_place(one) for one in (own.digest, *(each.digest for each in manifest.blobs))}
    _check_names([one.name for one in members], {LAYOUT, INDEX, OWN, *wanted})
    for place in wanted:
        _check_content(tar, place)
    _check_index(tar, own.digest, len(raw), name)
    signatures = tuple(_signature(one) for one in own.signatures)
    return Archived(name, own.digest, signatures, sum(one.size for one in members))


def push(registry: Registry, file: Path, archived: Archived, name: ImageName) -> None:
    """Its blobs, and its manifest last: an image that came in part has no name."""
    with tarfile.open(file, "r:") as tar:
        raw = _small(tar, _place(archived.digest))
        for blob in ImageManifest.model_validate_json(raw).blobs:
            with _unpacked(tar, blob.digest) as path:
                registry.upload_blob(name.repository, path)
        registry.put_manifest(name, raw)


@contextmanager
def _unpacked(tar: tarfile.TarFile, digest: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ygg-") as folder:
        path = Path(folder) / "blob"
        with path.open("wb") as output:
            for piece in _pieces(tar, tar.getmember(_place(digest))):
                output.write(piece)
        yield path


def _index(media_type: str, digest: str, size_bytes: int, name: ImageName) -> bytes:
    entry = Descriptor(
        media_type=media_type,
        digest=digest,
        size_bytes=size_bytes,
        annotations={"org.opencontainers.image.ref.name": str(name)},
    )
    said = {"schemaVersion": 2, "manifests": [entry.model_dump(by_alias=True, exclude_none=True)]}
    return json.dumps(said).encode()


def _own(name: ImageName, digest: str, signatures: tuple[Signature, ...]) -> bytes:
    found = _Own(
        registry=name.registry,
        repository=name.repository,
        tag=name.tag,
        digest=digest,
        signatures=[
            _Signature(payload=base64.b64encode(one.payload).decode(), signed=one.signed)
            for one in signatures
        ],
    )
    return found.model_dump_json().encode()


def _signature(one: _Signature) -> Signature:
    try:
        return Signature(base64.b64decode(one.payload, validate=True), one.signed)
    except ValueError:
        return Signature(b"", one.signed)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    tar.addfile(member, io.BytesIO(content))


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = path.stat().st_size, 0o644
    with path.open("rb") as content:
        tar.addfile(member, content)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """A file, and said in the way that every program reads alike."""
    is_plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and member.sparse is None
    if not is_plain or member.pax_headers.keys() - _PAX:
        raise tarfile.TarError(f"{member.name} in it is no plain file")
    return member


def _check_names(found: list[str], wanted: set[str]) -> None:
    if len(found) > len(set(found)):
        raise tarfile.TarError("it has a part twice")
    if lacking := wanted - set(found):
        raise tarfile.TarError(f"it lacks {min(lacking)}")
    if others := set(found) - wanted:
        raise tarfile.TarError(f"{min(others)} is not part of its image")


def _check_content(tar: tarfile.TarFile, place: str) -> None:
    found = hashlib.sha256()
    for piece in _pieces(tar, tar.getmember(place)):
        found.update(piece)
    if found.hexdigest() != place.rpartition("/")[2]:
        raise tarfile.TarError(f"{place} holds something else")


def _check_index(tar: tarfile.TarFile, digest: str, size_bytes: int, name: ImageName) -> None:
    """To the byte as it was written: programs differ in what they read of odd JSON."""
    raw = _small(tar, INDEX)
    kinds = [one.media_type for one in ImageIndex.model_validate_json(raw).manifests]
    is_own = len(kinds) == 1 and raw == _index(kinds[0], digest, size_bytes, name)
    if not is_own or _small(tar, LAYOUT) != _LAYOUT:
        raise tarfile.TarError(f"its {INDEX} names something else than {OWN}")


def _pieces(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    content = tar.extractfile(member)
    while content is not None and (piece := content.read(_PIECE)):
        yield piece


def _small(tar: tarfile.TarFile, name: str) -> bytes:
    content = tar.extractfile(tar.getmember(name))
    if content is None:
        raise KeyError(name)
    return content.read(_SMALL)


def _place(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _words(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]}"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
