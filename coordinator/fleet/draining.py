"""Waits until a drained machine is without work."""

from __future__ import annotations

import time
from collections.abc import Callable

from ygg.client import Client
from ygg.views import ExecutorView

LOOK_SECONDS = 0.5
BUSY = ("alive", "draining")
"""States of executors that may still have work."""
GRACE_SECONDS = 60.0
"""After the time that running tasks were given: they are stopped, and that is heard of."""


def executors_on(client: Client, machine: str, executor: str = "") -> list[ExecutorView]:
    """Those that have not left for good; or the one that is named."""
    found = client.executors(machine=machine, executor=executor or None)
    return [one for one in found if one["state"] != "departed"]


def wait_without_work(
    client: Client,
    machine: str,
    executor: str = "",
    *,
    seconds: float,
    tell: Callable[[list[ExecutorView]], None],
) -> list[ExecutorView]:
    """Those that are still busy when the time is over. `tell` hears of each look."""
    deadline = time.monotonic() + seconds + GRACE_SECONDS
    while True:
        found = executors_on(client, machine, executor)
        tell(found)
        busy = [one for one in found if one["state"] in BUSY]
        if not busy or time.monotonic() > deadline:
            return busy
        time.sleep(LOOK_SECONDS)
