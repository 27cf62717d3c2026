"""The index of a task's files, open for questions: the one way that leads from a label to it.

What was known of the contents before is not read again, whichever task and label it was for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from code_agent.retrieval.by_meaning import ByMeaning
from code_agent.retrieval.full_text import FullText
from code_agent.retrieval.fused import Fused
from code_agent.retrieval.index import Index
from code_agent.retrieval.port import Files, Read, Retriever
from code_agent.session import Session
from ygg.errors import YggError

FOLDER = "index"


@contextmanager
def finder(session: Session, files: Files, read: Read) -> Iterator[Retriever]:
    """Of these files. By their words, and by meaning where the machine wants and can do that."""
    began = time.monotonic()
    with Index(session.context.cache / FOLDER) as index:
        found = _retriever(session, index)
        known = found.index(files, read)
        session.telemetry.write(
            "index",
            indexed=known.indexed,
            reused=known.reused,
            skipped=len(known.skipped),
            embedded=known.embedded,
            seconds=round(time.monotonic() - began, 3),
        )
        yield found


def _retriever(session: Session, index: Index) -> Retriever:
    by_words = FullText(index)
    if not (session.machine.agent.embeddings and session.can_embed):
        return by_words

    def cannot(error: YggError) -> None:
        session.can_embed = False
        session.context.log(f"code is looked for by its words alone: {error.message}")

    return Fused(by_words, ByMeaning(index, session.asker.model.embed), cannot)
