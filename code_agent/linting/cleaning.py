"""All that a linter finds in some files, one diagnostic after the other, as far as it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from code_agent.asking import OutOfTokens
from code_agent.checks.characterization import SAME
from code_agent.checks.looking import Looked
from code_agent.checks.tests_of_work import TESTS, TestsOfWork, vouch_for_themselves
from code_agent.languages.difference import differences
from code_agent.languages.which import Language, language_of
from code_agent.linting.agreement import Agreement, corrected
from code_agent.linting.linters import Linter
from code_agent.linting.mending import (
    SILENCES,
    Mending,
    compared_with_before,
    silences,
    without_tricks,
    worse,
)
from code_agent.linting.places import line_of, place_of
from code_agent.sampling import Tried, search
from code_agent.session import Session
from code_agent.verdict import Check, Judgement
from code_agent.work import text_of
from executors.handler import Failed
from executors.projects.diagnostics import Diagnostic
from ygg.task import Verdict

MOST = 30
"""Diagnostics at most that the model is asked about."""
CODE = "same code"
LEFT = "all of it"

_Key = tuple[str, str, str]


@dataclass
class Cleaning:
    session: Session
    linter: Linter
    tests: TestsOfWork
    agreement: Agreement
    given: Mapping[str, str]
    """The files to work on."""
    texts: dict[str, str] = field(default_factory=dict)
    """The files as they are by now."""
    targets: tuple[Diagnostic, ...] = ()
    """What the linter said of the files as they were given."""
    found: tuple[Diagnostic, ...] = ()
    """What it says of them by now."""
    by_linter: int = 0
    tried: list[Tried] = field(default_factory=list)
    why_left: dict[_Key, str] = field(default_factory=dict)
    _given_up: Counter[_Key] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.texts = dict(self.given)

    def do(self) -> None:
        self.targets = self.found = self._look(self.given)
        if not self.found:
            return
        self._by_linter()
        asked = 0
        while one := self._next():
            if asked == MOST:
                self._give_up(one, f"more than {MOST}")
                continue
            asked += 1
            done = len(self.targets) - len(self.found)
            self.session.context.progress(done / len(self.targets), one.as_line())
            try:
                self._by_model(one)
            except OutOfTokens as error:
                self._give_up(one, error.reason)

    def left(self) -> list[tuple[Diagnostic, str]]:
        return [(one, self.why_left.get(_key(one), "")) for one in self.found]

    def judged(self) -> Judgement:
        """What the checks say of all that is proposed together."""
        required = [SILENCES, self.linter.name, LEFT]
        return self.session.judged(self._checks(required), required, self.texts)

    def _checks(self, required: list[str]) -> Iterator[Check]:
        """What says that the code still does what it did is required, too: which check that is
        depends on what is there to check by."""
        languages = {path: self._language(path) for path in self.texts}
        yield silences(self.given, self.texts, languages)
        for path, text in self.texts.items():
            if text != self.given[path]:
                yield without_tricks(self.given[path], text, languages[path])
        with self.session.work.trial(self.texts) as trial:
            looked = self.linter.look(trial, [*self.texts])
        yield compared_with_before(looked.check, lambda: worse(self.targets, looked.found))
        yield self._all_of_it(looked)
        changed = differences(self.given, self.texts)
        if not changed:
            required.append(CODE)
            yield Check(CODE, passed=True, says="the same syntax tree, but for its form")
            return
        # No fault by itself: then tests are asked, and calls.
        yield from self._of_other_code(changed, required)

    def _of_other_code(self, changed: Mapping[str, str], required: list[str]) -> Iterator[Check]:
        if tests := vouch_for_themselves([*changed]):
            says = f"{', '.join(tests)} became other code, and is what it would be tested by"
            yield Check(TESTS, passed=None, says=says)
            return
        check = self.tests.check(self.texts)
        if check.passed is not None:
            yield check
        same = self.agreement.check(self.given, self.texts, corrected(self.targets, self.found))
        if same.passed is not None:
            required.append(SAME)
            yield same
            if self.tests.fail_before:
                yield check
            return
        required.append(TESTS)
        if check.passed is None:
            told = "; ".join(f"{path}: {one}" for path, one in changed.items())[:300]
            yield replace(check, says=f"{check.says}; the code is another: {told}")
            yield same
        else:  # what is in no function is reached by nothing that could be told
            yield self.tests.reached(self.given, self.texts) or same

    def _all_of_it(self, looked: Looked) -> Check:
        """By what the linter said, which is told already: it takes no more time."""
        found, number = looked.found, len(self.targets)
        passed: bool | None = True
        says = f"{number} of {number}"
        if found:
            passed = False if self.texts == dict(self.given) else None
            says = f"{len(found)} of {number} are left: {found[0].as_line()}"
        return replace(looked.check, name=LEFT, passed=passed, says=says, seconds=0.0)

    def _by_linter(self) -> None:
        with self.session.work.trial(self.texts) as trial:
            trouble = self.linter.fix(trial, [*self.texts])
            after = {path: text_of(trial.root, path) for path in self.texts}
        if trouble:
            self.session.context.warn(trouble)
            return
        if after == self.texts:
            return
        found = self._look(after)
        told = worse(self.found, found)
        if not told and differences(self.texts, after) and not self.tests.none:
            check = self.tests.check(after)
            self.session.note(check)
            told = [] if check.passed else [check.says]
        if told:
            self.session.context.warn(f"what {self.linter.name} corrects itself: {told[0]}")
            return
        self.by_linter = len(self.found) - len(found)
        self.texts, self.found = after, found

    def _by_model(self, one: Diagnostic) -> None:
        language = self._language(one.file)
        place = language and place_of(one.file, self.texts[one.file], line_of(one), language)
        if not language or not place:
            self._give_up(one, "it is in nothing that could be asked for")
            return
        mending = Mending(
            self.session,
            self.linter,
            self.tests,
            self.agreement,
            self.texts,
            self.found,
            one,
            place,
            language,
        )
        question = mending.question(self.session.params.guidance)
        plan = self.session.plan()
        found = search(self.session.asker, question, mending, plan)
        self.tried += found.tried
        if found.candidate is None or found.judgement.verdict is not Verdict.VERIFIED:
            self._give_up(one, found.judgement.reason)
            return
        text = found.candidate.text
        self.texts = {**self.texts, one.file: text}
        self.found = mending.seen[text]

    def _next(self) -> Diagnostic | None:
        passed_over: Counter[_Key] = Counter()
        for one in self.found:
            passed_over[_key(one)] += 1
            if passed_over[_key(one)] > self._given_up[_key(one)]:
                return one
        return None

    def _give_up(self, one: Diagnostic, why: str) -> None:
        self._given_up[_key(one)] += 1
        self.why_left[_key(one)] = why
        self.session.context.log(f"left: {one.as_line()}: {why}")

    def _look(self, texts: Mapping[str, str]) -> tuple[Diagnostic, ...]:
        with self.session.work.trial(texts) as trial:
            looked = self.linter.look(trial, [*texts])
        self.session.note(looked.check)
        if not looked.ran:
            raise Failed(f"{self.linter.name}: {looked.check.says}", "is select right?")
        return looked.found

    def _language(self, path: str) -> Language | None:
        return language_of(path, self.texts[path])


def _key(one: Diagnostic) -> _Key:
    return one.file, one.code, one.message
