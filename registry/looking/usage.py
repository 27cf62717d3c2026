"""Which images the fleet's executors run now, as the coordinator heard from them, and which the
last rollouts brought, or would bring back.

No other part of the fleet says what it runs, nor an executor that was not told its image's digest.
"""

from __future__ import annotations

from collections.abc import Sequence

from ygg.rollout_views import RolloutDetail
from ygg.views import ExecutorView


def runners(executors: Sequence[ExecutorView]) -> dict[str, tuple[str, ...]]:
    """Their names, by digest. One that fell silent may come back with what it ran."""
    found: dict[str, list[str]] = {}
    for one in executors:
        if one["image_digest"] and one["state"] != "departed":
            found.setdefault(one["image_digest"], []).append(one["executor"])
    return {digest: tuple(sorted(names)) for digest, names in found.items()}


def in_use(executors: Sequence[ExecutorView]) -> dict[str, str]:
    """Why an image stays, by digest."""
    return {digest: f"{names[0]} runs it" for digest, names in runners(executors).items()}


def rolled_out(latest: Sequence[RolloutDetail]) -> dict[str, str]:
    """Why an image stays, by digest: what the last rollout of each image is of, and what its
    machines go back to."""
    found: dict[str, str] = {}
    for one in latest:
        for machine in reversed(one["machines"]):
            why = f"{machine['machine']} ran it before the last rollout of {one['image']}"
            found[_digest(machine["previous"])] = why
    for one in latest:
        why = f"the last rollout of {one['image']}, to {one['version']}, is of it"
        found[_digest(one["reference"])] = why
    found.pop("", None)
    return found


def untold(executors: Sequence[ExecutorView]) -> int:
    """How many may run an image that nobody knows of."""
    return sum(not one["image_digest"] and one["state"] != "departed" for one in executors)


def _digest(reference: str) -> str:
    return reference.rpartition("@")[2]
