"""Finds by the words of a question, by the names and places in it, and by who uses whom."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from code_agent.retrieval import ranking
from code_agent.retrieval.index import Index
from code_agent.retrieval.mentions import places_in
from code_agent.retrieval.passages import passages_of, pieces_in_files
from code_agent.retrieval.port import Files, Indexed, Passage, Query, Read
from code_agent.retrieval.ranking import Scores
from code_agent.retrieval.words import full_text_query, names_in, words_of

CANDIDATES = 200
TEXT_LENGTH = 50_000

# A name counts four times: of all that has the word, it is what somebody chose to call so.
_BY_WORDS = """
SELECT words.rowid, -bm25(words, 4.0, 1.0) AS fits FROM words JOIN pieces ON pieces.id = words.rowid
WHERE words MATCH ? AND content IN (SELECT content FROM tree)
ORDER BY fits DESC, words.rowid LIMIT ?
"""
_DEFINING = """
SELECT definitions.name, piece, full_name FROM definitions JOIN pieces ON pieces.id = piece
WHERE name IN (SELECT value FROM json_each(?)) AND content IN (SELECT content FROM tree)
"""
_USING = """
SELECT name, piece FROM uses JOIN pieces ON pieces.id = piece
WHERE name IN (SELECT value FROM json_each(?)) AND content IN (SELECT content FROM tree)
"""
_USED_BY = "SELECT DISTINCT name FROM uses WHERE piece IN (SELECT value FROM json_each(?))"
_DEFINED_BY = (
    "SELECT DISTINCT name FROM definitions WHERE piece IN (SELECT value FROM json_each(?))"
)


class FullText:
    def __init__(self, index: Index) -> None:
        self._index = index

    def index(self, files: Files, read: Read) -> Indexed:
        return self._index.take_in(files, read)

    def search(self, question: Query, limit: int) -> list[Passage]:
        return self._index.ask(
            lambda connection: _Search(connection, self._index.paths, question).found()
        )[:limit]


class _Search:
    def __init__(self, connection: sqlite3.Connection, paths: Sequence[str], question: Query):
        self._connection = connection
        self._paths = paths
        self._question = question
        self._text = _bounded(question.text)
        self._scores = Scores()

    def found(self) -> list[Passage]:
        self._by_words()
        about = self._by_places() | self._by_names()
        if about:
            self._by_use(about)
        self._by_names_of_files()
        return passages_of(self._connection, self._paths, self._scores.of, self._question)

    def _by_words(self) -> None:
        query = full_text_query(" ".join((*self._question.symbols, self._text)))
        if query:
            rows = self._connection.execute(_BY_WORDS, (query, CANDIDATES))
            self._scores.add_words(dict(rows.fetchall()))

    def _by_places(self) -> set[int]:
        """The pieces whose lines are named."""
        named = places_in(self._text, self._paths)
        numbers = {number: path for number, path in enumerate(self._paths) if path in named}
        rows = pieces_in_files(self._connection, numbers)
        at_line = {
            piece
            for number, piece, first, last in rows
            if any(first <= line <= last for line in named[numbers[number]])
        }
        self._scores.add_each({piece for _, piece, *_ in rows}, ranking.IN_FILE)
        self._scores.add_each(at_line, ranking.AT_LINE)
        return at_line

    def _by_names(self) -> set[int]:
        """The pieces that define what the question is about."""
        about: set[int] = set()
        for pieces in self._defining(self._question.symbols).values():
            self._scores.add(pieces, ranking.DEFINES_TARGET)
            about |= pieces
        for pieces in self._defining(names_in(self._text)).values():
            self._scores.add(pieces, ranking.DEFINES_NAME)
        return about

    def _by_use(self, about: set[int]) -> None:
        """One step away: what these use, and what uses what these define."""
        used = self._names(_USED_BY, about)
        for pieces in self._defining(used).values():
            if len(pieces) <= ranking.COMMON_NAME:
                self._scores.add(pieces - about, ranking.USED_BY_TARGET)
        using: dict[str, set[int]] = defaultdict(set)
        for name, piece in self._connection.execute(
            _USING, (json.dumps(self._names(_DEFINED_BY, about)),)
        ):
            using[name].add(piece)
        for pieces in using.values():
            self._scores.add(pieces - about, ranking.USES_TARGET)

    def _by_names_of_files(self) -> None:
        asked = set(words_of(self._text))
        rows = self._connection.execute(
            "SELECT pieces.id, tree.number FROM pieces JOIN tree USING (content)"
            " WHERE pieces.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(self._scores.of)),),
        )
        for piece, number in rows.fetchall():
            words = set(words_of(self._paths[number].rpartition(".")[0]))
            if words:
                part = len(words & asked) / len(words)
                self._scores.add_each([piece], ranking.NAME_OF_FILE * part)

    def _defining(self, names: Iterable[str]) -> dict[str, set[int]]:
        """For each of these names, with or without dots, the pieces that define such a one."""
        wanted: dict[str, list[str]] = defaultdict(list)
        for name in names:
            wanted[name.rpartition(".")[2]].append(name)
        found: dict[str, set[int]] = defaultdict(set)
        rows = self._connection.execute(_DEFINING, (json.dumps(list(wanted)),))
        for last, piece, full_name in rows:
            for name in wanted[last]:
                if f".{full_name}".endswith(f".{name}"):
                    found[name].add(piece)
        return found

    def _names(self, rows: str, pieces: Collection[int]) -> list[str]:
        found = self._connection.execute(rows, (json.dumps(list(pieces)),))
        return [name for (name,) in found]


def _bounded(text: str) -> str:
    """Without its middle if it is long: what it is about stands at the beginning or the end."""
    half = TEXT_LENGTH // 2
    return text if len(text) <= TEXT_LENGTH else f"{text[:half]}\n{text[-half:]}"
