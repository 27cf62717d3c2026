"""The copies of repositories that an executor keeps stay within bounds, and none in use goes."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

from pydantic import JsonValue

from executors.checkouts.mirror import BROKEN, USED
from executors.handler import Context, handler
from executors.quota import Measure
from executors.sources import RepositorySettings, Source, check_out
from tests.attempts import Runner
from tests.gitserver import GitServer, Repository
from tests.integration.executors.test_sources import look, settings_for
from tests.services import wait_until


@handler("dev-linger")
def linger(params: Source, context: Context, settings: RepositorySettings) -> JsonValue:
    found = check_out(params, context, settings)
    context.run(["sh", "-c", "touch begun; while [ ! -e end ]; do sleep 0.02; done"])
    return context.run(["git", "status", "--short"], cwd=found.root).stdout


@handler("dev-limited")
def limited(params: Source, context: Context, settings: RepositorySettings) -> JsonValue:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, most))
    return str(check_out(params, context, settings).mirror)


def take(runner: Runner, server: GitServer, repository: Repository, **settings: object) -> Path:
    params: dict[str, JsonValue] = {"repo": server.url(repository)}
    ended = runner.run(look, params, settings_for(server, **settings))
    return Path(str(ended.result["mirror"]))


def age(mirror: Path, days: float) -> None:
    then = time.time() - days * 24 * 3600
    os.utime(mirror / USED, (then, then))


def made(server: GitServer, name: str) -> Repository:
    repository = server.repository(name)
    repository.commit({f"{name}.bin": os.urandom(100_000)})
    return repository


def test_one_that_was_long_not_used_goes(git_server: GitServer, runner: Runner) -> None:
    one, other = made(git_server, "one"), made(git_server, "other")
    old = take(runner, git_server, one)
    age(old, 8)
    take(runner, git_server, other, keep_days=9)
    assert old.exists()
    take(runner, git_server, other, keep_days=7)
    assert not old.exists()
    assert take(runner, git_server, one).exists()


def test_above_the_size_the_longest_unused_goes(git_server: GitServer, runner: Runner) -> None:
    repositories = [made(git_server, name) for name in ("one", "two", "three")]
    mirrors = [take(runner, git_server, repository) for repository in repositories]
    age(mirrors[0], 1)
    age(mirrors[1], 2)
    sizes = [Measure(mirror) for mirror in mirrors]
    assert all(size.go_on(10) for size in sizes)
    two = sum(size.size_bytes for size in sizes[:2])
    take(runner, git_server, repositories[2], cache_bytes=two + 20_000)
    assert [mirror.exists() for mirror in mirrors] == [True, False, True]


def test_one_in_use_stays(git_server: GitServer, runner: Runner) -> None:
    one, other = made(git_server, "one"), made(git_server, "other")
    settings = settings_for(git_server)
    begun = runner.begin(linger, {"repo": git_server.url(one)}, settings)
    wait_until((begun.workspace.files / "begun").exists, "the task to run")
    mirror = next(runner.cache.rglob("*.git"))
    age(mirror, 100)
    (mirror / BROKEN).touch()

    take(runner, git_server, other, cache_bytes=0)
    assert mirror.exists()
    fresh = take(runner, git_server, one)
    assert fresh != mirror
    (begun.workspace.files / "end").touch()
    assert begun.wait().outcome.result == "?? begun\n?? end\n"

    take(runner, git_server, other)
    assert not mirror.exists(), "it was damaged, and nobody uses it any more"
    assert fresh.exists()


def test_what_a_killed_dropper_left_goes(git_server: GitServer, runner: Runner) -> None:
    one = made(git_server, "one")
    mirror = take(runner, git_server, one)
    left = mirror.with_name("0.git.123.gone")
    left.mkdir()
    take(runner, git_server, one)
    assert not left.exists()


def test_a_limit_that_git_met_is_told_and_nothing_is_thrown_away(
    git_server: GitServer, runner: Runner
) -> None:
    one = made(git_server, "large")
    params: dict[str, JsonValue] = {"repo": git_server.url(one)}
    outcome = runner.run(limited, params, settings_for(git_server)).outcome
    assert "index-pack" in (outcome.reason or "")
    assert "a limit" in (outcome.hint or "")
    assert take(runner, git_server, one).name == "1.git"
