"""Machines as the coordinator knows them: drained or not, and whether an executor answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from coordinator.api import examples
from coordinator.api.answers import answer
from coordinator.api.auth import Operator, Viewer
from coordinator.api.bodies import Drain, body_of
from coordinator.api.document import READS, WRITES, nothing, takes, told
from coordinator.api.requests import Route, parts_of
from coordinator.reading import clean
from ygg import views

router = APIRouter(prefix="/v1", tags=["machines"], route_class=Route)

Asked = Annotated[Drain, Depends(body_of(Drain, "a drain", optional=True))]


@router.get("/drains", response_model=list[views.DrainView], responses=told(examples.DRAINS))
def drains(request: Request, _bearer: Viewer) -> Response:
    """The machines that are drained now."""
    return answer(list(parts_of(request).catalogue.drains))


@router.put(
    "/machines/{machine}/drain",
    response_model=views.DrainView,
    openapi_extra=takes(Drain, {"For an hour": {"seconds": 3600, "note": "a new disk"}}),
    responses=told(examples.DRAIN, refused=WRITES),
)
def drain(request: Request, bearer: Operator, machine: str, asked: Asked) -> Response:
    """Have the executors of a machine take nothing new; what runs is handed back in the end.

    Asked again, the later counts. What stands in `seconds` begins when an executor reads it.
    """
    clean(machine, "machine")
    drain = parts_of(request).drains.begin(
        machine,
        clean(asked.executor, "executor"),
        seconds=asked.seconds,
        note=clean(asked.note, "note"),
        by=bearer.name,
    )
    return answer(drain)


@router.delete(
    "/machines/{machine}/drain",
    status_code=204,
    responses=nothing(says="It takes tasks again", refused=(*READS, 403, 404)),
)
def undrain(request: Request, _bearer: Operator, machine: str, executor: str = "") -> Response:
    """Have the executors of a machine take tasks again, or a single one."""
    parts_of(request).drains.end(clean(machine, "machine"), clean(executor, "executor"))
    return Response(status_code=204)


@router.post(
    "/executors/{executor}/probe",
    status_code=201,
    response_model=views.Accepted,
    responses=told(examples.PROBED, status=201, refused=(*READS, 403)),
)
def probe(request: Request, bearer: Operator, executor: str) -> Response:
    """A task that this executor alone takes, even where its machine is drained."""
    name = clean(executor, "executor")
    return answer(parts_of(request).acceptance.probe(name, bearer.name), 201)
