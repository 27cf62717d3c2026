"""Whose turn it is: canaries first, and never too many out of service at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ygg.rollout_views import RolloutMachineState

INTERRUPTED: tuple[RolloutMachineState, ...] = ("draining", "switching", "proving")
"""Whoever drove before has left it like that: it is out of service already."""
WAITING: tuple[RolloutMachineState, ...] = (*INTERRUPTED, "pulled", "pending")
ENDED_BADLY: tuple[RolloutMachineState, ...] = ("failed", "restored")
LEFT_OUT: tuple[RolloutMachineState, ...] = ("skipped", "unreachable")


def next_turns(
    states: Mapping[str, RolloutMachineState],
    busy: Collection[str],
    *,
    canary: int,
    max_unavailable: int,
) -> list[str]:
    """`states` in the order of the rollout; `busy` have their turn now."""
    if any(state in ENDED_BADLY for state in states.values()):
        return []
    taking_part = [name for name, state in states.items() if state not in LEFT_OUT]
    canaries = taking_part[:canary]
    unproven = [name for name in canaries if states[name] != "done"]
    allowed = unproven or taking_part
    waiting = [name for name in allowed if states[name] in WAITING and name not in busy]
    waiting.sort(key=lambda name: states[name] not in INTERRUPTED)
    return waiting[: max(max_unavailable - len(busy), 0)]
