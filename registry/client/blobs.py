"""Blobs out of a registry: in pieces, from where a dropped connection stopped, and checked."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from registry.client.patience import Later, Tries
from registry.client.transport import Call, Transport
from registry.client.trouble import no_registry, wrong_content
from registry.names import check_digest, check_repository
from ygg.errors import BadInput, NotFound, YggError

_RANGE = re.compile(r"bytes (\d{1,19})-\d{1,19}/(?:\d{1,19}|\*)")


@dataclass(frozen=True)
class Blob:
    """One of a repository, by the digest of its bytes."""

    repository: str
    digest: str

    def __post_init__(self) -> None:
        check_repository(self.repository)
        check_digest(self.digest)

    @property
    def path(self) -> str:
        return f"/v2/{self.repository}/blobs/{self.digest}"

    @property
    def what(self) -> str:
        return f"blob {self.digest} in {self.repository}"


def size_of(transport: Transport, blob: Blob) -> int | None:
    """None where it is not there."""
    call = Call("HEAD", blob.path, blob.what, f"repository:{blob.repository}:pull")
    try:
        size = transport.ask(call).headers.get("content-length", "")
    except NotFound:
        return None
    if not size.isdecimal():
        raise no_registry(transport.address, f"it does not say how large {blob.what} is")
    return int(size)


def read(transport: Transport, blob: Blob, most_bytes: int) -> Iterator[bytes]:
    """Its bytes. The last step raises where they are not those of the digest, so nothing may be
    made of them before."""
    hashed, done = hashlib.sha256(), 0
    tries = Tries(transport.patience, transport.patience.transfer_seconds)
    while True:
        try:
            with transport.opened(_from(blob, done)) as response:
                for chunk in _rest(transport, response, done):
                    done += len(chunk)
                    if done > most_bytes:
                        raise _too_large(transport, blob, most_bytes)
                    hashed.update(chunk)
                    yield chunk
            break
        except Later as later:
            tries.wait(later)
    found = f"sha256:{hashed.hexdigest()}"
    if found != blob.digest:
        raise wrong_content(transport.address, blob.digest, found)


def downloaded(transport: Transport, blob: Blob, path: Path, most_bytes: int) -> int:
    """Its size. The file is there whole and checked, or not at all."""
    try:
        return _written(read(transport, blob, most_bytes), path)
    except OSError as error:
        raise YggError(
            f"cannot write {blob.what} to {path}: {error.strerror or error}",
            hint="is there room on the disk, and may we write there?",
        ) from error


def _written(chunks: Iterator[bytes], path: Path) -> int:
    number, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
    return size


def deleted(transport: Transport, blob: Blob) -> None:
    scope = f"repository:{blob.repository}:pull,delete"
    transport.ask(Call("DELETE", blob.path, blob.what, scope, frozenset({200, 202})))


def _from(blob: Blob, done: int) -> Call:
    headers = {"range": f"bytes={done}-"} if done else {}
    scope = f"repository:{blob.repository}:pull"
    return Call("GET", blob.path, blob.what, scope, frozenset({200, 206}), headers, may_leave=True)


def _rest(transport: Transport, response: httpx.Response, done: int) -> Iterator[bytes]:
    """What follows the bytes that we have, where the answer begins anew too."""
    skip = done
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        found = _RANGE.fullmatch(response.headers.get("content-range", ""))
        if found is None or int(found[1]) != done:
            raise no_registry(transport.address, "it sends another part of a blob than was asked")
        skip = 0
    for chunk in response.iter_raw(chunk_size=None):
        if len(chunk) > skip:
            yield chunk[skip:]
        skip = max(0, skip - len(chunk))


def _too_large(transport: Transport, blob: Blob, most_bytes: int) -> BadInput:
    return BadInput(
        f"{blob.what} of {transport.address} is larger than the {most_bytes} bytes expected",
        field="blob",
    )
