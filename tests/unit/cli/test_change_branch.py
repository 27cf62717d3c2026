"""A branch out of a bundle, into real clones."""

import pytest

from tests.conftest import unavailable
from tests.gitserver import Repository, find_git, git
from tests.services import ServiceMissing
from ygg.cli.change_branch import Clone
from ygg.cli.code_result import Branch
from ygg.errors import BadInput, Conflict, YggError

NAME = "ygg/1qf6dn9s6qjd"


class Made:
    """A repository, a clone of it, and the bundle of a commit that the clone has not."""

    def __init__(self, folder):
        self.origin = Repository(folder, "origin")
        self.base = self.origin.commit({"slow.py": "a = 1\n"})
        self.clone = folder / "clone"
        git(folder, "clone", "--quiet", str(self.origin.bare), str(self.clone))
        self.origin.branch(NAME)
        (self.origin.work / "slow.py").write_text("a = 2\n")
        self.origin.git("commit", "--quiet", "--all", "-m", "Make it quick")
        self.branch = Branch(NAME, self.origin.head(), self.base)
        self.bundle = self.pack(f"{self.base}..{NAME}")

    def pack(self, *what):
        file = self.origin.work.parent / "made.bundle"
        self.origin.git("bundle", "create", "--quiet", str(file), *what)
        return file.read_bytes()

    def git(self, *words):
        return git(self.clone, *words)

    def refs(self):
        return set(self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines())


@pytest.fixture
def made(tmp_path):
    try:
        find_git()
    except ServiceMissing as error:
        unavailable(error)
    return Made(tmp_path)


def test_the_branch_comes_and_nothing_else_changes(made):
    clone = Clone(made.clone)
    before = made.refs()
    assert not clone.has(made.branch)
    clone.take(made.branch, made.bundle)
    assert clone.has(made.branch)
    assert made.refs() - before == {f"refs/heads/{NAME} {made.branch.commit}"}
    assert before < made.refs()
    assert (made.clone / "slow.py").read_text() == "a = 1\n"
    assert made.git("status", "--porcelain") == ""
    assert made.git("branch", "--show-current") == "main\n"
    made.git("merge", "--quiet", "--ff-only", NAME)
    assert (made.clone / "slow.py").read_text() == "a = 2\n"


def test_it_comes_from_a_folder_inside_the_clone(made):
    (made.clone / "deep").mkdir()
    Clone(made.clone / "deep").take(made.branch, made.bundle)
    assert made.git("rev-parse", NAME).strip() == made.branch.commit


def test_a_folder_without_a_repository_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "plain").mkdir()
    with pytest.raises(BadInput, match="no git repository") as refused:
        Clone(tmp_path / "plain")
    assert "--dir" in refused.value.hint


def test_a_repository_without_the_base_commit_is_refused(made, tmp_path):
    (tmp_path / "more").mkdir()
    other = Repository(tmp_path / "more", "other")
    other.commit({"x": "y"})
    with pytest.raises(Conflict, match="lacks the commit") as refused:
        Clone(other.work).has(made.branch)
    assert "git fetch" in refused.value.hint


def test_a_branch_of_that_name_at_another_commit_is_never_moved(made):
    made.git("branch", NAME, made.base)
    with pytest.raises(Conflict, match="another commit"):
        Clone(made.clone).has(made.branch)
    made.git("commit", "--quiet", "--allow-empty", "-m", "mine")
    made.git("branch", "--force", NAME, "HEAD")
    before = made.refs()
    with pytest.raises(YggError, match="git fetch failed"):
        Clone(made.clone).take(made.branch, made.bundle)
    assert made.refs() == before


def test_a_bundle_of_another_commit_is_not_taken(made):
    before = made.refs()
    wrong = made.branch._replace(commit=made.base)
    with pytest.raises(YggError, match="another branch"):
        Clone(made.clone).take(wrong, made.bundle)
    with pytest.raises(YggError, match="git bundle failed"):
        Clone(made.clone).take(made.branch, b"no bundle")
    assert made.refs() == before
