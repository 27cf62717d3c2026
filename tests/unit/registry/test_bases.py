"""Which names of bases are let through to podman, and where builds may lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.making.bases import OFFLINE, PUBLIC, base_of, cache_folder
from ygg.adapters import podman_run
from ygg.errors import BadInput, YggError


@pytest.fixture
def podman_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A podman that answers to everything with what is in the file."""
    answer = tmp_path / "answer"
    answer.write_text("")
    program = tmp_path / "bin" / "podman"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncat {answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return answer


@pytest.mark.parametrize(
    "name",
    [
        "--help",
        "",
        "debian 13",
        "Debian",
        "a//b",
        "debian:",
        "x" * 3000,
        "a@sha256:12",
        "http://x/y",
    ],
)
def test_what_is_no_name_is_refused_in_few_words(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no name of an image") as caught:
        base_of(name, tmp_path)
    assert caught.value.field == "--base"
    assert len(caught.value.message) < 100


@pytest.mark.parametrize(
    "name",
    [
        *(PUBLIC, OFFLINE, "debian", "0123456789ab", "fenrir:7430/ygg/base:0.2.0"),
        "registry.access.test/ubi9/python-313:1-2.3",
    ],
)
def test_names_of_images_are_taken(name: str, tmp_path: Path, podman_says: Path) -> None:
    podman_says.write_text(
        '[{"Id": "ab", "Digest": "sha256:ab", "Size": 1, "RootFS": {"Layers": []}, "Labels": null,'
        ' "Created": ""}]'
    )
    assert base_of(name, tmp_path).id == "ab"


@pytest.mark.parametrize("answer", ["", "[]", "no", "[{}]", "[1]", "null"])
def test_a_podman_that_describes_nothing_is_told(answer: str, podman_says: Path) -> None:
    podman_says.write_text(answer)
    with pytest.raises(YggError, match="describes no image") as caught:
        podman_run.local_image("debian")
    assert caught.value.hint == "see what this says: podman image inspect debian"


@pytest.mark.parametrize("name", ["a,b", 'a"b', "a:b"])
def test_a_place_that_podman_reads_otherwise_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))
    with pytest.raises(BadInput, match="cannot be a folder for builds") as caught:
        cache_folder()
    assert caught.value.field == "XDG_CACHE_HOME"
