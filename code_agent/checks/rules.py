"""Checks that this program makes itself: a rule says what is wrong, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from code_agent.tree import sha256
from code_agent.verdict import Check

MOST_NAMED = 5


def rule(name: str, text: str, wrong: Callable[[], str | Sequence[str] | None]) -> Check:
    """Over one text. Several things may be wrong with it."""
    began = time.monotonic()
    found = wrong()
    seconds = time.monotonic() - began
    said = [found] if isinstance(found, str) else list(found or ())
    return Check(
        name=name,
        passed=not said,
        says="; ".join(said[:MOST_NAMED]),
        of=sha256(text.encode(errors="replace")),
        seconds=seconds,
        feedback="\n".join(said),
    )
