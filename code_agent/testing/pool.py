"""The tests of one function or class that all answers gave together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from code_agent.python.mutants import Mutant, mutants
from code_agent.python.otherwise import otherwise
from code_agent.python.reports import first_reason
from code_agent.testing.possible_bugs import MOST, PossibleBug, implausible, misfits, unsteady
from code_agent.testing.sifting import Claim, sift
from code_agent.testing.single import OneTest
from code_agent.testing.subject import Target
from code_agent.testing.testbed import Testbed

MOST_MUTANTS = 12
KNOWS_THE_TEXT = "it fails where the same code is written otherwise: it knows its text"


@dataclass
class Pool:
    testbed: Testbed
    target: Target
    seed: int
    kept: list[OneTest] = field(default_factory=list)
    """Each noticed a fault that none before it did."""
    spare: list[OneTest] = field(default_factory=list)
    """They hold, and notice nothing new."""
    dropped: dict[str, str] = field(default_factory=dict)
    mutants: list[Mutant] = field(default_factory=list)
    surviving: list[Mutant] = field(default_factory=list)
    _claims: dict[str, Claim] = field(default_factory=dict)
    _said: Counter[str] = field(default_factory=Counter)
    """In how many answers each claim stands."""

    def __post_init__(self) -> None:
        name = self.target.name
        found = mutants(self.target.subject.source, [name], MOST_MUTANTS, self.seed)
        # Methods of that name, of other classes, are not meant.
        self.mutants = [one for one in found if f"{one.function}.".startswith(f"{name}.")]
        self.surviving = list(self.mutants)

    @property
    def is_full(self) -> bool:
        return bool(self.kept or self.spare) and not self.surviving

    def take(self, tests: Sequence[OneTest]) -> tuple[int, int, int]:
        """Of one answer: how many hold, how many of those are kept, how many faults they notice."""
        sifted = sift(self.testbed, tests)
        self.dropped |= sifted.dropped
        for claim in sifted.claims:
            self._claims.setdefault(claim.test.mark, claim)
        self._said.update({claim.test.mark for claim in sifted.claims})
        before = len(self.surviving)
        held = self._of_what_it_does(sifted.held)
        kept = self._noticing(held)
        self.kept += kept
        self.spare += [one for one in held if one not in kept]
        return len(held), len(kept), before - len(self.surviving)

    def possible_bugs(self) -> Iterator[PossibleBug]:
        """The others are dropped, and it is said why."""
        number = 0
        for mark, claim in self._claims.items():
            why = self._unlikely(mark, claim) if number < MOST else "there are many of its kind"
            if why:
                self.dropped[claim.test.name] = why
                continue
            number += 1
            yield PossibleBug(self.target, claim)

    def _unlikely(self, mark: str, claim: Claim) -> str:
        if not (self.kept or self.spare or self._said[mark] > 1):
            why = first_reason(claim.says)
            return f"{why}; nothing else is known of {self.target.name} that holds"
        return (
            implausible(claim, self.target)
            or misfits(claim, self.testbed, self.target)
            or unsteady(claim, self.testbed)
        )

    def _of_what_it_does(self, tests: Sequence[OneTest]) -> list[OneTest]:
        """Those that pass, too, where the code is the same and its text another."""
        source = otherwise(self.target.subject.source) if tests else None
        if source is None:
            return list(tests)
        came = zip(tests, self.testbed.with_fault(tests, source), strict=True)
        wrong = {test.name for test, one in came if one.ended not in ("passed", "stopped")}
        self.dropped |= dict.fromkeys(sorted(wrong), KNOWS_THE_TEXT)
        return [one for one in tests if one.name not in wrong]

    def _noticing(self, tests: Sequence[OneTest]) -> list[OneTest]:
        """Those that fail by assertion once a fault is in the code."""
        if not tests:
            return []
        found: set[int] = set()
        for mutant in list(self.surviving):
            came = self.testbed.with_fault(tests, mutant.source)
            noticed = {place for place, one in enumerate(came) if one.ended == "asserted"}
            if noticed:
                self.surviving.remove(mutant)
            found |= noticed
        return [one for place, one in enumerate(tests) if place in found]
