"""Rivals of a fix: the answer with some of what it added left out, and one more of the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from code_agent.checks.rivals import ANOTHER, RIVALS, Contest, Rival
from code_agent.checks.rules import TEETH
from code_agent.fixing.idle import idle_ones
from code_agent.fixing.progress import Seen, worse
from code_agent.fixing.project import Project, merged
from code_agent.fixing.simpler import simpler
from code_agent.languages.pieces import Piece
from code_agent.python.source import is_python
from code_agent.python.symbols import all_symbols
from code_agent.verdict import Check


@dataclass(frozen=True)
class Rivals:
    project: Project
    """Without the answer."""
    piece: Piece
    text: str
    """Of the whole file, by the answer."""
    seed: int
    is_over: Callable[[], bool]
    """No time is left to look further."""

    def idle(self) -> Check | None:
        """Of a function that does nothing; none where that says nothing of the answer."""
        piece = self.piece
        tests = [one.text for one in self.project.failures]
        before = self.project.text(piece.path)
        made = idle_ones(piece.language, piece.name, before, self.text, tests)
        for number, one in enumerate(made):
            if self.is_over():
                says = f"{number} of {len(made)} were tried, then its time was over"
                return self._contest.told(TEETH, passed=None, says=says)
            if self._is_green(one.text):
                return self._contest.told(
                    TEETH, passed=None, says=f"{one.says} passes all tests, too"
                )
        if made:
            says = f"{len(made)} with nothing in it were tried"
            return self._contest.told(TEETH, passed=True, says=says)
        if piece.language != "python":
            says = "the tests have no values to try it with"
            return self._contest.told(TEETH, passed=None, says=says)
        return None

    def first(self, another: Callable[[], str | None]) -> Rival | None:
        """`another` asks for one more answer that passes the tests: the file by that."""
        if self.piece.language != "python" or not is_python(self.project.text(self.piece.path)):
            return None
        for text in simpler(self.project.text(self.piece.path), self.text):
            if self.is_over():
                return None
            if self._is_green(text) and (differs := self._contest.differs(text)):
                return self._rival("the same with less in it", text, differs)
        other = None if self.is_over() else another()
        if other is not None and (differs := self._contest.differs(other)):
            return self._rival(ANOTHER, other, differs)
        return None

    def check(self, rival: Rival | None) -> Check:
        """What `first` came to."""
        language = self.piece.language
        if rival is None and language != "python":
            says = f"of {language} only functions that do nothing were tried"
        elif rival is None:
            says = "nothing else that was tried passes and differs"
        else:
            says = rival.says
        return self._contest.told(RIVALS, passed=None if rival else True, says=says)

    @cached_property
    def _contest(self) -> Contest:
        piece, project = self.piece, self.project
        tests = [one for language, one in project.tests.values() if language == "python"]
        known = "\n\n".join(one for one in tests if piece.own_name in one and is_python(one))
        return Contest(
            project.work,
            piece.path,
            self.text,
            names=(piece.name,),
            tests=known,
            seed=self.seed,
            changes=project.changes,
        )

    def _is_green(self, text: str) -> bool:
        project, path = self.project, self.piece.path
        if selected := project.selected():
            with project.work.trial({**project.changes, path: text}) as trial:
                told = merged([project.checks[0].run(trial, selected)])
            self._contest.ran.extend(told.checks)
            if not told.is_green:
                return False
        seen: Seen = project.run(path, text)[0]
        self._contest.ran.extend(seen.checks)
        return seen.is_green and not worse(project.first, seen)

    def _rival(self, how: str, text: str, differs: tuple[str, ...]) -> Rival:
        found = [one.text for one in all_symbols(text) if one.name == self.piece.name]
        return Rival(how, "".join(found), differs)
