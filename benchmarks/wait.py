"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class BenchmarkError(Exception):
    """A subject did not do what it was asked, so there is no honest figure for it."""


async def wait_until(
    condition: Callable[[], Awaitable[bool]],
    what: str,
    timeout_seconds: float,
    interval_seconds: float = 0.02,
) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise BenchmarkError(f"{what}: not within {timeout_seconds:.0f} s")
        await asyncio.sleep(interval_seconds)
