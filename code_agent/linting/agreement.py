"""Whether corrected code does what the old code did, but for what the diagnostics ask for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

from code_agent.checks.characterization import SAME, Characterization
from code_agent.languages.difference import differences
from code_agent.languages.which import language_of
from code_agent.linting.boundaries import calls_at_boundaries
from code_agent.linting.intended import as_intended, is_shown_by_calls, is_told
from code_agent.protected import is_test
from code_agent.python.source import is_python
from code_agent.tree import sha256
from code_agent.verdict import Check
from code_agent.work import Work
from executors.projects.diagnostics import Diagnostic

MOST_TESTS = 20
"""Files of tests that may show how code is called."""
_UNFIT = re.compile(r": raises (?:TypeError|AttributeError)\(.* before, ")


@dataclass(frozen=True)
class Corrected:
    """What a linter found and does not find any more."""

    gone: tuple[Diagnostic, ...]
    unclear: bool
    """Of some that were there several times not all are gone: lines move, so nobody can say which
    are."""


def corrected(found: Sequence[Diagnostic], left: Sequence[Diagnostic]) -> Corrected:
    before, after = Counter(map(_key, found)), Counter(map(_key, left))
    gone = tuple(one for one in found if not after[_key(one)])
    return Corrected(gone, any(0 < after[key] < count for key, count in before.items()))


@dataclass(frozen=True)
class Agreement:
    work: Work
    seed: int = 0

    def check(self, before: Mapping[str, str], after: Mapping[str, str], done: Corrected) -> Check:
        """Of all files that became other code, until one does not agree."""
        told: list[Check] = []
        for path in differences(before, after):
            told.append(self._of(path, before[path], after, done))
            if told[-1].passed is not True:
                break
        if not told:
            return Check(SAME, passed=None, says="it is the same code")
        last = told[-1]
        says = "; ".join(dict.fromkeys(one.says for one in told)) if last.passed else last.says
        return replace(last, says=says, seconds=sum(one.seconds for one in told))

    def _of(self, path: str, before: str, after: Mapping[str, str], done: Corrected) -> Check:
        text = after[path]
        if language_of(path, before) != "python" or not (is_python(before) and is_python(text)):
            return Check(SAME, passed=None, says=f"{path} cannot be called from Python")
        own = [one for one in done.gone if one.file == path]
        codes = ", ".join(sorted({one.code for one in own}))
        ways = as_intended(before, own)
        if any(way != before and not differences({path: way}, {path: text}) for way in ways):
            says = f"it is what {codes} asks for, and nothing else"
            return Check(SAME, passed=True, says=says, of=sha256(text.encode()))
        told = self._compared(path, ways, after)
        if told.passed is False and (done.unclear or not is_told(own)):
            says = f"it does not do the same, as {codes} may ask: {told.says}"
            return replace(told, passed=None, says=says, feedback="")
        if told.passed is False and all(map(_UNFIT.search, told.feedback.splitlines()[1:])):
            says = f"it takes what the old code could not take: {told.says}"
            return replace(told, passed=None, says=says, feedback="")
        if told.passed and not is_shown_by_calls(own):
            return replace(told, passed=None, says=f"calls do not show what {codes} may change")
        return told

    def _compared(self, path: str, ways: Sequence[str], after: Mapping[str, str]) -> Check:
        """With one of the ways it agrees. What the usual one says is told where none does."""
        usual: Check | None = None
        seconds = 0.0
        for way in ways:
            told = self._characterized(path, way, after)
            seconds += told.seconds
            if told.passed is not False:
                return replace(told, seconds=seconds)
            usual = usual or told
        return replace(usual or told, seconds=seconds)

    def _characterized(self, path: str, before: str, after: Mapping[str, str]) -> Check:
        others = {other: text for other, text in after.items() if other != path}
        shown = [calls_at_boundaries(before, after[path], self.seed), *self._tests_of(path)]
        same = Characterization(self.work, path, before, tests="\n\n".join(shown), seed=self.seed)
        return same.check(after[path], others)

    def _tests_of(self, path: str) -> list[str]:
        name = PurePosixPath(path).stem
        return [text for text in self._tests if name in text]

    @cached_property
    def _tests(self) -> list[str]:
        paths = [one for one in self.work.tree.digests if is_test(one) and one.endswith(".py")]
        return [text for text in map(self.work.text, paths[:MOST_TESTS]) if is_python(text)]


def _key(one: Diagnostic) -> tuple[str, str, str]:
    return one.file, one.code, one.message
