"""Other code that passes the same tests: where it does something else, nobody knows what is right.

Rivals are the answer itself with some of what it added left out, and one more answer of the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pydantic import JsonValue

from code_agent.checks.characterization import Characterization
from code_agent.checks.rules import TEETH
from code_agent.fixing.crossing import crossed_calls
from code_agent.fixing.idle import idle_ones
from code_agent.fixing.progress import Seen, worse
from code_agent.fixing.project import Project, merged
from code_agent.fixing.simpler import simpler
from code_agent.languages.pieces import Piece
from code_agent.python.source import is_python
from code_agent.python.symbols import all_symbols
from code_agent.tree import sha256
from code_agent.verdict import Check

RIVALS = "no rival"
CODE_LENGTH = 2000
_SIDES = re.compile(r" before, (.*) after$", re.DOTALL)
_UNFIT = re.compile(r"raises (?:TypeError|AttributeError)\(.* (?:here|there)\b")


@dataclass(frozen=True)
class Rival:
    how: str
    code: str
    """Of the function."""
    differs: tuple[str, ...]
    """Calls, with what comes of them here, which is by the answer, and there, by the rival."""

    def as_data(self) -> dict[str, JsonValue]:
        return {"how": self.how, "code": self.code, "differs": list[JsonValue](self.differs)}


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
    _ran: list[Check] = field(default_factory=list)
    """What has run since the last check was told."""

    def idle(self) -> Check | None:
        """Of a function that does nothing; none where that says nothing of the answer."""
        piece = self.piece
        tests = [one.text for one in self.project.failures]
        before = self.project.text(piece.path)
        made = idle_ones(piece.language, piece.name, before, self.text, tests)
        for number, one in enumerate(made):
            if self.is_over():
                says = f"{number} of {len(made)} were tried, then its time was over"
                return self._told(TEETH, passed=None, says=says)
            if self._is_green(one.text):
                return self._told(TEETH, passed=None, says=f"{one.says} passes all tests, too")
        if made:
            says = f"{len(made)} with nothing in it were tried"
            return self._told(TEETH, passed=True, says=says)
        if piece.language != "python":
            says = "the tests have no values to try it with"
            return self._told(TEETH, passed=None, says=says)
        return None

    def first(self, another: Callable[[], str | None]) -> Rival | None:
        """`another` asks for one more answer that passes the tests: the file by that."""
        if self.piece.language != "python" or not is_python(self.project.text(self.piece.path)):
            return None
        for text in simpler(self.project.text(self.piece.path), self.text):
            if self.is_over():
                return None
            if self._is_green(text) and (differs := self._differs(text)):
                return self._rival("the same with less in it", text, differs)
        other = None if self.is_over() else another()
        if other is not None and (differs := self._differs(other)):
            return self._rival("another answer", other, differs)
        return None

    def check(self, rival: Rival | None) -> Check:
        """What `first` came to."""
        language = self.piece.language
        if rival is None and language != "python":
            says = f"of {language} only functions that do nothing were tried"
        elif rival is None:
            says = "nothing else that was tried passes and differs"
        else:
            says = (
                f"{rival.how} passes the tests, too, and does not do the same: {rival.differs[0]}"
            )
        return self._told(RIVALS, passed=None if rival else True, says=says)

    def _told(self, name: str, *, passed: bool | None, says: str) -> Check:
        """Of all that has run for it. Its command and end are those of the last one."""
        ran, text = [*self._ran], {**self.project.changes, self.piece.path: self.text}
        self._ran.clear()
        if not ran:
            return Check(name, passed, says, of=self.project.work.tree.changed(text).digest)
        of = ran[0].of if len(ran) == 1 else sha256("\n".join(one.of for one in ran).encode())
        seconds = sum(one.seconds for one in ran)
        return Check(name, passed, says, ran[-1].command, ran[-1].exit_code, of, seconds)

    def _is_green(self, text: str) -> bool:
        project, path = self.project, self.piece.path
        if selected := project.selected():
            with project.work.trial({**project.changes, path: text}) as trial:
                told = merged([project.checks[0].run(trial, selected)])
            self._ran.extend(told.checks)
            if not told.is_green:
                return False
        seen: Seen = project.run(path, text)[0]
        self._ran.extend(seen.checks)
        return seen.is_green and not worse(project.first, seen)

    def _differs(self, text: str) -> tuple[str, ...]:
        tests = [one for language, one in self.project.tests.values() if language == "python"]
        known = "\n\n".join(one for one in tests if self.piece.own_name in one and is_python(one))
        same = Characterization(
            work=self.project.work,
            path=self.piece.path,
            before=self.text,
            tests=f"{known}\n\n{crossed_calls(known, self.piece.own_name)}",
            names=(self.piece.name.partition(".")[0],),
            seed=self.seed,
            close=frozenset(),
        )
        told = same.check(text, self.project.changes)
        self._ran.append(told)
        return tuple(_fit(told.feedback.splitlines()[1:])) if told.passed is False else ()

    def _rival(self, how: str, text: str, differs: tuple[str, ...]) -> Rival:
        found = [one.text for one in all_symbols(text) if one.name == self.piece.name]
        return Rival(how, "".join(found)[:CODE_LENGTH], differs)


def _fit(lines: list[str]) -> Iterator[str]:
    """Without calls that one of both cannot be meant for."""
    for line in lines:
        told = _SIDES.sub(r" here, \1 there", line)
        if not _UNFIT.search(told):
            yield told
