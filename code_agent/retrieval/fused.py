"""Several ways of finding as one: what several of them find early comes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from code_agent.retrieval.port import Files, Indexed, Passage, Query, Read, Retriever

SMOOTHING = 60
"""The usual one of reciprocal rank fusion: so far the first places are nearly alike."""
DEPTH = 4
"""So many times more than is wanted is asked of each."""


class Fused:
    """The first says what it took to know the tree; all of them use the same index."""

    def __init__(self, first: Retriever, *others: Retriever) -> None:
        self._first = first
        self._others: Sequence[Retriever] = others

    def index(self, files: Files, read: Read) -> Indexed:
        found = self._first.index(files, read)
        also = [other.index(files, read).embedded for other in self._others]
        return replace(found, embedded=found.embedded + sum(also))

    def search(self, question: Query, limit: int) -> list[Passage]:
        scores: dict[tuple[str, int, int], float] = defaultdict(float)
        found: dict[tuple[str, int, int], Passage] = {}
        for retriever in (self._first, *self._others):
            for rank, passage in enumerate(retriever.search(question, limit * DEPTH), start=1):
                place = (passage.path, passage.start_line, passage.end_line)
                found.setdefault(place, passage)
                scores[place] += 1 / (SMOOTHING + rank)
        best = sorted(scores, key=lambda place: (-scores[place], place))[:limit]
        return [replace(found[place], score=scores[place]) for place in best]
