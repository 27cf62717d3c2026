"""What `code-test` makes of an answer: its tests join those of the answers before."""

from __future__ import annotations

import ast

from code_agent.asking import Question
from code_agent.prompt import fenced, prompt
from code_agent.session import Session
from code_agent.testing.pool import Pool
from code_agent.testing.reading import Reading, read_tests, rid_of
from code_agent.testing.single import OneTest
from code_agent.tree import sha256
from code_agent.unusable import Unusable
from code_agent.verdict import Check, Judgement
from ygg.models.port import Message, Reply
from ygg.task import Verdict

HOLD, NOTICE = "tests of an answer", "faults noticed"
MOST_TOLD = 3
BLOCK_ENDS = "```\n\n"
"""What small models say after their code has no end."""


class PooledTests:
    def __init__(self, session: Session, pool: Pool, guidance: str) -> None:
        self._session = session
        self._pool = pool
        self._guidance = guidance
        self._marks: set[str] = set()

    def question(self) -> Question:
        target, words = self._pool.target, prompt("test")
        guidance = self._guidance
        form = words.fill(
            "class" if target.symbol.kind == "class" else "function",
            head=ast.unparse(target.subject.import_of(target.imported)),
            name=target.imported,
            own=target.name.replace(".", "_").lower(),
        )
        asked = words.fill(
            "user",
            code=fenced(target.shown, "python"),
            form=fenced(form, "python"),
            guidance=words.fill("guidance", guidance=guidance) + "\n\n" if guidance else "",
            name=target.name,
        )
        messages = (Message("system", words.fill("system")), Message("user", asked))
        return Question(words, messages, stop=(BLOCK_ENDS,))

    def read(self, reply: Reply) -> Reading:
        reading = read_tests(reply.text, self._pool.target, ended=reply.finished == "stop")
        self._pool.dropped |= reading.refused
        fresh = rid_of(reading, self._marks)
        if not fresh.tests:
            raise Unusable("these tests were there already; write others")
        self._marks |= {one.mark for one in fresh.tests}
        return fresh

    def mark(self, candidate: Reading) -> str:
        return "\n".join(one.mark for one in candidate.tests)

    def judge(self, candidate: Reading) -> Judgement:
        pool, number = self._pool, len(candidate.tests)
        held, kept, noticed = pool.take(candidate.tests)
        of = sha256("\n".join(one.source for one in candidate.tests).encode(errors="replace"))
        checks = [
            Check(
                HOLD,
                passed=held > 0,
                says=f"{held} of {number} hold on the code as it is",
                of=of,
                feedback=self._why_none(candidate.tests),
            )
        ]
        if pool.mutants:
            left = [one.says for one in pool.surviving]
            told = f"{len(pool.mutants) - len(left)} of {len(pool.mutants)}"
            checks.append(
                Check(
                    NOTICE,
                    passed=not left,
                    says=told,
                    of=of,
                    feedback=_told(left),
                )
            )
        for one in checks:
            self._session.note(one)
        says = f"{held} of {number} hold, {noticed} more faults are noticed"
        if pool.is_full and held:
            return Judgement(Verdict.VERIFIED, says, tuple(checks))
        verdict = Verdict.UNVERIFIED if kept else Verdict.REFUTED
        return Judgement(verdict, says, tuple(checks))

    def _why_none(self, tests: list[OneTest]) -> str:
        """What the code returned is not told: it would become what the next answer expects."""
        told = [
            f"{one.name}: {self._pool.dropped[one.name]}"
            for one in tests
            if one.name in self._pool.dropped
        ]
        wrong = "None of these tests holds. Work out again, step by step, what each call returns."
        return "\n".join(told[:MOST_TOLD]) or wrong


def _told(left: list[str]) -> str:
    lines = "\n".join(f"- {one}" for one in left[:MOST_TOLD])
    return f"These faults in the code would go unnoticed:\n{lines}\nWrite tests that fail then."
