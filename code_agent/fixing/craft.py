"""What becomes of an answer: a changed file, and whether the project's checks like it better."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from code_agent.answers import code_of
from code_agent.checks.feedback import heard
from code_agent.checks.rules import NO_SPECIAL_CASES, NO_TRICKS, rule
from code_agent.checks.tricks import no_tricks
from code_agent.elision import elided
from code_agent.fixing.honest import knows_sizes, made_for, meddles
from code_agent.fixing.progress import Seen, is_progress, worse
from code_agent.fixing.project import Project, merged
from code_agent.fixing.replacing import replaced
from code_agent.fixing.stops import OutOfTime
from code_agent.fixing.suspects import Suspect
from code_agent.fixing.working import lost_uses, only_answers
from code_agent.languages.pieces import Piece
from code_agent.python.indentation import outdented
from code_agent.python.sameness import shape
from code_agent.python.source import lines_of, parsed
from code_agent.session import Session
from code_agent.unusable import Unusable
from code_agent.verdict import Check, Judgement
from ygg.models.port import Reply
from ygg.task import Verdict

FAILING = "failing tests"
SIZES = "knows no sizes of the tests"
WORKS = "works with what it is given"
UNCHANGED = "tests unchanged"
AGAIN = "tests again"


@dataclass(frozen=True)
class Candidate:
    text: str
    """The whole file as it would be."""
    code: str


@dataclass
class Fixing:
    """Answers about one function. What it learns of them is what the loop goes on with."""

    session: Session
    project: Project
    suspect: Suspect
    known: set[str]
    """Trees that were judged, by their digests; those of this round are added."""
    deadline: float
    better: tuple[Candidate, Seen, Judgement] | None = None
    left: dict[str, tuple[Candidate, str]] = field(default_factory=dict)
    """By the errors that they led to: candidates that are no better, and what was said."""
    repeated: bool = False
    """An answer made a tree that was judged in an earlier round."""
    _seen: Seen | None = None

    @property
    def piece(self) -> Piece:
        return self.suspect.piece

    def read(self, reply: Reply) -> Candidate:
        piece = self.piece
        code = code_of(
            reply.text,
            piece.language,
            defines=[piece.own_name],
            ended=reply.finished == "stop",
        )
        if missing := elided(code, piece.text, piece.language):
            raise Unusable(missing)
        before = self.project.text(piece.path)
        text = replaced(before, piece, code)
        if _normal(piece, text) == _normal(piece, before):
            raise Unusable(f"{piece.name} is as it was, and wrong")
        return Candidate(text, code)

    def mark(self, candidate: Candidate) -> str:
        """The digest of all files, where what is the same code counts as the same file."""
        changes = {**self.project.changes, self.piece.path: _normal(self.piece, candidate.text)}
        return self.project.work.tree.changed(changes).digest

    def judge(self, candidate: Candidate) -> Judgement:
        if time.monotonic() > self.deadline:
            raise OutOfTime
        after = {**self.project.changes, self.piece.path: candidate.text}
        mark = self.mark(candidate)
        if mark in self.known:
            self.repeated = True
            known = Check("new", passed=False, says="the same files were tried before")
            return self.session.judged([known], ["new"], after)
        self.known.add(mark)
        names = [check.name for check in self.project.checks]
        required = [NO_TRICKS, NO_SPECIAL_CASES, *names, UNCHANGED, AGAIN]
        judged = self.session.judged(self._checks(candidate), required, after)
        return self._kept(candidate, judged)

    def _kept(self, candidate: Candidate, judged: Judgement) -> Judgement:
        if self._seen is not None and judged.verdict is not Verdict.REFUTED:
            self.better = (candidate, self._seen, judged)
        elif self._seen is not None:
            self.left[self._seen.error()] = (candidate, judged.feedback)
        return judged

    def _checks(self, candidate: Candidate) -> Iterator[Check]:
        self._seen = None
        piece, code = self.piece, candidate.code
        before = _parsable(self.project.text(piece.path), piece)
        tests = [one.text for one in self.project.failures]
        shown = "\n".join(tests)
        yield self._no_tricks(candidate, before, shown)
        plain = outdented(code)
        answers = only_answers(piece, tests, plain)
        certain = answers.says if answers and answers.certain else None
        yield rule(
            NO_SPECIAL_CASES,
            code,
            lambda: made_for(piece.language, tests, piece.text, plain) or certain,
        )
        selected = self.project.selected()
        if selected:
            yield self._first_those(candidate, selected)
        project, path, text = self.project, piece.path, candidate.text
        seen, touched = project.run(path, text)
        self._seen = seen
        if not seen.is_green:
            yield from _not_green(project.now, seen)
            return
        yield from seen.checks
        if lost := worse(project.first, seen) or worse(project.now, seen):
            yield _unchanged(seen, passed=False, says=lost)
            return
        yield _unchanged(seen, passed=not touched, says=", ".join(touched[:5]))
        again, _ = project.run(path, text)
        for check in again.checks:
            says = check.says if check.passed else f"not the second time: {check.says}"
            yield replace(check, name=AGAIN, says=says)
        if told := knows_sizes(piece.language, tests, piece.text, plain):
            yield Check(SIZES, passed=None, says=told)
        if answers is not None:
            yield Check(WORKS, passed=None, says=answers.says)
        elif told := lost_uses(piece, before, text):
            yield Check(WORKS, passed=None, says=told)

    def _no_tricks(self, candidate: Candidate, before: str, shown: str) -> Check:
        language, text = self.piece.language, candidate.text
        if language != "python":
            wrong = partial(meddles, language, before, text, shown)
            return rule(NO_TRICKS, candidate.code, wrong)
        return no_tricks(text, before, shown, partial(meddles, language, before, text, shown))

    def _first_those(self, candidate: Candidate, selected: Sequence[str]) -> Check:
        """Cheaper than all of them, where none of them is mended."""
        project, piece = self.project, self.piece
        with project.work.trial({**project.changes, piece.path: candidate.text}) as trial:
            told = project.checks[0].run(trial, selected)
        seen = merged([told])
        mended = [name for name in selected if name in seen.passed]
        if mended:
            says = f"{len(mended)} of {len(selected)} pass now"
            return replace(told.check, name=FAILING, passed=True, says=says)
        self._seen = seen
        idle = [name for name in selected if name not in seen.failing]
        says = f"{idle[0]} failed before and does not run now" if idle else seen.says()
        heard = feedback(seen, says if idle else "")
        return replace(told.check, name=FAILING, passed=False, says=says, feedback=heard)


def _parsable(text: str, piece: Piece) -> str:
    """Of a broken file what is around the function that may be why."""
    if not piece.broken:
        return text
    lines = lines_of(text)
    return "".join(lines[: piece.first_line - 1] + lines[piece.last_line :])


def feedback(seen: Seen, more: str) -> str:
    """What the model hears of tests that fail."""
    cases = [(name, seen.cases[name]) for name in sorted(seen.failing)]
    told = heard((name, case.detail or case.message) for name, case in cases)
    return "\n".join([*told, more] if more else told)


def _unchanged(ran: Seen, *, passed: bool, says: str) -> Check:
    """By the run of the tests, which is told already: it takes no more time."""
    first = ran.checks[0]
    return replace(first, name=UNCHANGED, passed=passed, says=says, seconds=0.0, feedback="")


def _not_green(before: Seen, after: Seen) -> Iterator[Check]:
    better = is_progress(before, after)
    why = worse(before, after)
    for check in after.checks:
        if check.passed:
            yield check
        elif better:
            # Not yet well, but nearer: it is no reason to throw the answer away.
            yield replace(check, passed=None)
        else:
            says = f"{check.says}; {why}" if why else check.says
            yield replace(check, says=says, feedback=feedback(after, why))


def _normal(piece: Piece, text: str) -> str:
    """What is the same for two texts that are the same code."""
    if piece.language != "python":
        return "\n".join(line.strip() for line in text.splitlines() if line.strip())
    try:
        return shape(parsed(text))
    except SyntaxError:
        return text
