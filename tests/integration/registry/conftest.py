"""Registries for a whole module, and images of a few bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from registry.client.login import Credentials
from registry.client.patience import Patience
from registry.client.registry import Registry
from registry.manifests import OCI_MANIFEST, Descriptor, ImageManifest
from registry.names import ImageName
from tests.conftest import unavailable
from tests.registry_server import RegistryServer
from tests.served_registry import Served, served_registry
from tests.services import ServiceMissing

KNOWN = Credentials("ygg", SecretStr("a password of these tests"))
QUICK = Patience(first_wait_seconds=0.01)
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(frozen=True)
class Pushed:
    repository: str
    tag: str
    digest: str
    manifest: ImageManifest


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryServer]:
    """With a password, and deletion."""
    try:
        server = RegistryServer(tmp_path_factory.mktemp("registry"), credentials=KNOWN)
    except ServiceMissing as error:
        unavailable(error)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One that `ygg registry` has made, with TLS and its keys."""
    try:
        with served_registry(tmp_path_factory.mktemp("served")) as found:
            yield found
    except ServiceMissing as error:
        unavailable(error)


@pytest.fixture
def registry(server: RegistryServer) -> Iterator[Registry]:
    with Registry(server.address, KNOWN, plain_http=True, patience=QUICK) as found:
        yield found


def push(
    registry: Registry, repository: str, tag: str, layer: bytes = b"one layer", **labels: str
) -> Pushed:
    """An image that nothing can run."""
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": "2026-01-02T03:04:05.123456789Z",
            "config": {"Labels": labels or None},
            "rootfs": {"type": "layers", "diff_ids": []},
            "history": [{"created_by": "COPY one", "empty_layer": True}],
        }
    ).encode()
    manifest = ImageManifest(
        media_type=OCI_MANIFEST,
        config=_described(registry, repository, config, CONFIG),
        layers=(_described(registry, repository, layer, LAYER),),
    )
    name = ImageName(registry.address, repository, tag)
    digest = registry.put_manifest(name, manifest.encoded())
    return Pushed(repository, tag, digest, manifest)


def _described(registry: Registry, repository: str, content: bytes, kind: str) -> Descriptor:
    found = registry.upload_blob(repository, content)
    return Descriptor(media_type=kind, digest=found.digest, size_bytes=found.size_bytes)
