"""Which images the fleet's machines run now, as the coordinator heard from them."""

from __future__ import annotations

from collections.abc import Sequence

from ygg.views import ExecutorView


def in_use(executors: Sequence[ExecutorView]) -> dict[str, str]:
    """By digest. One that fell silent may come back with what it ran."""
    found: dict[str, str] = {}
    for one in executors:
        if one["image_digest"] and one["state"] != "departed":
            found.setdefault(one["image_digest"], f"{one['executor']} runs it")
    return found
