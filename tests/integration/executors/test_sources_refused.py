"""What a repository's server, its content or a task's params may do wrong, and how that reads."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue

from executors.sources import RepositorySettings
from tests.attempts import Ended, Runner
from tests.gitserver import GitServer, Repository, git
from tests.integration.executors.test_sources import look, settings_for
from tests.services import free_port, wait_until


def refused(ended: Ended) -> tuple[str, str]:
    assert not ended.ok, f"it went well: {ended.outcome.result}"
    assert "Traceback" not in ended.log
    return ended.outcome.reason, ended.outcome.hint


def test_a_server_that_nobody_has_checked(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    git_server.ssh.known_hosts.write_text("")
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    reason, hint = refused(runner.run(look, params, settings_for(git_server)))
    assert reason.endswith("this machine does not know the server's host key")
    assert "known_hosts_file" in hint


def test_a_server_with_another_host_key(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    git_server.ssh.change_host_key()
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    ended = runner.run(look, params, settings_for(git_server))
    reason, hint = refused(ended)
    assert "@" not in ended.log, "the frame of the warning"
    assert "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\n" in ended.log
    assert reason.endswith("the server's host key is not the one this machine knows")
    assert "somebody may be in between" in hint


def test_a_key_that_the_server_does_not_know(
    git_server: GitServer, repository: Repository, runner: Runner, tmp_path: Path
) -> None:
    other = git_server.ssh.make_key(tmp_path / "other")
    settings = settings_for(git_server, key_file=other)
    reason, hint = refused(runner.run(look, {"repo": git_server.url(repository)}, settings))
    assert reason.endswith("access refused")
    assert "key_file" in hint


def test_a_key_that_others_may_read(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    git_server.ssh.key_file.chmod(0o644)
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    _, hint = refused(runner.run(look, params, settings_for(git_server)))
    assert hint == "chmod 600 the key_file of [handlers.repositories]"


def test_an_agent_is_asked_only_if_the_machine_says_so(
    git_server: GitServer, repository: Repository, runner: Runner, agent: None
) -> None:
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    settings = settings_for(git_server, key_file=None)
    assert "access refused" in refused(runner.run(look, params, settings))[0]
    settings = settings_for(git_server, key_file=None, use_agent=True)
    assert runner.run(look, params, settings).ok


@pytest.fixture
def agent(git_server: GitServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A running SSH agent that has the key."""
    socket = tmp_path / "agent"
    command = ["ssh-agent", "-D", "-a", str(socket)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        wait_until(socket.exists, "the agent")
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        key = str(git_server.ssh.key_file)
        subprocess.run(["ssh-add", "-q", key], check=True, stdin=subprocess.DEVNULL)
        yield
        process.terminate()


def test_a_server_that_is_away(runner: Runner) -> None:
    params: dict[str, JsonValue] = {"repo": f"ssh://git@127.0.0.1:{free_port()}/a.git"}
    reason, hint = refused(runner.run(look, params, RepositorySettings()))
    assert "no connection" in reason
    assert "Connection refused" in reason
    assert "network" in hint


def test_a_repository_that_is_not_there(git_server: GitServer, runner: Runner) -> None:
    url = f"ssh://{git_server.ssh.user}@127.0.0.1:{git_server.ssh.port}/no/such.git"
    reason, _ = refused(runner.run(look, {"repo": url}, settings_for(git_server)))
    assert "there is no such repository" in reason


def test_a_long_path_on_the_server(git_server: GitServer, runner: Runner) -> None:
    path = "/".join(["a" * 200] * 9)
    url = f"ssh://{git_server.ssh.user}@127.0.0.1:{git_server.ssh.port}/{path}"
    reason, _ = refused(runner.run(look, {"repo": url}, settings_for(git_server)))
    assert "there is no such repository" in reason


def test_an_empty_repository(git_server: GitServer, runner: Runner) -> None:
    url = git_server.url(git_server.repository("empty"))
    reason, hint = refused(runner.run(look, {"repo": url}, settings_for(git_server)))
    assert reason.endswith("it is empty")
    assert hint == "push a commit first"


@pytest.mark.parametrize("ref", ["mian", "refs/heads/mian"])
def test_a_ref_that_is_not_there(
    git_server: GitServer, repository: Repository, runner: Runner, ref: str
) -> None:
    params: dict[str, JsonValue] = {"repo": git_server.url(repository), "ref": ref}
    reason, hint = refused(runner.run(look, params, settings_for(git_server)))
    assert f"it has no branch, tag or commit {ref}" in reason
    assert hint == "it has main"


def test_a_commit_that_is_not_there(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    params: dict[str, JsonValue] = {"repo": git_server.url(repository), "ref": "0" * 39 + "1"}
    reason, _ = refused(runner.run(look, params, settings_for(git_server)))
    assert "it has no branch, tag or commit 0000" in reason


def test_a_tag_on_something_that_is_no_commit(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    repository.git("tag", "tree", "HEAD^{tree}")
    repository.git("push", "--quiet", "origin", "tree")
    params: dict[str, JsonValue] = {"repo": git_server.url(repository), "ref": "tree"}
    assert refused(runner.run(look, params, settings_for(git_server)))[0].endswith(
        "tree is no commit"
    )


def test_a_ref_without_a_repository(runner: Runner) -> None:
    reason, _ = refused(runner.run(look, {"ref": "main"}, RepositorySettings()))
    assert reason == "there is no repository to take main from"


# What this machine goes to


def test_files_of_the_machine_only_where_it_says_so(
    repository: Repository, runner: Runner, tmp_path: Path
) -> None:
    params: dict[str, JsonValue] = {"repo": f"file://{repository.bare}"}
    reason, hint = refused(runner.run(look, params, RepositorySettings()))
    assert "takes no repositories from that folder" in reason
    assert "allow_file" in hint
    link = tmp_path / "allowed" / "link"
    link.parent.mkdir()
    link.symlink_to(repository.bare)
    settings = RepositorySettings(allow_file=(link.parent,))
    reason, _ = refused(runner.run(look, {"repo": f"file://{link}"}, settings))
    assert "takes no repositories from that folder" in reason
    settings = RepositorySettings(allow_file=(repository.bare.parent,))
    assert runner.run(look, params, settings).ok


def _as_file(repository: Repository, made: Path) -> None:
    (made / ".git").write_text(f"gitdir: {repository.bare}\n")


def _as_link(repository: Repository, made: Path) -> None:
    (made / ".git").symlink_to(repository.bare)


def _as_link_beside(repository: Repository, made: Path) -> None:
    made.with_name(f"{made.name}.git").symlink_to(repository.bare)
    made.rmdir()


def _as_alternate(repository: Repository, made: Path) -> None:
    git(made, "init", "--quiet", "--initial-branch=main")
    (made / ".git/objects/info/alternates").write_text(f"# here\n{repository.bare}/objects\n")
    git(made, "update-ref", "refs/heads/main", repository.head())


def _as_two_alternates(repository: Repository, made: Path) -> None:
    between = made.with_name("between")
    (between / "info").mkdir(parents=True)
    (between / "info" / "alternates").write_text(f"{repository.bare}/objects\n")
    _as_alternate(repository, made)
    (made / ".git/objects/info/alternates").write_text("../../../between\n")


def _as_linked_objects(repository: Repository, made: Path) -> None:
    git(made, "init", "--quiet", "--initial-branch=main")
    (made / ".git/objects/pack").rmdir()
    for path in (repository.bare / "objects").iterdir():
        if not (made / ".git/objects" / path.name).exists():
            (made / ".git/objects" / path.name).symlink_to(path)
    git(made, "update-ref", "refs/heads/main", repository.head())


def _as_common_folder(repository: Repository, made: Path) -> None:
    (made / "HEAD").write_text("ref: refs/heads/main\n")
    (made / "commondir").write_text(f"{repository.bare}\n")


@pytest.mark.parametrize(
    "build",
    [
        *(_as_file, _as_link, _as_link_beside, _as_common_folder),
        *(_as_alternate, _as_two_alternates, _as_linked_objects),
    ],
)
def test_a_repository_of_an_allowed_folder_leads_to_no_private_one(
    build: Callable[[Repository, Path], None],
    repository: Repository,
    runner: Runner,
    tmp_path: Path,
) -> None:
    repository.commit({"secret.txt": "private"})
    made = tmp_path / "allowed" / "made"
    made.mkdir(parents=True)
    build(repository, made)
    params: dict[str, JsonValue] = {"repo": f"file://{made}"}
    settings = RepositorySettings(allow_file=(made.parent,))
    reason, hint = refused(runner.run(look, params, settings))
    assert f"this machine takes no repositories from {repository.bare}" in reason
    assert "allow_file" in hint
    both = RepositorySettings(allow_file=(made.parent, repository.bare.parent))
    assert runner.run(look, params, both).ok, "else the refusal would prove nothing"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org.evil.net/me/a",
        "https://example.org/men/a",
        "https://example.org/me/../other/a",
        "https://example.org/me/%2e%2e/other/a",
        "git@example.org:me/a",
    ],
)
def test_what_is_not_below_an_allowed_prefix(runner: Runner, url: str) -> None:
    settings = RepositorySettings(allow=("https://example.org/me",))
    reason, _ = refused(runner.run(look, {"repo": url}, settings))
    assert "elsewhere only" in reason or "has no `..`" in reason


# What a repository may contain


def test_hooks_and_filters_do_not_run(
    git_server: GitServer, repository: Repository, runner: Runner, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    for name in ("post-checkout", "reference-transaction", "fsmonitor-watchman"):
        hook = repository.bare / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
        hook.chmod(0o755)
    git(repository.bare, "config", "uploadpack.packObjectsHook", f"touch {ran}; exec")
    git(repository.bare, "config", "filter.bad.smudge", f"touch {ran}; cat")
    repository.commit(
        {
            ".gitattributes": "* filter=bad diff=bad merge=bad\n",
            ".gitmodules": f'[submodule "x"]\n path = x\n url = ext::touch {ran}\n',
            ".githooks/post-checkout": f"#!/bin/sh\ntouch {ran}\n",
        }
    )
    ran.unlink(missing_ok=True)  # its own hook, at the push
    settings = settings_for(git_server, allow_file=(repository.bare.parent,))
    for url in (git_server.url(repository), f"file://{repository.bare}"):
        assert runner.run(look, {"repo": url}, settings).ok
    assert not ran.exists()


def test_hooks_put_into_the_copy_do_not_run(
    git_server: GitServer, repository: Repository, runner: Runner, tmp_path: Path
) -> None:
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    mirror = Path(str(runner.run(look, params, settings_for(git_server)).result["mirror"]))
    ran = tmp_path / "ran"
    (mirror / "hooks").mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (mirror / "hooks" / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (mirror / "hooks" / name).chmod(0o755)
    repository.commit({"b.txt": "two"})
    assert runner.run(look, params, settings_for(git_server)).ok
    assert not ran.exists()


def test_a_path_that_is_a_link_out(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    (repository.work / "out").symlink_to("/etc")
    repository.commit({})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository), "path": "out"}
    reason, _ = refused(runner.run(look, params, settings_for(git_server)))
    assert reason == "out leads out of the workspace"


def test_a_path_that_is_not_there(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    params: dict[str, JsonValue] = {"repo": git_server.url(repository), "path": "no"}
    assert refused(runner.run(look, params, settings_for(git_server)))[0] == "there is no folder no"


# Input files over a repository


def test_input_files_lie_over_the_repository(
    git_server: GitServer, repository: Repository, runner: Runner
) -> None:
    (repository.work / "link").symlink_to("/etc/passwd")
    repository.commit({"sub/b.txt": "two"})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    files = {"a.txt": "mine", "sub/c.txt": "new", "link": "no link any more"}
    found = runner.run(look, params, settings_for(git_server), files).result
    assert found["files"] == files | {"sub/b.txt": "two"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".git/config", "lies in git's own folder"),
        (".git", "lies in git's own folder"),
        ("sub/.GIT/hooks/x", "lies in git's own folder"),
        ("out/x", "has a link at out"),
        ("out/deep/x", "has a link at out"),
        ("sub", "Is a directory"),
        ("a.txt/x", "File exists"),
    ],
)
def test_input_files_that_would_harm(
    git_server: GitServer, runner: Runner, tmp_path: Path, name: str, reason: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    repository = git_server.repository("site")
    (repository.work / "out").symlink_to(outside)
    repository.commit({"a.txt": "one", "sub/b.txt": "two"})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    found = refused(runner.run(look, params, settings_for(git_server), {name: "x"}))
    assert reason in found[0]
    assert not list(outside.iterdir())
