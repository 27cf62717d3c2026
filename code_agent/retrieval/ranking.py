"""What makes one passage nearer to a question than another, as numbers to add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

WORDS = 1.0
"""For the passage that fits the question's words best; the others for their part of it."""
DEFINES_TARGET = 2.0
DEFINES_NAME = 0.8
"""A name in the question's text, which may be another's."""
AT_LINE = 1.5
"""Named with its line, as in a traceback."""
IN_FILE = 0.3
USED_BY_TARGET = 0.5
USES_TARGET = 0.4
NAME_OF_FILE = 0.2
"""For a path all of whose words are the question's."""

COMMON_NAME = 8
"""What so many passages define says nothing of any of them."""


class Scores:
    """Of pieces by their number."""

    def __init__(self) -> None:
        self.of: dict[int, float] = defaultdict(float)

    def add_words(self, found: Mapping[int, float]) -> None:
        """By how well each fits: the more, the better."""
        best = max(found.values(), default=0.0)
        for piece, fits in found.items():
            self.of[piece] += WORDS * fits / best if best > 0 else 0.0

    def add_each(self, pieces: Iterable[int], weight: float) -> None:
        for piece in pieces:
            self.of[piece] += weight

    def add(self, pieces: Iterable[int], weight: float) -> None:
        """To each; less if there are many of them."""
        several = set(pieces)
        if several:
            self.add_each(several, weight / len(several) ** 0.5)
