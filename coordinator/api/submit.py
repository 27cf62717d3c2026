"""Submitting tasks: one, or many."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from coordinator.api import examples
from coordinator.api.answers import answer
from coordinator.api.auth import Submitter
from coordinator.api.document import (
    WRITES,
    Refusal,
    also,
    takes,
    takes_bytes,
    takes_header,
    told,
)
from coordinator.api.requests import Route, parts_of, preferred_wait, read_body, read_key
from coordinator.api.waiting import LOOK_SECONDS, awaited, settled
from ygg import ids, views
from ygg.errors import BadInput
from ygg.task import TaskSpec

router = APIRouter(prefix="/v1", tags=["tasks"], route_class=Route)

_LIMIT = "coordinator.max_request_bytes"


@router.post(
    "/tasks",
    status_code=201,
    response_model=views.Accepted,
    openapi_extra=takes(
        TaskSpec,
        {
            "Run a command": examples.RUN,
            "The smallest task, first in line": examples.ECHO,
            "Later, one at a time, tried twice": examples.LATER,
        },
    )
    | takes_header("Prefer", "Answer when the task needs nobody any more", "wait=30"),
    responses=told(examples.ACCEPTED, status=201, says="It is on disk", refused=(*WRITES, 404, 409))
    | {
        200: also(
            views.Accepted | views.DryRun,
            "The idempotency key was known: the task it made then. Or a dry run.",
            repeated=examples.REPEATED,
            dry_run=examples.DRY_RUN,
        )
    },
)
async def submit(
    request: Request,
    bearer: Submitter,
    dry_run: bool = False,
    idempotency_key: Annotated[
        str | None, Header(description="The same key never makes a second task. Percent-encoded.")
    ] = None,
) -> Response:
    """Submit a task. 201 when it is on disk, 200 when its idempotency key had made it before.

    With `Prefer: wait=SECONDS` the answer comes when the task needs nobody any more. With
    `dry_run` nothing is written and the answer says where the task would go, and why.
    """
    parts = parts_of(request)
    wait = preferred_wait(request)
    body = await read_body(request, parts.settings.coordinator.max_request_bytes, _LIMIT)
    if dry_run:
        return answer(await run_in_threadpool(parts.acceptance.dry_run, body))
    key = None if idempotency_key is None else read_key(idempotency_key)
    task_id = ids.new_id()
    began = time.monotonic()
    with parts.changes.waiting(task_id) as waiter:
        accepted = await run_in_threadpool(parts.acceptance.accept, body, bearer.name, key, task_id)
        if wait:
            if not accepted["repeated"]:
                await settled(waiter, min(wait, LOOK_SECONDS))
            accepted["task"] = waiter.detail or await awaited(
                parts, accepted["task"]["id"], began + wait - time.monotonic()
            )
    return answer(accepted, 200 if accepted["repeated"] else 201)


@router.post(
    "/tasks:bulk",
    status_code=201,
    response_model=views.BulkAccepted,
    openapi_extra=takes_bytes("application/x-ndjson", examples.LINES),
    responses=told(examples.BULK, status=201, says="They are on disk", refused=WRITES)
    | {
        200: also(
            views.BulkDryRun,
            "A dry run: what would become of the lines",
            dry_run=examples.BULK_DRY_RUN,
        ),
        422: also(
            views.BulkAccepted | Refusal,
            "Some lines are refused, and nothing was written",
            refused=examples.BULK_REFUSED,
        ),
    },
)
async def submit_bulk(
    request: Request, bearer: Submitter, partial: bool = False, dry_run: bool = False
) -> Response:
    """Submit newline-delimited JSON, a task a line: all or none, or with `partial` the good ones.

    A line may give itself a `ref`, and others of the request may wait `after` that name. With an
    `idempotency_key` in each line the whole may be sent again. With `dry_run` nothing is written,
    and the answer says what would become of the lines.
    """
    if "idempotency-key" in request.headers:
        raise BadInput(
            "a request of many tasks has no idempotency key of its own",
            field="Idempotency-Key",
            allowed=["`idempotency_key` in each line"],
        )
    parts = parts_of(request)
    body = await read_body(request, parts.settings.coordinator.max_request_bytes, _LIMIT)
    if dry_run:
        return answer(await run_in_threadpool(parts.acceptance.dry_run_bulk, body))
    made = await run_in_threadpool(parts.acceptance.accept_bulk, body, bearer.name, partial=partial)
    return answer(made, 422 if made["rejected"] and not partial else 201)
