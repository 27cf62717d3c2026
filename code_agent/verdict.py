"""What checks over a candidate say, each alone and all together."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from ygg.task import Verdict


@dataclass(frozen=True)
class Check:
    """One command or rule that a machine ran over a candidate."""

    name: str
    passed: bool | None
    """Nothing: it could not be run, or came to no answer."""
    says: str = ""
    """What came of it, in a line."""
    command: tuple[str, ...] = ()
    """Empty for a rule that this program applied itself."""
    exit_code: int | None = None
    of: str = ""
    """SHA-256 of what it ran on."""
    seconds: float = 0.0
    feedback: str = ""
    """What the model is told when it did not pass; by default what it says."""
    is_told: bool = False
    """The model is told of it, too, where it is open: it can do something about it."""
    ended: float = field(default_factory=time.monotonic, compare=False, repr=False)
    """When it came to its answer, on this process's clock."""

    def as_data(self) -> dict[str, JsonValue]:
        return {
            "name": self.name,
            "passed": self.passed,
            "says": self.says,
            "command": list(self.command),
            "exit_code": self.exit_code,
            "of": self.of,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class Judgement:
    """What all checks of one candidate say together."""

    verdict: Verdict
    reason: str
    checks: tuple[Check, ...]

    @property
    def feedback(self) -> str:
        told = (one.feedback or f"{one.name}: {one.says}" for one in self.checks if _to_mend(one))
        return "\n".join(told)


def judgement(checks: Sequence[Check], required: Collection[str]) -> Judgement:
    """Refuted by any check that did not pass; verified when all that are required ran and passed.

    Having required nothing verifies nothing.
    """
    wrong = [one for one in checks if _wrong(one)]
    if wrong:
        said = "; ".join(f"{one.name}: {one.says}" if one.says else one.name for one in wrong)
        return Judgement(Verdict.REFUTED, said, tuple(checks))
    passed = {one.name for one in checks if one.passed}
    open_ones = [one for one in checks if one.passed is None]
    missing = [name for name in required if name not in passed]
    if missing or open_ones or not required:
        return Judgement(Verdict.UNVERIFIED, _missing(missing, open_ones), tuple(checks))
    return Judgement(Verdict.VERIFIED, _passed(len(checks)), tuple(checks))


def _passed(number: int) -> str:
    return "its one check passed" if number == 1 else f"all {number} checks passed"


def _wrong(check: Check) -> bool:
    return check.passed is False


def _to_mend(check: Check) -> bool:
    return _wrong(check) or (check.passed is None and check.is_told)


def _missing(missing: Sequence[str], open_ones: Sequence[Check]) -> str:
    said = {one.name: one.says for one in open_ones}
    names = dict.fromkeys([*missing, *said])
    if not names:
        return "nothing was there to check it by"
    return "; ".join(_open(name, said.get(name)) for name in names)


def _open(name: str, said: str | None) -> str:
    if said is None:
        return f"{name} did not run"
    return f"{name}: {said}" if said else f"{name} could not be decided"
