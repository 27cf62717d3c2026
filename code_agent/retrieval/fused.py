"""Two ways of finding as one: what both of them find early comes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from code_agent.retrieval.port import Files, Indexed, Passage, Query, Read, Retriever
from ygg.errors import ModelUnreachable, YggError

SMOOTHING = 60
"""The usual one of reciprocal rank fusion: so far the first places are nearly alike."""
DEPTH = 4
"""So many times more than is wanted is asked of each."""

T = TypeVar("T")


class Fused:
    """Both use the same index. From where the second fails on, the first goes on alone."""

    def __init__(
        self, first: Retriever, second: Retriever, cannot: Callable[[YggError], None]
    ) -> None:
        self._first = first
        self._second: Retriever | None = second
        self._cannot = cannot

    def index(self, files: Files, read: Read) -> Indexed:
        """The first says what it took to know the tree."""
        found = self._first.index(files, read)
        also = self._of_second(lambda second: second.index(files, read))
        return found if also is None else replace(found, embedded=found.embedded + also.embedded)

    def search(self, question: Query, limit: int) -> list[Passage]:
        deep = limit * DEPTH
        by_first = self._first.search(question, deep)
        by_second = self._of_second(lambda second: second.search(question, deep))
        if by_second is None:
            return by_first[:limit]
        scores: dict[tuple[str, int, int], float] = defaultdict(float)
        found: dict[tuple[str, int, int], Passage] = {}
        for passages in (by_first, by_second):
            for rank, passage in enumerate(passages, start=1):
                place = (passage.path, passage.start_line, passage.end_line)
                found.setdefault(place, passage)
                scores[place] += 1 / (SMOOTHING + rank)
        best = sorted(scores, key=lambda place: (-scores[place], place))[:limit]
        return [replace(found[place], score=scores[place]) for place in best]

    def _of_second(self, ask: Callable[[Retriever], T]) -> T | None:
        if self._second is None:
            return None
        try:
            return ask(self._second)
        except ModelUnreachable:
            raise  # it may be back soon
        except YggError as error:
            self._second = None
            self._cannot(error)
            return None
