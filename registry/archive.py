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

from pydantic import BaseModel, ConfigDict, ValidationError

from registry.client.registry import Registry
from registry.manifests import Descriptor, ImageManifest, StoredManifest
from registry.names import ImageName
from registry.signatures.attachments import raw_signatures
from registry.signatures.signing import PublicKey, Signature, Signed
from ygg.errors import BadInput

LAYOUT, INDEX, OWN = "oci-layout", "index.json", "ygg.json"
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
    digest: str
    signatures: list[_Signature] = []


@dataclass(frozen=True)
class Archived:
    """What an archive says that it holds; each blob is what its digest says."""

    name: ImageName
    digest: str
    signatures: tuple[Signature, ...]
    size_bytes: int

    def signed_by(self, key: PublicKey) -> Signed | None:
        """By the fleet, as this very image."""
        read = (key.read(one) for one in self.signatures)
        fits = (one for one in read if one and one.digest == self.digest)
        repository = f"{self.name.registry}/{self.name.repository}:"
        return next((one for one in fits if one.reference.startswith(repository)), None)


def save(registry: Registry, name: ImageName, file: Path) -> Archived:
    """Whole, or not at all."""
    stored = registry.manifest(name)
    if not isinstance(stored.content, ImageManifest):
        raise BadInput(f"{name.short} is made for several platforms", hint="name one by its digest")
    signatures = tuple(raw_signatures(registry, name, stored.digest))
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f".{file.name}.part")
    try:
        with tarfile.open(scratch, "w") as tar:
            _add(tar, LAYOUT, b'{"imageLayoutVersion":"1.0.0"}')
            _add(tar, INDEX, _index(stored, name))
            _add(tar, OWN, _own(name, stored.digest, signatures))
            _add(tar, _place(stored.digest), stored.raw)
            for blob in {one.digest: one for one in stored.content.blobs}.values():
                with tempfile.TemporaryDirectory(prefix=".ygg-", dir=file.parent) as folder:
                    path = Path(folder) / "blob"
                    registry.download_blob(name.repository, blob.digest, path, blob.size_bytes)
                    _add_file(tar, _place(blob.digest), path)
        scratch.replace(file)
    finally:
        scratch.unlink(missing_ok=True)
    return Archived(name, stored.digest, signatures, file.stat().st_size)


def read(file: Path) -> Archived:
    """Every blob is held against its digest: what lies on a stick may have changed there."""
    try:
        with tarfile.open(file, "r:") as tar:
            own = _Own.model_validate_json(_small(tar, OWN))
            whole = sum(_checked(tar, member) for member in tar)
            name = ImageName(own.registry, own.repository, own.tag)
            manifest = ImageManifest.model_validate_json(_small(tar, _place(own.digest)))
            for blob in manifest.blobs:
                tar.getmember(_place(blob.digest))
    except (KeyError, ValidationError, tarfile.TarError, OSError) as error:
        raise BadInput(
            f"{file} is no archive of ygg images save: {_words(error)}", field="file"
        ) from error
    signatures = tuple(_signature(one) for one in own.signatures)
    return Archived(name, own.digest, signatures, whole)


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


def _index(stored: StoredManifest, name: ImageName) -> bytes:
    entry = Descriptor(
        media_type=stored.media_type,
        digest=stored.digest,
        size_bytes=len(stored.raw),
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


def _checked(tar: tarfile.TarFile, member: tarfile.TarInfo) -> int:
    folder, _, digits = member.name.rpartition("/")
    if folder == "blobs/sha256" and member.isfile():
        found = hashlib.sha256()
        for piece in _pieces(tar, member):
            found.update(piece)
        if found.hexdigest() != digits:
            raise tarfile.TarError(f"{member.name} holds something else")
    return member.size


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
