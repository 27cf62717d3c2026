"""What the model hears of tests that fail."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

MOST_TESTS = 2
MOST_LENGTH = 700
"""Of each test. Its last lines say what is wrong."""


def heard(failures: Iterable[tuple[str, str]]) -> list[str]:
    """Of the first few, each with its name and what was said of it."""
    return [f"{name}:\n{says[-MOST_LENGTH:]}" for name, says in islice(failures, MOST_TESTS)]
