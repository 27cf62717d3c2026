"""Files: the inputs of tasks, and what tasks have made."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from coordinator.api.auth import Submitter, Viewer
from coordinator.api.document import READS, WRITES, nothing, takes_bytes, told
from coordinator.api.requests import Route, TaskId, parts_of, read_body, read_id
from coordinator.api.waiting import detail
from ygg.errors import BadInput, LedgerUnavailable, NotFound

router = APIRouter(prefix="/v1", tags=["files"], route_class=Route)


@router.get(
    "/tasks/{task_id}/artifacts/{path:path}",
    response_class=Response,
    responses=told("a,b\n1,2\n", kind="application/octet-stream", refused=(*READS, 404)),
)
def artifact(request: Request, _bearer: Viewer, task_id: TaskId, path: str) -> Response:
    """The content of an artifact."""
    parts = parts_of(request)
    made = detail(parts, read_id(task_id))["artifacts"]
    for found in made:
        if found["path"] == path:
            content = parts.files.read(found["sha256"])
            return Response(content, media_type="application/octet-stream")
    raise NotFound(
        f"task {task_id} has no artifact {path!r}",
        field="path",
        allowed=[found["path"] for found in made],
    )


@router.put(
    "/blobs/{sha256}",
    status_code=204,
    openapi_extra=takes_bytes("application/octet-stream"),
    responses=nothing(says="It is kept", refused=WRITES),
)
async def put_blob(
    request: Request,
    _bearer: Submitter,
    sha256: Annotated[str, Path(description="Of the content: 64 hexadecimal digits")],
) -> Response:
    """Send an input file's content ahead of the task that names it."""
    parts = parts_of(request)
    body = await read_body(request, parts.settings.delivery.blob_bytes, "delivery.blob_bytes")
    found = hashlib.sha256(body).hexdigest()
    if found != sha256:
        raise BadInput("the content has another digest", field="sha256", allowed=[found])
    try:
        await run_in_threadpool(parts.files.write, body)
    except OSError as error:
        raise LedgerUnavailable(
            f"the coordinator's disk did not take it: {error.strerror}",
            hint="nothing was written; look at the free disk space",
        ) from error
    return Response(status_code=204)
