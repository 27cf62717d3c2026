"""Wheels for machines without containers, fetched from a real registry to the operator's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from coordinator.fleet.wheelhouse import Wheelhouse, fetch
from registry.client.registry import Registry
from registry.image_config import VERSION
from registry.manifests import OCI_MANIFEST, Descriptor, ImageManifest
from registry.names import ImageName
from registry.reach import reach
from registry.signatures.attachments import sign
from registry.signatures.signing import read_key, read_public_key
from tests.conftest import unavailable
from tests.served_registry import Served, served_registry
from tests.services import ServiceMissing
from ygg.errors import BadInput, Denied, NotFound

LAYERS = (b"what installs", b"the wheels")
KINDS = "application/vnd.oci.image"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    try:
        with served_registry(tmp_path_factory.mktemp("served")) as found:
            yield found
    except ServiceMissing as error:
        unavailable(error)


def _push(
    served: Served, tag: str, *, architecture: str = "amd64", version: str = "", signed: bool = True
) -> str:
    said = {"architecture": architecture, "os": "linux"}
    config = json.dumps({**said, "config": {"Labels": {VERSION: version or tag}}}).encode()
    with reach(served.settings) as registry:
        name = ImageName(registry.address, "ygg-wheelhouse", tag)
        made = ImageManifest(
            media_type=OCI_MANIFEST,
            config=_described(registry, name, config, f"{KINDS}.config.v1+json"),
            layers=tuple(
                _described(registry, name, layer, f"{KINDS}.layer.v1.tar+gzip") for layer in LAYERS
            ),
        )
        digest = registry.put_manifest(name, made.encoded())
        if signed:
            key = read_key(served.home.signing_key)
            sign(registry, [name], digest, key, "matt on fenrir", 1_800_000_000)
    return digest


def _described(registry: Registry, name: ImageName, content: bytes, kind: str) -> Descriptor:
    found = registry.upload_blob(name.repository, content)
    return Descriptor(media_type=kind, digest=found.digest, size_bytes=found.size_bytes)


def _fetch(served: Served, version: str, cache: Path) -> Wheelhouse:
    with reach(served.settings) as registry:
        return fetch(registry, version, read_public_key(served.home.public_key), cache)


def test_its_layers_lie_here_in_order_and_the_release_is_named_by_version_and_digest(
    served: Served, tmp_path: Path
) -> None:
    digest = _push(served, "0.2.0", architecture="arm64")
    found = _fetch(served, "0.2.0", tmp_path / "cache")
    assert [(found.folder / one).read_bytes() for one in found.layers] == list(LAYERS)
    assert found.release == f"0.2.0-{digest[7:19]}"
    assert found.variables["ygg_wheels_machine"] == "aarch64"
    assert str(found.variables["ygg_wheels_layers"]).split() == list(found.layers)


def test_what_lies_here_is_held_against_its_digest_and_fetched_again_if_it_is_another(
    served: Served, tmp_path: Path
) -> None:
    _push(served, "0.2.1")
    first = _fetch(served, "0.2.1", tmp_path)
    whole, damaged = (tmp_path / one for one in first.layers)
    damaged.write_bytes(b"another")
    before = whole.stat().st_ino
    _fetch(served, "0.2.1", tmp_path)
    assert damaged.read_bytes() == LAYERS[1]
    assert whole.stat().st_ino == before


def test_what_the_fleet_has_not_signed_is_refused_and_not_fetched(
    served: Served, tmp_path: Path
) -> None:
    _push(served, "0.2.2", version="0.2.2-rc.1", signed=False)
    with pytest.raises(Denied, match="no signature"):
        _fetch(served, "0.2.2", tmp_path)
    assert not list(tmp_path.iterdir())


def test_one_that_is_not_there_is_told_with_how_it_is_made(served: Served, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as told:
        _fetch(served, "9.9.9", tmp_path)
    assert "ygg images build wheelhouse" in str(told.value.hint)


def test_what_is_for_no_machine_that_we_know_is_refused(served: Served, tmp_path: Path) -> None:
    _push(served, "0.2.3", architecture="riscv64")
    with pytest.raises(BadInput, match="made for linux/riscv64"):
        _fetch(served, "0.2.3", tmp_path)
