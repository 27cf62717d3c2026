"""What a supervised attempt's end is called."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass
from typing import Literal

from executors.outcome import failed
from ygg.task import Ending, Limits, Outcome

Why = Literal["soft", "hard", "cancel", "drain", "lost", "quota"]

ASKED: dict[Why, str] = {
    "soft": "its soft limit is over",
    "hard": "its hard limit is over",
    "cancel": "it was cancelled",
    "drain": "the executor is shutting down",
    "lost": "its lease was lost",
    "quota": "it took more than it may",
}


@dataclass(frozen=True)
class End:
    """All that is known when a runner is gone."""

    why: Why | None
    """Why the supervisor asked it to stop or killed it, if it did."""
    outcome: Outcome | None
    """What the runner reported."""
    exit_code: int
    left_behind: int
    """Processes that were still there."""
    stopped_itself: bool
    """It was sent SIGTERM, and perhaps not by us."""
    draining: bool
    broken: str | None = None
    """In what way it took more than its executor allows."""


def conclude(end: End, limits: Limits) -> Outcome:
    done = end.outcome
    if end.why == "lost":
        reason = "killed: the lease could not be renewed in time"
        return Outcome(ending=Ending.LOST, cause="broker", reason=reason)
    if end.broken:
        hint = "make less of it, or raise the limit on the executor's machine: docs/operations.md"
        return failed(f"stopped: {end.broken}", hint)
    if end.why == "cancel":
        return Outcome(ending=Ending.CANCELLED, reason="cancelled while it ran")
    if done is not None and done.ending is Ending.OK and end.why:
        return _with_warning(done, f"finished after it was asked to stop: {ASKED[end.why]}")
    if end.why == "drain" or (end.stopped_itself and end.draining):
        reason = "the executor is shutting down"
        return Outcome(ending=Ending.RETURNED, cause="drain", reason=reason)
    if end.why == "soft":
        reason = f"stopped at its soft limit of {limits.soft_seconds:g} s"
        return Outcome(ending=Ending.TIMEOUT, reason=reason)
    if end.why == "hard":
        reason = f"killed at its hard limit of {limits.hard_seconds:g} s"
        return Outcome(ending=Ending.TIMEOUT, reason=reason)
    if done is None:
        return _without_outcome(end)
    if end.left_behind:
        return _with_warning(
            done, f"processes that the task left behind were killed: {end.left_behind}"
        )
    return done


def _without_outcome(end: End) -> Outcome:
    if end.stopped_itself:
        return failed("the handler's process was sent SIGTERM, not by its executor")
    if end.exit_code < 0:
        name = f"signal {-end.exit_code}"
        with contextlib.suppress(ValueError):
            name += f" ({signal.Signals(-end.exit_code).name})"
        return failed(
            f"the handler's process was killed by {name}", "out of memory, or it killed itself"
        )
    return failed(f"the handler's process ended with exit code {end.exit_code} and no outcome")


def _with_warning(outcome: Outcome, text: str) -> Outcome:
    return outcome.model_copy(update={"warnings": (*outcome.warnings, text)})
