"""What there is already beside code that is to be written, as far as it matters for that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePosixPath

from code_agent.budget import Piece
from code_agent.generating import Wish
from code_agent.languages.pieces import names_used
from code_agent.python.names_from_elsewhere import modules_of, names_from_elsewhere
from code_agent.relevant import called, relevant
from code_agent.retrieval.port import Query
from code_agent.session import Session

WHOLE_LENGTH = 6000
"""Several files that were sent along are shown whole if they are no longer together."""


def beside(session: Session, wish: Wish) -> list[Piece]:
    """What was sent along; of much of that, and of a repository, what the wish speaks of."""
    work = session.work
    sent = [Piece(path, work.text(path)) for path in work.targets]
    if len(sent) < 2 or sum(len(one.text) for one in sent) <= WHOLE_LENGTH:
        return sent + _found(session, wish, work.targets)
    found = _found(session, wish, ())
    session.left_out += [f"the rest of {one.name}" for one in sent]
    return found


def _found(session: Session, wish: Wish, besides: Collection[str]) -> list[Piece]:
    text = f"{wish.spec}\n{session.params.guidance}"
    question = Query(text, _named(session, wish), frozenset(besides))
    folder = session.work.from_root("")
    return [
        # By the path from which it can be imported.
        Piece(called(replace(one, path=_below(one.path, folder))), one.text)
        for one in relevant(session, question, wish.language, folder)
    ]


def _named(session: Session, wish: Wish) -> tuple[str, ...]:
    """What the signature names, types above all, and what the tests import besides."""
    found = set(names_used(wish.language, f"{wish.signature} ..."))
    if wish.is_python:
        shown = wish.parts[0]
        found |= {*names_from_elsewhere(shown, shown, modules_of(session.work.tree.digests))}
    return tuple(sorted(found - {name.rpartition(".")[2] for name in wish.names}))


def _below(path: str, folder: str) -> str:
    return PurePosixPath(path).relative_to(folder).as_posix()
