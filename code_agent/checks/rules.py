"""Checks that this program makes itself: a rule says what is wrong, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from code_agent.tree import sha256
from code_agent.verdict import Check

NO_TRICKS = "no tricks"
"""The code meddles neither with what judges it nor with the process that it runs in."""
NO_SPECIAL_CASES = "no special cases"
"""The code does not just answer what the tests ask."""
TEETH = "an idle function fails"
"""Tests that a function passes which does nothing say nothing for any other."""
MOST_NAMED = 5
MOST_LEFT = 10


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


def doubt(name: str, text: str, doubts: Callable[[], Sequence[str]]) -> Check:
    """A rule that refutes nothing: what it finds leaves it open, and the model is told of it."""
    found = rule(name, text, doubts)
    return found if found.passed else replace(found, passed=None, is_told=True)


def all_of(name: str, number: int, are_done: str, left: Mapping[str, str]) -> Check:
    """Some that are left, each for a reason, leave it open; nothing but such refutes it."""
    count = number - len(left)
    says = f"{count} of {number} {are_done}"
    if left:
        named = "; ".join(f"{one}: {why}" for one, why in list(left.items())[:MOST_LEFT])
        says = f"{says}; not {named}"
    return Check(name, passed=True if not left else (None if count else False), says=says)
