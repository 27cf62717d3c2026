"""Rollouts: their record, and who may write it. The coordinator itself calls no machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from coordinator.api import rollout_examples as examples
from coordinator.api.answers import answer
from coordinator.api.auth import Admin, Viewer
from coordinator.api.bodies import body_of
from coordinator.api.document import READS, WRITES, takes, told
from coordinator.api.requests import Route, parts_of
from coordinator.api.rollout_bodies import (
    START_BYTES,
    Beat,
    Drive,
    End,
    Start,
    TakenStep,
    Wish,
)
from coordinator.ledger import rollout_read, rollouts
from coordinator.reading import clean
from ygg import ids, rollout_views
from ygg.errors import BadInput, NotFound
from ygg.rollout_views import RolledImage

router = APIRouter(prefix="/v1/rollouts", tags=["rollouts"], route_class=Route)

PAGE = 20
MAX_PAGE = 1000
_WRITES = (*WRITES, 404, 409)
RolloutId = Annotated[str, Path(description="Twelve letters and digits", examples=["1qf6dn9s6qjd"])]
ToStart = Annotated[Start, Depends(body_of(Start, "a rollout", most=START_BYTES))]
ToDrive = Annotated[Drive, Depends(body_of(Drive, "a driver"))]
ToTake = Annotated[TakenStep, Depends(body_of(TakenStep, "a step"))]
Alive = Annotated[Beat, Depends(body_of(Beat, "a beat"))]
ToAsk = Annotated[Wish, Depends(body_of(Wish, "a wish"))]
ToEnd = Annotated[End, Depends(body_of(End, "an end"))]


@router.post(
    "",
    status_code=201,
    response_model=rollout_views.RolloutDriven,
    openapi_extra=takes(Start, {"On two machines": examples.START}),
    responses=told(examples.DRIVEN, status=201, refused=_WRITES),
)
def start_rollout(request: Request, bearer: Admin, asked: ToStart) -> Response:
    """Begin a rollout, and drive it. Refused while another of the same image is not ended."""
    _check_twice([one.machine for one in asked.machines], "machine")
    _check_twice([one.executor for one in asked.machines], "executor")
    back_of = None if asked.back_of is None else _read_id(asked.back_of)
    new = asked.as_new(back_of)
    with parts_of(request).ledger.write() as connection:
        driven = rollouts.start(connection, new, asked.driver, bearer.name, time.time())
        found = rollout_read.detail(connection, driven.id)
    return answer(rollout_views.RolloutDriven(rollout=found, token=driven.token), 201)


@router.get(
    "",
    response_model=list[rollout_views.RolloutView],
    responses=told(examples.ROLLOUTS),
)
def list_rollouts(
    request: Request,
    _bearer: Viewer,
    image: RolledImage | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE,
) -> Response:
    """The latest rollouts, newest first, without their machines and steps."""
    with parts_of(request).ledger.read() as connection:
        return answer(rollout_read.listed(connection, image, limit))


@router.get(
    "/{rollout_id}",
    response_model=rollout_views.RolloutDetail,
    responses=told(examples.ROLLOUT, refused=(*READS, 404)),
)
def show_rollout(
    request: Request,
    _bearer: Viewer,
    rollout_id: RolloutId,
    steps_after: Annotated[
        int, Query(ge=0, le=2**31 - 1, description="`seq` of the last step that is known")
    ] = 0,
) -> Response:
    """One rollout whole: its machines, and each step that was taken."""
    with parts_of(request).ledger.read() as connection:
        return answer(rollout_read.detail(connection, _read_id(rollout_id), steps_after))


@router.post(
    "/{rollout_id}/drive",
    response_model=rollout_views.RolloutDriven,
    openapi_extra=takes(Drive, {"From a laptop": {"driver": "ada@laptop"}}),
    responses=told(examples.DRIVEN, refused=_WRITES),
)
def drive_rollout(
    request: Request, bearer: Admin, rollout_id: RolloutId, asked: ToDrive
) -> Response:
    """Drive a rollout that is paused, or whose driver has been silent for too long."""
    name = _read_id(rollout_id)
    with parts_of(request).ledger.write() as connection:
        driven = rollouts.drive(connection, name, asked.driver, bearer.name, time.time())
        found = rollout_read.detail(connection, name)
    return answer(rollout_views.RolloutDriven(rollout=found, token=driven.token))


@router.post(
    "/{rollout_id}/steps",
    response_model=rollout_views.RolloutHeard,
    openapi_extra=takes(
        TakenStep, {"One of a machine": examples.STEP, "One of the rollout": examples.OWN_STEP}
    ),
    responses=told(examples.HEARD, refused=_WRITES),
)
def take_step(request: Request, _bearer: Admin, rollout_id: RolloutId, asked: ToTake) -> Response:
    """Write down what the driver does; the answer says what somebody asked of it meanwhile."""
    if asked.machine is None and (asked.machine_state or asked.previous):
        raise BadInput("machine is missing", field="machine", allowed=["the machine that is meant"])
    clean(asked.says, "says")
    with parts_of(request).ledger.write() as connection:
        heard = rollouts.take_step(
            connection, _read_id(rollout_id), asked.token, asked.as_step(), time.time()
        )
    return answer(heard)


@router.post(
    "/{rollout_id}/beat",
    response_model=rollout_views.RolloutHeard,
    openapi_extra=takes(Beat, {"From the driver": {"token": examples.WHEEL}}),
    responses=told(examples.HEARD, refused=_WRITES),
)
def beat(request: Request, _bearer: Admin, rollout_id: RolloutId, asked: Alive) -> Response:
    """The driver is still there. One that says nothing for 30 seconds may be replaced."""
    with parts_of(request).ledger.write() as connection:
        heard = rollouts.beat(connection, _read_id(rollout_id), asked.token, time.time())
    return answer(heard)


@router.post(
    "/{rollout_id}/ask",
    response_model=rollout_views.RolloutDetail,
    openapi_extra=takes(Wish, {"To stop for now": {"wanted": "pause"}}),
    responses=told(examples.ROLLOUT, refused=_WRITES),
)
def ask(request: Request, bearer: Admin, rollout_id: RolloutId, asked: ToAsk) -> Response:
    """Ask whoever drives to pause or to abort. What nobody drives is paused at once, and aborted
    by whoever drives it next."""
    name = _read_id(rollout_id)
    with parts_of(request).ledger.write() as connection:
        rollouts.ask(connection, name, asked.wanted, bearer.name, time.time())
        found = rollout_read.detail(connection, name)
    return answer(found)


@router.post(
    "/{rollout_id}/end",
    response_model=rollout_views.RolloutDetail,
    openapi_extra=takes(End, {"When all is done": examples.END}),
    responses=told(examples.ROLLOUT, refused=_WRITES),
)
def end_rollout(request: Request, _bearer: Admin, rollout_id: RolloutId, asked: ToEnd) -> Response:
    """The driver drives no longer: the rollout is at its end, or paused."""
    clean(asked.reason, "reason")
    name = _read_id(rollout_id)
    with parts_of(request).ledger.write() as connection:
        rollouts.end(connection, name, asked.token, asked.state, asked.reason, time.time())
        found = rollout_read.detail(connection, name)
    return answer(found)


def _check_twice(names: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BadInput(f"{what} {name} is given twice", field="machines", allowed=["once"])
        seen.add(name)


def _read_id(text: str) -> str:
    found = ids.read_id(text)
    if found is None:
        raise NotFound(
            f"{text[:80]!r} is no rollout id",
            field="id",
            allowed=["twelve letters and digits"],
            hint="ygg rollout history",
        )
    return found
