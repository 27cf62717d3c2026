"""Contents and their pieces, as rows: stored, marked as used, and dropped when room is needed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from code_agent.retrieval.pieces import Piece
from code_agent.retrieval.words import words_of

TOUCH_SECONDS = 3600
"""So seldom is it written down that a content is still used."""
BYTES_A_CHARACTER = 3
BYTES_A_CONTENT = 1000
"""What the rows and indexes of a text take on the disk, about."""
FULL_AGAIN = 0.8
"""So much of the room stays taken when some is made."""
PAGES_MERGED = -1000
"""Negative: on the way to a single segment, where nothing that was dropped is left."""

Key = tuple[str, str]
"""A content's hash, and the language that its name says it is in."""


@dataclass(frozen=True)
class Known:
    number: int
    skipped: str
    """Why it has no pieces; empty if that has no reason but its emptiness."""


@dataclass(frozen=True)
class Read:
    """A content that was read, and is to be stored."""

    key: Key
    skipped: str = ""
    pieces: Sequence[Piece] = ()

    @property
    def size_bytes(self) -> int:
        characters = sum(len(piece.text) for piece in self.pieces)
        return BYTES_A_CONTENT + BYTES_A_CHARACTER * characters


def known(connection: sqlite3.Connection, keys: Iterable[Key]) -> dict[Key, Known]:
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS asked (hash TEXT, form TEXT)")
    connection.execute("DELETE FROM asked")
    connection.executemany("INSERT INTO asked VALUES (?, ?)", keys)
    rows = connection.execute(
        "SELECT hash, form, id, skipped FROM asked JOIN contents USING (hash, form)"
    )
    return {(hash_, form): Known(number, skipped) for hash_, form, number, skipped in rows}


def touch(connection: sqlite3.Connection, numbers: Collection[int]) -> None:
    """They are used now."""
    now = time.time()
    connection.executemany(
        "UPDATE contents SET used_at = ? WHERE id = ? AND used_at < ?",
        ((now, number, now - TOUCH_SECONDS) for number in numbers),
    )


def store(connection: sqlite3.Connection, content: Read) -> Known:
    """Somebody else may have stored it meanwhile: then as they did."""
    found = known(connection, [content.key]).get(content.key)
    if found is not None:
        return found
    values = (*content.key, content.skipped, content.size_bytes, time.time())
    [number] = connection.execute(
        "INSERT INTO contents (hash, form, skipped, size_bytes, used_at) VALUES (?, ?, ?, ?, ?)"
        " RETURNING id",
        values,
    ).fetchone()
    for piece in content.pieces:
        _store_piece(connection, number, piece)
    return Known(number, content.skipped)


def make_room(connection: sqlite3.Connection, needed_bytes: int, most_bytes: int) -> bool:
    """Drop what was not used for longest, but nothing of this connection's tree.

    False if that leaves no room for so much.
    """
    [taken] = connection.execute("SELECT total(size_bytes) FROM contents").fetchone()
    if taken + needed_bytes <= most_bytes:
        return True
    rows = connection.execute(
        "SELECT id, size_bytes FROM contents WHERE id NOT IN (SELECT content FROM tree)"
        " ORDER BY used_at, id"
    ).fetchall()
    for number, size_bytes in rows:
        if taken + needed_bytes <= most_bytes * FULL_AGAIN:
            break
        _drop(connection, number)
        taken -= size_bytes
    if rows:
        # Words that were dropped take their room until they are merged, which is done bit by bit.
        connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (PAGES_MERGED,))
    return bool(taken + needed_bytes <= most_bytes)


def _store_piece(connection: sqlite3.Connection, content: int, piece: Piece) -> None:
    [number] = connection.execute(
        "INSERT INTO pieces (content, start_line, end_line, symbol, header, text)"
        " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        (content, piece.start_line, piece.end_line, piece.symbol, piece.header, piece.text),
    ).fetchone()
    connection.execute(
        "INSERT INTO words (rowid, names, body) VALUES (?, ?, ?)",
        (number, *_words(piece.symbol, piece.header, piece.text)),
    )
    connection.executemany(
        "INSERT INTO definitions VALUES (?, ?, ?)",
        ((number, full.rpartition(".")[2], full) for full in piece.defines),
    )
    connection.executemany(
        "INSERT INTO uses VALUES (?, ?)", ((number, name) for name in sorted(piece.uses))
    )


def _drop(connection: sqlite3.Connection, content: int) -> None:
    rows = connection.execute(
        "SELECT id, symbol, header, text FROM pieces WHERE content = ?", (content,)
    )
    # They keep no text of their own, so they must be told which words go.
    connection.executemany(
        "INSERT INTO words (words, rowid, names, body) VALUES ('delete', ?, ?, ?)",
        [(number, *_words(symbol, header, text)) for number, symbol, header, text in rows],
    )
    connection.execute("DELETE FROM contents WHERE id = ?", (content,))


def _words(symbol: str, header: str, text: str) -> tuple[str, str]:
    return " ".join(words_of(symbol)), " ".join(words_of(f"{header}\n{text}"))
