"""Server-sent events: a task's log, and the feed of all changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from coordinator.api.auth import Viewer
from coordinator.api.tasks import TaskId, _id
from coordinator.changes import is_settled
from coordinator.ledger import read
from coordinator.parts import Parts
from ygg.views import LogLine, TaskChange

router = APIRouter(prefix="/v1", tags=["streams"])

ALIVE_SECONDS = 10.0
"""A comment this often tells both ends that the other is there."""
_PAGE = 500
_LAST_WORDS_SECONDS = 3.0
"""How long the end of a log may trail the task's outcome."""


@router.get("/tasks/{task_id}/logs", response_class=StreamingResponse)
async def task_logs(
    request: Request, _bearer: Viewer, task_id: TaskId, follow: bool = False, attempt: int = 0
) -> StreamingResponse:
    """The log as `log` events; with `follow` until the task needs nobody any more."""
    parts: Parts = request.app.state.parts
    name = _id(task_id)
    await run_in_threadpool(parts.service.view, name)  # not found is said before we begin
    return _stream(_logs(parts, name, follow=follow, only=attempt))


@router.get("/events", response_class=StreamingResponse)
async def events(request: Request, _bearer: Viewer) -> StreamingResponse:
    """Every change of state as a `task` event, from now on."""
    parts: Parts = request.app.state.parts
    return _stream(_changes(parts))


async def _logs(parts: Parts, task_id: str, *, follow: bool, only: int) -> AsyncIterator[bytes]:
    after = (0, 0)
    last_words: float | None = None
    with parts.changes.waiting(task_id) as waiter:
        while True:
            waiter.changed.clear()
            state = (await run_in_threadpool(parts.service.view, task_id))["state"]
            caught_up = await run_in_threadpool(parts.logs.caught_up)
            lines = await run_in_threadpool(_lines, parts, task_id, after, only)
            for line in lines:
                after = (line["attempt"], line["sequence"])
                yield _event("log", line)
            if lines:
                continue
            if not follow:
                break
            if is_settled(state):
                last_words = last_words or time.monotonic() + _LAST_WORDS_SECONDS
                if caught_up or time.monotonic() > last_words:
                    break
            wait = 0.05 if last_words else ALIVE_SECONDS
            try:
                await asyncio.wait_for(waiter.changed.wait(), wait)
            except TimeoutError:
                if not last_words:
                    yield b": alive\n\n"
    yield _event("end", {"state": state})


def _lines(parts: Parts, task_id: str, after: tuple[int, int], only: int) -> list[LogLine]:
    with parts.ledger.read() as connection:
        return read.log_lines(connection, task_id, after=after, only=only, count=_PAGE)


async def _changes(parts: Parts) -> AsyncIterator[bytes]:
    with parts.changes.feed() as queue:
        yield b": listening\n\n"
        while True:
            try:
                change = await asyncio.wait_for(queue.get(), ALIVE_SECONDS)
            except TimeoutError:
                yield b": alive\n\n"
                continue
            found = TaskChange(
                id=change.id,
                label=change.label,
                queue=change.queue,
                state=change.state.value,
                attempt=change.attempt,
                reason=change.reason,
                at=change.at,
            )
            yield _event("task", found)


def _stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def _event(name: str, data: object) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"
