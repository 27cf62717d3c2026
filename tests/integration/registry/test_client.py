"""The client beside a real registry: push, list, read, delete."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from registry.client.login import Credentials
from registry.client.registry import Registry
from registry.manifests import OCI_INDEX, OCI_MANIFEST, Descriptor, ImageIndex, Platform, digest_of
from registry.names import ImageName
from tests.conftest import unavailable
from tests.integration.registry.conftest import KNOWN, QUICK, push
from tests.registry_server import RegistryServer
from tests.services import ServiceMissing, free_port
from ygg.errors import BadInput, Denied, NotFound, RegistryUnreachable, YggError

NOTHING = "sha256:" + "5" * 64


def test_an_image_is_pushed_and_read(registry: Registry) -> None:
    registry.ping()
    pushed = push(registry, "ygg-executor", "0.2.0", version="0.2.0")
    name = ImageName(registry.address, "ygg-executor", "0.2.0")

    found = registry.manifest(name)
    assert (found.digest, found.media_type) == (pushed.digest, OCI_MANIFEST)
    assert found.content == pushed.manifest
    assert found.raw == pushed.manifest.encoded()
    assert registry.manifest(name.pinned(pushed.digest)).raw == found.raw
    head = registry.head(name)
    assert (head.digest, head.size_bytes) == (pushed.digest, len(found.raw))

    config = registry.config(name, pushed.manifest)
    assert config.labels == {"version": "0.2.0"}
    assert config.platform == "linux/amd64"
    assert config.created is not None
    assert config.created.isoformat() == "2026-01-02T03:04:05.123456+00:00"
    assert [step.created_by for step in config.steps] == ["COPY one"]


def test_a_manifest_that_does_not_name_its_kind_is_pushed_as_what_it_is(
    registry: Registry,
) -> None:
    pushed = push(registry, "unnamed", "1")
    raw = pushed.manifest.model_copy(update={"media_type": None}).encoded()
    name = ImageName(registry.address, "unnamed", "2")
    with pytest.raises(BadInput, match="does not say which"):
        registry.put_manifest(name, raw)
    registry.put_manifest(name, raw, OCI_MANIFEST)
    found = registry.manifest(name)
    assert (found.raw, found.media_type) == (raw, OCI_MANIFEST)


def test_an_index_is_pushed_and_read(registry: Registry) -> None:
    pushed = push(registry, "several", "amd64")
    size = len(pushed.manifest.encoded())
    part = Descriptor(
        media_type=OCI_MANIFEST,
        digest=pushed.digest,
        size_bytes=size,
        platform=Platform(architecture="amd64", os="linux"),
    )
    name = ImageName(registry.address, "several", "all")
    registry.put_manifest(name, ImageIndex(media_type=OCI_INDEX, manifests=(part,)).encoded())
    found = registry.manifest(name).content
    assert isinstance(found, ImageIndex)
    assert str(found.manifests[0].platform) == "linux/amd64"


def test_skopeo_reads_what_was_pushed_and_the_other_way_round(
    registry: Registry, tmp_path: Path
) -> None:
    if shutil.which("skopeo") is None:
        unavailable(ServiceMissing("skopeo is not installed: run sudo scripts/debian"))
    pushed = push(registry, "moved/from", "1", version="0.2.0")
    key = KNOWN.header.removeprefix("Basic ")
    (tmp_path / "auth.json").write_text(json.dumps({"auths": {registry.address: {"auth": key}}}))
    where = f"docker://{registry.address}/moved"
    subprocess.run(
        [
            *("skopeo", "--insecure-policy", "copy", "--quiet"),
            *("--authfile", str(tmp_path / "auth.json")),
            *("--src-tls-verify=false", "--dest-tls-verify=false"),
            *("--preserve-digests", f"{where}/from:1", f"{where}/to:2"),
        ],
        check=True,
        timeout=30,
    )
    name = ImageName(registry.address, "moved/to", "2")
    found = registry.manifest(name)
    assert found.digest == pushed.digest
    assert registry.config(name, pushed.manifest).labels == {"version": "0.2.0"}


def test_every_page_is_read(server: RegistryServer, registry: Registry) -> None:
    push(registry, "paged/first", "0.0.0")
    wanted = {f"0.0.{number}" for number in range(250)}
    tags = server.storage / "docker/registry/v2/repositories/paged/first/_manifests/tags"
    for tag in wanted - {"0.0.0"}:  # as the registry itself would write them, and quicker
        shutil.copytree(tags / "0.0.0", tags / tag)
    for number in range(7):
        push(registry, f"paged/other-{number}", "1")
    assert set(registry.tags("paged/first", page_size=20)) == wanted
    names = [one for one in registry.catalog(page_size=3) if one.startswith("paged/")]
    assert names == ["paged/first", *(f"paged/other-{number}" for number in range(7))]


def test_a_tag_is_deleted_by_its_digest(registry: Registry) -> None:
    pushed = push(registry, "deleted", "1")
    push(registry, "deleted", "2", b"another layer")
    name = ImageName(registry.address, "deleted", "1")
    assert registry.delete_manifest(name) == pushed.digest
    assert registry.tags("deleted") == ["2"]
    with pytest.raises(NotFound, match="has no image deleted:1"):
        registry.manifest(name)
    with pytest.raises(NotFound, match="has no image deleted:1"):
        registry.delete_manifest(name)
    registry.delete_manifest(name.tagged("2"))
    assert registry.tags("deleted") == []


@pytest.mark.parametrize("size", [0, 1, 300_000, 20_000_001])
def test_a_blob_goes_there_and_back(registry: Registry, tmp_path: Path, size: int) -> None:
    content = random.Random(size).randbytes(size)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    uploaded = registry.upload_blob("blobs", source)
    assert (uploaded.digest, uploaded.size_bytes) == (digest_of(content), size)
    assert not uploaded.was_there
    assert registry.upload_blob("blobs", content).was_there
    assert registry.blob_size("blobs", uploaded.digest) == size
    assert registry.download_blob("blobs", uploaded.digest, target) == size
    assert target.read_bytes() == content
    assert sorted(one.name for one in tmp_path.iterdir()) == ["source", "target"]


def test_a_blob_is_mounted_and_deleted(registry: Registry) -> None:
    digest = registry.upload_blob("mounted/from", b"to be mounted").digest
    assert registry.mount_blob("mounted/to", digest, "mounted/from")
    assert b"".join(registry.read_blob("mounted/to", digest)) == b"to be mounted"
    assert not registry.mount_blob("mounted/to", NOTHING, "mounted/from")
    registry.delete_blob("mounted/to", digest)
    assert not registry.has_blob("mounted/to", digest)
    assert registry.has_blob("mounted/from", digest)
    with pytest.raises(NotFound, match="has no blob"):
        registry.delete_blob("mounted/to", digest)


def test_what_is_not_there_is_said(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="has no images nowhere"):
        registry.tags("nowhere")
    with pytest.raises(NotFound, match="has no image executor:none"):
        registry.head(ImageName(registry.address, "ygg-executor", "none"))
    assert registry.blob_size("nowhere", NOTHING) is None
    with pytest.raises(NotFound, match=f"has no blob {NOTHING} in nowhere"):
        registry.download_blob("nowhere", NOTHING, tmp_path / "blob")
    assert list(tmp_path.iterdir()) == []


def test_a_larger_blob_than_expected_is_left(registry: Registry, tmp_path: Path) -> None:
    digest = registry.upload_blob("bounded", b"123456789").digest
    with pytest.raises(BadInput, match="larger than the 8 bytes"):
        registry.download_blob("bounded", digest, tmp_path / "blob", most_bytes=8)
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_not_there_are_told(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot read .*No such file"):
        registry.upload_blob("files", tmp_path / "missing")
    digest = registry.upload_blob("files", b"content").digest
    with pytest.raises(YggError, match=r"cannot write blob .*No such file"):
        registry.download_blob("files", digest, tmp_path / "missing" / "file")


def test_a_half_pushed_image_is_refused(registry: Registry) -> None:
    pushed = push(registry, "half", "1")
    lost = pushed.manifest.layers[0].model_copy(update={"digest": NOTHING})
    broken = pushed.manifest.model_copy(update={"layers": (lost,)})
    with pytest.raises(BadInput, match=f"has no blob {NOTHING}"):
        registry.put_manifest(ImageName(registry.address, "half", "2"), broken.encoded())
    assert registry.tags("half") == ["1"]


def test_a_name_of_another_registry_is_refused(registry: Registry) -> None:
    with pytest.raises(BadInput, match="is not of the registry at"):
        registry.manifest(ImageName("elsewhere.example", "ygg-executor", "1"))


def test_a_digest_that_is_not_the_manifests_is_refused(registry: Registry) -> None:
    pushed = push(registry, "digests", "1")
    with pytest.raises(BadInput, match=f"digest is {pushed.digest}"):
        registry.put_manifest(
            ImageName(registry.address, "digests", digest=NOTHING), pushed.manifest.encoded()
        )


def test_who_may_not_is_refused_at_once(server: RegistryServer) -> None:
    wrong = Credentials(KNOWN.user, SecretStr("wrong"))
    for who, said in ((wrong, "does not take our user and password"), (None, "wants a user")):
        with (
            Registry(server.address, who, plain_http=True, patience=QUICK) as registry,
            pytest.raises(Denied, match=said) as refused,
        ):
            registry.ping()
        assert "wrong" not in refused.value.message


def test_a_registry_that_is_away_is_named() -> None:
    port = free_port()
    with (
        Registry(f"127.0.0.1:{port}", plain_http=True, patience=QUICK) as registry,
        pytest.raises(RegistryUnreachable, match=f"127.0.0.1:{port} cannot be reached") as away,
    ):
        registry.ping()
    assert "ygg registry status" in (away.value.hint or "")


def test_no_password_goes_far_in_plain_text() -> None:
    with pytest.raises(BadInput, match=r"no password is sent to fleet\.example"):
        Registry("fleet.example:5000", KNOWN, plain_http=True)
    assert "a password" not in repr(KNOWN)
