"""Machines that cannot be provisioned: each is told of with what to do, and the others are done."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from registry.manifests import OCI_MANIFEST, Descriptor, ImageManifest
from registry.names import ImageName
from registry.reach import reach
from registry.signatures.attachments import sign
from registry.signatures.signing import read_key
from tests.conftest import unavailable
from tests.lab.host import LabHost, check_lab, lab_root
from tests.lab.network import OWN_ADDRESS, own_network
from tests.lab.operating import know
from tests.lab.podman_host import PACKAGES, configure_podman
from tests.operator import Operator
from tests.served_registry import Served, served_registry
from tests.services import ServiceMissing

KIND = "application/vnd.oci.image"
VERSION = "0.2.0"
LAYER_BYTES = 48 * 1024 * 1024
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Place:
    operator: Operator
    fenrir: LabHost
    huginn: LabHost

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        words = ("machines", "provision", "--version", VERSION, *words)
        return self.operator(*words, seconds=300)

    def provision(self, *names: str) -> tuple[dict[str, object], str]:
        """What came of each, and what a person reads. It never goes well."""
        told = self(*names, "--json")
        assert told.returncode == 1, told.stderr + told.stdout
        return json.loads(told.stdout or "{}").get("machines", {}), told.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("unfit")
    with contextlib.ExitStack() as opened:
        try:
            check_lab()
            lab_root()
            lab_root(PACKAGES)
            opened.enter_context(own_network())
            served = opened.enter_context(served_registry(folder / "registry", OWN_ADDRESS))
        except ServiceMissing as error:
            unavailable(error)
        push_a_large_one(served)
        fenrir = opened.enter_context(LabHost(folder, "fenrir", packages=PACKAGES))
        huginn = opened.enter_context(LabHost(folder, "huginn"))
        configure_podman(fenrir)
        (folder / "home").mkdir()
        told = {name: one for name, one in served.environment.items() if name.startswith("YGG_")}
        told["YGG_REDIS_URL"] = f"redis://{OWN_ADDRESS}:6379/0"
        operator = Operator(folder / "home", told)
        for host in (fenrir, huginn):
            know(operator, host)
        yield Place(operator, fenrir, huginn)


def push_a_large_one(served: Served) -> None:
    """Signed, and one that can be pulled where there is room; nothing runs in it."""
    layer = _tar("large", os.urandom(LAYER_BYTES))
    digest = f"sha256:{hashlib.sha256(layer).hexdigest()}"
    rootfs = {"type": "layers", "diff_ids": [digest]}
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}
    with reach(served.settings) as registry:
        name = ImageName(registry.address, "ygg-executor", VERSION)

        def put(content: bytes, kind: str) -> Descriptor:
            blob = registry.upload_blob(name.repository, content)
            media = f"{KIND}.{kind}"
            return Descriptor(media_type=media, digest=blob.digest, size_bytes=blob.size_bytes)

        made = ImageManifest(
            media_type=OCI_MANIFEST,
            config=put(json.dumps(config).encode(), "config.v1+json"),
            layers=(put(layer, "layer.v1.tar"),),
        )
        whole = registry.put_manifest(name, made.encoded())
        sign(registry, [name], whole, read_key(served.home.signing_key), "matt on fenrir", 1)


def _tar(name: str, content: bytes) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return whole.getvalue()


@contextlib.contextmanager
def lying(host: LabHost, program: str, script: str) -> Iterator[None]:
    """The hosts of the lab share a processor and a clock: one is told of another by its tools."""
    host.write(f"usr/local/bin/{program}", f"#!/bin/sh\n{script}\n", 0o755)
    try:
        yield
    finally:
        host.run("rm", f"/usr/local/bin/{program}")


@contextlib.contextmanager
def small(host: LabHost, folder: str, size: str) -> Iterator[None]:
    host.run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)
    try:
        yield
    finally:
        host.run("umount", "--lazy", folder)


def test_who_may_not_become_root_is_told_so(place: Place) -> None:
    place.huginn.run("useradd", "--create-home", "matt")
    place.huginn.run("cp", "-r", "/root/.ssh", "/home/matt/.ssh")
    place.huginn.run("chown", "-R", "matt", "/home/matt/.ssh")
    place.operator("machines", "edit", "huginn", "--user", "matt")
    _, said = place.provision("huginn")
    assert "ygg: huginn: root: this login may not become root" in said
    assert "next: let it use sudo without a password, or log in as root" in said
    assert "ygg: nothing was done: huginn is not fit" in said
    place.operator("machines", "edit", "huginn", "--user", "root")


@pytest.mark.parametrize(
    ("program", "script", "says", "step"),
    [
        (
            "uname",
            '[ "$1" != -m ] && exec /usr/bin/uname "$@"; echo riscv64',
            "hardware: riscv64, ",
            "images are made for x86_64 and aarch64",
        ),
        (
            "date",
            "echo $(($(/usr/bin/date +%s) - 3600))",
            "clock: 360",
            "timedatectl set-ntp true",
        ),
        (
            "podman",
            "echo podman version 4.3.1",
            "podman: 4.3.1",
            "Quadlet needs 4.4: upgrade the system, or set ygg_runtime to venv",
        ),
    ],
)
def test_what_only_a_person_can_mend_is_told_before_anything_is_done(
    place: Place, program: str, script: str, says: str, step: str
) -> None:
    with lying(place.huginn, program, script):
        found, said = place.provision("huginn")
    assert f"ygg: huginn: {says}" in said
    assert step in said
    assert (found, "changed" in said) == ({}, False)


def test_a_full_disk_is_told_before_anything_is_done(place: Place) -> None:
    with small(place.huginn, "/var", "64m"):
        _, said = place.provision("huginn")
    assert "ygg: huginn: disk: 0.1 of 0.1 GiB free at /var" in said
    assert "next: images need 4 GiB: make room" in said


def test_a_disk_that_is_full_in_the_middle_is_told_with_how_to_make_room(place: Place) -> None:
    with small(place.fenrir, "/var/lib/containers", "24m"):
        told = place("fenrir")
    assert told.returncode == 1
    assert "no space left on device" in told.stdout
    assert "ygg: fenrir: next: make room there: df -h says which disk is full" in told.stderr


def test_one_that_is_off_does_not_keep_the_others_from_it(place: Place) -> None:
    place.huginn.run("systemctl", "stop", "ssh.socket", "ssh", check=False)
    found, said = place.provision("huginn", "fenrir")
    assert f"ygg: huginn: {place.huginn.address} refuses the connection" in said
    assert "next: does its SSH server run there?" in said
    assert found["huginn"] is None
    fenrir = found["fenrir"]
    assert isinstance(fenrir, dict)
    assert fenrir["ok"] > 5  # as far as an image goes that runs nothing
