"""What a model is shown of one suspect: the function, a test that fails, and the error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from code_agent.asking import Asker, Question
from code_agent.budget import WISHED_ANSWER, fitted
from code_agent.budget import Piece as Shown
from code_agent.fixing.suspects import Suspect
from code_agent.languages.pieces import Piece
from code_agent.prompt import fenced, prompt
from ygg.models.port import Message

ERROR_LENGTH = 1500
TEST_LENGTH = 3000
TRIED_LENGTH = 2000
BESIDE_LENGTH = 2500
"""Of functions that the suspect calls."""
MOST_BESIDE = 3
_CALLED = {"javascript": "JavaScript", "typescript": "TypeScript", "tsx": "TypeScript"}


@dataclass(frozen=True)
class Before:
    """What came of an earlier question about the same function."""

    code: str
    error: str


def question_of(
    suspect: Suspect,
    pieces: Sequence[Piece],
    guidance: str,
    before: Before | None,
    asker: Asker,
    left_out: list[str],
) -> Question | None:
    """Nothing for a function that is too long for its answer to have room."""
    missing: list[str] = []
    beside = _beside(suspect.piece, pieces, missing)
    material = [*_material(suspect, before, missing), *beside]
    question = fitted(asker, material, lambda shown: _question(suspect, guidance, shown), missing)
    if asker.room(question) < min(WISHED_ANSWER, asker.answer_tokens):
        left_out.append(suspect.piece.called)
        return None
    left_out += missing
    return question


def _question(suspect: Suspect, guidance: str, shown: Sequence[Shown]) -> Question:
    words, piece, failure = prompt("fix"), suspect.piece, suspect.failure
    error = fenced(_end_of(failure.detail or failure.message, ERROR_LENGTH))
    parts = [one.text for one in shown]
    parts.append(words.fill("syntax" if piece.broken else "error", error=error))
    if guidance:
        parts.append(words.fill("guidance", guidance=guidance))
    asked = words.fill(
        "user",
        name=piece.name,
        path=piece.path,
        function=fenced(piece.text, piece.language),
        more="\n\n".join(parts),
    )
    language = _CALLED.get(piece.language, piece.language.title())
    told = words.fill("system", language=language)
    return Question(words, (Message("system", told), Message("user", asked)))


def _material(suspect: Suspect, before: Before | None, missing: list[str]) -> list[Shown]:
    """What says most comes first: the last is left out first."""
    words, failure = prompt("fix"), suspect.failure
    found = []
    if failure.text.strip():
        text = _begin_of(failure.text, TEST_LENGTH, failure.name, missing)
        test = fenced(text, failure.language or "")
        found.append(Shown(failure.name, words.fill("test", test=test)))
    if before is not None:
        name = f"what was tried of {suspect.piece.called}"
        tried = _begin_of(before.code, TRIED_LENGTH, name, missing)
        code = fenced(tried, suspect.piece.language)
        came = fenced(_end_of(before.error, ERROR_LENGTH))
        found.append(Shown(name, words.fill("tried", code=code, error=came)))
    return found


def _beside(piece: Piece, pieces: Sequence[Piece], missing: list[str]) -> list[Shown]:
    """What it calls; of its own file first: a name may be another's elsewhere."""
    called = [one for one in pieces if one.own_name in piece.uses and one.called != piece.called]
    called.sort(key=lambda one: one.path != piece.path)
    found: list[Piece] = []
    for one in called:
        length = sum(len(each.text) for each in [*found, one])
        if length <= BESIDE_LENGTH and len(found) < MOST_BESIDE:
            found.append(one)
    if len(found) < len(called):
        missing.append(f"more functions that {piece.called} calls: {len(called) - len(found)}")
    words = prompt("fix")
    return [
        Shown(one.called, words.fill("beside", beside=fenced(one.text, one.language)))
        for one in found
    ]


def _begin_of(text: str, length: int, name: str, missing: list[str]) -> str:
    if len(text) > length:
        missing.append(f"the end of {name}")
    return text[:length]


def _end_of(text: str, length: int) -> str:
    """There it says what is wrong."""
    text = text.strip()
    return text if len(text) <= length else f"…{text[-length:]}"
