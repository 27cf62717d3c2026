"""Rollouts as they are shown."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from coordinator.ledger.rollouts import get
from coordinator.ledger.statements import Among, AnyRow, fetch, fetch_among
from ygg.rollout_views import (
    RolledImage,
    RolloutDetail,
    RolloutMachineView,
    RolloutStepView,
    RolloutView,
)

_ALL = text("SELECT * FROM rollouts ORDER BY id DESC LIMIT :count")
_OF_IMAGE = text("SELECT * FROM rollouts WHERE image = :image ORDER BY id DESC LIMIT :count")
_COUNTS = Among(
    "SELECT rollout, state, COUNT(*) AS machines FROM rollout_machines"
    " WHERE rollout IN :ids GROUP BY rollout, state"
)
_MACHINES = text("SELECT * FROM rollout_machines WHERE rollout = :rollout ORDER BY position")
_STEPS = text("SELECT * FROM rollout_steps WHERE rollout = :rollout AND seq > :after ORDER BY seq")


def listed(connection: Connection, image: RolledImage | None, count: int) -> list[RolloutView]:
    """Newest first."""
    if image is None:
        rows = fetch(connection, _ALL, count=count)
    else:
        rows = fetch(connection, _OF_IMAGE, image=image, count=count)
    counts = _machine_states(connection, [row.id for row in rows])
    return [_view(row, counts[row.id]) for row in rows]


def detail(connection: Connection, rollout: str, steps_after: int = 0) -> RolloutDetail:
    row = get(connection, rollout)
    counts = _machine_states(connection, [rollout])
    return RolloutDetail(
        **_view(row, counts[rollout]),
        machines=[_machine(one) for one in fetch(connection, _MACHINES, rollout=rollout)],
        steps=[_step(one) for one in fetch(connection, _STEPS, rollout=rollout, after=steps_after)],
    )


def _machine_states(connection: Connection, ids: list[str]) -> Mapping[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {one: {} for one in ids}
    for row in fetch_among(connection, _COUNTS, ids) if ids else ():
        found[row.rollout][row.state] = row.machines
    return found


def _view(row: AnyRow, machine_states: dict[str, int]) -> RolloutView:
    return RolloutView(
        id=row.id,
        image=row.image,
        version=row.version,
        reference=row.reference,
        state=row.state,
        wanted=row.wanted,
        canary=row.canary,
        max_unavailable=row.max_unavailable,
        drain_seconds=row.drain_seconds,
        back_of=row.back_of,
        created_by=row.created_by,
        created_at=row.created_at,
        ended_at=row.ended_at,
        reason=row.reason,
        driver=row.driver,
        driver_until=row.driver_until,
        machine_states=machine_states,
    )


def _machine(row: AnyRow) -> RolloutMachineView:
    return RolloutMachineView(
        machine=row.machine,
        executor=row.executor,
        previous=row.previous,
        state=row.state,
        says=row.says,
    )


def _step(row: AnyRow) -> RolloutStepView:
    return RolloutStepView(
        seq=row.seq,
        at=row.at,
        machine=row.machine,
        step=row.step,
        state=row.state,
        says=row.says,
        actor=row.actor,
    )
