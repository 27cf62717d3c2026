"""Server-sent events: a task's log, and the feed of all changes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from coordinator.api import examples
from coordinator.api.auth import Viewer
from coordinator.api.document import READS, told
from coordinator.api.requests import Route, TaskId, parts_of, read_id
from coordinator.changes import is_settled
from coordinator.ledger import read
from coordinator.ledger.rows import Change
from coordinator.parts import Parts
from ygg.errors import BadInput, NotFound
from ygg.views import LogLine, TaskChange

router = APIRouter(prefix="/v1", tags=["streams"], route_class=Route)

ALIVE_SECONDS = 10.0
"""A comment this often tells both ends that the other is there."""
STREAM = "text/event-stream"
_NUMBER = re.compile("[0-9]{1,15}")
_PAGE = 500
_LAST_WORDS_SECONDS = 3.0
"""How long the end of a log may trail the task's outcome."""


@router.get(
    "/tasks/{task_id}/logs",
    response_class=StreamingResponse,
    responses=told(examples.LOG, kind=STREAM, refused=(*READS, 404)),
)
async def task_logs(
    request: Request,
    _bearer: Viewer,
    task_id: TaskId,
    follow: bool = False,
    attempt: Annotated[
        int, Query(ge=0, le=1_000_000, description="Of this attempt alone; 0 is all of them")
    ] = 0,
    last_event_id: Annotated[
        str | None, Header(description="Go on behind this one: the `id` of a `log` event")
    ] = None,
) -> StreamingResponse:
    """The log as `log` events, then `end`; with `follow` once the task needs nobody any more."""
    parts = parts_of(request)
    name = read_id(task_id)
    after = _position(last_event_id) if last_event_id else (0, 0)
    made = (await run_in_threadpool(parts.service.view, name))["attempt"]
    if attempt > made:
        raise NotFound(
            f"task {name} has made {made} attempts, and no {attempt}",
            field="attempt",
            allowed=[f"0 to {made}"],
        )
    return _stream(_logs(parts, name, after, follow=follow, only=attempt))


@router.get(
    "/events", response_class=StreamingResponse, responses=told(examples.EVENTS, kind=STREAM)
)
async def events(
    request: Request,
    _bearer: Viewer,
    last_event_id: Annotated[
        str | None, Header(description="Go on behind this one: the `id` of a `task` event")
    ] = None,
) -> StreamingResponse:
    """Every change of state as a `task` event, from now on or behind `Last-Event-ID`.

    A task of a label that travels in bundles goes from `queued` to its end: it is never `running`.
    Only the last thousand are kept. `missed` says that there were more than that: read the list.
    """
    parts = parts_of(request)
    return _stream(_changes(parts, last_event_id))


async def _logs(
    parts: Parts, task_id: str, after: tuple[int, int], *, follow: bool, only: int
) -> AsyncIterator[bytes]:
    last_words: float | None = None
    with parts.changes.waiting(task_id) as waiter:
        while True:
            waiter.changed.clear()
            state = (await run_in_threadpool(parts.service.view, task_id))["state"]
            caught_up = await run_in_threadpool(parts.logs.caught_up)
            lines = await run_in_threadpool(_lines, parts, task_id, after, only)
            for line in lines:
                after = (line["attempt"], line["sequence"])
                yield _event("log", line, f"{after[0]}.{after[1]}")
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


async def _changes(parts: Parts, last_event_id: str | None) -> AsyncIterator[bytes]:
    run, _, number = (last_event_id or "").partition("-")
    known = run == parts.changes.run and bool(_NUMBER.fullmatch(number))
    with parts.changes.feed(int(number) if known else None) as feed:
        yield b": listening\n\n"
        if last_event_id and not known:
            yield _event("missed", {})
        while True:
            try:
                number_now, change = await asyncio.wait_for(feed.queue.get(), ALIVE_SECONDS)
            except TimeoutError:
                yield b": alive\n\n"
                continue
            if number_now <= feed.last:
                continue  # kept when we began, and still on its way to us then
            if number_now != feed.last + 1:
                yield _event("missed", {})
            feed.last = number_now
            yield _event("task", _view(change), f"{parts.changes.run}-{number_now}")


def _view(change: Change) -> TaskChange:
    return TaskChange(
        id=change.id,
        label=change.label,
        queue=change.queue,
        state=change.state.value,
        attempt=change.attempt,
        reason=change.reason,
        at=change.at,
    )


def _stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type=STREAM, headers=headers)


def _position(event_id: str) -> tuple[int, int]:
    attempt, _, sequence = event_id.partition(".")
    if not (_NUMBER.fullmatch(attempt) and _NUMBER.fullmatch(sequence)):
        raise BadInput(
            f"{event_id[:80]!r} is no place in a log",
            field="Last-Event-ID",
            allowed=["the `id` of a `log` event: 1.20"],
        )
    return int(attempt), int(sequence)


def _event(name: str, data: object, event_id: str = "") -> bytes:
    told = b"id: " + event_id.encode() + b"\n" if event_id else b""
    return b"event: " + name.encode() + b"\n" + told + b"data: " + orjson.dumps(data) + b"\n\n"
