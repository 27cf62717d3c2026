"""What the coordinator answers about rollouts, as plain typed dictionaries like those of
`ygg.views`. Times are seconds since 1970."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

RolledImage = Literal["executor", "code-agent"]
"""What runs on many machines, and is put on one after the other."""
RolloutState = Literal["running", "paused", "done", "failed", "aborted"]
RolloutEnd = Literal["paused", "done", "failed", "aborted"]
RolloutWish = Literal["pause", "abort"]
RolloutMachineState = Literal[
    "pending",
    "pulled",
    "draining",
    "switching",
    "proving",
    "done",
    "failed",
    "restored",
    "unreachable",
    "skipped",
]
"""`restored`: it failed, and runs again what it ran before."""
RolloutStepState = Literal["begun", "done", "failed"]


class RolloutMachineView(TypedDict):
    machine: str
    executor: str
    previous: str
    """The image that it ran before, by digest; empty where nobody knows."""
    state: RolloutMachineState
    says: str


class RolloutStepView(TypedDict):
    seq: int
    at: float
    machine: str
    """Empty for a step of the rollout itself."""
    step: str
    state: RolloutStepState
    says: str
    actor: str
    """Who drove then, or the token of whoever asked."""


class RolloutView(TypedDict):
    id: str
    image: RolledImage
    version: str
    reference: str
    """The image, by digest."""
    state: RolloutState
    wanted: str
    """`pause` or `abort`: asked for, and not yet done by whoever drives."""
    canary: int
    max_unavailable: int
    drain_seconds: float
    back_of: str | None
    """The rollout that this one takes back."""
    created_by: str
    created_at: float
    ended_at: float | None
    reason: str
    driver: str
    """Who drives it, or did until its time was over; empty when nobody took over from the last."""
    driver_until: float | None
    """Before then nobody else may drive it."""
    machine_states: dict[str, int]
    """How many machines are in each state."""


class RolloutDetail(RolloutView):
    machines: list[RolloutMachineView]
    """In the order in which they take their turns."""
    steps: list[RolloutStepView]


class RolloutDriven(TypedDict):
    rollout: RolloutDetail
    token: str
    """Of this one driver: shown this once."""


class RolloutHeard(TypedDict):
    wanted: str
    """What somebody asked for meanwhile: `pause`, `abort`, or nothing."""
    driver_until: float
