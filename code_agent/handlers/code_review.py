"""`code-review`: findings in files or a diff; each quotes its line, and says whether a machine
confirms it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pydantic import Field

from code_agent.asking import OutOfTokens
from code_agent.checks.looking import Looked
from code_agent.params import Asked
from code_agent.reviewing.conclusion import concluded
from code_agent.reviewing.demonstration import Claim, claim_of, names_error, shown
from code_agent.reviewing.findings import Finding, merged, proven
from code_agent.reviewing.machines import (
    Said,
    confirmed,
    findings_of,
    look_by_mypy,
    look_by_ruff,
    syntax_of,
)
from code_agent.reviewing.material import Material, material_of
from code_agent.reviewing.reading import call_for, read_piece
from code_agent.sampling import Tried
from code_agent.session import Machine, Session, in_session
from code_agent.settings import AgentSettings
from code_agent.unusable import Unusable
from code_agent.verdict import Check
from executors.handler import Context, handler
from executors.models.asking import HALF_HOUR, TEXT_LENGTH, Models
from executors.sources import RepositorySettings
from ygg.task import Outcome

MOST_PIECES = 60
MOST_FINDINGS = 200
MOST_SHOWN = 5
"""Findings at most that the model is asked to show by a call."""


class Review(Asked):
    diff: str = Field(default="", max_length=TEXT_LENGTH)
    """The change to review: `--param diff=@change.patch`, or a file that ends in .diff or .patch.
    Files that are sent along, or a repository, are what it is understood by."""
    advisory: bool = True
    """Keep findings that no machine confirms; they are marked as not proven."""


@handler(
    "code-review",
    summary="Review files or a diff: findings that quote their line, proven where a machine can.",
    untrusted=True,
    limits=HALF_HOUR,
    examples=({"code": "print(sum(values) / len(value))", "name": "mean.py"},),
    commands=(
        "printf 'def mean(v):\\n    return sum(v) / len(w)\\n' > mean.py && "
        "ygg submit --label code-review --file mean.py --wait",
    ),
)
def review(
    params: Review,
    context: Context,
    models: Models,
    agent: AgentSettings,
    repositories: RepositorySettings,
) -> Outcome:
    machine = Machine(models, agent, repositories)
    return in_session(params, context, machine, lambda session: _Review(session, params).outcome())


@dataclass
class _Review:
    session: Session
    params: Review
    checks: list[Check] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    tried: list[Tried] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    calls: int = 0
    not_shown: int = 0

    def outcome(self) -> Outcome:
        files = [] if self.params.diff.strip() else self.session.chosen(lambda path, text: 1)
        self.unread += self.session.left_out
        beyond = len(self.unread)
        material = material_of(self.session.work, self.params.diff, files)
        said = self._machines(material)
        read = confirmed(self._read(material), said)
        told = [each for one in read for each in self._shown(one, material)]
        known = {(one.file, one.line, one.proof) for one in told}
        told += [
            one
            for one in findings_of(said, material.pieces)
            if (one.file, one.line, one.proof) not in known
        ]
        findings = self._kept(merged(told))
        if self.not_shown:
            what = f"findings beyond the {MOST_SHOWN} that are tried by a call"
            self.session.left_out.append(f"{what}: {self.not_shown}")
        pieces = len(material.pieces) + beyond
        of = self.session.work.tree.changed(material.texts).digest
        judged = concluded(findings, self.checks, pieces, self.unread, of)
        for check in judged.checks[len(self.checks) :]:
            self.session.note(check)
        outcome = self.session.outcome(
            judged,
            {},
            self.tried,
            findings=[one.as_data() for one in findings],
            dropped={why: number for why, number in self.dropped.items() if number},
            pieces=pieces,
        )
        # It proposes no change, so there is nothing that a person could approve.
        return outcome.model_copy(update={"tier": None})

    def _read(self, material: Material) -> list[Finding]:
        found: list[Finding] = []
        for number, piece in enumerate(material.pieces):
            if number >= MOST_PIECES:
                self._leave_out(piece.place, f"more than {MOST_PIECES} pieces")
                continue
            self.session.context.progress(number / len(material.pieces), piece.place)
            try:
                read = read_piece(
                    self.session.asker, piece, self.params.guidance, self.session.plan()
                )
            except OutOfTokens as error:
                self._leave_out(piece.place, error.reason)
                continue
            self.tried += read.tried
            if read.candidate is None:
                self.unread.append(f"{piece.place}: {read.judgement.reason}")
                continue
            found += read.candidate.findings
            self.dropped.update(read.candidate.dropped)
        return found

    def _machines(self, material: Material) -> list[Said]:
        said = [
            each
            for path, language in material.languages.items()
            if language not in (None, "python")
            for each in syntax_of(path, material.texts[path], language)
        ]
        if material.python:
            with self.session.work.trial(material.texts) as trial:
                said += self._noted("ruff", look_by_ruff(trial, material.python))
                said += self._noted("mypy", look_by_mypy(trial, material.python))
        return said

    def _noted(self, by: str, looked: Looked) -> list[Said]:
        self.session.note(looked.check)
        self.checks.append(looked.check)
        return [Said(by, one) for one in looked.found]

    def _shown(self, finding: Finding, material: Material) -> Iterator[Finding]:
        """What a call shows of it is proven, and no more. What else it says stays beside that."""
        claim, says = self._demonstrated(finding, material)
        if claim is None:
            yield finding
            return
        found = proven(finding, "demonstration", says, says, "error")
        if names_error(finding.message, claim.raises):
            yield found
        else:
            yield from (replace(found, remark=""), finding)

    def _demonstrated(self, finding: Finding, material: Material) -> tuple[Claim | None, str]:
        text = material.texts.get(finding.file, "")
        claim = None if finding.proven else claim_of(finding, text)
        if claim is None:
            return None, ""
        if self.calls >= MOST_SHOWN:
            self.not_shown += 1
            return None, ""
        self.calls += 1
        try:
            call = call_for(self.session.asker, finding, claim, self.params.seed)
        except (Unusable, OutOfTokens) as error:
            self.session.context.log(f"{finding.file}:{finding.line} is not shown: {error.reason}")
            return None, ""
        with self.session.work.trial(material.texts) as trial:
            check = shown(trial, call, claim)
        self.session.note(check)
        if not check.passed:
            return None, ""
        self.checks.append(check)
        return claim, check.says

    def _kept(self, findings: Sequence[Finding]) -> list[Finding]:
        kept = [one for one in findings if one.proven or self.params.advisory]
        self.dropped["no machine confirms it"] += len(findings) - len(kept)
        self.dropped["one of too many"] += max(0, len(kept) - MOST_FINDINGS)
        return kept[:MOST_FINDINGS]

    def _leave_out(self, place: str, why: str) -> None:
        self.unread.append(f"{place}: {why}")
        self.session.left_out.append(f"{place}: {why}")
