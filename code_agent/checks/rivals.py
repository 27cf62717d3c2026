"""Other code that passes the same tests: where it differs, nobody knows what is right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from code_agent.checks.characterization import Characterization, Comparing
from code_agent.python.crossing import crossed_calls
from code_agent.python.inputs_calls import Call
from code_agent.python.records import Records, differences
from code_agent.python.records_closely import Closely
from code_agent.tree import sha256
from code_agent.verdict import Check
from code_agent.work import Work

RIVALS = "no rival"
CODE_LENGTH = 2000
ANOTHER = "another answer"
_SIDES = re.compile(r" before, (.*) after$", re.DOTALL)
_UNFIT = re.compile(r"raises (?:TypeError|AttributeError)\(.* (?:here|there)\b")


@dataclass(frozen=True)
class Rival:
    how: str
    code: str
    differs: tuple[str, ...]
    """Calls, with what comes of them here, which is by the answer, and there, by the rival."""

    @property
    def says(self) -> str:
        return f"{self.how} passes the tests, too, and does not do the same: {self.differs[0]}"

    def as_data(self) -> dict[str, JsonValue]:
        code = self.code[:CODE_LENGTH]
        return {"how": self.how, "code": code, "differs": list[JsonValue](self.differs)}


def _fit(
    calls: Sequence[Call], old: Records, again: Records, new: Records, closely: Closely
) -> list[str]:
    """Without calls that one of both cannot be meant for."""
    found = differences(calls, old, again, new, closely)
    told = (_SIDES.sub(r" here, \1 there", line) for line in found)
    return [line for line in told if not _UNFIT.search(line)]


@dataclass(frozen=True)
class Contest:
    """An answer beside others that pass what it passes."""

    work: Work
    path: str
    text: str
    """Of the whole file, by the answer."""
    names: Sequence[str]
    """What is called of it."""
    tests: str
    """That show how."""
    seed: int
    typed: bool = False
    """It is known of which types its parameters are."""
    differences: Comparing = _fit
    """Calls, with what comes of them here and there."""
    changes: Mapping[str, str] = field(default_factory=dict)
    """Other files, as they are by now."""
    ran: list[Check] = field(default_factory=list)
    """What has run since the last check was told."""

    def differs(self, other: str) -> tuple[str, ...]:
        """`other` is the text of the file by the rival."""
        told = self._same().check(other, self.changes)
        self.ran.append(told)
        return tuple(told.feedback.splitlines()[1:]) if told.passed is False else ()

    def told(self, name: str, *, passed: bool | None, says: str) -> Check:
        """Of all that has run for it. Its command and end are those of the last one."""
        ran, text = [*self.ran], {**self.changes, self.path: self.text}
        self.ran.clear()
        if not ran:
            return Check(name, passed, says, of=self.work.tree.changed(text).digest)
        of = ran[0].of if len(ran) == 1 else sha256("\n".join(one.of for one in ran).encode())
        seconds = sum(one.seconds for one in ran)
        return Check(name, passed, says, ran[-1].command, ran[-1].exit_code, of, seconds)

    def _same(self) -> Characterization:
        own = dict.fromkeys(one.rpartition(".")[2] for one in self.names)
        crossed = [crossed_calls(self.tests, one, typed=self.typed) for one in own]
        return Characterization(
            work=self.work,
            path=self.path,
            before=self.text,
            tests="\n\n".join([self.tests, *crossed]),
            names=tuple(dict.fromkeys(one.partition(".")[0] for one in self.names)),
            seed=self.seed,
            close=frozenset(),
            differences=self.differences,
        )
