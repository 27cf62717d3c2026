"""Which images the fleet's executors run now, as the coordinator heard from them.

No other part of the fleet says what it runs, nor an executor that was not told its image's digest.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def untold(executors: Sequence[ExecutorView]) -> int:
    """How many may run an image that nobody knows of."""
    return sum(not one["image_digest"] and one["state"] != "departed" for one in executors)
