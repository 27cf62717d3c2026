"""`git-branch`, `git-commit` and `git-sync`: what changes, what is refused, and never by force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from executors.handlers.git_branch import branch
from executors.handlers.git_commit import commit
from executors.handlers.git_sync import sync
from executors.sources import RepositorySettings
from tests.attempts import Ended, Runner
from tests.gitserver import GitServer, Repository, git
from tests.integration.executors.test_sources import settings_for


def result(ended: Ended) -> Any:
    assert ended.ok, f"{ended.outcome.reason} ({ended.outcome.hint})\n{ended.log}"
    return ended.outcome.result


def near(repository: Repository, **more: object) -> tuple[RepositorySettings, str]:
    """The same on this machine's disk, for what takes many steps to show: they wait for no SSH."""
    allowed = {"allow_file": (repository.bare.parent,)}
    return RepositorySettings.model_validate(allowed | more), f"file://{repository.bare}"


def there(repository: Repository) -> dict[str, str]:
    """The branches on the server, and the subjects of their commits."""
    said = git(
        repository.bare, "for-each-ref", "--format=%(refname:short) %(subject)", "refs/heads"
    )
    return dict(line.split(" ", 1) for line in said.splitlines())


# git-branch


def test_branches_of_a_repository(repository: Repository, runner: Runner) -> None:
    settings, url = near(repository)

    def act(**more: JsonValue) -> Ended:
        return runner.run(branch, {"repo": url, **more}, settings)

    assert result(act(action="create", name="topic")) == {"action": "create", "name": "topic"}
    again = act(action="create", name="topic")
    assert result(again)["name"] == "topic"
    assert "a branch topic already, at the same commit" in again.outcome.warnings[0]
    assert there(repository) == {"main": "The first", "topic": "The first"}
    below = act(action="rename", name="topic", to="topic/b")
    assert "'refs/heads/topic' exists" in below.outcome.reason
    result(act(action="rename", name="topic", to="b/topic"))
    again = act(action="rename", name="topic", to="b/topic")
    assert result(again)["name"] == "b/topic"
    assert "no branch topic, but a branch b/topic" in again.outcome.warnings[0]
    assert "no branch" in act(action="rename", name="topic", to="other").outcome.reason
    assert there(repository) == {"main": "The first", "b/topic": "The first"}
    assert "a branch main already" in act(action="rename", name="b/topic", to="main").outcome.reason
    found = {one["name"]: one for one in result(act())["branches"]}
    assert {name: one["default"] for name, one in found.items()} == {"main": True, "b/topic": False}
    result(act(action="delete", name="b/topic"))
    assert there(repository) == {"main": "The first"}
    again = act(action="delete", name="b/topic")
    assert result(again)["name"] == "b/topic"
    assert "there is no branch b/topic" in again.outcome.warnings[0]
    assert "is the default branch" in act(action="delete", name="main").outcome.reason
    assert act(action="create").outcome.reason == "to create a branch takes name"
    surplus = act(action="delete", name="x", to="y", start="main").outcome.reason
    assert surplus == "delete has no use for to and start"
    assert "invalid refspec" in act(action="create", name="a.lock").outcome.reason


def test_an_unmerged_branch_is_deleted_only_if_asked(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    repository.branch("topic")
    repository.commit({"b.txt": "two"}, "On topic")
    params: dict[str, JsonValue] = {
        "repo": git_server.url(repository),
        "action": "delete",
        "name": "topic",
    }
    ended = runner.run(branch, params, settings_for(git_server))
    assert ended.outcome.reason == "topic has commits that the default branch lacks"
    assert "unmerged=true" in ended.outcome.hint
    result(runner.run(branch, params | {"unmerged": True}, settings_for(git_server)))
    assert there(repository) == {"main": "The first"}


def test_branches_of_a_clone(repository: Repository, runner: Runner) -> None:
    settings = RepositorySettings(clones={"site": repository.work})

    def act(**more: JsonValue) -> Ended:
        return runner.run(branch, {"repo": "site", **more}, settings)

    result(act(action="create", name="topic"))
    assert "same commit" in act(action="create", name="topic").outcome.warnings[0]
    result(act(action="rename", name="topic", to="other"))
    found = {one["name"]: one for one in result(act())["branches"]}
    assert found["main"]["current"]
    assert found["main"]["upstream"] == "origin/main"
    repository.branch("other")
    repository.git("commit", "--quiet", "--allow-empty", "-m", "x")
    repository.git("checkout", "--quiet", "main")
    assert "not fully merged" in act(action="delete", name="other").outcome.reason
    result(act(action="delete", name="other", unmerged=True))
    assert "no branch other" in act(action="delete", name="other").outcome.warnings[0]
    assert there(repository) == {"main": "The first"}


@pytest.mark.parametrize("knows_default", [True, False])
def test_the_default_branch_of_a_clone_stays(
    repository: Repository, runner: Runner, knows_default: bool
) -> None:
    settings = RepositorySettings(clones={"site": repository.work})
    if knows_default:
        repository.git("remote", "set-head", "origin", "main")
        repository.branch("topic")  # now nothing but the default keeps git from it
    others: dict[str, dict[str, JsonValue]]
    others = {"delete": {"unmerged": True}, "rename": {"to": "other"}}
    for action, other in others.items():
        params: dict[str, JsonValue] = {"repo": "site", "name": "main", "action": action}
        outcome = runner.run(branch, params | other, settings).outcome
        assert outcome.reason == "main is the default branch of clone site"
        assert outcome.hint
    assert "main" in repository.git("branch", "--list", "main")


# git-commit


def test_files_become_a_patch(
    git_server: GitServer, repository: Repository, runner: Runner, tmp_path: Path
) -> None:
    params: dict[str, JsonValue] = {
        "repo": git_server.url(repository),
        "message": "# Add\n\nWhy.",
        "author": "Bea <bea@example.org>",
    }
    files: dict[str, str | bytes]
    files = {"a.txt": "two\n", "docs/b.bin": b"\x00\xff", ".gitignore": "docs/\n"}
    ended = runner.run(commit, params, settings_for(git_server), files)
    found = result(ended)
    assert (found["pushed"], found["branch"], found["parent"]) == (
        *(False, "main", repository.head()),
    )
    assert found["changes"] == [
        {"path": ".gitignore", "how": "added"},
        {"path": "a.txt", "how": "changed"},
        {"path": "docs/b.bin", "how": "added"},
    ]
    assert there(repository) == {"main": "The first"}
    (tmp_path / "patch").write_bytes(ended.artifact("commit.patch"))
    repository.git("am", "--keep", str(tmp_path / "patch"))
    assert repository.git("log", "-1", "--format=%an <%ae>").strip() == "Bea <bea@example.org>"
    assert (repository.work / "docs" / "b.bin").read_bytes() == b"\x00\xff"


def test_a_commit_is_pushed_if_asked(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    program = repository.work / "run.sh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    repository.commit({})
    settings = settings_for(git_server, author="Fenrir <fenrir@example.org>")
    params: dict[str, JsonValue] = {
        "repo": git_server.url(repository),
        "message": "Mend",
        "push": True,
    }
    files = {"run.sh": "#!/bin/sh\ntrue\n"}
    found = result(runner.run(commit, params, settings, files))
    assert found["pushed"]
    assert git(repository.bare, "rev-parse", "main").strip() == found["commit"]
    shown = git(repository.bare, "show", "--format=%an %cn", "--summary", "main")
    assert shown.strip() == "Fenrir Fenrir", "and the program is still one"

    settings, url = near(repository, author="Fenrir <fenrir@example.org>")
    params |= {"repo": url}
    ended = runner.run(commit, params, settings, files)
    assert result(ended)["commit"] is None
    assert "nothing to commit" in ended.outcome.warnings[0]

    result(runner.run(commit, params | {"branch": "topic"}, settings, {"b.txt": "1"}))
    result(runner.run(commit, params | {"branch": "topic"}, settings, {"c.txt": "2"}))
    assert git(repository.bare, "rev-list", "--count", "main..topic").strip() == "2"


def test_a_patch_is_applied(repository: Repository, runner: Runner) -> None:
    settings, url = near(repository)
    (repository.work / "a.txt").write_text("two\n")
    patch = repository.git("diff")
    repository.git("checkout", "a.txt")
    params: dict[str, JsonValue] = {
        "repo": url,
        "message": "Two",
        "patch": "x/two.patch",
        "push": True,
    }
    files = {"x/two.patch": patch}
    found = result(runner.run(commit, params, settings, files))
    assert found["changes"] == [{"path": "a.txt", "how": "changed"}]
    assert there(repository) == {"main": "Two"}
    ended = runner.run(commit, params, settings, files)
    assert result(ended)["commit"] is None, "once more: it is there already"
    bad = patch.replace("-one", "-three").replace("+two", "+four")
    ended = runner.run(commit, params, settings, {"x/two.patch": bad})
    assert ended.outcome.reason == "the patch does not apply: patch failed: a.txt:1"
    ended = runner.run(commit, params, settings)
    assert ended.outcome.reason == "there is no input file x/two.patch"


@pytest.mark.parametrize("path", ["../out", ".git/hooks/post-commit", "link/out"])
def test_a_patch_that_leads_out(
    repository: Repository, runner: Runner, tmp_path: Path, path: str
) -> None:
    settings, url = near(repository)
    (repository.work / "link").symlink_to(tmp_path)
    repository.commit({})
    patch = f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+bad\n"
    params: dict[str, JsonValue] = {
        "repo": url,
        "message": "Bad",
        "patch": "bad",
        "push": True,
    }
    ended = runner.run(commit, params, settings, {"bad": patch})
    assert "the patch does not apply" in ended.outcome.reason
    assert not (tmp_path / "out").exists()


def test_a_push_that_would_need_force(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    first = repository.head()
    repository.commit({"b.txt": "two"}, "The second")
    params: dict[str, JsonValue] = {
        "repo": git_server.url(repository),
        "message": "Mine",
        "ref": first,
        "branch": "main",
        "push": True,
    }
    ended = runner.run(commit, params, settings_for(git_server), {"c.txt": "x"})
    assert "nothing is ever forced" in ended.outcome.reason
    assert there(repository) == {"main": "The second"}
    ended = runner.run(
        commit,
        {key: value for key, value in params.items() if key != "branch"},
        settings_for(git_server),
        {"c.txt": "x"},
    )
    assert "is no branch of" in ended.outcome.reason


def test_a_push_that_the_server_refuses(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    hook = repository.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho not here >&2\nexit 1\n")
    hook.chmod(0o755)
    params: dict[str, JsonValue] = {
        "repo": git_server.url(repository),
        "message": "Mine",
        "push": True,
    }
    ended = runner.run(commit, params, settings_for(git_server), {"c.txt": "x"})
    assert "the server does not take the push" in ended.outcome.reason
    assert "not here" in ended.log


# git-sync


@pytest.fixture
def clone(git_server: GitServer, repository: Repository, tmp_path: Path) -> Path:
    """A clone that comes from the server over SSH."""
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repository.bare), str(folder))
    git(folder, "remote", "set-url", "origin", git_server.url(repository))
    return folder


def test_a_clone_goes_forward(
    git_server: GitServer, repository: Repository, runner: Runner, clone: Path
) -> None:
    settings = settings_for(git_server, clones={"site": clone})
    repository.branch("topic")
    repository.commit({"b.txt": "two"}, "On topic")
    git(clone, "fetch", "--quiet", str(repository.bare), "topic:refs/remotes/origin/topic")
    git(clone, "branch", "--quiet", "--track", "topic", "origin/topic")
    git(clone, "branch", "--quiet", "own")
    topic = repository.commit({"b.txt": "three"}, "On topic")
    repository.git("checkout", "--quiet", "main")
    head = repository.commit({"a.txt": "two"}, "The second")
    (clone / "untracked").write_text("x")

    found = result(runner.run(sync, {"repo": "site"}, settings))
    assert {one["name"]: (one["how"], one["commit"]) for one in found["branches"]} == {
        "main": ("forwarded", head),
        "topic": ("forwarded", topic),
        "own": ("without upstream", git(clone, "rev-parse", "own").strip()),
    }
    assert (clone / "a.txt").read_text() == "two"
    found = result(runner.run(sync, {"repo": "site"}, settings))
    assert {one["how"] for one in found["branches"]} == {"unchanged", "without upstream"}


def test_a_clone_that_diverged_stays(
    git_server: GitServer, repository: Repository, runner: Runner, clone: Path
) -> None:
    git(clone, "commit", "--quiet", "--allow-empty", "-m", "Mine")
    mine = git(clone, "rev-parse", "main")
    repository.commit({"a.txt": "two"}, "Theirs")
    ended = runner.run(sync, {"repo": "site"}, settings_for(git_server, clones={"site": clone}))
    assert ended.outcome.reason == "site: main (diverged)"
    found: Any = ended.outcome.result
    assert (found["branches"][0]["ahead"], found["branches"][0]["behind"]) == (1, 1)
    assert git(clone, "rev-parse", "main") == mine


def test_a_clone_with_changes_in_the_way(
    git_server: GitServer, repository: Repository, runner: Runner, clone: Path
) -> None:
    (clone / "a.txt").write_text("mine")
    repository.commit({"a.txt": "two"}, "Theirs")
    ended = runner.run(sync, {"repo": "site"}, settings_for(git_server, clones={"site": clone}))
    assert ended.outcome.reason == "site: main (blocked)"
    assert "would be overwritten" in str(ended.outcome.result)
    assert (clone / "a.txt").read_text() == "mine"


def test_another_server_goes_forward(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    other = git_server.repository("other")
    repository.branch("topic")
    repository.commit({"b.txt": "two"}, "On topic")
    repository.git("tag", "v1")
    repository.git("push", "--quiet", "origin", "v1")
    params: dict[str, JsonValue] = {
        "repo": git_server.url(repository),
        "to": git_server.url(other),
    }
    found = result(runner.run(sync, params, settings_for(git_server)))
    names = {one["name"]: one["how"] for one in found["branches"]}
    assert names == {"main": "created", "topic": "created", "refs/tags/v1": "created"}
    assert there(other) == {"main": "The first", "topic": "On topic"}

    git(other.work, "pull", "--quiet", "origin", "topic")
    other.branch("topic")
    other.commit({"c.txt": "x"}, "Elsewhere")
    repository.commit({"d.txt": "x"}, "Here")
    ended = runner.run(sync, params, settings_for(git_server))
    assert ended.outcome.reason.endswith("topic (rejected)")
    assert there(other)["topic"] == "Elsewhere"
    ended = runner.run(sync, {"repo": params["repo"]}, settings_for(git_server))
    assert "to be copied to?" in ended.outcome.reason
