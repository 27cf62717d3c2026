"""A machine's own podman takes what the fleet has signed, and refuses all else by itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from registry.client.registry import Registry
from registry.manifests import OCI_MANIFEST, Descriptor, ImageManifest
from registry.names import ImageName
from registry.reach import password_of, reach
from registry.signatures.attachments import sign
from registry.signatures.signing import Key, read_key
from registry.signatures.trust import Trust
from tests import podman
from tests.conftest import unavailable
from tests.lab.host import LabHost, check_lab, lab_root
from tests.lab.network import OWN_ADDRESS, own_network
from tests.lab.podman_host import PACKAGES, configure_podman
from tests.served_registry import Served, served_registry
from tests.services import ServiceMissing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
ETC = PurePosixPath("/etc/containers")


@dataclass(frozen=True)
class Fleet:
    served: Served
    host: LabHost

    def pull(self, name: ImageName) -> str:
        """What podman says; its digest where it takes it."""
        ended = self.host.run("podman", "pull", "--quiet", str(name), check=False)
        if ended.returncode:
            return ended.stderr
        return self.host.run(
            "podman", "image", "inspect", "--format", "'{{.Digest}}'", str(name)
        ).stdout.strip()

    def named(self, registry: Registry, tag: str) -> ImageName:
        return ImageName(registry.address, "ygg-executor", tag)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    try:
        check_lab()
        lab_root(PACKAGES)
        folder = tmp_path_factory.mktemp("fleet")
        with (
            own_network(),
            served_registry(folder / "registry", OWN_ADDRESS) as served,
            LabHost(folder, "muninn", packages=PACKAGES) as host,
        ):
            _trusting(host, served)
            yield Fleet(served, host)
    except ServiceMissing as error:
        unavailable(error)


def _trusting(host: LabHost, served: Served) -> None:
    trust = Trust(served.address, ETC, only=True)
    files = trust.files(served.home.authority.read_text(), served.home.public_key.read_text(), None)
    for name, text in files.items():
        host.write(f"etc/containers/{name}", text)
    configure_podman(host)
    _log_in(host, served, served.address)


def _log_in(host: LabHost, served: Served, address: str, *options: str) -> None:
    login = ("podman", "login", "--username", "ygg", "--password-stdin", *options, address)
    host.run(*login, stdin=password_of(served.settings))


def _pushed(registry: Registry, name: ImageName, word: str = "") -> str:
    root = podman.root()
    diff = f"sha256:{hashlib.sha256(root).hexdigest()}"
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/bin/echo", word]},
            "rootfs": {"type": "layers", "diff_ids": [diff]},
        }
    ).encode()
    described = [
        Descriptor(
            media_type=f"application/vnd.oci.image.{kind}",
            digest=registry.upload_blob(name.repository, content).digest,
            size_bytes=len(content),
        )
        for kind, content in (("config.v1+json", config), ("layer.v1.tar", root))
    ]
    manifest = ImageManifest(
        media_type=OCI_MANIFEST, config=described[0], layers=tuple(described[1:])
    )
    return registry.put_manifest(name, manifest.encoded())


def _sign(registry: Registry, name: ImageName, digest: str, key: Key) -> None:
    sign(registry, [name], digest, key, "matt on fenrir", 1_800_000_000)


def test_what_the_fleet_has_signed_is_taken_and_runs(fleet: Fleet) -> None:
    with reach(fleet.served.settings) as registry:
        name = fleet.named(registry, "0.2.0")
        digest = _pushed(registry, name, "served")
        _sign(registry, name, digest, read_key(fleet.served.home.signing_key))
    assert fleet.pull(name) == digest
    assert fleet.pull(name.pinned(digest)) == digest
    ran = fleet.host.run("podman", "run", "--rm", "--network=none", str(name), check=False)
    assert ran.stdout == "served\n", ran.stderr


def test_what_nobody_has_signed_is_refused(fleet: Fleet) -> None:
    with reach(fleet.served.settings) as registry:
        name = fleet.named(registry, "0.3.0")
        _pushed(registry, name, "unsigned")
    assert "signature was required" in fleet.pull(name)


def test_a_narrower_rule_that_was_there_lets_nothing_in(fleet: Fleet) -> None:
    """podman goes by the narrowest; and then by ours, once it is written anew."""
    served, anything = fleet.served, [{"type": "insecureAcceptAnything"}]
    with reach(served.settings) as registry:
        name = fleet.named(registry, "0.9.0")
        _pushed(registry, name, "narrow")
    ours = (fleet.host.root / "etc/containers/policy.json").read_text()
    weak = json.loads(ours)
    weak["transports"]["docker"][f"{served.address}/{name.repository}"] = anything
    fleet.host.write("etc/containers/policy.json", json.dumps(weak))
    assert fleet.pull(name).startswith("sha256:")
    fleet.host.run("podman", "rmi", "--force", str(name))
    again = Trust(served.address, ETC).policy(json.dumps(weak))
    fleet.host.write("etc/containers/policy.json", again)
    assert "signature was required" in fleet.pull(name)
    assert json.loads(again) == json.loads(ours)


def test_what_another_key_has_signed_is_refused(fleet: Fleet) -> None:
    with reach(fleet.served.settings) as registry:
        name = fleet.named(registry, "0.4.0")
        foreign = Key(ec.generate_private_key(ec.SECP256R1()))
        _sign(registry, name, _pushed(registry, name, "foreign"), foreign)
    assert "cryptographic signature verification failed" in fleet.pull(name)


def test_another_image_under_a_signed_name_is_refused(fleet: Fleet) -> None:
    """As somebody could who may push, and has no key."""
    with reach(fleet.served.settings) as registry:
        name = fleet.named(registry, "0.5.0")
        _sign(
            registry, name, _pushed(registry, name, "good"), read_key(fleet.served.home.signing_key)
        )
        _pushed(registry, name, "evil")
    assert "signature was required" in fleet.pull(name)


def test_an_old_image_under_a_new_name_is_refused(fleet: Fleet) -> None:
    """Signed, and not for this name: a machine would be kept on what has a known fault."""
    with reach(fleet.served.settings) as registry:
        old, new = fleet.named(registry, "0.6.0"), fleet.named(registry, "0.6.1")
        digest = _pushed(registry, old, "old")
        _sign(registry, old, digest, read_key(fleet.served.home.signing_key))
        registry.put_manifest(new, registry.manifest(old).raw)
    assert "Signature for identity" in fleet.pull(new)


def test_a_layer_that_changed_where_it_lies_is_refused(fleet: Fleet) -> None:
    with reach(fleet.served.settings) as registry:
        name = fleet.named(registry, "0.7.0")
        digest = _pushed(registry, name, "tampered")
        _sign(registry, name, digest, read_key(fleet.served.home.signing_key))
        manifest = registry.manifest(name).content
    assert isinstance(manifest, ImageManifest)
    digits = manifest.config.digest.removeprefix("sha256:")
    blob = fleet.served.home.storage / f"docker/registry/v2/blobs/sha256/{digits[:2]}/{digits}/data"
    blob.write_bytes(blob.read_bytes().replace(b"tampered", b"TAMPERED"))
    assert "digest" in fleet.pull(name)


def test_images_of_other_registries_are_refused(fleet: Fleet) -> None:
    """The same image, of a registry that the policy does not name."""
    with reach(fleet.served.settings) as registry:
        name = fleet.named(registry, "0.8.0")
        digest = _pushed(registry, name, "elsewhere")
        _sign(registry, name, digest, read_key(fleet.served.home.signing_key))
    elsewhere = fleet.served.address.replace(OWN_ADDRESS, "elsewhere")
    hosts = (fleet.host.root / "etc/hosts").read_text()
    fleet.host.write("etc/hosts", f"{hosts}{OWN_ADDRESS} elsewhere\n")
    _log_in(fleet.host, fleet.served, elsewhere, "--tls-verify=false")
    other = f"{elsewhere}/ygg-executor@{digest}"
    ended = fleet.host.run("podman", "pull", "--tls-verify=false", other, check=False)
    assert "rejected by policy" in ended.stderr
