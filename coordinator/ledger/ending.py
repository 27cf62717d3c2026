"""What the end of an attempt means for its task. Pure: no database, no clock of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ygg.task import Ending, Outcome, Retry, State, Verdict

_NOT_OFFERED_PAUSE, _LONGEST_NOT_OFFERED_PAUSE = 2.0, 8.0
_PAUSES = {"drain": 0.0, "broker": 0.0, "bundle": 0.0, "not_offered": _NOT_OFFERED_PAUSE}
"""Seconds before an attempt that was not the task's fault is followed by the next."""
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0
"""For every other cause, such as a model that is away: doubled each time."""


@dataclass(frozen=True)
class Standing:
    """What has been charged to a task so far, and what holds for it."""

    charged: int
    uncharged: int
    not_offered: int
    retry: Retry
    cancelling: bool
    tier: int | None = None
    attempt: int = 1
    passed_on: bool = False
    """Who returned it as not offered cannot run it, and another that is alive can."""


@dataclass(frozen=True)
class Bounds:
    max_uncharged: int
    max_not_offered: int


@dataclass(frozen=True)
class Decision:
    state: State
    reason: str
    charged: bool = False
    uncharged: bool = False
    not_offered: bool = False
    pause_seconds: float = 0.0
    """For a task that is tried again: how long to wait first."""
    held: bool = False


def decide(standing: Standing, outcome: Outcome, bounds: Bounds, luck: random.Random) -> Decision:
    """The task's next state. One of `charged` and `uncharged` is true, unless it was passed on."""
    ending = outcome.ending
    if ending is Ending.OK:
        return _well(standing, outcome)
    if ending is Ending.CANCELLED or standing.cancelling:
        return Decision(State.CANCELLED, outcome.reason or "cancelled", charged=True)
    if outcome.cause and ending in (Ending.RETURNED, Ending.LOST):
        return _not_its_fault(standing, outcome, bounds, luck)
    return _again_or_failed(standing, outcome, luck)


def tier_of(label_tier: int | None, outcome: Outcome | None) -> int | None:
    """How much review a result needs. An executor may ask for more than its label, never less."""
    told = (label_tier, outcome.tier if outcome else None)
    return max((tier for tier in told if tier is not None), default=None)


def _well(standing: Standing, outcome: Outcome) -> Decision:
    tier = tier_of(standing.tier, outcome)
    if outcome.verdict is Verdict.REFUTED:
        return Decision(State.FAILED, "refuted: " + outcome.reason, charged=True)
    if tier is None:
        return Decision(State.SUCCEEDED, outcome.reason, charged=True)
    if tier == 1 and outcome.verdict is Verdict.VERIFIED:
        return Decision(State.SUCCEEDED, outcome.reason, charged=True)
    return Decision(State.REVIEW, "waits for a review", charged=True)


def _not_its_fault(
    standing: Standing, outcome: Outcome, bounds: Bounds, luck: random.Random
) -> Decision:
    not_offered = outcome.cause == "not_offered"
    if not_offered and standing.passed_on:
        # By chance, and it can happen any number of times: not a reason to hold it.
        # Executors ask in whole seconds, too: without luck it might meet the same one for ever.
        pause = _passed_on_pause(standing) * luck.uniform(0.5, 1.0)
        return Decision(State.QUEUED, outcome.reason, pause_seconds=pause)
    if standing.retry.max_attempts == 1 and _may_have_begun(outcome):
        reason = f"held: it may have begun ({outcome.cause}), and may start only once"
        return Decision(State.WAITING, reason, uncharged=True, held=True)
    if not_offered and standing.not_offered + 1 >= bounds.max_not_offered:
        reason = f"held: returned {standing.not_offered + 1} times as not offered"
        return Decision(State.WAITING, reason, uncharged=True, not_offered=True, held=True)
    if standing.uncharged + 1 >= bounds.max_uncharged:
        reason = f"held: {standing.uncharged + 1} attempts came to nothing ({outcome.cause})"
        return Decision(State.WAITING, reason, uncharged=True, not_offered=not_offered, held=True)
    return Decision(
        State.QUEUED,
        outcome.reason,
        uncharged=True,
        not_offered=not_offered,
        pause_seconds=_pause(standing, outcome),
    )


def _may_have_begun(outcome: Outcome) -> bool:
    stopped = outcome.cause == "drain" and outcome.started_at is not None
    return outcome.ending is Ending.LOST or stopped


def _pause(standing: Standing, outcome: Outcome) -> float:
    doubled = min(_FIRST_PAUSE * 2.0**standing.uncharged, _LONGEST_PAUSE)
    return _PAUSES.get(outcome.cause, doubled)


def _passed_on_pause(standing: Standing) -> float:
    doublings = min(standing.attempt - 1, 10)
    return min(_NOT_OFFERED_PAUSE * 2.0**doublings, _LONGEST_NOT_OFFERED_PAUSE)


def _again_or_failed(standing: Standing, outcome: Outcome, luck: random.Random) -> Decision:
    ending, retry = outcome.ending, standing.retry
    made = standing.charged + 1
    reason = f"{ending.value}: {outcome.reason}" if outcome.reason else ending.value
    if ending in retry.on and made < retry.max_attempts:
        pause = min(retry.backoff_seconds * 2 ** (made - 1), retry.backoff_cap_seconds)
        jittered = pause * luck.uniform(0.5, 1.0)
        return Decision(State.QUEUED, reason, charged=True, pause_seconds=jittered)
    return Decision(State.FAILED, reason, charged=True)
