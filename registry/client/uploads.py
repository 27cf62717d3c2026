"""Blobs into a registry: small ones at once, large ones in chunks, and on after a dropped line.

Distribution gives up an upload of which a chunk arrived in part, so the last resort is to begin
again. No upload leaves anything behind but what the registry itself purges.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from registry.client.blobs import Blob, size_of
from registry.client.patience import Later, Tries
from registry.client.transport import Answer, Call, Transport
from registry.client.trouble import no_registry
from ygg.errors import BadInput, NotFound, RegistryUnreachable

CHUNK_BYTES = 8 * 1024 * 1024
"""What is no larger goes at once."""
_RANGE = re.compile(r"(?:bytes=)?0-(\d{1,19})")
_BYTES = {"content-type": "application/octet-stream"}


@dataclass(frozen=True)
class Uploaded:
    digest: str
    size_bytes: int
    was_there: bool
    """Nothing had to be moved."""


def uploaded(
    transport: Transport, repository: str, source: Path | bytes, chunk_bytes: int
) -> Uploaded:
    with _opened(source) as content:
        digest = f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"
        size = content.seek(0, io.SEEK_END)
        blob = Blob(repository, digest)
        if size_of(transport, blob) is not None:
            return Uploaded(digest, size, was_there=True)
        _Upload(transport, blob, content, size, chunk_bytes).run()
    return Uploaded(digest, size, was_there=False)


def _opened(source: Path | bytes) -> io.BytesIO | io.BufferedReader:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return source.open("rb")
    except OSError as error:
        raise BadInput(f"cannot read {source}: {error.strerror or error}", field="blob") from error


def mounted(transport: Transport, blob: Blob, source_repository: str) -> bool:
    """Whether it is there now, without its bytes being moved."""
    source = Blob(source_repository, blob.digest)
    scope = f"repository:{blob.repository}:pull,push repository:{source.repository}:pull"
    query = f"?mount={blob.digest}&from={source.repository}"
    path = f"/v2/{blob.repository}/blobs/uploads/{query}"
    answer = transport.ask(Call("POST", path, blob.what, scope, frozenset({201, 202})))
    if answer.status == 201:
        return True
    _cancel(transport, blob, answer.headers.get("location", ""))
    return False


class _Upload:
    def __init__(
        self,
        transport: Transport,
        blob: Blob,
        content: BinaryIO,
        size: int,
        chunk_bytes: int,
    ) -> None:
        self._transport = transport
        self._blob = blob
        self._content = content
        self._size = size
        self._chunk_bytes = chunk_bytes
        self._tries = Tries(transport.patience, transport.patience.transfer_seconds)
        self._where = ""
        self._sent = 0

    def run(self) -> None:
        self._begin()
        while not self._is_done():
            try:
                self._step()
            except Later as later:
                self._go_on(later)
            except NotFound as error:  # it has forgotten this upload
                self._go_on(Later(self._lost(error)))

    def _is_done(self) -> bool:
        return self._where == ""

    def _begin(self) -> None:
        path = f"/v2/{self._blob.repository}/blobs/uploads/"
        answer = self._transport.ask(self._call("POST", path, good=202))
        self._where, self._sent = self._location(answer), 0

    def _step(self) -> None:
        """The last one brings the rest, where it is small, and the digest."""
        self._content.seek(self._sent)
        if self._size <= self._chunk_bytes or self._sent == self._size:
            path = f"{self._where}{'&' if '?' in self._where else '?'}digest={self._blob.digest}"
            rest = self._content.read(self._chunk_bytes)
            self._transport.ask_once(self._call("PUT", path, good=201, content=rest))
            self._where = ""
            return
        chunk = self._content.read(self._chunk_bytes)
        if not chunk:
            raise BadInput(f"the file of {self._blob.what} got shorter while it was sent")
        end = self._sent + len(chunk)
        call = self._call("PATCH", self._where, 202, chunk, f"{self._sent}-{end - 1}")
        answer = self._transport.ask_once(call)
        self._where, self._sent = self._location(answer), self._accepted(answer, end)

    def _accepted(self, answer: Answer, sent: int) -> int:
        accepted = _bytes_there(answer)
        if accepted is None or accepted == sent:
            return sent
        if self._sent < accepted < sent:
            return accepted
        raise no_registry(self._transport.address, "it took other bytes than it was sent")

    def _go_on(self, later: Later) -> None:
        """Where it stopped, if the registry knows; it may also have all, and only its answer was
        lost."""
        self._tries.wait(later)
        if size_of(self._transport, self._blob) is not None:
            self._where = ""
            return
        try:
            answer = self._transport.ask(self._call("GET", self._where, good=204))
        except NotFound:
            self._begin()
            return
        there = _bytes_there(answer)
        if self._size <= self._chunk_bytes or there is None or not 1 < there <= self._size:
            self._begin()  # 0-0 means none, or one
            return
        self._where, self._sent = self._location(answer), there

    def _location(self, answer: Answer) -> str:
        return self._transport.own_path(answer.headers.get("location", ""))

    def _call(
        self, method: str, path: str, good: int, content: bytes | None = None, part: str = ""
    ) -> Call:
        scope = f"repository:{self._blob.repository}:pull,push"
        headers = {**_BYTES, **({"content-range": part} if part else {})}
        return Call(method, path, self._blob.what, scope, frozenset({good}), headers, content)

    def _lost(self, error: NotFound) -> RegistryUnreachable:
        return RegistryUnreachable(
            f"the registry at {self._transport.address} forgot the upload of {self._blob.what}",
            hint="its log may say why; `ygg registry status` says how it is",
        )


def _bytes_there(answer: Answer) -> int | None:
    found = _RANGE.fullmatch(answer.headers.get("range", ""))
    return int(found[1]) + 1 if found else None


def _cancel(transport: Transport, blob: Blob, location: str) -> None:
    scope = f"repository:{blob.repository}:pull,push"
    path = transport.own_path(location)
    transport.ask(Call("DELETE", path, blob.what, scope, frozenset({200, 202, 204, 404})))
