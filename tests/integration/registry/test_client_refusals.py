"""Registries that do less than was asked: each refusal says which it is."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.client.registry import Registry
from registry.client.trouble import DeletionDisabled, ReadOnly, RegistryFull
from registry.names import ImageName
from tests.conftest import unavailable
from tests.integration.registry.conftest import QUICK, push
from tests.registry_server import RegistryServer
from tests.services import ServiceMissing


@contextmanager
def _running(
    folder: Path, *, delete: bool = True, readonly: bool = False, storage: Path | None = None
) -> Iterator[Registry]:
    folder.mkdir(exist_ok=True)
    try:
        server = RegistryServer(folder, delete=delete, readonly=readonly, storage=storage)
    except ServiceMissing as error:
        unavailable(error)
    server.start()
    try:
        with Registry(server.address, plain_http=True, patience=QUICK) as registry:
            yield registry
    finally:
        server.kill()


def test_it_deletes_nothing(tmp_path: Path) -> None:
    with _running(tmp_path, delete=False) as registry:
        pushed = push(registry, "kept", "1")
        with pytest.raises(DeletionDisabled, match="image kept:1 stays") as refused:
            registry.delete_manifest(ImageName(registry.address, "kept", "1"))
        assert "allow_delete = true" in (refused.value.hint or "")
        with pytest.raises(DeletionDisabled):
            registry.delete_blob("kept", pushed.manifest.config.digest)
        assert registry.tags("kept") == ["1"]


def test_it_is_read_only_for_a_while(tmp_path: Path) -> None:
    storage = tmp_path / "storage"
    with _running(tmp_path / "before", storage=storage) as registry:
        pushed = push(registry, "kept", "1")
    with _running(tmp_path / "after", readonly=True, storage=storage) as registry:
        name = ImageName(registry.address, "kept", "1")
        assert registry.manifest(name).digest == pushed.digest
        for ask in (
            lambda: registry.upload_blob("kept", b"something else"),
            lambda: registry.put_manifest(name.tagged("2"), pushed.manifest.encoded()),
            lambda: registry.delete_manifest(name),
            lambda: registry.mount_blob("other", pushed.manifest.config.digest, "kept"),
        ):
            with pytest.raises(ReadOnly, match="read-only now") as refused:
                ask()
            assert "garbage is being collected" in (refused.value.hint or "")
        assert registry.upload_blob("kept", b"one layer").was_there


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root can make a disk this small")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("size", [3_000_000, 9_000_000])
def test_its_disk_is_full(tmp_path: Path, small_disk: Path, size: int) -> None:
    with _running(tmp_path, storage=small_disk) as registry:
        with pytest.raises(RegistryFull, match="is full: it refuses blob") as refused:
            registry.upload_blob("large", b"x" * size)
        assert "ygg images prune" in (refused.value.hint or "")
        assert registry.catalog() == []
