"""Whether an answer does the work of the function in whose place it stands."""

from __future__ import annotations

from collections.abc import Sequence

from code_agent.languages.given import works_with
from code_agent.languages.pieces import Piece
from code_agent.python.known_answers import KnownAnswers, known_answers
from code_agent.python.source import is_python


def only_answers(piece: Piece, tests: Sequence[str], code: str) -> KnownAnswers | None:
    """It gives back nothing but values of the tests. What the old function knew is no sign."""
    read = [one for one in tests if is_python(one)]
    if piece.language != "python" or not read or not is_python(code):
        return None
    return known_answers(code, "\n".join(read), piece.text)


def lost_uses(piece: Piece, before: str, after: str) -> str | None:
    """It has no use for what the old function worked with. Both are whole files."""
    old = works_with(piece.language, before, piece.name)
    new = works_with(piece.language, after, piece.name)
    if not old or new is None or len(new) >= len(old):
        return None
    gone = [name for name in old if name not in new]
    return f"{piece.own_name} does nothing with {', '.join(gone)} any more"
