"""`git-status`, `git-log` and `git-bundle` of repositories over SSH, and of clones."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from executors.handlers.git import log, status
from executors.handlers.git_bundle import bundle
from executors.sources import RepositorySettings
from tests.attempts import Ended, Runner
from tests.gitserver import GitServer, Repository, git
from tests.integration.executors.test_sources import settings_for


@pytest.fixture
def repository(git_server: GitServer) -> Repository:
    found = git_server.repository("site")
    found.commit({"a.txt": "one"}, "The first\n\nWith a body.", GIT_AUTHOR_NAME="Bea <x\x1f")
    return found


def result(ended: Ended) -> Any:
    assert ended.ok, f"{ended.outcome.reason} ({ended.outcome.hint})\n{ended.log}"
    return ended.outcome.result


def test_status_of_a_repository(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    repository.branch("topic")
    head = repository.commit({"b.txt": "two"}, "On topic")
    repository.git("checkout", "--quiet", "main")
    repository.commit({"c.txt": "three"}, "On main")
    repository.git("tag", "v1")
    repository.git("push", "--quiet", "origin", "v1")
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    found = result(runner.run(status, params, settings_for(git_server)))
    assert found["default_branch"] == "main"
    assert (found["head"]["subject"], found["tags"], found["branches_in_all"]) == ("On main", 1, 2)
    topic = next(one for one in found["branches"] if one["name"] == "topic")
    assert (topic["ahead"], topic["behind"], topic["commit"]) == (1, 1, head)
    found = result(runner.run(status, params | {"ref": "topic"}, settings_for(git_server)))
    assert found["head"]["subject"] == "On topic"


def test_status_counts_ten_thousand_tags(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    head = repository.commit({"b.txt": "two"})
    with (repository.bare / "packed-refs").open("a") as file:
        file.writelines(f"{head} refs/tags/v{number:05}\n" for number in range(10_000))
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    assert result(runner.run(status, params, settings_for(git_server)))["tags"] == 10_000


def test_status_of_a_clone(repository: Repository, runner: Runner) -> None:
    settings = RepositorySettings(clones={"site": repository.work})
    found = result(runner.run(status, {"repo": "site"}, settings))
    assert (found["clean"], found["branch"], found["changes"]) == (True, "main", {})
    work = repository.work
    (work / "staged name").write_text("x")
    repository.git("add", "--all")
    repository.git("stash")
    (work / "staged name").write_text("x")
    repository.git("add", "--all")
    repository.git("mv", "a.txt", "moved\n.txt")
    (work / "moved\n.txt").write_text("changed")
    (work / "new").write_text("x")
    found = result(runner.run(status, {"repo": "site"}, settings))
    assert not found["clean"]
    assert found["stashes"] == 1
    assert found["changes"] == {
        "staged": {"count": 2, "paths": ["moved\n.txt", "staged name"]},
        "changed": {"count": 1, "paths": ["moved\n.txt"]},
        "untracked": {"count": 1, "paths": ["new"]},
    }
    assert (found["upstream"], found["ahead"], found["head"]["subject"]) == (
        *("origin/main", 0, "The first"),
    )


def test_status_of_a_clone_with_a_conflict(repository: Repository, runner: Runner) -> None:
    repository.branch("other")
    repository.commit({"a.txt": "theirs"})
    repository.git("checkout", "--quiet", "main")
    repository.commit({"a.txt": "ours"})
    with pytest.raises(AssertionError, match="git merge other"):
        repository.git("merge", "other")
    settings = RepositorySettings(clones={"site": repository.work})
    found = result(runner.run(status, {"repo": "site"}, settings))
    assert found["changes"] == {"conflicted": {"count": 1, "paths": ["a.txt"]}}


def test_a_clone_runs_nothing_that_its_settings_name(
    repository: Repository, runner: Runner, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    repository.git("config", "core.fsmonitor", f"touch {ran}; false")
    repository.git("config", "core.pager", f"touch {ran}")
    settings = RepositorySettings(clones={"site": repository.work})
    result(runner.run(status, {"repo": "site"}, settings))
    result(runner.run(log, {"repo": "site"}, settings))
    assert not ran.exists()


def test_a_clone_that_nobody_named(runner: Runner, tmp_path: Path) -> None:
    settings = RepositorySettings(clones={"site": tmp_path})
    ended = runner.run(status, {"repo": "sight"}, settings)
    assert ended.outcome.reason == "this machine has no clone sight"
    assert "here: site" in ended.outcome.hint
    ended = runner.run(status, {"repo": "site"}, settings)
    assert "there is no repository in" in ended.outcome.reason


def test_log(git_server: GitServer, repository: Repository, runner: Runner) -> None:
    first = repository.head()
    repository.commit({"docs/a.md": "x"}, "Docs", GIT_AUTHOR_DATE="2020-01-01T00:00:00Z")
    head = repository.commit({"b.txt": "x"}, "Ünïcode and \x1b[31mcolour")
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    settings = settings_for(git_server)

    def subjects(**more: JsonValue) -> list[str]:
        found = result(runner.run(log, params | more, settings))
        return [one["subject"] for one in found["commits"]]

    found = result(runner.run(log, params, settings))
    assert [one["commit"] for one in found["commits"]] == [head, repository.head("HEAD~1"), first]
    assert not found["more"]
    assert found["commits"][2]["body"] == "With a body."
    assert found["commits"][0]["parents"] == [repository.head("HEAD~1")]
    assert subjects(limit=1) == ["Ünïcode and \x1b[31mcolour"]
    assert result(runner.run(log, params | {"limit": 1}, settings))["more"]
    assert subjects(path="docs") == ["Docs"]
    assert subjects(after=first, author="ADA") == ["Ünïcode and \x1b[31mcolour", "Docs"]
    assert subjects(message="docs") == ["Docs"]
    assert subjects(author="B.a") == []
    assert subjects(path="*.md") == []
    assert subjects(until="2021-01-01") == []
    assert len(subjects(since="1 hour ago")) == 3
    assert subjects(ref=first) == ["The first"]


def test_log_of_long_messages_stays_within_a_result(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    for _ in range(3):
        repository.commit({}, "ü" * 60_000)
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    found = result(runner.run(log, params, settings_for(git_server)))
    assert [len(one["subject"]) for one in found["commits"]] == [2000, 2000, 2000, 9]


def test_bundle(
    git_server: GitServer, repository: Repository, runner: Runner, tmp_path: Path
) -> None:
    first = repository.head()
    repository.git("tag", "v1")
    repository.git("push", "--quiet", "origin", "v1")
    repository.commit({"large.bin": os.urandom(100_000)}, "The second")
    settings = settings_for(git_server)
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}

    ended = runner.run(bundle, params, settings)
    names = [one["name"] for one in result(ended)["refs"]]
    assert sorted(names) == ["HEAD", "refs/heads/main", "refs/tags/v1"]
    whole = tmp_path / "whole.bundle"
    whole.write_bytes(ended.artifact("repository.bundle"))
    git(tmp_path, "clone", "--quiet", str(whole), "copy")
    assert git(tmp_path / "copy", "log", "--format=%s").splitlines()[0] == "The second"

    repository.commit({"a.txt": "new"}, "The third")
    more: dict[str, JsonValue] = {"refs": ["main"], "since": "main~1", "file": "new.bundle"}
    since = repository.head("HEAD~1")
    ended = runner.run(bundle, params | more | {"since": since}, settings)
    assert result(ended)["size_bytes"] < 2_000
    (tmp_path / "new.bundle").write_bytes(ended.artifact("new.bundle"))
    git(tmp_path / "copy", "pull", "--quiet", str(tmp_path / "new.bundle"), "main")
    assert git(tmp_path / "copy", "log", "--format=%s").splitlines()[0] == "The third"

    ended = runner.run(bundle, params | {"since": "main", "refs": ["main"]}, settings)
    assert result(ended)["file"] is None
    assert ended.outcome.warnings == ("nothing is new: there is no bundle",)
    ended = runner.run(bundle, params | {"refs": [first]}, settings)
    assert "it has no branch or tag" in ended.outcome.reason


def test_bundle_of_a_clone(repository: Repository, runner: Runner, tmp_path: Path) -> None:
    settings = RepositorySettings(clones={"site": repository.work})
    ended = runner.run(bundle, {"repo": "site"}, settings)
    (tmp_path / "b").write_bytes(ended.artifact("repository.bundle"))
    git(tmp_path, "clone", "--quiet", "b", "copy")
