"""What the registry's own image is called, where it comes as a file."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from coordinator.fleet.images import name_in
from ygg.errors import BadInput


def _archive(folder: Path, content: bytes) -> Path:
    file = folder / "image.tar"
    with tarfile.open(file, "w") as whole:
        about = tarfile.TarInfo("manifest.json")
        about.size = len(content)
        whole.addfile(about, io.BytesIO(content))
    return file


def test_an_archive_says_what_its_image_is_called(tmp_path: Path) -> None:
    name = "localhost/ygg-registry:0.2.0"
    assert name_in(_archive(tmp_path, json.dumps([{"RepoTags": [name]}]).encode())) == name


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'[{"RepoTags": null}]', b"[3]", b"\xff"])
def test_one_that_does_not_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no archive of an image with a name") as refused:
        name_in(_archive(tmp_path, content))
    assert refused.value.hint == "podman save --output registry.tar localhost/ygg-registry:VERSION"


def test_neither_is_any_other_file(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("no archive")
    with pytest.raises(BadInput):
        name_in(tmp_path / "notes")
