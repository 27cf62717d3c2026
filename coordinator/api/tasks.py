"""Tasks: list, show, wait."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from coordinator.api import examples
from coordinator.api.answers import answer
from coordinator.api.auth import Viewer
from coordinator.api.document import READS, told
from coordinator.api.requests import MAX_WAIT_SECONDS, Route, TaskId, parts_of, read_id
from coordinator.api.waiting import awaited, detail
from coordinator.ledger import read
from coordinator.reading import clean
from ygg import ids, views
from ygg.errors import BadInput
from ygg.task import State

router = APIRouter(prefix="/v1", tags=["tasks"], route_class=Route)

PAGE = 50
MAX_PAGE = 1000


@router.get("/tasks", response_model=views.TaskPage, responses=told(examples.PAGE))
def list_tasks(
    request: Request,
    _bearer: Viewer,
    state: Annotated[str | None, Query(description="One or more, with commas")] = None,
    label: str | None = None,
    queue: str | None = None,
    search: Annotated[
        str | None, Query(max_length=200, description="In the id, label, title or reason")
    ] = None,
    since: Annotated[
        float | None, Query(description="Seconds since 1970", allow_inf_nan=False)
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Response:
    """A page of tasks, newest first. Pass `next` as `cursor` for the following one."""
    for name, words in (("label", label), ("queue", queue), ("search", search)):
        clean(words or "", name)
    wanted = read.Filter(
        states=_states(state),
        label=label,
        queue=queue,
        search=search,
        since=since,
        before=None if cursor is None else _cursor(cursor),
        count=limit + 1,
    )
    with parts_of(request).ledger.read() as connection:
        found = read.tasks(connection, wanted)
    more = len(found) > limit
    page = found[:limit]
    return answer(views.TaskPage(tasks=page, next=page[-1]["id"] if more else None))


@router.get(
    "/tasks/{task_id}",
    response_model=views.TaskDetail,
    responses=told(examples.DETAIL, refused=(*READS, 404)),
)
def show(request: Request, _bearer: Viewer, task_id: TaskId) -> Response:
    """One task whole, with every attempt and what people did to it."""
    return answer(detail(parts_of(request), read_id(task_id)))


@router.get(
    "/tasks/{task_id}/wait",
    response_model=views.TaskDetail,
    responses=told(examples.DETAIL, refused=(*READS, 404)),
)
async def wait(
    request: Request,
    _bearer: Viewer,
    task_id: TaskId,
    timeout_seconds: Annotated[float, Query(ge=0, le=MAX_WAIT_SECONDS)] = 30.0,
) -> Response:
    """The task once it needs nobody any more, or as it is when the time is up."""
    parts = parts_of(request)
    name = read_id(task_id)
    return answer(await awaited(parts, name, timeout_seconds))


def _cursor(text: str) -> str:
    found = ids.read_id(text)
    if found is None:
        raise BadInput(
            f"{text[:80]!r} is no cursor", field="cursor", allowed=["`next` of another page"]
        )
    return found


def _states(text: str | None) -> tuple[str, ...]:
    words = tuple(word.strip() for word in (text or "").split(",") if word.strip())
    known: list[str] = [state.value for state in State]
    for word in words:
        if word not in known:
            raise BadInput(f"there is no state {word!r}", field="state", allowed=known)
    return words
