"""Waiting for a task, woken by what changed."""

from __future__ import annotations

import asyncio
import time

from starlette.concurrency import run_in_threadpool

from coordinator import changes
from coordinator.ledger import read
from coordinator.parts import Parts
from ygg import views

LOOK_SECONDS = 15.0


async def settled(waiter: changes.Waiter, seconds: float) -> None:
    """Return when the task needs nobody any more, or the time is up."""
    deadline = time.monotonic() + seconds
    while not waiter.is_settled:
        waiter.changed.clear()
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                await waiter.changed.wait()
        except TimeoutError:
            return


async def awaited(parts: Parts, task_id: str, seconds: float) -> views.TaskDetail:
    """The task when it needs nobody any more, or as it is when the time is up.

    Woken by our own ingest; looked at now and then all the same, for what was told out of turn.
    """
    deadline = time.monotonic() + seconds
    with parts.changes.waiting(task_id) as waiter:
        while True:
            state = (await run_in_threadpool(parts.service.view, task_id))["state"]
            remaining = deadline - time.monotonic()
            if changes.is_settled(state) or remaining <= 0:
                break
            await settled(waiter, min(remaining, LOOK_SECONDS))
            if waiter.detail is not None:
                return waiter.detail
    return await run_in_threadpool(detail, parts, task_id)


def detail(parts: Parts, task_id: str) -> views.TaskDetail:
    with parts.ledger.read() as connection:
        return read.detail(connection, task_id)
