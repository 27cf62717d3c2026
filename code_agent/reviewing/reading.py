"""One piece read by the model, and one call asked of it to show what it found."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import cast

from pydantic import JsonValue

from code_agent.asking import Asker, Question, Sample
from code_agent.prompt import fenced, prompt
from code_agent.reviewing.demonstration import Claim, call_of
from code_agent.reviewing.findings import SCHEMA, Finding, Placed, read_findings
from code_agent.reviewing.pieces import Piece
from code_agent.sampling import Found, Plan, search
from code_agent.unusable import Unusable
from code_agent.verdict import Check, Judgement, judgement
from ygg.errors import YggError
from ygg.models.json_answers import Form
from ygg.models.port import Message, Reply
from ygg.task import Verdict

PROMPT = "review"
ANSWERS = 2
"""Who does not answer in the form that is asked for twice, will not at the third time."""
_CALL_SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"call": {"type": "string"}},
    "required": ["call"],
}
_CALL_FORM = Form(_CALL_SCHEMA)


def read_piece(asker: Asker, piece: Piece, guidance: str, plan: Plan) -> Found[Placed]:
    """No candidate where the model gave no answer of the form that is asked for."""
    few = replace(plan, answers=min(ANSWERS, plan.answers), best=Verdict.UNVERIFIED)
    return search(asker, _question(piece, guidance), _Reading(piece), few)


def call_for(asker: Asker, finding: Finding, claim: Claim, seed: int) -> str:
    """`Unusable` where it writes none."""
    told = prompt(PROMPT)
    words = told.fill(
        "call",
        name=claim.name,
        code=fenced(claim.code, "python"),
        quote=finding.quote,
        raises=claim.raises,
        message=finding.message,
    )
    messages = (Message("system", told.fill("call_system")), Message("user", words))
    reply = asker.ask(Question(told, messages, schema=_CALL_SCHEMA), Sample(seed=seed))
    _refuse_cut_off(reply)
    try:
        answer = cast(dict[str, str], _CALL_FORM.read(reply.text.strip()))
    except YggError as error:
        raise Unusable(error.message) from error
    return call_of(answer["call"], claim)


def _question(piece: Piece, guidance: str) -> Question:
    told = prompt(PROMPT)
    mind = told.fill("guidance", guidance=guidance) + "\n\n" if guidance.strip() else ""
    change = told.fill("change") + "\n\n" if piece.is_change else ""
    words = told.fill(
        "user", guidance=mind + change, path=piece.path, lines=fenced(piece.as_text())
    )
    messages = (Message("system", told.fill("system")), Message("user", words))
    return Question(told, messages, schema=SCHEMA)


@dataclass(frozen=True)
class _Reading:
    """Whatever stands there is taken; an answer of inventions alone is asked for again."""

    piece: Piece

    def read(self, reply: Reply) -> Placed:
        _refuse_cut_off(reply)
        return read_findings(reply.text, self.piece)

    def mark(self, candidate: Placed) -> str:
        told = [one.as_data() for one in candidate.findings]
        return json.dumps([told, list(candidate.dropped)])

    def judge(self, candidate: Placed) -> Judgement:
        if candidate.dropped and not candidate.findings:
            return judgement([Check("findings", passed=False, says=candidate.dropped[0])], ())
        return Judgement(Verdict.UNVERIFIED, f"{len(candidate.findings)} findings", ())


def _refuse_cut_off(reply: Reply) -> None:
    if reply.finished == "length":
        raise Unusable("the answer was cut off: say less")
