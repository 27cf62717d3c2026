"""The pieces of a task rewritten one after the other, each held against the code before it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from pydantic import JsonValue

from code_agent.asking import OutOfTokens
from code_agent.checks.characterization import Characterization
from code_agent.checks.tests_of_work import TestsOfWork
from code_agent.languages.which import Language
from code_agent.protected import is_test
from code_agent.python.records_closely import Closely
from code_agent.python.source import is_python
from code_agent.python.wishes import left_to, renames
from code_agent.refactoring.craft import Refactored, Wanted
from code_agent.refactoring.piece import Piece
from code_agent.sampling import Tried, search
from code_agent.session import Session
from code_agent.verdict import Check, Judgement
from ygg.task import Verdict

MOST_TESTS = 20


@dataclass
class Rewriting:
    session: Session
    wanted: Wanted
    tests: TestsOfWork
    texts: dict[str, str]
    """Of all files to work on, as they are by now."""
    alone: bool
    """There is but one piece: what is refuted of it is told, too."""
    tried: list[Tried] = field(default_factory=list)
    _found: list[tuple[str, Judgement]] = field(default_factory=list)

    def rewrite(self, path: str, name: str, language: Language) -> None:
        piece = Piece(path, self.texts[path], language, name)
        craft = self._craft(piece)
        try:
            found = search(self.session.asker, craft.question(), craft, self.session.plan())
        except OutOfTokens as error:
            if not self._found:
                raise
            self._found.append((piece.called, Judgement(Verdict.REFUTED, error.reason, ())))
            return
        self.tried += found.tried
        self._found.append((piece.called, found.judgement))
        is_kept = self.alone or found.judgement.verdict is not Verdict.REFUTED
        if found.candidate is not None and is_kept:
            self.texts[path] = found.candidate

    def judged(self) -> Judgement:
        """Of all pieces together. What was refuted of several is left as it was; its checks are
        told all the same."""
        if len(self._found) == 1:
            return self._found[0][1]
        verdicts = {one.verdict for _, one in self._found}
        checks = [_of_piece(name, check) for name, one in self._found for check in one.checks]
        verdict = verdicts.pop() if len(verdicts) == 1 else Verdict.UNVERIFIED
        best = Verdict.VERIFIED
        told = [f"{name}: {one.reason}" for name, one in self._found if one.verdict is not best]
        says = "; ".join(told) or f"all {len(self._found)} pieces do the same, and are simpler"
        return Judgement(verdict, says, tuple(checks))

    def told(self) -> list[JsonValue]:
        return [
            {"name": name, "verdict": one.verdict.value, "reason": one.reason}
            for name, one in self._found
        ]

    def _craft(self, piece: Piece) -> Refactored:
        tests = self._tests_of(piece) if piece.language == "python" else ""
        return Refactored(
            session=self.session,
            piece=piece,
            wanted=self.wanted,
            others={path: text for path, text in self.texts.items() if path != piece.path},
            tests=self.tests,
            characterization=Characterization(
                work=self.session.work,
                path=piece.path,
                before=piece.before,
                tests=tests,
                names=(piece.name.partition(".")[0],) if piece.name else (),
                seed=self.session.params.seed,
                renamed=renames(self.wanted.guidance),
                close=Closely().parts - left_to(self.wanted.guidance),
            ),
            shown_tests=tests,
        )

    def _tests_of(self, piece: Piece) -> str:
        """Code of tests that speak of the module."""
        work = self.session.work
        name = PurePosixPath(piece.path).stem
        paths = [one for one in work.tree.digests if is_test(one) and one.endswith(".py")]
        texts = [work.text(path) for path in paths[:MOST_TESTS]]
        return "\n\n".join(text for text in texts if name in text and is_python(text))


def _of_piece(name: str, check: Check) -> Check:
    return replace(check, says=f"{name}: {check.says}" if check.says else name)
