"""What a candidate changes: diffs that `patch` and git take, and digests of both sides."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from code_agent.change import INLINE_BYTES, changes_of, diff_of
from code_agent.tree import Tree, sha256, tree_of

text = st.text(st.sampled_from("ab\n\r\t \x0c\x85é"), max_size=40)


@settings(max_examples=40, deadline=None)
@given(before=text, after=text)
def test_git_makes_the_new_file_of_the_old_one_and_the_diff(
    tmp_path_factory: pytest.TempPathFactory, before: str, after: str
) -> None:
    folder = tmp_path_factory.mktemp("diff")
    (folder / "a.txt").write_bytes(before.encode())
    changes = changes_of({"a.txt": before}, {"a.txt": after})
    if before == after:
        assert changes == ()
        return
    _apply(folder, diff_of(changes))
    assert (folder / "a.txt").read_bytes() == after.encode()


def test_a_new_file_and_one_that_goes(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("one\n")
    changes = changes_of({"old.py": "one\n"}, {"old.py": None, "sub/new.py": "two\n"})
    assert [(one.path, one.before, one.after) for one in changes] == [
        ("old.py", "one\n", None),
        ("sub/new.py", None, "two\n"),
    ]
    _apply(tmp_path, diff_of(changes))
    assert not (tmp_path / "old.py").exists()
    assert (tmp_path / "sub/new.py").read_text() == "two\n"


def test_what_is_told_of_a_file() -> None:
    (change,) = changes_of({"a.py": "one\n"}, {"a.py": "two\n"})
    assert change.as_data() == {
        "path": "a.py",
        "before": sha256(b"one\n"),
        "after": sha256(b"two\n"),
        "content": "two\n",
    }


def test_a_large_file_is_told_by_its_digest_alone() -> None:
    large = "x" * (INLINE_BYTES + 1)
    (change,) = changes_of({}, {"a.py": large})
    told = change.as_data()
    assert told["content"] is None
    assert told["before"] is None
    assert told["after"] == sha256(large.encode())


def test_a_tree_has_the_digest_of_what_it_would_become(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").write_text("gitdir: elsewhere")
    (tmp_path / "a.py").write_text("one")
    (tmp_path / "sub/b.py").write_text("two")
    (tmp_path / "link").symlink_to("a.py")
    before = tree_of(tmp_path)
    assert set(before.digests) == {"a.py", "sub/b.py", "link"}
    (tmp_path / "a.py").write_text("three")
    (tmp_path / "sub/b.py").unlink()
    assert before.changed({"a.py": "three", "sub/b.py": None}) == tree_of(tmp_path)
    assert before.digest != tree_of(tmp_path).digest


def test_the_digest_of_a_tree_tells_names_from_contents() -> None:
    assert Tree({"a": "1", "b": "2"}).digest != Tree({"a": "2", "b": "1"}).digest


def _apply(folder: Path, diff: str) -> None:
    argv = ["git", "apply", "--whitespace=nowarn", "--unidiff-zero", "-p1", "-"]
    done = subprocess.run(argv, cwd=folder, input=diff.encode(), capture_output=True, check=False)
    assert done.returncode == 0, (done.stderr, diff)
