"""What the worker and its pool children tell each other: a page of shared memory.

Every word has one writer, so no lock is needed. The worker writes the drain, each child the words
of its own slot.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from enum import IntEnum

from executors.clock import boottime


class Stage(IntEnum):
    RUN = 0
    REST = 1
    """The machine is drained: begin nothing but probes; what runs may finish until the deadline.
    May go back to RUN."""
    DRAIN = 2
    """The process ends: begin nothing; what runs may finish until the deadline."""
    HURRY = 3
    """What runs is stopped now."""


_WORD = 8
_HEAD = 4
_SLOT = 4


@dataclass(frozen=True)
class Tally:
    """All slots together."""

    running: int
    taken: int
    finished: int


class Board:
    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._words = memoryview(mmap.mmap(-1, _WORD * (_HEAD + _SLOT * slots))).cast("q")

    @property
    def stage(self) -> Stage:
        return Stage(max(self._words[0], self._words[2]))

    @property
    def deadline(self) -> float:
        """Of what runs, on the boot clock; only means something while resting or draining."""
        return self._words[1 if self._words[0] else 3] / 1000

    def rest(self, seconds: float) -> None:
        """Words of their own: a signal may begin a drain at any moment."""
        self._words[3] = int((boottime() + seconds) * 1000)
        self._words[2] = Stage.REST

    def wake(self) -> None:
        self._words[2] = Stage.RUN

    def drain(self, seconds: float) -> None:
        self._words[1] = int((boottime() + seconds) * 1000)
        self._words[0] = max(self._words[0], Stage.DRAIN)

    def hurry(self) -> None:
        self._words[1] = int(boottime() * 1000)
        self._words[0] = Stage.HURRY

    def tally(self) -> Tally:
        end = _HEAD + _SLOT * self._slots
        words = self._words
        sums = [sum(words[_HEAD + which : end : _SLOT]) for which in range(_SLOT - 1)]
        return Tally(*sums)

    def oldest_look(self) -> float | None:
        """When the supervisor of a running task last looked around: of all, the longest ago."""
        end = _HEAD + _SLOT * self._slots
        looks = [self._words[start + 3] for start in range(_HEAD, end, _SLOT)]
        return min((look / 1000 for look in looks if look), default=None)

    def slot(self, number: int) -> Slot:
        return Slot(self._words, _HEAD + _SLOT * (number % self._slots))


class Slot:
    """One child's words. A new child in an old slot goes on counting but runs nothing yet."""

    def __init__(self, words: memoryview, start: int) -> None:
        self._words = words
        self._start = start
        words[start] = words[start + 3] = 0

    def begin(self) -> None:
        self._words[self._start] = 1
        self._words[self._start + 1] += 1

    def end(self) -> None:
        self._words[self._start] = 0

    def finished(self, count: int) -> None:
        self._words[self._start + 2] += count

    def look(self) -> None:
        """The loop that renews a task's lease goes round."""
        self._words[self._start + 3] = int(boottime() * 1000)

    def look_away(self) -> None:
        self._words[self._start + 3] = 0
