"""Images as files: what was saved comes back as it was, or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.moving.archive import push as push_archive
from registry.moving.archive import read, save
from registry.names import ImageName
from registry.reach import reach
from registry.signatures.attachments import sign
from registry.signatures.signing import read_key, read_public_key
from tests.integration.registry.conftest import Pushed, push
from tests.served_registry import Served
from ygg.errors import BadInput, NotFound, YggError


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


Members = dict[str, bytes]
Change = Callable[[Members], None]


def rewritten(file: Path, change: Change) -> Path:
    """The same archive, changed by whoever had it on its way."""
    with tarfile.open(file) as old:
        members = {one.name: content.read() for one in old if (content := old.extractfile(one))}
    change(members)
    other = file.with_name("changed.tar")
    with tarfile.open(other, "w") as new:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return other


def in_json(members: Members, name: str, change: Callable[[Any], object]) -> None:
    said = json.loads(members[name])
    change(said)
    members[name] = json.dumps(said).encode()


def _another(members: Members) -> tuple[str, int]:
    """Another image of the same parts, that nobody signed."""
    said = json.loads(members["index.json"])["manifests"][0]
    place = f"blobs/{said['digest'].replace(':', '/')}"
    raw = members[place].replace(b'"layers":', b'"annotations":{"evil":"yes"},"layers":')
    digits = hashlib.sha256(raw).hexdigest()
    members[f"blobs/sha256/{digits}"] = raw
    return f"sha256:{digits}", len(raw)


def index_names_another(members: Members) -> None:
    digest, size = _another(members)
    in_json(members, "index.json", lambda of: of["manifests"][0].update(digest=digest, size=size))


def index_names_two(members: Members) -> None:
    in_json(members, "index.json", lambda of: of["manifests"].append(of["manifests"][0]))


def index_says_it_twice(members: Members) -> None:
    """Go takes a key in other letters for the same one, and the last of them."""
    digest, size = _another(members)
    another = [json.loads(members["index.json"])["manifests"][0] | {"digest": digest, "size": size}]
    in_json(members, "index.json", lambda of: of.update(MANIFESTS=another))
    del members[f"blobs/{digest.replace(':', '/')}"]


def index_has_another_name(members: Members) -> None:
    members["index.json"] = members["index.json"].replace(b":0.2.0", b":latest")


def docker_has_a_word(members: Members) -> None:
    members["manifest.json"] = b"[]"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (index_names_another, "is not part of its image"),
        (index_names_two, "names something else"),
        (index_says_it_twice, "names something else"),
        (index_has_another_name, "names something else"),
        (docker_has_a_word, "manifest.json is not part of its image"),
    ],
)
def test_what_podman_could_read_otherwise_is_refused(
    saved: tuple[Path, Pushed, ImageName], change: Change, said: str
) -> None:
    file = rewritten(saved[0], change)
    with pytest.raises(BadInput, match=said) as refused:
        read(file)
    assert "ygg images save" in (refused.value.hint or "")


def test_another_name_needs_a_signature_of_its_own(
    served: Served, saved: tuple[Path, Pushed, ImageName]
) -> None:
    def renamed(members: Members) -> None:
        for name in ("index.json", "ygg.json"):
            members[name] = members[name].replace(b"0.2.0", b"latest")

    found = read(rewritten(saved[0], renamed))
    assert found.name.tag == "latest"
    assert found.signed_by(read_public_key(served.home.public_key)) is None


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CONTTYPE])
def test_a_part_that_is_no_plain_file_is_refused(
    saved: tuple[Path, Pushed, ImageName], kind: bytes
) -> None:
    file, _, _ = saved
    other = file.with_name("linked.tar")
    with tarfile.open(file) as old, tarfile.open(other, "w") as new:
        for one in old:
            content = old.extractfile(one)
            if one.name.startswith("blobs/"):
                one.type, one.linkname = kind, "index.json"
            new.addfile(one, content)
    with pytest.raises(BadInput, match="no plain file"):
        read(other)


def test_a_part_that_is_there_twice_is_refused(saved: tuple[Path, Pushed, ImageName]) -> None:
    file, _, _ = saved
    with tarfile.open(file, "a") as tar:
        member = tarfile.TarInfo("index.json")
        member.size = 2
        tar.addfile(member, io.BytesIO(b"{}"))
    with pytest.raises(BadInput, match="a part twice"):
        read(file)


def test_one_that_says_something_for_all_its_parts_is_refused(
    saved: tuple[Path, Pushed, ImageName],
) -> None:
    file, _, _ = saved
    other = file.with_name("pax.tar")
    with (
        tarfile.open(file) as old,
        tarfile.open(other, "w", pax_headers={"path": "index.json"}) as new,
    ):
        for one in old:
            new.addfile(one, old.extractfile(one))
    with pytest.raises(BadInput, match="is no archive"):
        read(other)


def test_one_that_was_saved_by_its_digest_gets_no_name(
    served: Served, saved: tuple[Path, Pushed, ImageName]
) -> None:
    _, pushed, name = saved
    file = saved[0].with_name("by-digest.tar")
    with reach(served.settings) as registry:
        save(registry, name.pinned(pushed.digest), file)
    found = read(file)
    assert found.name == name.pinned(pushed.digest)
    assert found.signed_by(read_public_key(served.home.public_key)) is not None


def test_what_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no archive")
    with pytest.raises(BadInput, match="is no archive"):
        read(tmp_path / "text")
    with pytest.raises(BadInput, match="is no archive"):
        read(tmp_path / "nothing")


def test_an_image_that_is_not_there_leaves_no_file(served: Served, tmp_path: Path) -> None:
    with reach(served.settings) as registry, pytest.raises(NotFound):
        save(registry, ImageName(registry.address, "archived/none", "1.0.0"), tmp_path / "one.tar")
    assert not list(tmp_path.iterdir())


def saved_at(served: Served, file: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "ygg.cli", "images", "save", "archived/one:0.2.0", str(file)],
        env=served.environment,
        cwd=served.settings.data_dir,
        capture_output=True,
        check=False,
    )


@pytest.mark.usefixtures("saved")
def test_it_is_written_into_a_pipe(served: Served, tmp_path: Path) -> None:
    done = saved_at(served, "-")
    assert b"archived/one:0.2.0" in done.stderr
    (tmp_path / "piped.tar").write_bytes(done.stdout)
    assert read(tmp_path / "piped.tar").name.tag == "0.2.0"
    assert not (served.settings.data_dir / "-").exists()


def test_what_is_no_file_stays_what_it_is(
    served: Served, saved: tuple[Path, Pushed, ImageName], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "to-fifo").symlink_to("fifo")
    (tmp_path / "folder").mkdir()
    with reach(served.settings) as registry:
        for one in (Path("/dev/full"), *map(tmp_path.joinpath, ("fifo", "to-fifo", "folder"))):
            with pytest.raises(BadInput, match="no regular file"):
                save(registry, saved[2], one)
    assert (tmp_path / "fifo").is_fifo()
    assert (tmp_path / "to-fifo").is_symlink()
    assert Path("/dev/full").is_char_device()


def test_a_file_is_replaced_and_a_link_to_it_stays(
    served: Served, saved: tuple[Path, Pushed, ImageName], tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    old = tmp_path / "there" / "old.tar"
    old.write_text("something old")
    (tmp_path / "link").symlink_to("there/old.tar")
    with reach(served.settings) as registry:
        save(registry, saved[2], tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert read(old).name == saved[2]
    assert [one.name for one in old.parent.iterdir()] == ["old.tar"]


def test_folders_are_not_made_for_it(
    served: Served, saved: tuple[Path, Pushed, ImageName], tmp_path: Path
) -> None:
    file = tmp_path / "none" / "below" / "one.tar"
    with reach(served.settings) as registry, pytest.raises(BadInput, match=r"folder .*/none$"):
        save(registry, saved[2], file)
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_written_is_told_by_its_name(
    served: Served, saved: tuple[Path, Pushed, ImageName]
) -> None:
    with (
        reach(served.settings) as registry,
        pytest.raises(YggError, match=r"cannot write .*tar/in"),
    ):
        save(registry, saved[2], saved[0] / "in")
