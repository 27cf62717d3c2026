"""Several answers to one question: the likeliest first, then livelier ones, until one holds.

Each may be repaired once, told what was wrong. Answers that mean the same are judged once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from pydantic import JsonValue

from code_agent.asking import SHORTEST_ANSWER, Asker, OutOfTokens, Question, Sample
from code_agent.unusable import Unusable
from code_agent.verdict import Judgement
from ygg.models.port import Reply
from ygg.task import Verdict

TEMPERATURES = (0.0, 0.3, 0.6, 0.8, 1.0)
FEEDBACK_LENGTH = 1500
ANSWER_LENGTH = 6000
"""So much of an answer is repeated to the model that is to mend it."""
WHY_LENGTH = 300

Candidate = TypeVar("Candidate")


class Craft(Protocol[Candidate]):
    """What one label makes of answers."""

    def read(self, reply: Reply) -> Candidate:
        """What the answer proposes. `Unusable` says why it is none."""
        ...

    def mark(self, candidate: Candidate) -> str:
        """The same for candidates that mean the same."""
        ...

    def judge(self, candidate: Candidate) -> Judgement: ...


@dataclass(frozen=True)
class Plan:
    answers: int = 4
    at_a_time: int = 2
    seed: int = 0
    best: Verdict = Verdict.VERIFIED
    """The best that can be said here; whoever reaches it need not try on."""


@dataclass(frozen=True)
class Tried:
    """What came of one answer."""

    verdict: Verdict
    why: str
    temperature: float
    repair: bool

    def as_data(self) -> dict[str, JsonValue]:
        return {
            "verdict": self.verdict.value,
            "why": self.why[:WHY_LENGTH],
            "temperature": self.temperature,
            "repair": self.repair,
        }


@dataclass
class Found(Generic[Candidate]):
    """The best of all that was tried."""

    candidate: Candidate | None = None
    judgement: Judgement = field(
        default=Judgement(Verdict.REFUTED, "the model gave no answer that could be used", ())
    )
    tried: list[Tried] = field(default_factory=list)
    stopped: str = ""
    """Why it ended before all that were planned were tried."""
    unjudged: list[tuple[Sample, Reply]] = field(default_factory=list)
    """What had been answered, too, when nothing better could come."""


def search(
    asker: Asker, question: Question, craft: Craft[Candidate], plan: Plan
) -> Found[Candidate]:
    """Until one is as good as can be, or the plan has no more answers."""
    looking = _Search(asker, question, craft, plan)
    try:
        for sample, reply in _replies(asker, question, plan, looking.found.unjudged):
            if looking.take(reply, sample):
                break
    except OutOfTokens as error:
        if not looking.found.tried:
            raise
        looking.found.stopped = error.reason
    return looking.found


class _Search(Generic[Candidate]):
    def __init__(
        self, asker: Asker, question: Question, craft: Craft[Candidate], plan: Plan
    ) -> None:
        self._asker = asker
        self._question = question
        self._craft = craft
        self._plan = plan
        self._seen: set[str] = set()
        self.found: Found[Candidate] = Found()

    def take(self, reply: Reply, sample: Sample) -> bool:
        """True once nothing better can come."""
        trouble = self._try(reply, sample, repair=False)
        if trouble:
            self._mend(reply, trouble, sample)
        return self.found.candidate is not None and (
            _rank(self.found.judgement.verdict) >= _rank(self._plan.best)
        )

    def _mend(self, reply: Reply, trouble: str, sample: Sample) -> None:
        told = self._question.prompt.fill("repair", trouble=trouble[:FEEDBACK_LENGTH])
        again = self._question.again(reply.text[:ANSWER_LENGTH], told)
        # With an answer and what was wrong with it, a question may have grown too long.
        if self._asker.room(again) >= SHORTEST_ANSWER:
            self._try(self._asker.ask(again, sample), sample, repair=True)

    def _try(self, reply: Reply, sample: Sample, *, repair: bool) -> str:
        """What was wrong, if that could be mended."""
        try:
            candidate = self._craft.read(reply)
        except Unusable as error:
            self._note(Verdict.REFUTED, error.reason, sample, repair)
            return error.reason
        mark = self._craft.mark(candidate)
        if mark in self._seen:
            self._note(Verdict.REFUTED, "the same as an earlier answer", sample, repair)
            return ""
        self._seen.add(mark)
        judged = self._craft.judge(candidate)
        self._note(judged.verdict, judged.reason, sample, repair)
        if self.found.candidate is None or (
            _rank(judged.verdict) > _rank(self.found.judgement.verdict)
        ):
            self.found.candidate, self.found.judgement = candidate, judged
        return judged.feedback

    def _note(self, verdict: Verdict, why: str, sample: Sample, repair: bool) -> None:
        self.found.tried.append(Tried(verdict, why, sample.temperature, repair))
        if self.found.candidate is None:
            self.found.judgement = Judgement(Verdict.REFUTED, why, ())


def _rank(verdict: Verdict) -> int:
    return (Verdict.REFUTED, Verdict.UNVERIFIED, Verdict.VERIFIED).index(verdict)


def _replies(
    asker: Asker, question: Question, plan: Plan, left: list[tuple[Sample, Reply]]
) -> Iterator[tuple[Sample, Reply]]:
    """The first alone; the others a few at a time, each handed on in its turn. What nobody waits
    for any more is left."""
    samples = [_sample(number, plan.seed) for number in range(plan.answers)]
    yield samples[0], asker.ask(question, samples[0])
    unwanted = threading.Event()
    pool = ThreadPoolExecutor(max_workers=plan.at_a_time, thread_name_prefix="ask")
    asked: list[tuple[Sample, Future[Reply]]] = []
    try:
        for sample in samples[1:]:
            asked.append((sample, pool.submit(asker.ask, question, sample, unwanted)))
            if len(asked) >= plan.at_a_time:
                yield _first(asked)
        while asked:
            yield _first(asked)
    finally:
        left += [(sample, one.result()) for sample, one in asked if _is_answered(one)]
        unwanted.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _first(asked: list[tuple[Sample, Future[Reply]]]) -> tuple[Sample, Reply]:
    sample, future = asked.pop(0)
    return sample, future.result()


def _is_answered(one: Future[Reply]) -> bool:
    return one.done() and one.exception() is None


def _sample(number: int, seed: int) -> Sample:
    return Sample(TEMPERATURES[min(number, len(TEMPERATURES) - 1)], (seed + number) % 2**31)
