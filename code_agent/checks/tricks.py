"""Whether code meddles with what judges it, or may do so where no reading tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from code_agent.checks.rules import NO_TRICKS, rule
from code_agent.python.own_comparisons import own_comparisons
from code_agent.verdict import Check


def no_tricks(
    candidate: str, original: str, given: str, wrong: Callable[[], str | Sequence[str] | None]
) -> Check:
    """Of Python. What compares as it likes leaves it open, where `given` does not speak of that."""
    told = rule(NO_TRICKS, candidate, wrong)
    with suppress(SyntaxError):  # then it fails by that
        doubts = own_comparisons(candidate, original, given) if told.passed else []
        if doubts:
            return replace(told, passed=None, says="; ".join(doubts))
    return told
