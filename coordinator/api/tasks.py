"""Tasks: submit, list, show, wait, act."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from coordinator import changes
from coordinator.api import examples
from coordinator.api.answers import MAX_WAIT_SECONDS, answer, preferred_wait, read_body
from coordinator.api.auth import Operator, Submitter, Viewer, may_act_on
from coordinator.ledger import read
from coordinator.parts import Parts
from coordinator.router import clean
from ygg import ids, views
from ygg.errors import BadInput, LedgerUnavailable, NotFound
from ygg.task import State

router = APIRouter(prefix="/v1", tags=["tasks"])

LOOK_SECONDS = 15.0
PAGE = 50
MAX_PAGE = 1000
TaskId = Annotated[str, Path(description="Twelve letters and digits")]


Words = Annotated[str, AfterValidator(lambda value: clean(value, "text"))]


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: Words = Field(default="", max_length=2000)


class Replay(BaseModel):
    model_config = ConfigDict(extra="forbid")

    since: float
    """Seconds since 1970."""
    label: Words | None = None
    dry_run: bool = False


@router.post(
    "/tasks",
    status_code=201,
    response_model=views.Accepted,
    openapi_extra=examples.SUBMIT,
    responses=examples.SUBMIT_ANSWERS,
)
async def submit(
    request: Request,
    bearer: Submitter,
    dry_run: bool = False,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    """Submit a task. 201 when it is on disk, 200 when its idempotency key had made it before.

    With `Prefer: wait=SECONDS` the answer comes when the task needs nobody any more. With
    `dry_run` nothing is written and the answer says where the task would go, and why.
    """
    parts = _parts(request)
    wait = preferred_wait(request)
    body = await read_body(request, parts.settings.coordinator.max_request_bytes)
    if dry_run:
        return answer(await run_in_threadpool(parts.acceptance.dry_run, body))
    key = None if idempotency_key is None else unquote(idempotency_key)
    task_id = ids.new_id()
    began = time.monotonic()
    with parts.changes.waiting(task_id) as waiter:
        accepted = await run_in_threadpool(parts.acceptance.accept, body, bearer.name, key, task_id)
        if wait:
            if not accepted["repeated"]:
                await _settled(waiter, min(wait, LOOK_SECONDS))
            left = 0.0 if waiter.is_settled else began + wait - time.monotonic()
            accepted["task"] = await _awaited(parts, accepted["task"]["id"], left)
    return answer(accepted, 200 if accepted["repeated"] else 201)


@router.post("/tasks:bulk", response_model=views.BulkAccepted, openapi_extra=examples.BULK)
async def submit_bulk(request: Request, bearer: Submitter, partial: bool = False) -> Response:
    """Submit newline-delimited JSON, a task a line: all or none, or with `partial` the good ones.

    A line may give itself a `ref`, and others of the request may wait `after` that name.
    """
    parts = _parts(request)
    body = await read_body(request, parts.settings.coordinator.max_request_bytes)
    made = await run_in_threadpool(parts.acceptance.accept_bulk, body, bearer.name, partial=partial)
    return answer(made, 422 if made["rejected"] and not partial else 201)


@router.post("/tasks:replay", response_model=views.Replayed)
def replay(request: Request, bearer: Operator, asked: Replay) -> Response:
    """Retry every task that failed since then and was not retried yet."""
    service = _parts(request).service
    return answer(service.replay(asked.since, asked.label, bearer.name, dry_run=asked.dry_run))


@router.get("/tasks", response_model=views.TaskPage)
def list_tasks(
    request: Request,
    _bearer: Viewer,
    state: Annotated[str | None, Query(description="One or more, with commas")] = None,
    label: Words | None = None,
    queue: Words | None = None,
    search: Annotated[Words | None, Query(max_length=200)] = None,
    since: Annotated[float | None, Query(description="Seconds since 1970")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE,
    cursor: str | None = None,
) -> Response:
    """A page of tasks, newest first. Pass `next` as `cursor` for the following one."""
    wanted = read.Filter(
        states=_states(state),
        label=label,
        queue=queue,
        search=search,
        since=since,
        before=None if cursor is None else _cursor(cursor),
        count=limit + 1,
    )
    with _parts(request).ledger.read() as connection:
        found = read.tasks(connection, wanted)
    more = len(found) > limit
    page = found[:limit]
    return answer(views.TaskPage(tasks=page, next=page[-1]["id"] if more else None))


@router.get("/tasks/{task_id}", response_model=views.TaskDetail)
def show(request: Request, _bearer: Viewer, task_id: TaskId) -> Response:
    """One task whole, with every attempt and what people did to it."""
    return answer(_detail(_parts(request), _id(task_id)))


@router.get("/tasks/{task_id}/wait", response_model=views.TaskDetail)
async def wait(
    request: Request,
    _bearer: Viewer,
    task_id: TaskId,
    timeout_seconds: Annotated[float, Query(ge=0, le=MAX_WAIT_SECONDS)] = 30.0,
) -> Response:
    """The task once it needs nobody any more, or as it is when the time is up."""
    parts = _parts(request)
    name = _id(task_id)
    return answer(await _awaited(parts, name, timeout_seconds))


@router.post("/tasks/{task_id}/cancel", response_model=views.TaskView)
def cancel(request: Request, bearer: Submitter, task_id: TaskId, asked: Note) -> Response:
    """Cancel a task. One that runs is stopped; one that has just succeeded stands."""
    service = _parts(request).service
    may_act_on(bearer, service.view(_id(task_id))["submitted_by"])
    return answer(service.cancel(_id(task_id), bearer.name, asked.note))


@router.post("/tasks/{task_id}/retry", status_code=201, response_model=views.TaskView)
def retry(request: Request, bearer: Submitter, task_id: TaskId, asked: Note) -> Response:
    """A new task like one that has ended, linked to it by `retry_of`."""
    service = _parts(request).service
    may_act_on(bearer, service.view(_id(task_id))["submitted_by"])
    return answer(service.retry(_id(task_id), bearer.name, asked.note), 201)


@router.post("/tasks/{task_id}/approve", response_model=views.TaskView)
def approve(request: Request, bearer: Operator, task_id: TaskId, asked: Note) -> Response:
    """Say yes: to a task that waits for it, to one that is held, to a result under review."""
    return answer(_parts(request).service.approve(_id(task_id), bearer.name, asked.note))


@router.post("/tasks/{task_id}/reject", response_model=views.TaskView)
def reject(request: Request, bearer: Operator, task_id: TaskId, asked: Note) -> Response:
    return answer(_parts(request).service.reject(_id(task_id), bearer.name, asked.note))


@router.get("/tasks/{task_id}/artifacts/{path:path}", response_class=Response)
def artifact(request: Request, _bearer: Viewer, task_id: TaskId, path: str) -> Response:
    """The content of an artifact."""
    parts = _parts(request)
    detail = _detail(parts, _id(task_id))
    for found in detail["artifacts"]:
        if found["path"] == path:
            content = parts.files.read(found["sha256"])
            return Response(content, media_type="application/octet-stream")
    raise NotFound(
        f"task {task_id} has no artifact {path!r}",
        field="path",
        allowed=[found["path"] for found in detail["artifacts"]],
    )


@router.put("/blobs/{sha256}", status_code=204)
async def put_blob(request: Request, _bearer: Submitter, sha256: str) -> Response:
    """Send an input file's content ahead of the task that names it."""
    parts = _parts(request)
    body = await read_body(request, parts.settings.delivery.blob_bytes)
    if hashlib.sha256(body).hexdigest() != sha256:
        raise BadInput("the content does not have this digest", field="sha256")
    try:
        await run_in_threadpool(parts.files.write, body)
    except OSError as error:
        raise LedgerUnavailable(
            f"the coordinator's disk did not take it: {error.strerror}",
            hint="nothing was written; look at the free disk space",
        ) from error
    return Response(status_code=204)


async def _settled(waiter: changes.Waiter, seconds: float) -> None:
    """Return when the task needs nobody any more, or the time is up."""
    deadline = time.monotonic() + seconds
    while not waiter.is_settled:
        waiter.changed.clear()
        try:
            await asyncio.wait_for(waiter.changed.wait(), deadline - time.monotonic())
        except TimeoutError:
            return


async def _awaited(parts: Parts, task_id: str, seconds: float) -> views.TaskDetail:
    """The task when it needs nobody any more, or as it is when the time is up.

    Woken by our own ingest; looked at now and then all the same, for another coordinator's.
    """
    deadline = time.monotonic() + seconds
    with parts.changes.waiting(task_id) as waiter:
        while True:
            state = (await run_in_threadpool(parts.service.view, task_id))["state"]
            remaining = deadline - time.monotonic()
            if changes.is_settled(state) or remaining <= 0:
                break
            await _settled(waiter, min(remaining, LOOK_SECONDS))
            if waiter.is_settled:
                break
    return await run_in_threadpool(_detail, parts, task_id)


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _detail(parts: Parts, task_id: str) -> views.TaskDetail:
    with parts.ledger.read() as connection:
        return read.detail(connection, task_id)


def _id(text: str) -> str:
    found = ids.read_id(text)
    if found is None:
        raise NotFound(
            f"{text[:80]!r} is no task id", field="id", allowed=["twelve letters and digits"]
        )
    return found


def _cursor(text: str) -> str:
    found = ids.read_id(text)
    if found is None:
        raise BadInput(
            f"{text[:80]!r} is no cursor", field="cursor", allowed=["`next` of another page"]
        )
    return found


def _states(text: str | None) -> tuple[str, ...]:
    words = tuple(word.strip() for word in (text or "").split(",") if word.strip())
    known: list[Any] = [state.value for state in State]
    for word in words:
        if word not in known:
            raise BadInput(f"there is no state {word!r}", field="state", allowed=known)
    return words
