"""Round after round, one function at a time, until all is green or nothing helps any more.

A round asks about one function. What makes fewer tests fail, and none that passed, is kept, and the
search for suspects begins anew from there. A function is asked about again only while the errors
that its answers leave are new ones.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from code_agent.asking import OutOfTokens, Question, Sample
from code_agent.checks.rivals import Rival
from code_agent.fixing.craft import Candidate, Fixing
from code_agent.fixing.project import Project
from code_agent.fixing.question import Before, question_of
from code_agent.fixing.retrieved import retrieved
from code_agent.fixing.rivals import Rivals
from code_agent.fixing.stops import OutOfTime, Round, Stopped, Why
from code_agent.fixing.suspects import Suspect, suspects
from code_agent.sampling import Plan, Tried, search
from code_agent.session import Session
from code_agent.unusable import Unusable
from code_agent.verdict import Judgement, judgement
from ygg.task import Verdict

OTHER_TEMPERATURE = 0.8
"""Of an answer that is asked for to be compared with one that is green."""
MOST_SUSPECTS = 6
"""Functions that are asked about, from one state of the files."""


@dataclass(frozen=True)
class Bounds:
    rounds: int
    seconds: float


@dataclass
class Loop:
    session: Session
    project: Project
    bounds: Bounds
    rounds: list[Round] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    judgement: Judgement | None = None
    """Of what is best so far, if an answer has made it better."""
    rival: Rival | None = None
    """Of the answer that made all checks pass."""
    _trees: set[str] = field(default_factory=set)
    _errors: set[str] = field(default_factory=set)
    _before: dict[str, Before] = field(default_factory=dict)
    """By function: what became of its last answer."""
    _last: Why = "nothing_left"
    _unasked: int = 0
    """Functions that are no likely suspects."""

    def run(self) -> Stopped:
        """Until it stops; `project` is the best that there is then."""
        deadline = time.monotonic() + self.bounds.seconds - self.session.cost.seconds
        while True:
            progress = False
            for suspect in self._waiting():
                if len(self.rounds) >= self.bounds.rounds:
                    return Stopped("rounds", f"{len(self.rounds)} rounds are the most")
                try:
                    stopped, progress = self._round(suspect, deadline)
                except OutOfTokens as error:
                    return Stopped("tokens", error.reason)
                except OutOfTime:
                    said = f"the {self.bounds.seconds:g} seconds that it may take are over"
                    return Stopped("seconds", said)
                if stopped is not None:
                    return stopped
                if progress:
                    break
            if not progress:
                more = f"; less likely ones were not asked about: {self._unasked}"
                return Stopped(self._last, _SAYS[self._last] + (more if self._unasked else ""))

    def _waiting(self) -> Iterator[Suspect]:
        """The likeliest first; then those again whose answers made a difference."""
        project = self.project
        self._errors, self._before = {project.now.error()}, {}
        failures = project.failures
        found = retrieved(self.session, project)
        likely = suspects(failures, project.pieces, project.helpers, found)
        queue, self._unasked = likely[:MOST_SUSPECTS], len(likely[MOST_SUSPECTS:])
        while queue:
            suspect = queue.pop(0)
            known = len(self._errors)
            yield suspect
            if len(self._errors) > known:
                queue.append(suspect)

    def _round(self, suspect: Suspect, deadline: float) -> tuple[Stopped | None, bool]:
        if time.monotonic() > deadline:
            raise OutOfTime
        session, name = self.session, suspect.piece.called
        asked = question_of(
            suspect,
            self.project.pieces,
            session.params.guidance,
            self._before.get(name),
            session.asker,
            session.left_out,
        )
        if asked is None:
            return None, False
        session.context.progress(
            len(self.rounds) / self.bounds.rounds, f"round {len(self.rounds) + 1}: {name}"
        )
        craft = Fixing(session, self.project, suspect, self._trees, deadline)
        found = search(session.asker, asked, craft, self._plan())
        self.tried += found.tried
        self._note(craft, suspect, found.judgement)
        if craft.better is not None:
            candidate, now, self.judgement = craft.better
            if now.is_green:
                self._look_for_rivals(craft, asked, candidate)
            self.project = self.project.with_change(suspect.piece.path, candidate.text, now)
            if now.is_green:
                return Stopped("green", "all checks pass"), True
        else:
            self._learn(craft, name)
        if found.stopped:
            return Stopped("tokens", found.stopped), False
        return None, craft.better is not None

    def _look_for_rivals(self, craft: Fixing, asked: Question, candidate: Candidate) -> None:
        judged = self.judgement
        if judged is None or judged.verdict is not Verdict.VERIFIED:
            return
        rivals = Rivals(
            self.project,
            craft.piece,
            candidate.text,
            self.session.params.seed,
            lambda: time.monotonic() > craft.deadline,
        )
        idle = rivals.idle()
        checks = [idle] if idle else []
        if idle is None or idle.passed:
            self.rival = rivals.first(lambda: self._another(craft, asked, candidate))
            checks.append(rivals.check(self.rival))
        for check in checks:
            self.session.note(check)
        self.judgement = judgement([*judged.checks, *checks], [one.name for one in judged.checks])

    def _another(self, craft: Fixing, asked: Question, candidate: Candidate) -> str | None:
        """One more answer that passes all checks, where more than one may be asked for."""
        plan = self._plan()
        if plan.answers < 2:
            return None
        sample = Sample(OTHER_TEMPERATURE, (plan.seed + plan.answers) % 2**31)
        other = Fixing(self.session, craft.project, craft.suspect, set(), craft.deadline)
        try:
            answer = other.read(self.session.asker.ask(asked, sample))
            if other.mark(answer) == craft.mark(candidate):
                return None
            other.judge(answer)
        except (OutOfTokens, OutOfTime, Unusable) as error:
            self.session.context.log(f"no other answer: {error}")
            return None
        green = other.better is not None and other.better[1].is_green
        return answer.text if green else None

    def _plan(self) -> Plan:
        """Any progress is enough for one round. No two rounds draw the same answers."""
        plan = self.session.plan(Verdict.UNVERIFIED)
        seed = (plan.seed + len(self.rounds) * plan.answers) % 2**31
        return replace(plan, seed=seed)

    def _note(self, craft: Fixing, suspect: Suspect, judged: Judgement) -> None:
        before = len(self.project.now.failing)
        after = len(craft.better[1].failing) if craft.better else before
        made = Round(
            function=suspect.piece.called,
            test=suspect.failure.name,
            failing_before=before,
            failing_after=after,
            kept=craft.better is not None,
            says=judged.reason,
        )
        self.rounds.append(made)
        self.session.context.log(
            f"round {len(self.rounds)}: {made.function}: {before} failing, then {after}"
        )

    def _learn(self, craft: Fixing, name: str) -> None:
        for error, (candidate, says) in craft.left.items():
            if error not in self._errors:
                self._before[name] = Before(candidate.code, says)
                self._errors.add(error)
        if craft.left:
            self._last = "same_error"
        elif craft.repeated:
            self._last = "same_tree"


_SAYS = {
    "same_error": "whatever was tried, the same errors came again",
    "same_tree": "the model gave again what had been tried before",
    "nothing_left": "there is no function left that could be at fault and be asked about",
}
