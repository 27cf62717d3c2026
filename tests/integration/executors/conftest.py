"""Fixtures: executors that end with their test, or with the tests of a file that share one;
attempts without an executor; a repository.

A file of tests may set `VARIABLES` for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attempts import Runner
from tests.gitserver import GitServer, Repository
from tests.integration.executors.harness import ExecutorProcess, MakeExecutor, running_executor
from tests.services import BrokerServer


@pytest.fixture
def make_executor(
    request: pytest.FixtureRequest, broker: BrokerServer, tmp_path: Path
) -> Iterator[MakeExecutor]:
    made: list[ExecutorProcess] = []

    def make(**variables: str) -> ExecutorProcess:
        found = ExecutorProcess(broker, tmp_path, **(_variables(request) | variables))
        made.append(found)
        return found

    yield make
    for one in made:
        one.kill()
        one.redis.close()


@pytest.fixture
def executor(make_executor: MakeExecutor) -> ExecutorProcess:
    found = make_executor()
    found.start_and_wait()
    return found


@pytest.fixture(scope="module")
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExecutorProcess]:
    """One executor for the tests of a file: for those that leave it as they found it."""
    with running_executor(tmp_path_factory.mktemp("shared"), **_variables(request)) as found:
        yield found


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.fixture
def repository(git_server: GitServer) -> Repository:
    found = git_server.repository("site")
    found.commit({"a.txt": "one\n"}, "The first")
    return found


def _variables(request: pytest.FixtureRequest) -> dict[str, str]:
    return dict(getattr(request.module, "VARIABLES", {}))
