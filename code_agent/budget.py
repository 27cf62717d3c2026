"""What of a question's material fits into the model's context: whole pieces, the best first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from code_agent.asking import Asker, Question

WISHED_ANSWER = 512
"""Rather than leave less room for the answer, material is left out."""


@dataclass(frozen=True)
class Piece:
    """Something to show besides what must be shown."""

    name: str
    text: str


def fitted(
    asker: Asker,
    pieces: Sequence[Piece],
    build: Callable[[Sequence[Piece]], Question],
    left_out: list[str],
) -> Question:
    """A question with as many pieces as fit, from the first on. No piece is cut."""
    wished = min(WISHED_ANSWER, asker.answer_tokens)
    shown = list(pieces)
    question = build(shown)
    while shown and asker.room(question) < wished:
        left_out.append(shown.pop().name)
        question = build(shown)
    return question
