from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import celery
from celery.backends.redis import RedisBackend
from celery.result import AsyncResult

from benchmarks.peers.peer import Peer, echo
from benchmarks.peers.worker import python_command, redis_url
from benchmarks.subject import Site


def make_app(url: str) -> celery.Celery:
    app = celery.Celery("benchmark", broker=url, backend=url)
    app.conf.update(task_acks_late=True, broker_connection_retry_on_startup=True)
    app.task(name="echo")(echo)
    return app


def run_worker() -> None:
    make_app(redis_url()).worker_main(
        ["worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "WARNING"]
    )


class Celery(Peer["AsyncResult[str]"]):
    name = "celery"
    distribution = "celery"
    delivery = "run again once the visibility timeout (1 h) has passed"
    settings = "prefork, 2 processes, acks_late, Redis results; bulk over one producer"
    worker_command = python_command(
        "-c", "from benchmarks.peers.celery_peer import run_worker; run_worker()"
    )

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.app = make_app(site.redis_url)
        self.echo = self.app.tasks["echo"]

    async def stop(self) -> None:
        # Results dropped from here on would each unsubscribe, and on a server that has ended by
        # then wait 20 s to reconnect.
        backend: Any = self.app.backend
        backend.result_consumer.subscribed_to.clear()
        self.app.close()
        await super().stop()

    async def submit(self, payload: str) -> AsyncResult[str]:
        result: AsyncResult[str] = self.echo.delay(payload)
        return result

    async def submit_bulk(self, payloads: Sequence[str]) -> list[AsyncResult[str]]:
        # A group is slower than this: it does the same, and more for each task.
        with self.app.producer_pool.acquire(block=True) as producer:
            return [self.echo.apply_async((payload,), producer=producer) for payload in payloads]

    async def result(self, handle: AsyncResult[str], timeout_seconds: float) -> str:
        value: str = handle.get(timeout=timeout_seconds)
        return value

    def result_key(self, handle: AsyncResult[str]) -> str | bytes:
        assert isinstance(self.app.backend, RedisBackend)
        return self.app.backend.get_key_for_task(handle.id)
