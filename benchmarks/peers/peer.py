"""What the five peers have in common: a worker frozen by signals, and results kept by key."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import psutil
import redis

from benchmarks.peers.worker import Worker
from benchmarks.subject import Handle, Site, Subject


def patient(url: str) -> str:
    """The address for clients that block: redis-py stops reading after 5 s if not told."""
    return f"{url}?socket_timeout=60"


def echo(payload: str) -> str:
    return payload


class Peer(Subject[Handle]):
    """The part of `Subject` that does not depend on the library.

    A peer adds `submit`, `submit_bulk`, `result` and `result_key`.
    """

    distribution: str
    worker_command: list[str]

    def __init__(self, site: Site) -> None:
        self.site = site
        self.version = version(self.distribution)
        self.worker = Worker(site)
        self.redis: redis.Redis = redis.Redis.from_url(patient(site.redis_url))

    async def start(self) -> None:
        self.worker.start(self.worker_command)

    async def stop(self) -> None:
        await self.worker.stop()
        self.redis.close()

    async def hold(self) -> None:
        await self.worker.freeze()

    async def release(self) -> None:
        self.worker.thaw()

    async def finished(self, handles: Sequence[Handle]) -> int:
        self.worker.check_alive()
        found = self.redis.exists(*(self.result_key(handle) for handle in handles))
        assert isinstance(found, int)
        return found

    async def submit_for_result(self, payload: str, timeout_seconds: float) -> str:
        return await self.result(await self.submit(payload), timeout_seconds)

    def result_key(self, handle: Handle) -> str | bytes:
        """Where the server keeps the result. A peer without keys counts `finished` itself."""
        raise NotImplementedError

    def processes(self) -> list[psutil.Process]:
        return self.worker.processes()

    def remarks(self) -> Sequence[str]:
        return []
