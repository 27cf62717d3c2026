"""More answers to a question that has one which holds: where they do not do the same, none of them
can be told to be right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from code_agent.asking import OutOfTokens, Question, Sample
from code_agent.checks.rivals import ANOTHER, RIVALS, Contest, Rival
from code_agent.sampling import Craft, Found, Plan, Tried
from code_agent.session import Session
from code_agent.unusable import Unusable
from code_agent.verdict import judgement
from ygg.models.port import Reply
from ygg.task import Verdict

TEMPERATURES = (0.8, 1.0)
"""Of the answers that are asked for, one after the other: lively, for they are to be others."""
_SAME_CODE = "the same code"
_AGREES = "other code that does the same"
_OPEN = "other code that could not be compared"
_FAILS = "not verified"


class Contender(Craft[str], Protocol):
    """Whose candidates are texts of files."""

    def contest(self, candidate: str) -> Contest: ...


def contend(
    session: Session, question: Question, craft: Contender, plan: Plan, found: Found[str]
) -> Rival | None:
    """What it comes to is added to what was found. Who may ask once asks once."""
    candidate, judged = found.candidate, found.judgement
    if candidate is None or judged.verdict is not Verdict.VERIFIED or plan.answers < 2:
        return None
    contest = craft.contest(candidate)
    contending = _Contending(session, craft, contest, found, {craft.mark(candidate)})
    rival = contending.against(_replies(session, question, plan, found))
    says = rival.says if rival else contending.says()
    check = contest.told(RIVALS, passed=None if rival else True, says=says)
    session.note(check)
    names = [one.name for one in judged.checks]
    found.judgement = judgement([*judged.checks, check], [*names, RIVALS])
    return rival


def _replies(
    session: Session, question: Question, plan: Plan, found: Found[str]
) -> Iterator[tuple[Sample, Reply]]:
    """Those that are there already first."""
    most = min(len(TEMPERATURES), plan.answers - 1)
    yield from found.unjudged[:most]
    for number in range(len(found.unjudged), most):
        sample = Sample(TEMPERATURES[number], (plan.seed + plan.answers + number) % 2**31)
        try:
            yield sample, session.asker.ask(question, sample)
        except OutOfTokens as error:
            session.context.log(f"no other answer: {error}")
            return


@dataclass
class _Contending:
    session: Session
    craft: Contender
    contest: Contest
    found: Found[str]
    known: set[str]
    """The marks of what was compared."""
    came: Counter[str] = field(default_factory=Counter)

    def against(self, replies: Iterator[tuple[Sample, Reply]]) -> Rival | None:
        for sample, reply in replies:
            came, rival = self._one(sample, reply)
            self.came[came] += 1
            if rival:
                return rival
        return None

    def says(self) -> str:
        number = self.came.total()
        if not number:
            return "no other answer could be asked for"
        told = ", ".join(f"{count} {came}" for came, count in self.came.items())
        return f"of {number} other answer{'s' * (number > 1)}: {told}"

    def _one(self, sample: Sample, reply: Reply) -> tuple[str, Rival | None]:
        try:
            text = self.craft.read(reply)
        except Unusable as error:
            self._note(Verdict.REFUTED, error.reason, sample)
            return _FAILS, None
        mark = self.craft.mark(text)
        if mark in self.known:
            self._note(Verdict.VERIFIED, "the same as an earlier answer", sample)
            return _SAME_CODE, None
        judged = self.craft.judge(text)
        self._note(judged.verdict, judged.reason, sample)
        if judged.verdict is not Verdict.VERIFIED:
            return _FAILS, None
        self.known.add(mark)
        if differs := self.contest.differs(text):
            return "", Rival(ANOTHER, text, differs)
        return (_AGREES if self.contest.ran[-1].passed else _OPEN), None

    def _note(self, verdict: Verdict, why: str, sample: Sample) -> None:
        self.found.tried.append(Tried(verdict, why, sample.temperature, repair=False))
