"""A task's files from a repository over SSH: what is fetched, what is kept, what is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import JsonValue

from executors.handler import Context, handler
from executors.sandboxes.trial import find_sandbox
from executors.sources import RepositorySettings, Source, check_out
from tests.attempts import Runner
from tests.gitserver import GitServer, git
from tests.integration.executors.harness import gone
from tests.services import wait_until


class Look(Source):
    git: tuple[str, ...] = ()


@handler("dev-look")
def look(params: Look, context: Context, settings: RepositorySettings) -> JsonValue:
    found = check_out(params, context, settings)
    said = ""
    if params.git:
        ran = context.run(
            ["git", *params.git], cwd=found.folder, env=found.env, readable=found.readable
        )
        said = ran.stdout + ran.stderr
    files = sorted(
        str(path.relative_to(found.root))
        for path in found.root.rglob("*")
        if path.is_file() or path.is_symlink()
    )
    return {
        "folder": str(found.folder.relative_to(found.root)),
        "commit": found.commit,
        "mirror": str(found.mirror),
        "files": {name: _text(found.root / name) for name in files if name != ".git"},
        "git": said,
    }


look_confined = handler("dev-look", untrusted=True)(look.function)


def _text(path: Path) -> str:
    return f"-> {path.readlink()}" if path.is_symlink() else path.read_text(errors="replace")[:2000]


def settings_for(server: GitServer, **more: object) -> RepositorySettings:
    return RepositorySettings.model_validate(server.settings | more)


def test_the_default_branch_is_laid_out(git_server: GitServer, runner: Runner) -> None:
    repository = git_server.repository("site")
    head = repository.commit({"a.txt": "one", "sub/b.txt": "two"})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository), "path": "sub"}
    found = runner.run(look, params, settings_for(git_server)).result
    assert found["commit"] == head
    assert found["files"] == {"a.txt": "one", "sub/b.txt": "two"}
    assert found["folder"] == "sub"


@pytest.mark.parametrize("ref", ["topic/a", "refs/heads/topic/a", "v1", "refs/tags/v1"])
def test_a_ref_by_name(git_server: GitServer, runner: Runner, ref: str) -> None:
    repository = git_server.repository("site")
    repository.commit({"a.txt": "main"})
    repository.branch("topic/a")
    head = repository.commit({"a.txt": "topic"})
    repository.git("tag", "-a", "-m", "the first", "v1")
    repository.git("push", "--quiet", "origin", "v1")
    params: dict[str, JsonValue] = {"repo": git_server.url(repository), "ref": ref}
    found = runner.run(look, params, settings_for(git_server)).result
    assert (found["commit"], found["files"]) == (head, {"a.txt": "topic"})


@pytest.mark.parametrize("length", [40, 10])
def test_a_commit_by_its_hash(git_server: GitServer, runner: Runner, length: int) -> None:
    repository = git_server.repository("site")
    first = repository.commit({"a.txt": "one"})
    repository.commit({"a.txt": "two"})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository), "ref": first[:length]}
    assert runner.run(look, params, settings_for(git_server)).result["files"] == {"a.txt": "one"}


def test_a_second_task_transfers_only_what_is_new(git_server: GitServer, runner: Runner) -> None:
    repository = git_server.repository("site")
    repository.commit({"large.bin": os.urandom(2_000_000)})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    runner.run(look, params, settings_for(git_server)).result  # noqa: B018
    first = git_server.sent_bytes
    repository.commit({"a.txt": "new"})

    found = runner.run(look, params, settings_for(git_server)).result

    assert found["commit"] == repository.head()
    assert first > 2_000_000
    assert git_server.sent_bytes - first < 5_000


def test_what_is_there_is_not_fetched_again(git_server: GitServer, runner: Runner) -> None:
    repository = git_server.repository("site")
    head = repository.commit({"a.txt": "one"})
    settings = settings_for(git_server)
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    runner.run(look, params, settings).result  # noqa: B018
    asked = len(git_server.requests)

    runner.run(look, params, settings).result  # noqa: B018
    assert len(git_server.requests) == asked + 1, "a branch is asked for, no more"
    runner.run(look, params | {"ref": head}, settings).result  # noqa: B018
    assert len(git_server.requests) == asked + 1, "a commit's hash is not even asked for"


def test_a_forced_push_is_followed(git_server: GitServer, runner: Runner) -> None:
    repository = git_server.repository("site")
    repository.commit({"a.txt": "one"})
    repository.commit({"a.txt": "two"})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    runner.run(look, params, settings_for(git_server)).result  # noqa: B018
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    head = repository.commit({"a.txt": "instead"})
    found = runner.run(look, params, settings_for(git_server)).result
    assert (found["commit"], found["files"]) == (head, {"a.txt": "instead"})


def test_a_branch_that_became_a_folder_of_branches(git_server: GitServer, runner: Runner) -> None:
    repository = git_server.repository("site")
    repository.commit({"a.txt": "one"})
    repository.branch("topic")
    repository.commit({"a.txt": "topic"})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository), "ref": "topic"}
    first = runner.run(look, params, settings_for(git_server)).result
    repository.git("push", "--quiet", "origin", ":topic")
    repository.git("checkout", "--quiet", "main")
    repository.git("branch", "--quiet", "-D", "topic")
    repository.branch("topic/b")
    head = repository.commit({"a.txt": "below"})
    found = runner.run(look, params | {"ref": "topic/b"}, settings_for(git_server)).result
    assert found["commit"] == head
    assert found["mirror"] == first["mirror"], "it is the same copy"


def test_a_moved_tag_is_followed(git_server: GitServer, runner: Runner) -> None:
    repository = git_server.repository("site")
    params: dict[str, JsonValue] = {"repo": git_server.url(repository), "ref": "latest"}
    for text in ("one", "two"):
        repository.commit({"a.txt": text})
        repository.git("tag", "--force", "latest")
        repository.git("push", "--quiet", "--force", "origin", "latest")
        found = runner.run(look, params, settings_for(git_server)).result
        assert found["files"] == {"a.txt": text}


def test_git_works_in_the_sandbox(git_server: GitServer, tmp_path: Path) -> None:
    runner = Runner(tmp_path)
    runner.settings.data_dir.mkdir()
    runner.sandbox = find_sandbox(
        runner.settings.sandbox, runner.settings.data_dir, runner.settings.data_dir / "sandbox"
    )
    repository = git_server.repository("site")
    repository.commit({"a.txt": "one"}, message="The first")
    params: dict[str, JsonValue] = {
        "repo": git_server.url(repository),
        "git": ["log", "--format=%s", "--stat"],
    }
    found = runner.run(look_confined, params, settings_for(git_server)).result
    assert str(found["git"]).startswith("The first\n\n a.txt | 1 +")


def test_concurrent_tasks_share_one_fetch(git_server: GitServer, runner: Runner) -> None:
    repository = git_server.repository("site")
    head = repository.commit({"large.bin": os.urandom(500_000)})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    begun = [runner.begin(look, params, settings_for(git_server)) for _ in range(5)]
    ended = [one.wait() for one in begun]
    assert [one.result["commit"] for one in ended] == [head] * 5
    assert len({one.result["mirror"] for one in ended}) == 1
    assert git_server.sent_bytes < 600_000


def test_an_interrupted_fetch_leaves_nothing_that_harms(
    git_server: GitServer, runner: Runner
) -> None:
    repository = git_server.repository("site")
    repository.commit({"a.txt": "one"})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    runner.run(look, params, settings_for(git_server)).result  # noqa: B018
    head = repository.commit({f"{number}.bin": os.urandom(50_000) for number in range(10)})
    stalled = git_server.stall_after(200_000)
    begun = runner.begin(look, params, settings_for(git_server))
    wait_until(stalled.exists, "the fetch to be under way")
    begun.kill()
    git_server.flow()
    mirror = next(runner.cache.rglob("*.git"))
    (mirror / "packed-refs.lock").touch()
    (mirror / "refs" / "heads" / "main.lock").touch()

    found = runner.run(look, params, settings_for(git_server)).result

    assert found["commit"] == head
    assert found["mirror"] == str(mirror), "it is the same copy"
    assert not list(mirror.rglob("tmp_*"))
    git(mirror, "fsck", "--full", "--strict")


def test_a_stopped_fetch_ends_at_once(git_server: GitServer, runner: Runner) -> None:
    repository = git_server.repository("site")
    repository.commit({"a.bin": os.urandom(500_000)})
    stalled = git_server.stall_after(100_000)
    begun = runner.begin(look, {"repo": git_server.url(repository)}, settings_for(git_server))
    wait_until(stalled.exists, "the fetch to be under way")
    begun.stop()
    wait_until(lambda: gone(begun.pid), "the attempt to end")
    begun.kill()


def test_the_worktree_of_a_killed_task_is_forgotten(git_server: GitServer, runner: Runner) -> None:
    repository = git_server.repository("site")
    repository.commit({"a.txt": "one"})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    for _ in range(3):
        found = runner.run(look, params, settings_for(git_server)).result
    worktrees = Path(str(found["mirror"])) / "worktrees"
    assert len(list(worktrees.iterdir())) == 1


def damage_pack(mirror: Path) -> None:
    pack = max(mirror.glob("objects/pack/*.pack"), key=lambda file: file.stat().st_size)
    pack.chmod(0o600)
    pack.write_bytes(pack.read_bytes()[:100])


def damage_index(mirror: Path) -> None:
    for index in mirror.glob("objects/pack/*.idx"):
        index.unlink()


def damage_head(mirror: Path) -> None:
    (mirror / "HEAD").write_bytes(b"\0" * 20)


def damage_config(mirror: Path) -> None:
    (mirror / "config").write_text("[core\n")


def damage_ref(mirror: Path) -> None:
    (mirror / "refs" / "heads" / "main").write_bytes(b"\0" * 41)


@pytest.mark.parametrize(
    "damage", [damage_pack, damage_index, damage_head, damage_config, damage_ref]
)
def test_a_damaged_copy_is_made_anew(
    git_server: GitServer, runner: Runner, damage: Callable[[Path], None]
) -> None:
    repository = git_server.repository("site")
    repository.commit({"a.txt": "one" * 500})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository)}
    first = runner.run(look, params, settings_for(git_server)).result
    damage(Path(str(first["mirror"])))
    head = repository.commit({"b.txt": "two"})
    found = runner.run(look, params, settings_for(git_server)).result
    assert (found["commit"], found["files"]) == (head, {"a.txt": "one" * 500, "b.txt": "two"})
    found = runner.run(look, params | {"ref": head}, settings_for(git_server)).result
    assert found["commit"] == head
