"""Fixtures: executors that end with their test, or with the tests of a file that share one.

A file of tests may set `VARIABLES` for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import unavailable
from tests.integration.executors.harness import ExecutorProcess, MakeExecutor
from tests.services import BrokerServer, ServiceMissing


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
    folder = tmp_path_factory.mktemp("shared")
    (folder / "broker").mkdir()
    try:
        server = BrokerServer(folder / "broker")
    except ServiceMissing as error:
        unavailable(error)
    server.start()
    one = ExecutorProcess(server, folder, **_variables(request))
    try:
        one.start_and_wait()
        yield one
    finally:
        one.kill()
        one.redis.close()
        server.kill()


def _variables(request: pytest.FixtureRequest) -> dict[str, str]:
    return dict(getattr(request.module, "VARIABLES", {}))
