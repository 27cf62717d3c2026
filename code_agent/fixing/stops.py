"""Why a loop of rounds has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

Why = Literal["green", "rounds", "seconds", "tokens", "same_error", "same_tree", "nothing_left"]


@dataclass(frozen=True)
class Stopped:
    why: Why
    says: str

    def as_data(self) -> dict[str, JsonValue]:
        return {"why": self.why, "says": self.says}


@dataclass(frozen=True)
class Round:
    """One function that was asked about."""

    function: str
    test: str
    """The failing test that spoke most against it."""
    failing_before: int
    failing_after: int
    kept: bool
    says: str

    def as_data(self) -> dict[str, JsonValue]:
        return {
            "function": self.function,
            "test": self.test,
            "failing_before": self.failing_before,
            "failing_after": self.failing_after,
            "kept": self.kept,
            "says": self.says,
        }


class OutOfTime(Exception):
    """The task has used the seconds that it may."""
