"""What `ygg images` tells of the registry: judged by name, and held to its digests."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from registry.manifests import ImageManifest
from registry.names import ImageName
from registry.reach import reach
from registry.signatures.attachments import sign
from registry.signatures.signing import read_key
from tests.integration.registry.conftest import Pushed, push
from tests.served_registry import Served


@pytest.fixture(scope="module")
def pushed(served: Served) -> Pushed:
    """Signed as its version; somebody who has no key calls it latest, too."""
    with reach(served.settings) as registry:
        found = push(registry, "looked/at", "0.2.0", b"a layer to look at")
        name = ImageName(registry.address, "looked/at", "0.2.0")
        sign(registry, [name], found.digest, read_key(served.home.signing_key), "matt", 1)
        registry.put_manifest(name.tagged("latest"), found.manifest.encoded())
    return found


def ygg(served: Served, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "ygg.cli", "images", *words],
        env=served.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_signed_is_what_is_signed_under_its_name(served: Served, pushed: Pushed) -> None:
    assert "not as latest" in ygg(served, "tags", pushed.repository).stdout
    (told,) = json.loads(ygg(served, "list", "--json").stdout)
    assert (told["is_signed"], told["signed_tags"]) == (False, ["0.2.0"])


def test_who_has_no_key_sees_images_and_not_who_signed(served: Served, pushed: Pushed) -> None:
    away = served.home.public_key.rename(served.home.folder / "away")
    try:
        told = ygg(served, "tags", pushed.repository)
    finally:
        away.rename(served.home.public_key)
    assert "unknown" in told.stdout
    assert "copy signing.pub" in told.stderr


def test_an_image_from_near_says_each_thing_once_and_under_its_name(served: Served) -> None:
    labels = {
        "org.opencontainers.image.base.name": "localhost/a-base:trixie",
        "org.opencontainers.image.created": "2026-01-02T03:04:05.123456+00:00",
        "org.opencontainers.image.signed": "by the fleet",
        "signed": "by somebody",
    }
    with reach(served.settings) as registry:
        push(registry, "near/one", "0.1.0", b"a layer from near", **labels)
        push(registry, "near/one", "0.2.0", b"another one")
    told = ygg(served, "inspect", "near/one:0.1.0").stdout
    assert "base.name  localhost/a-base:trixie" in told
    assert told.count("2026-01-02T03:04:05") == 1
    assert re.findall("^signed .*$", told, re.MULTILINE) == ["signed     not by the fleet's key"]
    assert "label signed by somebody" in told
    assert "MADE BY" not in told
    lines = ygg(served, "diff", "near/one:0.1.0", "near/one:0.2.0").stdout.splitlines()
    assert lines == [line.rstrip() for line in lines]
    assert any(line.startswith("+ ") for line in lines)


@pytest.mark.parametrize("more", [":9", f"@sha256:{0:064x}"])
def test_the_tags_of_one_image_are_not_those_of_its_name(
    served: Served, pushed: Pushed, more: str
) -> None:
    told = ygg(served, "tags", f"{pushed.repository}{more}")
    assert (told.returncode, told.stdout) == (2, "")
    assert f"ygg images tags {pushed.repository}, or" in told.stderr


@pytest.mark.parametrize("verb", ["tags", "prune --yes --without-fleet"])
def test_an_image_of_another_registry_is_refused(served: Served, pushed: Pushed, verb: str) -> None:
    told = ygg(served, *verb.split(), f"localhost:5000/{pushed.repository}")
    assert (told.returncode, told.stdout) == (2, "")
    assert f"is not of the registry at {served.address}" in told.stderr


def _changed(served: Served, digest: str, more: bytes) -> None:
    """Where it lies."""
    digits = digest.removeprefix("sha256:")
    folder = served.home.storage / "docker/registry/v2/blobs/sha256"
    with (folder / digits[:2] / digits / "data").open("r+b") as data:
        data.seek(0, 2 if more else 0)
        data.write(more or b"A")


def test_what_changed_where_it_lies_is_found(served: Served, pushed: Pushed) -> None:
    name = f"{pushed.repository}:0.2.0"
    assert ygg(served, "verify", "--layers", name).returncode == 0
    assert isinstance(pushed.manifest, ImageManifest)
    _changed(served, pushed.manifest.layers[0].digest, b"")
    assert ygg(served, "verify", name).returncode == 0
    layers = ygg(served, "verify", "--layers", name)
    assert (layers.returncode, "has other bytes under" in layers.stderr) == (1, True)
    _changed(served, pushed.digest, b" ")
    manifest = ygg(served, "verify", name)
    assert (manifest.returncode, "has other bytes under" in manifest.stderr) == (1, True)
