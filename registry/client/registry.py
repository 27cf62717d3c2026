"""One registry, as the rest of Yggdrasil sees it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from registry.client import blobs, listing, stored, uploads
from registry.client.blobs import Blob
from registry.client.listing import PAGE_SIZE, Catalog, Tags
from registry.client.login import Credentials
from registry.client.patience import Patience
from registry.client.stored import Head
from registry.client.transport import Call, Transport
from registry.client.trouble import no_registry
from registry.client.uploads import CHUNK_BYTES, Uploaded
from registry.image_config import CONFIG_BYTES, ImageConfig, parse_config
from registry.manifests import ImageManifest, StoredManifest
from registry.names import ImageName, check_repository, check_tag
from ygg.errors import BadInput

BLOB_BYTES = 64 * 1024**3
"""No blob is taken for larger, unless the caller says so."""


class Registry:
    """Credentials are asked for by the registry and sent to it, or to whoever it says gives
    tokens; over TLS, or on this machine."""

    def __init__(
        self,
        address: str,
        credentials: Credentials | None = None,
        ca_file: Path | None = None,
        plain_http: bool = False,
        timeout_seconds: float = 30,
        patience: Patience | None = None,
    ) -> None:
        # It tells of each request, in the midst of what a command says.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self.address = address
        self._transport = Transport(
            address, credentials, ca_file, plain_http, timeout_seconds, patience or Patience()
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def ping(self) -> None:
        """Returns when a registry answers there and takes our credentials."""
        answer = self._transport.ask(Call("GET", "/v2/", "a question"))
        if answer.headers.get("docker-distribution-api-version") != "registry/2.0":
            raise no_registry(self.address, "it does not say which API it has")

    def catalog(self, page_size: int = PAGE_SIZE) -> list[str]:
        """The names of all repositories."""
        call = Call("GET", "/v2/_catalog", "list of images", "registry:catalog:*")
        return listing.listed(self._transport, call, Catalog, check_repository, page_size)

    def tags(self, repository: str, page_size: int = PAGE_SIZE) -> list[str]:
        check_repository(repository)
        scope = f"repository:{repository}:pull"
        call = Call("GET", f"/v2/{repository}/tags/list", f"images {repository}", scope)
        return listing.listed(self._transport, call, Tags, check_tag, page_size)

    def manifest(self, name: ImageName) -> StoredManifest:
        return stored.fetched(self._transport, self._ours(name))

    def head(self, name: ImageName) -> Head:
        return stored.head(self._transport, self._ours(name))

    def put_manifest(self, name: ImageName, raw: bytes, media_type: str | None = None) -> str:
        """Returns its digest. Not every manifest names its own media type."""
        if name.tag is None and name.digest is None:
            raise BadInput(f"{name.short} has neither a tag nor a digest", field="image")
        return stored.put(self._transport, self._ours(name), raw, media_type)

    def delete_manifest(self, name: ImageName) -> str:
        """Returns its digest. All tags that stand for the same digest go with it."""
        return stored.deleted(self._transport, self._ours(name))

    def config(self, name: ImageName, manifest: ImageManifest) -> ImageConfig:
        blob = Blob(self._ours(name).repository, manifest.config.digest)
        most = min(CONFIG_BYTES, manifest.config.size_bytes)
        return parse_config(b"".join(blobs.read(self._transport, blob, most)))

    def blob_size(self, repository: str, digest: str) -> int | None:
        """None where it is not there."""
        return blobs.size_of(self._transport, Blob(repository, digest))

    def has_blob(self, repository: str, digest: str) -> bool:
        return self.blob_size(repository, digest) is not None

    def read_blob(
        self, repository: str, digest: str, most_bytes: int = BLOB_BYTES
    ) -> Iterator[bytes]:
        """The last step raises where the bytes were not those of the digest."""
        return blobs.read(self._transport, Blob(repository, digest), most_bytes)

    def download_blob(
        self, repository: str, digest: str, path: Path, most_bytes: int = BLOB_BYTES
    ) -> int:
        """Returns its size. The file is there whole and checked, or not at all."""
        return blobs.downloaded(self._transport, Blob(repository, digest), path, most_bytes)

    def upload_blob(
        self, repository: str, source: Path | bytes, chunk_bytes: int = CHUNK_BYTES
    ) -> Uploaded:
        return uploads.uploaded(self._transport, repository, source, chunk_bytes)

    def mount_blob(self, repository: str, digest: str, source_repository: str) -> bool:
        """Whether it is there now, without its bytes being moved."""
        return uploads.mounted(self._transport, Blob(repository, digest), source_repository)

    def delete_blob(self, repository: str, digest: str) -> None:
        blobs.deleted(self._transport, Blob(repository, digest))

    def _ours(self, name: ImageName) -> ImageName:
        if name.registry != self.address:
            raise BadInput(f"{name} is not of the registry at {self.address}", field="image")
        return name
