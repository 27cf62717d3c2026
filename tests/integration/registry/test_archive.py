"""Images as files: what was saved comes back as it was, or not at all."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from registry.archive import push as push_archive
from registry.archive import read, save
from registry.names import ImageName
from registry.reach import reach
from registry.signatures.attachments import sign
from registry.signatures.signing import read_key, read_public_key
from tests.integration.registry.conftest import Pushed, push
from tests.served_registry import Served
from ygg.errors import BadInput, NotFound


@pytest.fixture
def saved(served: Served, tmp_path: Path) -> tuple[Path, Pushed, ImageName]:
    file = tmp_path / "image.tar"
    with reach(served.settings) as registry:
        pushed = push(registry, "archived/one", "0.2.0", b"a layer" * 1000)
        name = ImageName(registry.address, "archived/one", "0.2.0")
        sign(registry, [name], pushed.digest, read_key(served.home.signing_key), "matt", 1)
        save(registry, name, file)
    return file, pushed, name


def test_what_is_saved_is_read_again(served: Served, saved: tuple[Path, Pushed, ImageName]) -> None:
    file, pushed, name = saved
    found = read(file)
    assert (found.name, found.digest) == (name, pushed.digest)
    said = found.signed_by(read_public_key(served.home.public_key))
    assert said is not None
    assert said.creator == "matt"
    with reach(served.settings) as registry:
        other = ImageName(registry.address, "archived/two", "1.0.0")
        push_archive(registry, file, found, other)
        assert registry.head(other).digest == pushed.digest
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_others_read_it_too(saved: tuple[Path, Pushed, ImageName]) -> None:
    if not shutil.which("skopeo"):
        pytest.skip("skopeo is not installed: run sudo scripts/debian")
    file, pushed, _ = saved
    told = subprocess.run(
        ["skopeo", "inspect", "--raw", f"oci-archive:{file}"], capture_output=True, check=True
    )
    assert told.stdout == pushed.manifest.encoded()


def test_a_blob_that_changed_on_its_way_is_found(saved: tuple[Path, Pushed, ImageName]) -> None:
    file, _, _ = saved
    content = file.read_bytes()
    assert content.count(b"a layer" * 1000) == 1
    file.write_bytes(content.replace(b"a layer" * 1000, b"a liar!" * 1000))
    with pytest.raises(BadInput, match="holds something else"):
        read(file)


@pytest.mark.parametrize("lost", ["ygg.json", "blobs/sha256/"])
def test_what_lacks_a_part_is_no_archive(
    saved: tuple[Path, Pushed, ImageName], tmp_path: Path, lost: str
) -> None:
    file, _, _ = saved
    less = tmp_path / "less.tar"
    with tarfile.open(file) as old, tarfile.open(less, "w") as new:
        kept = [one for one in old if not one.name.startswith(lost)]
        for one in kept:
            new.addfile(one, old.extractfile(one))
    with pytest.raises(BadInput, match="is no archive of ygg images save"):
        read(less)


def test_what_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no archive")
    with pytest.raises(BadInput, match="is no archive"):
        read(tmp_path / "text")
    with pytest.raises(BadInput, match="is no archive"):
        read(tmp_path / "nothing")


def test_an_image_that_is_not_there_leaves_no_file(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "folder" / "image.tar"
    with reach(served.settings) as registry, pytest.raises(NotFound):
        save(registry, ImageName(registry.address, "archived/none", "1.0.0"), file)
    assert not file.parent.exists() or not list(file.parent.iterdir())
