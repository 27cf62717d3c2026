"""What the queue benchmark asks of anything it measures, and the list of those it knows.

To add a subject, write a class that implements `Subject` and takes a `Site`, and name it in
`SUBJECTS`. The benchmark starts it on an empty server, calls it as below, and stops it:

    start
    submit_bulk, finished, result              warm up, not timed
    then each round:
        hold
        submit, n times                        timed one by one
        submit_bulk(all the tasks)             timed as a whole
        release, finished until all are        timed from release
        result of every task                   checked, not timed
        submit_for_result, n times             timed one by one on the idle worker
    stop
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar

import psutil

Handle = TypeVar("Handle")

OURS = "yggdrasil"
REFERENCE = "celery"


@dataclass(frozen=True)
class Site:
    """Where a subject works: a server that holds nothing yet, and a folder of its own."""

    redis_url: str
    directory: Path
    """Empty at the start, removed at the end: ledgers, logs, sockets."""


class Subject(Protocol[Handle]):
    """A job queue with one worker of two processes, running a task that returns its payload.

    The methods are coroutines so that a library with an asynchronous client is timed inside its
    own event loop; a synchronous one blocks the loop, on which nothing else runs.
    """

    name: str
    version: str

    delivery: str
    """Ends the sentence: a task whose worker dies while running it is …"""

    settings: str
    """One phrase: what was chosen where the library offers a choice."""

    async def start(self) -> None:
        """Start the worker. It need not be ready: the warm-up waits for its first results."""

    async def stop(self) -> None:
        """End every process that `start` began, also when `start` failed half-way."""

    async def hold(self) -> None:
        """Keep the worker, alive and connected, from taking tasks; return once it is held."""

    async def release(self) -> None:
        """Let a held worker go on."""

    async def submit(self, payload: str) -> Handle:
        """Submit one task; return when the queue has it."""

    async def submit_bulk(self, payloads: Sequence[str]) -> list[Handle]:
        """Submit all by the fastest public way; return when the queue has every one."""

    async def finished(self, handles: Sequence[Handle]) -> int:
        """How many of these tasks have a recorded result. Called often: must be cheap."""

    async def result(self, handle: Handle, timeout_seconds: float) -> str:
        """Wait for the task's return value as an application would."""

    async def submit_for_result(self, payload: str, timeout_seconds: float) -> str:
        """Submit one task and wait for its return value, by the fastest public way."""

    def processes(self) -> list[psutil.Process]:
        """Every process the subject brought, for its idle memory; the shared server is not one."""

    def remarks(self) -> Sequence[str]:
        """Whatever else this subject measured about itself, one line each, asked for last."""


# A module that is absent (its library is not installed, or its half is not written) is skipped
# and said so, unless it was asked for by name.
SUBJECTS: dict[str, str] = {
    "celery": "benchmarks.peers.celery_peer:Celery",
    "dramatiq": "benchmarks.peers.dramatiq_peer:Dramatiq",
    "huey": "benchmarks.peers.huey_peer:Huey",
    "huey-notify": "benchmarks.peers.huey_peer:HueyNotify",
    "taskiq": "benchmarks.peers.taskiq_peer:Taskiq",
    "rq": "benchmarks.peers.rq_peer:Rq",
    OURS: "benchmarks.peers.yggdrasil:Yggdrasil",
    "yggdrasil-run": "benchmarks.peers.yggdrasil:YggdrasilRun",
}


def load(name: str) -> Callable[[Site], Subject[Any]]:
    """The subject's class. Its handles are its own affair, hence Any.

    Raises ModuleNotFoundError where the subject or its library is not here.
    """
    module, _, attribute = SUBJECTS[name].partition(":")
    made: Callable[[Site], Subject[Any]] = getattr(import_module(module), attribute)
    return made
