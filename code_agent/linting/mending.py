"""One diagnostic that the linter does not correct itself: the model's answer, and its checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from code_agent.answers import code_of
from code_agent.asking import Question
from code_agent.checks.rules import NO_TRICKS, rule
from code_agent.checks.tests_of_work import TestsOfWork
from code_agent.elision import elided
from code_agent.languages.difference import differences
from code_agent.languages.which import Language
from code_agent.linting.agreement import Agreement, corrected
from code_agent.linting.linters import Linter
from code_agent.linting.places import TAKE_AWAY, Place, line_of, replaced
from code_agent.linting.suppressions import added
from code_agent.prompt import fenced, prompt
from code_agent.python.source import lines_of
from code_agent.python.tampering import tampering
from code_agent.session import Session
from code_agent.unusable import Unusable
from code_agent.verdict import Check, Judgement
from executors.projects.diagnostics import Diagnostic
from ygg.models.port import Message, Reply

PROMPT = "fix_lint"
SILENCES = "silences nothing"


@dataclass(frozen=True)
class Candidate:
    text: str
    """The whole file as it would be."""


@dataclass
class Mending:
    session: Session
    linter: Linter
    tests: TestsOfWork
    agreement: Agreement
    texts: Mapping[str, str]
    """All files to work on, as they are by now."""
    found: Sequence[Diagnostic]
    """What the linter says of those files by now."""
    target: Diagnostic
    place: Place
    language: Language
    seen: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    """What it says after each proposal, by the text that was proposed."""

    def question(self, guidance: str) -> Question:
        told = prompt(PROMPT)
        mind = told.fill("guidance", guidance=guidance) + "\n\n" if guidance.strip() else ""
        lines = lines_of(self.before)
        number = line_of(self.target)
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        words = told.fill(
            "user",
            linter=self.linter.name,
            rule=self.target.code,
            message=self.target.message,
            line=fenced(line.strip(), self.language),
            guidance=mind,
            name=self.place.name or told.fill("statement"),
            code=fenced(self.place.text, self.language),
        )
        return Question(told, (Message("system", told.fill("system")), Message("user", words)))

    @property
    def before(self) -> str:
        return self.texts[self.target.file]

    def read(self, reply: Reply) -> Candidate:
        code = code_of(
            reply.text,
            self.language,
            defines=self.place.defines,
            ended=reply.finished == "stop",
        )
        taken_away = not self.place.name and code.strip() == TAKE_AWAY
        missing = None if taken_away else elided(code, self.place.text, self.language)
        if missing:
            raise Unusable(missing)
        text = replaced(self.before, self.place, code)
        if text == self.before:
            raise Unusable("that is what is there already")
        return Candidate(text)

    def mark(self, candidate: Candidate) -> str:
        """Comments count, too: they may be what a diagnostic is about."""
        return candidate.text

    def judge(self, candidate: Candidate) -> Judgement:
        required = [SILENCES, NO_TRICKS, self.linter.name]
        after = {**self.texts, self.target.file: candidate.text}
        return self.session.judged(self._checks(candidate), required, after)

    def _checks(self, candidate: Candidate) -> Iterator[Check]:
        after = {**self.texts, self.target.file: candidate.text}
        yield silences(self.texts, after, {self.target.file: self.language})
        yield without_tricks(self.before, candidate.text, self.language)
        with self.session.work.trial(after) as trial:
            looked = self.linter.look(trial, [*after])
        self.seen[candidate.text] = looked.found
        found = looked.found
        yield compared_with_before(looked.check, lambda: worse(self.found, found, self.target))
        if not differences(self.texts, after):
            return
        if not self.tests.none:
            yield self.tests.check(after)
        same = self.agreement.check(self.texts, after, corrected(self.found, looked.found))
        if same.passed is not None:  # it is no matter here that too little can be told
            yield same


def silences(
    before: Mapping[str, str], after: Mapping[str, str], languages: Mapping[str, Language | None]
) -> Check:
    def wrong() -> list[str]:
        return [
            one
            for path, language in languages.items()
            for one in added(before[path], after[path], language)
        ]

    return rule(SILENCES, "".join(after.values()), wrong)


def without_tricks(before: str, after: str, language: Language | None) -> Check:
    """Code that is hidden from the linter is not corrected."""
    return rule(
        NO_TRICKS, after, lambda: tampering(after, before) if language == "python" else None
    )


def compared_with_before(ran: Check, wrong: Callable[[], list[str]]) -> Check:
    """What a linter's run comes to, once it is compared with the one before."""
    if ran.passed is not True:
        return ran
    told = wrong()
    return Check(
        name=ran.name,
        passed=not told,
        says="; ".join(told[:5]) or ran.says,
        command=ran.command,
        exit_code=ran.exit_code,
        of=ran.of,
        seconds=ran.seconds,
        feedback="\n".join(told),
    )


def worse(
    before: Sequence[Diagnostic], after: Sequence[Diagnostic], target: Diagnostic | None = None
) -> list[str]:
    """Counted by file and rule: lines may have moved."""
    old, new = _counted(before), _counted(after)
    told = []
    if target is not None and new[_key(target)] >= old[_key(target)]:
        left = next(one for one in after if _key(one) == _key(target))
        told.append(f"still there: {left.as_line()}")
    for one in after:
        if new[_key(one)] > old[_key(one)]:
            told.append(f"new: {one.as_line()}")
    return list(dict.fromkeys(told))


def _counted(found: Sequence[Diagnostic]) -> Counter[tuple[str, str]]:
    return Counter(_key(one) for one in found)


def _key(one: Diagnostic) -> tuple[str, str]:
    return one.file, one.code
