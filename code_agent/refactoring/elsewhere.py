"""What the code that is rewritten uses of other files, or what its guidance names there."""

from __future__ import annotations

from collections.abc import Mapping

from code_agent.budget import Piece as Material
from code_agent.languages.parsing import Unparsed
from code_agent.languages.pieces import names_used
from code_agent.languages.symbols import symbols
from code_agent.prompt import fenced, prompt
from code_agent.python.names_from_elsewhere import modules_of, names_from_elsewhere
from code_agent.refactoring.piece import Piece
from code_agent.relevant import called, relevant
from code_agent.retrieval.port import Query
from code_agent.session import Session


def elsewhere(
    session: Session, piece: Piece, guidance: str, others: Mapping[str, str]
) -> list[Material]:
    question = Query(
        text=guidance,
        symbols=_used(piece, session.work.tree.digests),
        besides=frozenset({piece.path}),
    )
    words = prompt("refactor")
    return [
        Material(
            called(one),
            words.fill("elsewhere", name=called(one), text=fenced(one.text, piece.language)),
        )
        for one in relevant(session, question, piece.language, changes=others)
    ]


def _used(piece: Piece, paths: Mapping[str, str]) -> tuple[str, ...]:
    if piece.language == "python":
        return names_from_elsewhere(piece.before, piece.shown, modules_of(paths))
    try:
        own = {one.name for one in symbols(piece.language, piece.before)}
    except Unparsed:
        return ()
    return tuple(name for name in names_used(piece.language, piece.shown) if name not in own)
