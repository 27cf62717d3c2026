"""Finds by what a model takes texts to mean: by the angle between their vectors."""

from __future__ import annotations

import math
import operator
import sqlite3
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from code_agent.retrieval.index import Index
from code_agent.retrieval.passages import passages_of
from code_agent.retrieval.port import Files, Indexed, Passage, Query, Read
from ygg.errors import BadInput
from ygg.models.port import Vectors

Embed = Callable[[Sequence[str]], Vectors]
"""As `Model.embed` does it, with its errors."""

BATCH = 16
MOST_PASSAGES = 5000
"""Of one tree. Each costs a model some time, and each search some."""
TEXT_LENGTH = 2000
SHORTEST = 50
CANDIDATES = 200

_WITHOUT_VECTOR = """
SELECT DISTINCT pieces.id, hash, start_line, symbol, header, text
FROM pieces JOIN tree USING (content) JOIN contents ON contents.id = content
WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE piece = pieces.id AND model = ?)
ORDER BY pieces.id LIMIT max(0, ? - (
    SELECT count(DISTINCT piece) FROM vectors JOIN pieces ON pieces.id = piece JOIN tree
    USING (content) WHERE model = ?
))
"""
_VECTORS = """
SELECT DISTINCT piece, vector
FROM vectors JOIN pieces ON pieces.id = piece JOIN tree USING (content) WHERE model = ?
"""
# Another process may have dropped the piece, or made its vector. And a number is of one database:
# this one may have replaced that of which the piece was.
_STORE = """
INSERT INTO vectors SELECT pieces.id, ?, ?
FROM pieces JOIN contents ON contents.id = content
WHERE pieces.id = ? AND hash = ? AND start_line = ?
ON CONFLICT DO NOTHING
"""
_GROW = """
UPDATE contents SET size_bytes = size_bytes + ?
WHERE id = (SELECT content FROM pieces WHERE id = ?)
"""

_Made: TypeAlias = "tuple[array[float], str]"
"""A vector of length one, and which model made it."""


@dataclass(frozen=True)
class _Piece:
    number: int
    hash: str
    start_line: int
    text: str


class ByMeaning:
    def __init__(self, index: Index, embed: Embed) -> None:
        self._index = index
        self._embed = embed

    def index(self, files: Files, read: Read) -> Indexed:
        found = self._index.take_in(files, read)
        _, model = self._vector("code")
        return replace(found, embedded=self._complete(model))

    def search(self, question: Query, limit: int) -> list[Passage]:
        text = "\n".join(filter(None, (question.text, *question.symbols)))
        if not text.strip():
            return []
        asked, model = self._vector(text[:TEXT_LENGTH])
        # The server may have another model now, and others may have dropped vectors.
        self._complete(model)
        return self._index.ask(
            lambda connection: passages_of(
                connection, self._index.paths, _nearest(connection, model, asked), question
            )
        )[:limit]

    def _complete(self, model: str) -> int:
        """Make the vectors that the tree lacks; how many that were."""
        lacking = self._index.ask(
            lambda connection: [
                _Piece(number, hash_, start_line, "\n".join(filter(None, texts)))
                for number, hash_, start_line, *texts in connection.execute(
                    _WITHOUT_VECTOR, (model, MOST_PASSAGES, model)
                )
            ]
        )
        made = 0
        for start in range(0, len(lacking), BATCH):
            some = lacking[start : start + BATCH]
            vectors = self._vectors([piece.text[:TEXT_LENGTH] for piece in some])
            rows = list(zip(vectors, some, strict=True))
            if not self._index.change(partial(self._store, rows)):
                break
            made += len(rows)
        return made

    def _store(self, rows: Sequence[tuple[_Made, _Piece]], connection: sqlite3.Connection) -> bool:
        """False if there is no room for them."""
        if not self._index.room_for(connection, sum(len(vector) * 4 for (vector, _), _ in rows)):
            return False
        for (vector, model), piece in rows:
            of = (piece.number, piece.hash, piece.start_line)
            done = connection.execute(_STORE, (model, vector.tobytes(), *of))
            connection.execute(_GROW, (done.rowcount * len(vector) * 4, piece.number))
        return True

    def _vectors(self, texts: Sequence[str]) -> Iterator[_Made]:
        try:
            found = self._embed(texts)
        except BadInput:  # one of them is too long for the model
            yield from map(self._vector, texts)
            return
        for vector in found.vectors:
            yield _unit(vector), _model(found)

    def _vector(self, text: str) -> _Made:
        """Of as much of it as the model takes."""
        while True:
            try:
                found = self._embed([text])
            except BadInput:
                if len(text) <= SHORTEST:
                    raise
                text = text[: len(text) // 2]
            else:
                return _unit(found.vectors[0]), _model(found)


def _nearest(connection: sqlite3.Connection, model: str, asked: array[float]) -> dict[int, float]:
    found: dict[int, float] = {}
    for piece, content in connection.execute(_VECTORS, (model,)):
        vector = array("f", content)
        if len(vector) == len(asked):
            found[piece] = sum(map(operator.mul, vector, asked))
    best = sorted(found, key=lambda piece: (-found[piece], piece))[:CANDIDATES]
    return {piece: found[piece] for piece in best}


def _unit(vector: Sequence[float]) -> array[float]:
    """Of length one; of nothing but zeros where it has no direction."""
    length = math.hypot(*vector)
    if not math.isfinite(length) or length == 0:
        return array("f", [0.0] * len(vector))
    return array("f", (one / length for one in vector))


def _model(found: Vectors) -> str:
    return f"{found.model.name}@{found.model.digest}"
