"""Fixtures: executors that end with their test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.executors.harness import ExecutorProcess, MakeExecutor
from tests.services import BrokerServer


@pytest.fixture
def make_executor(broker: BrokerServer, tmp_path: Path) -> Iterator[MakeExecutor]:
    made: list[ExecutorProcess] = []

    def make(**variables: str) -> ExecutorProcess:
        found = ExecutorProcess(broker, tmp_path, **variables)
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
