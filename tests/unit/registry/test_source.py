"""What images are made of: a commit, or what git sees beyond it, and no more."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from registry.making.source import PROJECT, copied, published_at, source_of
from ygg.errors import BadInput

GIT = ("git", "-c", "user.name=ygg", "-c", "user.email=ygg@example.test")


def _git(folder: Path, *words: str) -> None:
    subprocess.run([*GIT, "-C", str(folder), *words], check=True, capture_output=True)


def _project(folder: Path) -> None:
    for part in ("containerfiles", "requirements", "ygg"):
        (folder / part).mkdir(parents=True)
        (folder / part / "kept.txt").write_text("committed\n")
    (folder / "pyproject.toml").write_text("")
    (folder / ".gitignore").write_text("*.pyc\n")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    _project(folder)
    _git(folder, "init", "--quiet")
    _git(folder, "add", ".")
    _git(folder, "commit", "--quiet", "--message", "Begin")
    return folder


def _files(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


COMMITTED = {
    *("containerfiles/kept.txt", "requirements/kept.txt", "ygg/kept.txt"),
    *("pyproject.toml", ".gitignore"),
}


def test_what_only_this_clone_ignores_is_in_no_image(clone: Path, tmp_path: Path) -> None:
    (clone / ".git" / "info" / "exclude").write_text("secret.py\n")
    (clone / "ygg" / "secret.py").write_text("")
    source = source_of(clone)
    assert not source.is_dirty
    copy = copied(source, tmp_path / "copy")
    assert (copy.folder, copy.revision) == (tmp_path / "copy", source.revision)
    assert _files(copy.folder) == COMMITTED


def test_what_only_a_user_ignores_makes_it_dirty(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "ignore").write_text("mine.py\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (clone / "ygg" / "mine.py").write_text("")
    assert source_of(clone).is_dirty


def test_a_change_that_git_is_told_not_to_see_is_not_in_it(clone: Path, tmp_path: Path) -> None:
    _git(clone, "update-index", "--assume-unchanged", "ygg/kept.txt")
    (clone / "ygg" / "kept.txt").write_text("changed\n")
    source = source_of(clone)
    assert not source.is_dirty
    copy = copied(source, tmp_path / "copy").folder
    assert (copy / "ygg" / "kept.txt").read_text() == "committed\n"


def test_a_dirty_clone_is_taken_as_git_sees_it(clone: Path, tmp_path: Path) -> None:
    (clone / ".git" / "info" / "exclude").write_text("secret.py\n")
    for name in ("secret.py", "new.py", "made.pyc"):
        (clone / "ygg" / name).write_text("")
    (clone / "ygg" / "kept.txt").write_text("changed\n")
    (clone / "requirements" / "kept.txt").unlink()
    source = source_of(clone)
    assert source.revision.endswith("-dirty")
    copy = copied(source, tmp_path / "copy").folder
    assert _files(copy) == COMMITTED - {"requirements/kept.txt"} | {"ygg/new.py"}
    assert (copy / "ygg" / "kept.txt").read_text() == "changed\n"


def test_a_folder_in_another_repository_is_no_clone(clone: Path) -> None:
    inner = clone / "build" / "copy"
    _project(inner)
    with pytest.raises(BadInput, match="no clone, but a folder in that of"):
        source_of(inner)


def test_a_clone_by_another_way_to_it_is_one(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(clone)
    assert source_of(tmp_path / "link").commit == source_of(clone).commit


@pytest.mark.parametrize(
    ("origin", "found"),
    [
        ("https://git.test/owner/project.git", "https://git.test/owner/project.git"),
        ("git@git.test:owner/project.git", "https://git.test/owner/project.git"),
        ("https://me:secret@git.test/owner/project", "https://git.test/owner/project"),
        ("https://git.test/owner/project?token=abc", "https://git.test/owner/project"),
        ("https://git.test/owner/project#abc", "https://git.test/owner/project"),
        ("/home/me/project", PROJECT),
        ("", PROJECT),
    ],
)
def test_the_source_says_nothing_private(origin: str, found: str) -> None:
    assert published_at(origin) == found
