"""What a person does to tasks that were accepted: cancel, retry, approve, reject, replay."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from coordinator.api import examples
from coordinator.api.answers import answer
from coordinator.api.auth import Operator, Submitter, may_act_on
from coordinator.api.bodies import Note, Replay, body_of
from coordinator.api.document import WRITES, takes, told
from coordinator.api.requests import Route, TaskId, parts_of, read_id
from coordinator.reading import clean
from ygg import views

router = APIRouter(prefix="/v1", tags=["tasks"], route_class=Route)

Noted = Annotated[Note, Depends(body_of(Note, "a note", optional=True))]
ToReplay = Annotated[Replay, Depends(body_of(Replay, "a replay"))]
_ACT = (*WRITES, 404, 409)
_NOTE = takes(Note, {"Why": {"note": "the wrong branch"}}, required=False)


@router.post(
    "/tasks/{task_id}/cancel",
    response_model=views.TaskView,
    openapi_extra=_NOTE,
    responses=told(examples.TASK, refused=_ACT),
)
def cancel(request: Request, bearer: Submitter, task_id: TaskId, asked: Noted) -> Response:
    """Cancel a task. One that runs is stopped; one that has just succeeded stands."""
    service = parts_of(request).service
    may_act_on(bearer, service.view(read_id(task_id))["submitted_by"])
    return answer(service.cancel(read_id(task_id), bearer.name, _note(asked)))


@router.post(
    "/tasks/{task_id}/retry",
    status_code=201,
    response_model=views.NoticedTask,
    openapi_extra=_NOTE,
    responses=told(examples.AGAIN, status=201, refused=_ACT),
)
def retry(request: Request, bearer: Submitter, task_id: TaskId, asked: Noted) -> Response:
    """A new task like one that has ended, linked to it by `retry_of`."""
    service = parts_of(request).service
    may_act_on(bearer, service.view(read_id(task_id))["submitted_by"])
    return answer(service.retry(read_id(task_id), bearer.name, _note(asked)), 201)


@router.post(
    "/tasks/{task_id}/approve",
    response_model=views.NoticedTask,
    openapi_extra=_NOTE,
    responses=told(examples.APPROVED, refused=_ACT),
)
def approve(request: Request, bearer: Operator, task_id: TaskId, asked: Noted) -> Response:
    """Say yes: to a task that waits for it, to one that is held, to a result under review."""
    return answer(parts_of(request).service.approve(read_id(task_id), bearer.name, _note(asked)))


@router.post(
    "/tasks/{task_id}/reject",
    response_model=views.TaskView,
    openapi_extra=_NOTE,
    responses=told(examples.TASK, refused=_ACT),
)
def reject(request: Request, bearer: Operator, task_id: TaskId, asked: Noted) -> Response:
    """Say no: to a task that waits for a yes, to one that is held, to a result under review."""
    return answer(parts_of(request).service.reject(read_id(task_id), bearer.name, _note(asked)))


@router.post(
    "/tasks:replay",
    response_model=views.Replayed,
    openapi_extra=takes(Replay, {"The last day": {"since": 1795177603, "label": "dev-run"}}),
    responses=told(examples.REPLAYED, refused=WRITES),
)
def replay(request: Request, bearer: Operator, asked: ToReplay) -> Response:
    """Retry every task that failed since then and was not retried yet."""
    service = parts_of(request).service
    label = None if asked.label is None else clean(asked.label, "label")
    return answer(service.replay(asked.since, label, bearer.name, dry_run=asked.dry_run))


def _note(asked: Note) -> str:
    return clean(asked.note, "note")
