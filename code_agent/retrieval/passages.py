"""Pieces of the present tree, by number, as the passages of its files that they are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence

from code_agent.retrieval.port import Passage, Query

_ROWS = """
SELECT tree.number, pieces.id, start_line, end_line, text, symbol, header
FROM pieces JOIN tree USING (content)
WHERE pieces.id IN (SELECT value FROM json_each(?))
ORDER BY pieces.id, tree.number
"""


def passages_of(
    connection: sqlite3.Connection,
    paths: Sequence[str],
    scores: Mapping[int, float],
    question: Query,
) -> list[Passage]:
    """Each once, though several files may have it; the best first."""
    found: dict[int, Passage] = {}
    for number, piece, *told in connection.execute(_ROWS, (json.dumps(list(scores)),)):
        path = paths[number]
        if path not in question.besides and piece not in found:
            start_line, end_line, text, symbol, header = told
            score = scores[piece]
            found[piece] = Passage(path, start_line, end_line, text, symbol, header, score)
    return sorted(found.values(), key=lambda one: (-one.score, one.path, one.start_line))


def pieces_in_files(
    connection: sqlite3.Connection, numbers: Collection[int]
) -> list[tuple[int, int, int, int]]:
    """Of files by their number in the tree: that number, the piece, its first and last line."""
    return connection.execute(
        "SELECT tree.number, pieces.id, start_line, end_line FROM tree JOIN pieces USING (content)"
        " WHERE tree.number IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    ).fetchall()
