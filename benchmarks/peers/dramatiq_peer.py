from __future__ import annotations

from collections.abc import Sequence

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.message import Message
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

from benchmarks.peers.peer import Peer, echo, patient
from benchmarks.peers.worker import python_command, redis_url
from benchmarks.subject import Site


def declare_echo(url: str) -> tuple[dramatiq.Actor[[str], str], RedisBackend]:
    broker = RedisBroker(url=url)  # type: ignore[no-untyped-call, unused-ignore]
    results = RedisBackend(url=patient(url))
    broker.add_middleware(
        Results(backend=results)  # type: ignore[no-untyped-call, unused-ignore]
    )
    dramatiq.set_broker(broker)
    declare = dramatiq.actor(actor_name="echo", broker=broker, store_results=True)
    return declare(echo), results


def set_up_worker() -> None:
    declare_echo(redis_url())


class Dramatiq(Peer["Message[str]"]):
    name = "dramatiq"
    distribution = "dramatiq"
    delivery = "run again once the worker has missed its heartbeats for 1 min"
    settings = "2 processes of 8 threads (its default), Redis results; bulk is one by one"
    worker_command = python_command(
        *("-m", "dramatiq", "benchmarks.peers.dramatiq_peer:set_up_worker", "--processes", "2")
    )

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.echo, self.results = declare_echo(site.redis_url)

    async def submit(self, payload: str) -> Message[str]:
        return self.echo.send(payload)

    async def submit_bulk(self, payloads: Sequence[str]) -> list[Message[str]]:
        # A group's run() sends its messages one by one too.
        return [self.echo.send(payload) for payload in payloads]

    async def result(self, handle: Message[str], timeout_seconds: float) -> str:
        value: str = handle.get_result(
            backend=self.results, block=True, timeout=int(timeout_seconds * 1000)
        )
        return value

    def result_key(self, handle: Message[str]) -> str | bytes:
        key: str = self.results.build_message_key(handle)
        return key
