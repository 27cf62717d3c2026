"""What a project's checks said of a tree, and whether another tree is nearer to all green."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from code_agent.verdict import Check
from executors.projects.cases import Case

NAMED = 3
_VARIES = re.compile(r"0x[0-9a-fA-F]+|\b\d+(?:\.\d+)?m?s\b|/[^\s:]*/")


@dataclass(frozen=True)
class Seen:
    """What one run of all checks showed."""

    checks: tuple[Check, ...]
    cases: Mapping[str, Case]
    """By names that are unique."""

    @property
    def is_green(self) -> bool:
        return bool(self.checks) and all(one.passed for one in self.checks) and not self.failing

    @cached_property
    def failing(self) -> frozenset[str]:
        return frozenset(name for name, case in self.cases.items() if _is_wrong(case))

    @cached_property
    def passed(self) -> frozenset[str]:
        return self._ended("passed")

    @cached_property
    def skipped(self) -> frozenset[str]:
        return self._ended("skipped")

    def error(self, of: Iterable[str] | None = None) -> str:
        """The same for the same failures, whatever addresses and times are in them."""
        names = sorted(self.failing if of is None else self.failing & set(of))
        told = (f"{name}\0{_VARIES.sub('', self.cases[name].message)}" for name in names)
        return hashlib.sha256("\n".join(told).encode(errors="replace")).hexdigest()

    def says(self) -> str:
        if self.is_green:
            return f"{len(self.passed)} passed"
        names = sorted(self.failing)
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        ran = len(self.failing | self.passed)
        return f"{len(names)} of {ran} failed: {', '.join(names[:NAMED])}{more}"

    def _ended(self, how: str) -> frozenset[str]:
        return frozenset(name for name, case in self.cases.items() if case.ended == how)


def seen(checks: Iterable[Check], cases: Iterable[Case]) -> Seen:
    found: dict[str, Case] = {}
    count: Counter[str] = Counter()
    for case in cases:
        name = case.full_name
        count[name] += 1
        found[name if count[name] == 1 else f"{name} ({count[name]})"] = case
    return Seen(tuple(checks), found)


def worse(before: Seen, after: Seen) -> str:
    """What was well, or at least ran, and is not any more; nothing when there is no such thing."""
    broken = sorted(before.passed - after.passed)
    gone = sorted(
        name
        for name in before.failing
        if before.cases[name].ended == "failed"
        and (name not in after.cases or name in after.skipped)
    )
    skipped = sorted((after.skipped - before.skipped) & before.cases.keys())
    for names, what in (
        (broken, "passed before and does not now"),
        (gone, "failed before and does not run now"),
        (skipped, "is skipped now"),
    ):
        if names:
            more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
            return f"{names[0]} {what}{more}"
    return ""


def is_progress(before: Seen, after: Seen) -> bool:
    """Fewer fail, and nothing that was well is worse.

    An error hides tests: where one is gone, those that it hid may fail.
    """
    if worse(before, after):
        return False
    mended = before.failing - after.failing
    new = after.failing - before.failing
    if new & before.cases.keys():
        return False
    hid = any(before.cases[name].ended == "error" for name in mended)
    return bool(mended) and (not new or hid)


def _is_wrong(case: Case) -> bool:
    return case.ended in ("failed", "error")
