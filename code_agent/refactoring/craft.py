"""What `code-refactor` makes of an answer, and what it holds it against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from code_agent.asking import Question
from code_agent.budget import Piece as Material
from code_agent.budget import fitted
from code_agent.checks.characterization import SAME, Characterization
from code_agent.checks.rules import NO_SPECIAL_CASES, NO_TRICKS, rule
from code_agent.checks.tests_of_work import TESTS, TestsOfWork
from code_agent.checks.tricks import no_tricks
from code_agent.languages.difference import differences
from code_agent.prompt import fenced, prompt
from code_agent.python.affected import affected
from code_agent.python.catches import catches_more
from code_agent.python.complexity import worse
from code_agent.python.exits import new_exits, spoken_of
from code_agent.python.sameness import shape
from code_agent.python.source import parsed
from code_agent.python.special_cases import special_cases
from code_agent.python.surroundings import looks_around
from code_agent.python.tampering import tampering
from code_agent.python.wishes import asks_for_more, places_of, wished_facts
from code_agent.refactoring.elsewhere import elsewhere
from code_agent.refactoring.interface import broken
from code_agent.refactoring.piece import Piece, around
from code_agent.session import Session
from code_agent.verdict import Check, Judgement
from ygg.models.port import Message, Reply

CHANGED, INTERFACE, SIMPLER = "changed", "interface", "no harder to follow"
AROUND, CATCHES, WISHED = "surroundings", "errors", "as was asked"
ALWAYS = (CHANGED, INTERFACE, NO_TRICKS, AROUND, CATCHES, SIMPLER)


@dataclass(frozen=True)
class Wanted:
    guidance: str
    interface: bool = False
    """What others use may change, too."""


@dataclass
class Refactored:
    """The text of one file, a piece of which was rewritten."""

    session: Session
    piece: Piece
    wanted: Wanted
    others: Mapping[str, str]
    """Other files, as they are by now."""
    tests: TestsOfWork
    characterization: Characterization
    shown_tests: str = ""
    """Code of the tests that there are."""

    def question(self) -> Question:
        words = prompt("refactor")
        piece = self.piece
        what = "symbol" if piece.name else "whole"
        guidance = self.wanted.guidance.strip() or words.fill("usual")

        def build(shown: Sequence[Material]) -> Question:
            asked = words.fill(
                "user",
                what=words.fill(what, name=piece.name, path=piece.path),
                code=fenced(piece.shown, piece.language),
                guidance=guidance,
                more="\n\n".join(one.text for one in shown),
            )
            system = words.fill("system")
            return Question(words, (Message("system", system), Message("user", asked)))

        material = [
            *elsewhere(self.session, piece, self.wanted.guidance, self.others),
            *(
                Material(one.name, words.fill("around", text=fenced(one.text, piece.language)))
                for one in around(piece)
            ),
        ]
        return fitted(self.session.asker, material, build, self.session.left_out)

    def read(self, reply: Reply) -> str:
        return self.piece.after(reply)

    def mark(self, candidate: str) -> str:
        return shape(parsed(candidate)) if self.piece.language == "python" else candidate

    def judge(self, candidate: str) -> Judgement:
        required = [*ALWAYS] if self.piece.language == "python" else [CHANGED, INTERFACE]
        after = {**self.others, self.piece.path: candidate}
        return self.session.judged(self.checks(candidate, required), required, after)

    def checks(self, candidate: str, required: list[str]) -> Iterator[Check]:
        """What is required comes to depend on what is there to check by."""
        before = self.piece.before
        yield from self._rules(candidate)
        tested = False
        after = {**self.others, self.piece.path: candidate}
        if not self.tests.none:
            told = self.tests.check(after)
            yield told
            if not told.passed:
                return
            reached = self._reached(after)
            if reached is not None and reached.passed:
                tested = True
                yield reached
        if self.piece.language != "python":
            required.append(TESTS)
            return
        same = self.characterization.check(candidate, self.others)
        if same.passed is None and tested:
            required.append(TESTS)
            yield from self._knows_tests(candidate, before)
            return
        required.append(SAME)
        if self.tests.fail_before:
            yield self.tests.check({})
        yield same

    def _rules(self, candidate: str) -> Iterator[Check]:
        piece, wanted = self.piece, self.wanted
        before = piece.before
        yield rule(CHANGED, candidate, partial(_unchanged, piece, candidate))
        if not wanted.interface:
            yield rule(
                INTERFACE,
                candidate,
                lambda: broken(before, candidate, piece.language, wanted.guidance),
            )
        else:
            yield Check(INTERFACE, passed=True, says="it was allowed to change")
        if piece.language != "python":
            return
        given = f"{wanted.guidance}\n{self.shown_tests}"
        yield no_tricks(candidate, before, given, lambda: self._tricks(candidate))
        yield rule(AROUND, candidate, lambda: looks_around(before, candidate))
        yield rule(CATCHES, candidate, lambda: catches_more(before, candidate))
        yield rule(SIMPLER, candidate, lambda: worse(before, candidate))
        yield from self._wished(candidate)

    def _wished(self, candidate: str) -> Iterator[Check]:
        guidance, piece = self.wanted.guidance, self.piece
        places = [piece.name] if piece.name else places_of(guidance, piece.before)
        wishes = wished_facts(guidance)
        for wish in wishes:
            told = rule(WISHED, candidate, partial(wish.unmet, piece.before, candidate, places))
            says = f"{wish.says}: {told.says}" if told.says else wish.says
            yield replace(told, says=says, feedback=says)
        if not wishes and asks_for_more(guidance):
            yield Check(WISHED, passed=None, says="whether it is, no machine can tell: read it")

    def _tricks(self, candidate: str) -> list[str]:
        before = self.piece.before
        found = tampering(candidate, before)
        if not spoken_of(self.wanted.guidance):
            found += new_exits(candidate, before)
        return list(dict.fromkeys(found))

    def _reached(self, after: Mapping[str, str]) -> Check | None:
        before = {**self.others, self.piece.path: self.piece.before}
        return self.tests.reached(before, after)

    def _knows_tests(self, candidate: str, before: str) -> Iterator[Check]:
        """Where tests are all there is, code that knows their values is not believed."""
        found = special_cases(candidate, self.shown_tests, before) if self.shown_tests else None
        if found is not None and found.found:
            told = "; ".join(one.says() for one in found.found[:3])
            passed = False if found.certain else None
            yield Check(NO_SPECIAL_CASES, passed=passed, says=told)


def _unchanged(piece: Piece, candidate: str) -> str | None:
    if piece.language == "python":
        is_other = bool(affected(piece.before, candidate))
    else:
        is_other = bool(differences({piece.path: piece.before}, {piece.path: candidate}))
    return None if is_other else "nothing changed"
