from __future__ import annotations

from collections.abc import Sequence

import redis
from rq import Queue, Retry
from rq.job import Job
from rq.results import Result
from rq.worker_pool import WorkerPool

from benchmarks.peers.peer import Peer, echo
from benchmarks.peers.worker import python_command, redis_url
from benchmarks.subject import Site

# Without, a task whose worker died is marked as failed.
RETRIES = 3


def run_worker() -> None:
    # From here and not by its command line, as its documentation advises: what the task needs is
    # imported once, and not again in the process forked for each task.
    connection = redis.Redis.from_url(redis_url())
    WorkerPool(["default"], connection, num_workers=2).start(logging_level="WARNING")


class Rq(Peer[Job]):
    name = "rq"
    distribution = "rq"
    delivery = "run again at a later clean-up of the registry (every 10 min)"
    settings = (
        "pool of 2 workers, each forks for every task (its default), retries; bulk by enqueue_many"
    )

    worker_command = python_command(
        "-c", "from benchmarks.peers.rq_peer import run_worker; run_worker()"
    )

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.queue = Queue(connection=self.redis)

    async def submit(self, payload: str) -> Job:
        return self.queue.enqueue(echo, payload, retry=Retry(max=RETRIES))

    async def submit_bulk(self, payloads: Sequence[str]) -> list[Job]:
        prepared = [
            Queue.prepare_data(echo, args=(payload,), retry=Retry(max=RETRIES))
            for payload in payloads
        ]
        jobs: list[Job] = self.queue.enqueue_many(prepared)
        return jobs

    async def result(self, handle: Job, timeout_seconds: float) -> str:
        latest = handle.latest_result(timeout=int(timeout_seconds))
        if latest is None:
            raise TimeoutError(f"no result of job {handle.id} in {timeout_seconds:.0f} s")
        return str(latest.return_value)

    def result_key(self, handle: Job) -> str | bytes:
        key: str = Result.get_key(handle.id)  # type: ignore[no-untyped-call, unused-ignore]
        return key
