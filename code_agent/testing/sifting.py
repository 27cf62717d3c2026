"""Tests that hold on the code as it is, and single claims that do not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from code_agent.python.reports import first_reason
from code_agent.testing.single import (
    OneTest,
    cases,
    claim_at,
    up_to,
    with_cases,
    without,
)
from code_agent.testing.testbed import Came, Testbed

MOST_ROUNDS = 5
"""So many claims of one test are taken out of it at most."""


@dataclass(frozen=True)
class Claim:
    """One thing that a test says of the code, and that is not so."""

    test: OneTest
    says: str
    asserted: bool
    """The test said so; where it is false, the code raised something."""


@dataclass
class Sifted:
    held: list[OneTest] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)
    """Why each of these tests was dropped, by its name."""


def sift(testbed: Testbed, tests: Sequence[OneTest]) -> Sifted:
    """What fails is taken out, claim by claim: the rest of a test may be right."""
    sifted, left = Sifted(), list(tests)
    for _ in range(MOST_ROUNDS):
        came = testbed.run(left)
        left = [
            rest
            for test, one in zip(left, came, strict=True)
            if (rest := _rest(test, one, sifted)) is not None
        ]
        if not left:
            return sifted
    sifted.dropped |= {test.name: "most of what it claims is not so" for test in left}
    return sifted


def _rest(test: OneTest, came: Came, sifted: Sifted) -> OneTest | None:
    """What of it is to be tried again."""
    if came.ended == "passed":
        sifted.held.append(test)
        return None
    if came.ended not in ("asserted", "error"):
        sifted.dropped[test.name] = reason(came)
        return None
    values = cases(test)
    if values is not None and len(values) == len(came.runs):
        return _other_cases(test, came, sifted)
    line = _line(test, came.says)
    place = claim_at(test, line) if line else None
    if place is None or len(came.runs) != 1:
        sifted.dropped[test.name] = reason(came)
        return None
    sifted.claims.append(Claim(up_to(test, place), came.says, came.runs[0].asserted))
    return without(test, place)


def reason(came: Came) -> str:
    fallback = {"skipped": "it is skipped", "broken": "it cannot be collected"}
    return first_reason(came.says) or fallback.get(came.ended, "it does not pass")


def _other_cases(test: OneTest, came: Came, sifted: Sifted) -> OneTest | None:
    wrong = [place for place, one in enumerate(came.runs) if one.ended != "passed"]
    for place in wrong:
        run = came.runs[place]
        sifted.claims.append(Claim(with_cases(test, [place]), run.says, run.asserted))
    right = [place for place in range(len(came.runs)) if place not in wrong]
    return with_cases(test, right) if right else None


def _line(test: OneTest, says: str) -> int | None:
    """Of its file, where pytest says that it went wrong."""
    found = next(_places(says, test.name), None)
    return int(found) if found else None


def _places(says: str, name: str) -> Iterator[str]:
    pattern = rf"test_ygg_\d+\.py:(\d+): in {re.escape(name)}\b"
    return (match[1] for match in re.finditer(pattern, says))
