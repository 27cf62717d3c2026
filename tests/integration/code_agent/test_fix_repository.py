"""`code-fix` on a repository: one commit on a branch of its own, and nothing else anywhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from code_agent.handlers.code_fix import fix
from executors.sources import RepositorySettings
from tests.attempts import Ended
from tests.gitserver import Repository, git
from tests.integration.code_agent.conftest import CodeTasks, block
from ygg.task import Verdict

FILES: dict[str, str | bytes] = {
    "app/src/sums.py": "def add(a, b):\n    return a - b\n\n\ndef half(n):\n    return n * 2\n",
    "app/tests/test_sums.py": (
        "from sums import add, half\n\n"
        "def test_add():\n    assert add(2, 3) == 5\n\n"
        "def test_half():\n    assert half(4) == 2\n"
    ),
    "other/test_other.py": "def test_never():\n    assert False\n",
    ".gitignore": "*.pyc\n",
}
ADD = block("def add(a, b):\n    return a + b")
HALF = block("def half(n):\n    return n // 2")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = tmp_path / "repositories"
    folder.mkdir()
    found = Repository(folder, "site")
    found.commit(FILES, "The first")
    return found


def run(code: CodeTasks, repository: Repository, script: Any, **more: Any) -> Ended:
    code.repositories = RepositorySettings(allow_file=(repository.bare.parent,))
    params = {"repo": f"file://{repository.bare}", "path": "app", **more}
    return code.run(fix, params, script)


def both(asked: Any) -> str:
    return ADD if "`add`" in asked.whole else HALF


def test_a_fix_is_one_commit_on_a_branch(
    code: CodeTasks, repository: Repository, tmp_path: Path
) -> None:
    head = repository.head()
    ended = run(code, repository, both)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    branch: Any = ended.result["branch"]
    assert branch["base"] == head
    bundle = tmp_path / "change.bundle"
    bundle.write_bytes(ended.artifact("change.bundle"))
    clone = tmp_path / "clone"
    shutil.copytree(repository.work, clone)
    git(clone, "fetch", "--quiet", str(bundle), branch["name"])
    assert git(clone, "rev-list", "--count", f"{head}..FETCH_HEAD").strip() == "1"
    assert git(clone, "diff", "--name-only", head, "FETCH_HEAD").split() == ["app/src/sums.py"]
    said = git(clone, "log", "-1", "--format=%B", "FETCH_HEAD")
    for trailer in ("Ygg-Task: ", "Ygg-Verdict: verified", "Ygg-Model: scripted"):
        assert trailer in said
    text = git(clone, "show", "FETCH_HEAD:app/src/sums.py")
    assert ("a + b" in text, "n // 2" in text) == (True, True)


@pytest.mark.slow
def test_nothing_is_left_in_the_copy_or_the_repository(
    code: CodeTasks, repository: Repository
) -> None:
    before = git(repository.bare, "for-each-ref")
    assert run(code, repository, both).outcome.verdict is Verdict.VERIFIED
    mirror = next(code.runner.cache.rglob("*.git"))
    assert "heads/ygg/" not in git(mirror, "for-each-ref", "--format=%(refname)")
    git(mirror, "worktree", "prune")
    assert len(git(mirror, "worktree", "list").splitlines()) == 1
    assert git(repository.bare, "for-each-ref") == before


@pytest.mark.slow
def test_pushed_only_if_asked(code: CodeTasks, repository: Repository) -> None:
    ended = run(code, repository, both, push=True)
    branch: Any = ended.result["branch"]
    assert branch["pushed"] is True
    found = git(repository.bare, "rev-parse", f"refs/heads/{branch['name']}").strip()
    assert found == branch["commit"]


@pytest.mark.slow
def test_half_a_fix_has_no_branch(code: CodeTasks, repository: Repository) -> None:
    ended = run(code, repository, lambda asked: ADD)
    assert ended.outcome.verdict is Verdict.REFUTED
    assert ended.result["branch"] is None
    changes: Any = ended.result["changes"]
    assert [one["path"] for one in changes] == ["app/src/sums.py"]
