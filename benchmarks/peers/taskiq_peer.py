from __future__ import annotations

import asyncio
from collections.abc import Sequence

from taskiq import AsyncBroker, AsyncTaskiqTask
from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

from benchmarks.peers.peer import Peer
from benchmarks.peers.worker import python_command, redis_url
from benchmarks.subject import Site

SUBMITTED_TOGETHER = 20
RESULT_CHECK_SECONDS = 0.005


async def echo(payload: str) -> str:
    return payload


def make_broker(url: str) -> AsyncBroker:
    results: RedisAsyncResultBackend[str] = RedisAsyncResultBackend(url)
    broker = RedisStreamBroker(url).with_result_backend(results)
    broker.register_task(echo, task_name="echo")
    return broker


def worker_broker() -> AsyncBroker:
    return make_broker(redis_url())


class Taskiq(Peer["AsyncTaskiqTask[str]"]):
    name = "taskiq"
    distribution = "taskiq"
    delivery = "run again once it has been idle in the stream for 10 min"
    settings = (
        "2 processes of 100 coroutines (its default), Redis streams and results; "
        f"bulk by gather of {SUBMITTED_TOGETHER}, result by polling every 5 ms (not its 200 ms)"
    )
    worker_command = python_command(
        *("-m", "taskiq", "worker", "benchmarks.peers.taskiq_peer:worker_broker"),
        *("--workers", "2", "--log-level", "WARNING"),
    )

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.broker = make_broker(site.redis_url)
        self.echo = self.broker.local_task_registry["echo"]

    async def start(self) -> None:
        # Creates the consumer group; a worker that creates it skips what was submitted before.
        await self.broker.startup()
        await super().start()

    async def stop(self) -> None:
        await self.broker.shutdown()
        await super().stop()

    async def submit(self, payload: str) -> AsyncTaskiqTask[str]:
        task: AsyncTaskiqTask[str] = await self.echo.kiq(payload)
        return task

    async def submit_bulk(self, payloads: Sequence[str]) -> list[AsyncTaskiqTask[str]]:
        tasks: list[AsyncTaskiqTask[str]] = []
        for start in range(0, len(payloads), SUBMITTED_TOGETHER):
            together = payloads[start : start + SUBMITTED_TOGETHER]
            tasks += await asyncio.gather(*(self.submit(payload) for payload in together))
        return tasks

    async def result(self, handle: AsyncTaskiqTask[str], timeout_seconds: float) -> str:
        result = await handle.wait_result(
            check_interval=RESULT_CHECK_SECONDS, timeout=timeout_seconds
        )
        result.raise_for_error()
        return str(result.return_value)

    def result_key(self, handle: AsyncTaskiqTask[str]) -> str | bytes:
        task_id: str = handle.task_id
        return task_id
