"""How often, and how long, a registry is asked again that may answer another time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from ygg.errors import YggError

T = TypeVar("T")


class Later(Exception):
    """It failed, and may work another time; `error` is what to say when it does not."""

    def __init__(self, error: YggError, retry_after: str | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait_seconds = seconds_of(retry_after)


@dataclass(frozen=True)
class Patience:
    attempts: int = 4
    first_wait_seconds: float = 0.25
    """Doubled each time, unless the server says how long to wait."""
    longest_wait_seconds: float = 30
    """A server that wants more is taken at its word: it is not asked again."""
    call_seconds: float = 120
    """All attempts of one call together."""
    transfer_seconds: float = 3600
    """All attempts to move one blob together."""

    def repeated(self, ask: Callable[[], T]) -> T:
        tries = Tries(self, self.call_seconds)
        while True:
            try:
                return ask()
            except Later as later:
                tries.wait(later)


class Tries:
    """Those of one piece of work."""

    def __init__(self, patience: Patience, whole_seconds: float) -> None:
        self._patience = patience
        self._until = time.monotonic() + whole_seconds
        self._made = 0

    def wait(self, later: Later) -> None:
        """Until the next attempt, or raise what is wrong when there is to be none."""
        self._made += 1
        growing = self._patience.first_wait_seconds * 2.0 ** (self._made - 1)
        asked = later.wait_seconds
        seconds = min(growing, self._patience.longest_wait_seconds) if asked is None else asked
        if self._made >= self._patience.attempts or seconds > self._patience.longest_wait_seconds:
            raise later.error from later
        if time.monotonic() + seconds > self._until:
            raise later.error from later
        time.sleep(seconds)


def seconds_of(retry_after: str | None) -> float | None:
    """Of a Retry-After: seconds, or a date."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        return _seconds_until(retry_after)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds_until(date: str) -> float | None:
    try:
        when = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
