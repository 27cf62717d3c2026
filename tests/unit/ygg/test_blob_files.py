"""Blobs on disk and inside references are what their digest says, or they are refused."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.blobs import BlobFiles, inline_content, ref_of
from ygg.errors import BadInput, NotFound
from ygg.task import BlobRef


@given(st.binary(max_size=100), st.integers(0, 100))
def test_only_small_content_travels_inside_its_reference(content: bytes, most: int) -> None:
    ref = ref_of(content, inline_bytes=most)
    assert ref.size_bytes == len(content)
    assert ref.sha256 == hashlib.sha256(content).hexdigest()
    assert inline_content(ref) == (content if len(content) <= most else None)


@given(st.text(max_size=50))
def test_content_that_is_not_what_it_says_is_refused(text: str) -> None:
    ref = BlobRef(sha256="0" * 64, size_bytes=1, inline_base64=text)
    with pytest.raises(BadInput):
        inline_content(ref)


def test_a_file_is_found_under_its_digest(tmp_path: Path) -> None:
    files = BlobFiles(tmp_path)
    sha256 = files.write(b"hello")
    assert files.write(b"hello") == sha256
    assert files.has(sha256)
    assert files.read(sha256) == b"hello"
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [files.path(sha256)]


def test_a_file_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    files = BlobFiles(tmp_path)
    sha256 = files.write(b"hello")
    files.remove(sha256)
    files.remove(sha256)
    assert not files.has(sha256)
    with pytest.raises(NotFound, match=sha256[:12]):
        files.read(sha256)


def test_a_file_and_the_way_to_it_are_on_disk_when_it_counts_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    files = BlobFiles(tmp_path / "blobs")
    folder = files.path(files.write(b"hello")).parent
    assert Path(synced[0]).parent == folder
    assert not Path(synced[0]).exists()  # it has its own name by now
    assert synced[1:] == [str(folder), str(folder.parent), str(tmp_path)]
    files.write(b"hello")  # perhaps another's, who is not that far yet
    assert synced[4:] == synced[1:4]
