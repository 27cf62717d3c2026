from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.workspace import Workspace, relative_path
from ygg.blobs import ref_of
from ygg.errors import BadInput
from ygg.task import NamedBlob


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    found = Workspace(tmp_path / "attempt")
    found.make()
    return found


def write(workspace: Workspace, *paths: str) -> None:
    for path in paths:
        file = workspace.files / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)


def test_a_name_too_long_for_any_file_matches_none(workspace: Workspace) -> None:
    assert workspace.find("x" * 300) == []
    assert workspace.find("é" * 1024) == []


def found(workspace: Workspace, pattern: str) -> list[str]:
    return [path.as_posix() for path in workspace.find(pattern)]


@pytest.mark.parametrize("path", ["", "/", "/etc/passwd", "..", "a/../../b", "a/..", "a\0b"])
def test_paths_that_lead_elsewhere_are_refused(path: str) -> None:
    with pytest.raises(BadInput):
        relative_path(path)


@given(st.text(max_size=60))
def test_an_accepted_path_stays_inside(path: str) -> None:
    try:
        accepted = relative_path(path)
    except BadInput:
        return
    root = PurePosixPath("/a/root")
    inside = PurePosixPath(os.path.normpath(root / accepted))
    assert inside.is_relative_to(root)


def test_globs_find_files_at_any_depth(workspace: Workspace) -> None:
    write(workspace, "a.txt", "b/c.txt", "b/d/e.txt", "b/d/f.log", ".hidden")
    assert found(workspace, "*.txt") == ["a.txt"]
    assert found(workspace, "**/*.txt") == ["a.txt", "b/c.txt", "b/d/e.txt"]
    assert found(workspace, "b/*/?.log") == ["b/d/f.log"]
    assert found(workspace, "b") == ["b/c.txt", "b/d/e.txt", "b/d/f.log"]
    assert found(workspace, "**") == [".hidden", "a.txt", "b/c.txt", "b/d/e.txt", "b/d/f.log"]
    assert found(workspace, "none") == []


def test_a_name_with_brackets_finds_itself(workspace: Workspace) -> None:
    write(workspace, "a[1].txt", "a1.txt")
    assert found(workspace, "a[1].txt") == ["a[1].txt"]


def test_links_and_pipes_are_not_read(workspace: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.write_text("secret")
    (workspace.files / "link").symlink_to(outside)
    (workspace.files / "folder").symlink_to(tmp_path)
    os.mkfifo(workspace.files / "pipe")
    for path in ("link", "folder/secret", "pipe"):
        with pytest.raises(BadInput):
            workspace.read(PurePosixPath(path), 1000)
    assert found(workspace, "folder/**") == []


def test_a_file_over_the_limit_is_not_read(workspace: Workspace) -> None:
    write(workspace, "file")
    assert workspace.read(PurePosixPath("file"), 4) == b"file"
    with pytest.raises(BadInput, match="more than 3"):
        workspace.read(PurePosixPath("file"), 3)


def test_inputs_may_not_collide(workspace: Workspace) -> None:
    inputs = [NamedBlob(path=path, blob=ref_of(b"x", inline_bytes=9)) for path in ("a", "a/b")]
    with pytest.raises(BadInput, match="input a/b"):
        workspace.write_inputs(inputs, lambda ref: b"x")


def test_making_it_again_starts_empty(workspace: Workspace) -> None:
    write(workspace, "left")
    (workspace.files / "locked").mkdir(mode=0o000)
    workspace.make()
    assert list(workspace.files.iterdir()) == []
    workspace.remove()
    assert not workspace.files.exists()
