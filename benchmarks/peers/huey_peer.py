from __future__ import annotations

from collections.abc import Sequence

from huey import RedisHuey
from huey.api import Result, TaskWrapper

from benchmarks.peers.peer import Peer, echo, patient
from benchmarks.peers.worker import python_command, redis_url
from benchmarks.subject import Site


def declare_echo(url: str, notify_result: bool) -> TaskWrapper:
    huey = RedisHuey("benchmark", url=patient(url), notify_result=notify_result)
    return huey.task(name="echo")(echo)


def run_worker(notify_result: bool) -> None:
    task = declare_echo(redis_url(), notify_result)
    task.huey.create_consumer(workers=2, worker_type="process").run()


def worker_command(notify_result: bool) -> list[str]:
    return python_command(
        "-c", f"from benchmarks.peers.huey_peer import run_worker; run_worker({notify_result})"
    )


class Huey(Peer[Result]):
    name = "huey"
    distribution = "huey"
    delivery = "lost: it has left the queue, and nothing else remembers it"
    settings = "2 processes, Redis results; bulk by map, result by polling (its default)"
    notify_result = False
    worker_command = worker_command(notify_result=False)

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.echo = declare_echo(site.redis_url, self.notify_result)
        self.result_hash: str = self.echo.huey.storage.result_key

    async def submit(self, payload: str) -> Result:
        return self.echo(payload)

    async def submit_bulk(self, payloads: Sequence[str]) -> list[Result]:
        return list(self.echo.map(payloads))

    async def finished(self, handles: Sequence[Result]) -> int:
        self.worker.check_alive()
        values = self.redis.hmget(self.result_hash, [handle.id for handle in handles])
        assert isinstance(values, list)
        return sum(value is not None for value in values)

    async def result(self, handle: Result, timeout_seconds: float) -> str:
        value: str = handle.get(blocking=True, timeout=timeout_seconds)
        return value


class HueyNotify(Huey):
    """Huey with the option that lets a caller block for a result, at two more writes a task."""

    name = "huey-notify"
    settings = "as huey, with notify_result: the caller blocks instead of polling"
    notify_result = True
    worker_command = worker_command(notify_result=True)
