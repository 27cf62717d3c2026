"""What the results come to, by label: counts, intervals, costs."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.code.record import Record, Verdict

Z = 1.959964
"""Of the normal distribution, for 95 %."""
FEWEST_FOR_RATIO = 5
HANDED_OVER: tuple[Verdict, ...] = ("verified", "unverified")
"""A refuted result is kept as evidence, and nobody is told to use it."""


@dataclass(frozen=True)
class Share:
    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, of 95 %; all there is where nothing was counted."""
        if not self.of:
            return 0.0, 1.0
        share, spread = self.count / self.of, Z * Z / self.of
        middle = share + spread / 2
        width = Z * math.sqrt((share * (1 - share) + spread / 4) / self.of)
        low, high = ((middle + side) / (1 + spread) for side in (-width, width))
        return max(0.0, low), min(1.0, high)


@dataclass(frozen=True)
class Cost:
    """What one result of a kind takes, all that came to nothing included."""

    tokens: float
    seconds: float


@dataclass(frozen=True)
class Harness:
    """The share of the time in which neither the model wrote nor a check ran."""

    middle: float
    """The median over the tasks."""
    overall: float


@dataclass(frozen=True)
class Figures:
    """Of one label, or of all together."""

    label: str
    once: Sequence[Record]
    agent: Sequence[Record]

    @property
    def once_right(self) -> Share:
        return Share(sum(one.right for one in self.once), len(self.once))

    @property
    def agent_right(self) -> Share:
        """Of what it handed over, whatever it said of it."""
        right = [one for one in self.agent if one.right and one.verdict in HANDED_OVER]
        return Share(len(right), len(self.agent))

    @property
    def ratio(self) -> float | None:
        """None where the model asked once was right too seldom to compare with."""
        if self.once_right.count < FEWEST_FOR_RATIO or not self.agent:
            return None
        return self.agent_right.count / self.once_right.count

    @property
    def verified(self) -> Share:
        return Share(len(self.said("verified")), len(self.agent))

    @property
    def verified_right(self) -> Share:
        verified = self.said("verified")
        return Share(sum(one.right for one in verified), len(verified))

    @property
    def contradicted(self) -> list[Record]:
        """Verified, and not right."""
        return [one for one in self.said("verified") if not one.right]

    @property
    def contradicted_share(self) -> Share:
        return Share(len(self.contradicted), self.verified.count)

    @property
    def broken(self) -> list[Record]:
        return [one for one in (*self.once, *self.agent) if one.verdict == "failed"]

    def said(self, verdict: Verdict) -> list[Record]:
        return [one for one in self.agent if one.verdict == verdict]

    def right_of(self, verdict: Verdict) -> int:
        return sum(one.right for one in self.said(verdict))

    @property
    def cost_of_verified(self) -> Cost | None:
        return _cost(self.agent, self.verified.count)

    @property
    def cost_once(self) -> Cost | None:
        """Of a right one."""
        return _cost(self.once, self.once_right.count)

    @property
    def harness_inside(self) -> Harness | None:
        return _harness([(one, one.inside_seconds) for one in self.agent])

    @property
    def harness_outside(self) -> Harness | None:
        return _harness([(one, one.seconds) for one in self.agent])


def figures_by_label(records: Iterable[Record], labels: Sequence[str]) -> list[Figures]:
    """The last is of all of them together."""
    known = list(records)
    found = [_figures(label, [one for one in known if one.label == label]) for label in labels]
    return [*found, _figures("all", known)]


def _figures(label: str, records: Sequence[Record]) -> Figures:
    once = [one for one in records if one.by == "once"]
    return Figures(label, once, [one for one in records if one.by == "agent"])


def _cost(records: Sequence[Record], count: int) -> Cost | None:
    if not count:
        return None
    tokens = sum(one.tokens for one in records)
    return Cost(tokens / count, sum(one.seconds for one in records) / count)


def _harness(timed: Sequence[tuple[Record, float]]) -> Harness | None:
    """A task that failed says nothing of its time inside."""
    known = [
        (seconds, seconds - one.waited_seconds)
        for one, seconds in timed
        if seconds > 0 and one.verdict != "failed"
    ]
    if not known:
        return None
    shares = [own / seconds for seconds, own in known]
    overall = sum(own for _, own in known) / sum(seconds for seconds, _ in known)
    return Harness(statistics.median(shares), overall)
