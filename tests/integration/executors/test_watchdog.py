from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.worker import state

from executors.board import Board
from executors.executor import EXIT_STUCK, Executor
from executors.watchdog import Watchdog
from tests.services import BrokerServer, wait_until
from ygg.broker import connect
from ygg.settings import load


@pytest.fixture
def executor(broker: BrokerServer, tmp_path: Path) -> Iterator[Executor]:
    settings = load(redis_url=broker.url, data_dir=tmp_path, executor={"queues": ["dev"]})
    yield Executor(settings=settings, handlers={}, board=Board(2), boot="boot")
    state.should_stop = None


def test_a_worker_that_takes_nothing_is_ended(executor: Executor) -> None:
    with connect(executor.settings) as redis:
        watchdog = Watchdog(executor, redis, patience_seconds=0.2)
        slot = executor.board.slot(0)

        def looked(rounds: int) -> bool:
            for _ in range(rounds):
                watchdog.look()
            return executor.draining

        assert not looked(3)  # nothing waits
        redis.lpush("dev", "work")
        slot.begin()
        executor.board.slot(1).begin()
        assert not looked(3)  # all are busy
        executor.board.slot(1)
        wait_until(lambda: looked(1), "the watchdog to act")
        assert executor.exit_code == EXIT_STUCK


def test_a_worker_that_takes_is_left_alone(executor: Executor) -> None:
    with connect(executor.settings) as redis:
        redis.lpush("dev", "work")
        watchdog = Watchdog(executor, redis, patience_seconds=0)
        for _ in range(20):
            slot = executor.board.slot(0)
            slot.begin()
            watchdog.look()
        assert not executor.draining
