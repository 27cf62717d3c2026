"""The bodies of requests about rollouts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from coordinator.ledger.rollouts import NewMachine, NewRollout, Step
from ygg.labels import MACHINE
from ygg.rollout_views import (
    RolledImage,
    RolloutEnd,
    RolloutMachineState,
    RolloutStepState,
    RolloutWish,
)
from ygg.task import LONGEST_SECONDS

MOST_MACHINES = 5000
START_BYTES = 4 * 1024 * 1024
_DIGEST = "an image by its digest: NAME@sha256:…"
_REFERENCE = r"[^\s@\x00]+@sha256:[0-9a-f]{64}"

Name = Annotated[
    str,
    Field(
        max_length=63,
        pattern=f"^{MACHINE.pattern}$",
        json_schema_extra={
            "x-allowed": "a host name: lower-case letters, digits and dashes, at most 63"
        },
    ),
]
Reference = Annotated[
    str,
    Field(max_length=500, pattern=f"^{_REFERENCE}$", json_schema_extra={"x-allowed": _DIGEST}),
]
Previous = Annotated[
    str,
    Field(
        max_length=500,
        pattern=f"^({_REFERENCE})?$",
        json_schema_extra={"x-allowed": f"{_DIGEST}, or nothing where it is unknown"},
    ),
]
Says = Annotated[str, Field(max_length=2000)]
Driver = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        json_schema_extra={"x-allowed": "who drives, in 1 to 200 characters: ada@laptop"},
    ),
]
Token = Annotated[str, Field(min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class StartMachine(_Body):
    machine: Name
    executor: str = Field(
        max_length=100,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        json_schema_extra={"x-allowed": "letters, digits, dots, dashes and `_`, at most 100"},
    )
    previous: Previous = ""
    """What it runs now."""

    def as_new(self) -> NewMachine:
        return NewMachine(self.machine, self.executor, self.previous)


class Start(_Body):
    image: RolledImage
    version: str = Field(
        max_length=128,
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9._+-]*$",
        json_schema_extra={"x-allowed": "a version, at most 128 letters, digits, . _ + and -"},
    )
    reference: Reference
    machines: list[StartMachine] = Field(min_length=1, max_length=MOST_MACHINES)
    """In the order in which they take their turns."""
    canary: int = Field(default=1, ge=0, le=MOST_MACHINES)
    """How many go first, one by one."""
    max_unavailable: int = Field(default=1, ge=1, le=MOST_MACHINES)
    """How many may be out of service at a time."""
    drain_seconds: float = Field(default=60, ge=0, le=LONGEST_SECONDS)
    """How long running tasks may go on before they are handed back."""
    back_of: str | None = Field(default=None, max_length=80)
    """The rollout that this one takes back."""
    driver: Driver

    def as_new(self, back_of: str | None) -> NewRollout:
        return NewRollout(
            image=self.image,
            version=self.version,
            reference=self.reference,
            machines=[one.as_new() for one in self.machines],
            canary=self.canary,
            max_unavailable=self.max_unavailable,
            drain_seconds=self.drain_seconds,
            back_of=back_of,
        )


class Drive(_Body):
    driver: Driver


class TakenStep(_Body):
    token: Token
    machine: Name | None = None
    """None: a step of the rollout itself."""
    step: str = Field(
        max_length=40,
        pattern=r"^[a-z][a-z-]*$",
        json_schema_extra={"x-allowed": "a lower-case word, with dashes: pull"},
    )
    state: RolloutStepState
    says: Says = ""
    machine_state: RolloutMachineState | None = None
    """What the machine's state is from now on."""
    previous: Previous | None = None
    """What it turned out that the machine ran before."""

    def as_step(self) -> Step:
        return Step(
            self.step,
            self.state,
            self.says,
            self.machine or "",
            self.machine_state,
            self.previous,
        )


class Beat(_Body):
    token: Token


class Wish(_Body):
    wanted: RolloutWish


class End(_Body):
    token: Token
    state: RolloutEnd
    reason: Says = ""
