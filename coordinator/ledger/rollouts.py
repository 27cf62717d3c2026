"""Rollouts: what was asked for, who drives, and each step as it was taken.

Whoever drives has a token for as long as nobody else took over. One that is silent for too long
keeps its token, but no longer keeps others from taking its place.
"""

from __future__ import annotations

import hmac
import math
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, text

from coordinator.ledger.statements import AnyRow, change, change_many, fetch_one
from coordinator.ledger.tables import rollout_machines, rollout_steps
from coordinator.ledger.tokens import digest
from ygg.errors import BadInput, Conflict, NotFound
from ygg.ids import new_id
from ygg.rollout_views import (
    RolledImage,
    RolloutEnd,
    RolloutHeard,
    RolloutMachineState,
    RolloutStepState,
    RolloutWish,
)

DRIVER_SECONDS = 30.0
"""How long a driver that says nothing is waited for."""
UNENDED = ("running", "paused")

_ROLLOUT = text("SELECT * FROM rollouts WHERE id = :id")
_OPEN = text("SELECT * FROM rollouts WHERE image = :image AND state IN ('running', 'paused')")
_INSERT = text(
    "INSERT INTO rollouts (id, image, version, reference, state, canary, max_unavailable,"
    " drain_seconds, back_of, created_by, created_at, driver, driver_digest, driver_until)"
    " VALUES (:id, :image, :version, :reference, 'running', :canary, :max_unavailable,"
    " :drain_seconds, :back_of, :created_by, :now, :driver, :digest, :until)"
)
_DRIVE = text(
    "UPDATE rollouts SET state = 'running', reason = '', driver = :driver, driver_digest = :digest,"
    " driver_until = :until, wanted = CASE wanted WHEN 'pause' THEN '' ELSE wanted END"
    " WHERE id = :id"
)
_RENEW = text("UPDATE rollouts SET driver_until = :until WHERE id = :id")
_ASK = text("UPDATE rollouts SET wanted = :wanted WHERE id = :id")
_PAUSE = text("UPDATE rollouts SET wanted = 'pause', state = 'paused' WHERE id = :id")
_END = text(
    "UPDATE rollouts SET state = :state, reason = :reason, ended_at = :ended_at,"
    " wanted = :wanted, driver = '', driver_until = NULL WHERE id = :id"
)
_MACHINE = text(
    "UPDATE rollout_machines SET state = COALESCE(:state, state), says = :says,"
    " previous = COALESCE(:previous, previous) WHERE rollout = :rollout AND machine = :machine"
)
_LAST_STEP = text(
    "SELECT step, state, says, actor FROM rollout_steps WHERE rollout = :rollout"
    " AND machine = :machine ORDER BY seq DESC LIMIT 1"
)
_LAST_SEQ = text("SELECT MAX(seq) AS seq FROM rollout_steps WHERE rollout = :rollout")
_ADD_MACHINES = insert(rollout_machines)
_ADD_STEP = insert(rollout_steps)


@dataclass(frozen=True)
class NewMachine:
    machine: str
    executor: str
    previous: str


@dataclass(frozen=True)
class NewRollout:
    image: RolledImage
    version: str
    reference: str
    machines: Sequence[NewMachine]
    canary: int
    max_unavailable: int
    drain_seconds: float
    back_of: str | None


@dataclass(frozen=True)
class Step:
    step: str
    state: RolloutStepState
    says: str = ""
    machine: str = ""
    machine_state: RolloutMachineState | None = None
    previous: str | None = None


@dataclass(frozen=True)
class Driven:
    id: str
    token: str


def start(
    connection: Connection, new: NewRollout, driver: str, created_by: str, now: float
) -> Driven:
    """Refused while another of the same image is not ended."""
    if other := fetch_one(connection, _OPEN, image=new.image):
        raise _another(other, now)
    _check_back(connection, new)
    driven = Driven(new_id(), secrets.token_urlsafe(32))
    values = {name: value for name, value in vars(new).items() if name != "machines"}
    wheel = _wheel(driver, driven.token, now)
    change(connection, _INSERT, id=driven.id, created_by=created_by, now=now, **values, **wheel)
    machines = [
        asdict(one) | {"rollout": driven.id, "position": place, "state": "pending", "says": ""}
        for place, one in enumerate(new.machines)
    ]
    change_many(connection, _ADD_MACHINES, machines)
    says = f"{new.version}, with the token {created_by}"
    _write_down(connection, driven.id, Step("start", "begun", says), driver, now)
    return driven


def drive(connection: Connection, rollout: str, driver: str, actor: str, now: float) -> Driven:
    """Take the wheel, if nobody has it."""
    row = get(connection, rollout)
    _check_unended(row)
    if is_driven(row, now):
        raise Conflict(
            f"rollout {rollout} is driven by {_by(row, now)}",
            field="driver",
            hint=f"ygg rollout status {rollout}; pause it, or wait until that time is over",
        )
    driven = Driven(rollout, secrets.token_urlsafe(32))
    change(connection, _DRIVE, id=rollout, **_wheel(driver, driven.token, now))
    step = Step("drive", "done", f"with the token {actor}")
    _write_down(connection, rollout, step, driver, now)
    return driven


def take_step(
    connection: Connection, rollout: str, token: str, step: Step, now: float
) -> RolloutHeard:
    """Append to the record. One that the driver sends again, unsure whether it came, is written
    once."""
    row = _driven_with(connection, rollout, token)
    if step.machine:
        _change_machine(connection, rollout, step)
    last = fetch_one(connection, _LAST_STEP, rollout=rollout, machine=step.machine)
    if last is None or tuple(last) != (step.step, step.state, step.says, row.driver):
        _write_down(connection, rollout, step, row.driver, now)
    return _renewed(connection, row, now)


def beat(connection: Connection, rollout: str, token: str, now: float) -> RolloutHeard:
    return _renewed(connection, _driven_with(connection, rollout, token), now)


def ask(connection: Connection, rollout: str, wish: RolloutWish, actor: str, now: float) -> None:
    """Of whoever drives; what nobody drives is paused at once, and aborted by its next driver."""
    row = get(connection, rollout)
    _check_unended(row)
    if wish == row.wanted or (wish == "pause" and row.state == "paused"):
        return
    if row.wanted == "abort":
        raise Conflict(
            f"rollout {rollout} is to be aborted: it cannot be paused any more",
            field="wanted",
            hint=f"ygg rollout status {rollout}",
        )
    if wish == "pause" and not is_driven(row, now):
        change(connection, _PAUSE, id=rollout)
    else:
        change(connection, _ASK, id=rollout, wanted=wish)
    _write_down(connection, rollout, Step("ask", "done", wish), actor, now)


def end(
    connection: Connection, rollout: str, token: str, state: RolloutEnd, reason: str, now: float
) -> None:
    """The driver drives no longer. Saying so again changes nothing."""
    row = get(connection, rollout)
    if row.state == state and not row.driver and _is_token(row, token):
        return
    row = _driven_with(connection, rollout, token)
    wanted = row.wanted if state == "paused" and row.wanted == "abort" else ""
    ended_at = None if state == "paused" else now
    values = {"state": state, "reason": reason, "ended_at": ended_at, "wanted": wanted}
    change(connection, _END, id=rollout, **values)
    says = f"{state}: {reason}" if reason else state
    step = Step("end", "failed" if state == "failed" else "done", says)
    _write_down(connection, rollout, step, row.driver, now)


def get(connection: Connection, rollout: str) -> AnyRow:
    row = fetch_one(connection, _ROLLOUT, id=rollout)
    if row is None:
        raise NotFound(f"there is no rollout {rollout}", hint="ygg rollout history")
    return row


def is_driven(row: AnyRow, now: float) -> bool:
    return bool(row.driver) and row.driver_until > now


def _check_back(connection: Connection, new: NewRollout) -> None:
    if new.back_of is None:
        return
    of = get(connection, new.back_of).image
    if of != new.image:
        raise BadInput(
            f"rollout {new.back_of} is one of {of}, not of {new.image}",
            field="back_of",
            allowed=[f"a rollout of {new.image}"],
        )


def _check_unended(row: AnyRow) -> None:
    if row.state not in UNENDED:
        raise Conflict(
            f"rollout {row.id} is {row.state} already",
            hint="ygg rollout history shows all; ygg rollout start begins another",
        )


def _driven_with(connection: Connection, rollout: str, token: str) -> AnyRow:
    row = get(connection, rollout)
    _check_unended(row)
    if not (row.driver and _is_token(row, token)):
        now_by = f", who is {row.driver} now" if row.driver else ""
        raise Conflict(
            f"this token is not that of the driver of rollout {rollout}{now_by}",
            field="token",
            hint=f"ygg rollout status {rollout}",
        )
    return row


def _is_token(row: AnyRow, token: str) -> bool:
    return hmac.compare_digest(digest(token), str(row.driver_digest))


def _another(row: AnyRow, now: float) -> Conflict:
    is_now = f"driven by {_by(row, now)}" if is_driven(row, now) else "driven by nobody"
    return Conflict(
        f"a rollout of {row.image} is {row.state} already: {row.id}, to {row.version}, {is_now}",
        field="image",
        hint=f"ygg rollout status {row.id}; resume or abort it first",
    )


def _by(row: AnyRow, now: float) -> str:
    return f"{row.driver}, for another {math.ceil(row.driver_until - now)} s at least"


def _wheel(driver: str, token: str, now: float) -> dict[str, object]:
    return {"driver": driver, "digest": digest(token), "until": now + DRIVER_SECONDS}


def _renewed(connection: Connection, row: AnyRow, now: float) -> RolloutHeard:
    until = now + DRIVER_SECONDS
    change(connection, _RENEW, id=row.id, until=until)
    return RolloutHeard(wanted=row.wanted, driver_until=until)


def _change_machine(connection: Connection, rollout: str, step: Step) -> None:
    values = {"state": step.machine_state, "says": step.says, "previous": step.previous}
    if not change(connection, _MACHINE, rollout=rollout, machine=step.machine, **values):
        raise BadInput(
            f"rollout {rollout} has no machine {step.machine}",
            field="machine",
            allowed=["one of those it was started with"],
            hint=f"ygg rollout status {rollout}",
        )


def _write_down(connection: Connection, rollout: str, step: Step, actor: str, now: float) -> None:
    last = fetch_one(connection, _LAST_SEQ, rollout=rollout)
    row = {
        "rollout": rollout,
        "seq": 1 + ((last.seq if last else None) or 0),
        "at": now,
        "machine": step.machine,
        "step": step.step,
        "state": step.state,
        "says": step.says,
        "actor": actor,
    }
    change_many(connection, _ADD_STEP, [row])
