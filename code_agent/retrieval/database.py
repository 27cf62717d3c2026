"""The file in which what is known of contents is kept, for several processes at a time.

    cache/index/  lock          who makes a file or throws one away
                  1.3.sqlite    of schema 1, the third: the first two were damaged

All of it can be made again. So what is damaged, half made or of another schema is not repaired but
replaced, under a name that was never used: whoever still has the old one open does no harm.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ygg import lock
from ygg.errors import YggError

SCHEMA = 1
"""To be raised with every change of the tables, of the pieces or of the words in them."""
BUSY_SECONDS = 30.0
OTHER_SCHEMA_SECONDS = 7 * 24 * 3600
"""So long after it was last used the file of another version of this program goes."""

_TABLES = """
CREATE TABLE contents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL,
    form TEXT NOT NULL,
    skipped TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    used_at REAL NOT NULL,
    UNIQUE (hash, form)
);
CREATE INDEX contents_used ON contents (used_at);
CREATE TABLE pieces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE,
    start_line INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    header TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX pieces_content ON pieces (content);
CREATE VIRTUAL TABLE words USING fts5 (names, body, content = '', tokenize = 'porter unicode61');
CREATE TABLE definitions (
    piece INTEGER NOT NULL REFERENCES pieces ON DELETE CASCADE,
    name TEXT NOT NULL,
    full_name TEXT NOT NULL
);
CREATE INDEX definitions_name ON definitions (name, piece);
CREATE INDEX definitions_piece ON definitions (piece);
CREATE TABLE uses (
    piece INTEGER NOT NULL REFERENCES pieces ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (piece, name)
) WITHOUT ROWID;
CREATE INDEX uses_name ON uses (name, piece);
CREATE TABLE vectors (
    piece INTEGER NOT NULL REFERENCES pieces ON DELETE CASCADE,
    model TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (piece, model)
) WITHOUT ROWID;
"""
# Which contents are those of the tree that this connection searches.
_OF_CONNECTION = """
CREATE TEMP TABLE tree (number INTEGER PRIMARY KEY, content INTEGER NOT NULL);
CREATE INDEX temp.tree_content ON tree (content);
"""

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_SUFFIXES = ("", "-wal", "-shm", "-journal")


class Damaged(Exception):
    """What is in the file is not what was written."""


class Database:
    """The newest file of a folder, open in this thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with said(OSError), self._alone():
            self._number, self.connection = self._open_newest()
            self._drop_other_schemas()

    def close(self) -> None:
        self.connection.close()

    def replace(self) -> None:
        """Throw this file away, unless somebody already did, and go on with another one."""
        self.close()
        with said(OSError), self._alone():
            if self._numbers()[-1:] == [self._number]:
                self._remove(self._number)
                self._number += 1
                self.connection = self._make(self._number)
            else:
                self._number, self.connection = self._open_newest()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Whole or not at all, and nobody else meanwhile."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            # A commit that failed may have ended it already.
            if self.connection.in_transaction:
                self.connection.rollback()
            raise
        self.connection.commit()

    def _open_newest(self) -> tuple[int, sqlite3.Connection]:
        newest = (self._numbers() or [0])[-1]
        if newest:
            try:
                return newest, self._connect(newest)
            except Damaged:
                self._remove(newest)
        return newest + 1, self._make(newest + 1)

    def _connect(self, number: int) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._file(number), timeout=BUSY_SECONDS, isolation_level=None, cached_statements=256
        )
        try:
            with damage_told():
                [version] = connection.execute("PRAGMA user_version").fetchone()
                if version != SCHEMA:
                    raise Damaged(f"of schema {version}")
                for pragma in ("synchronous = NORMAL", "foreign_keys = ON", "temp_store = MEMORY"):
                    connection.execute(f"PRAGMA {pragma}")
                connection.executescript(_OF_CONNECTION)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make(self, number: int) -> sqlite3.Connection:
        self._remove(number)
        with closing(sqlite3.connect(self._file(number), isolation_level=None)) as made:
            made.execute("PRAGMA journal_mode = WAL")
            made.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")
        return self._connect(number)

    def _remove(self, number: int) -> None:
        for suffix in _SUFFIXES:
            Path(f"{self._file(number)}{suffix}").unlink(missing_ok=True)

    def _numbers(self) -> list[int]:
        names = (file.name.split(".") for file in self._folder.glob(f"{SCHEMA}.*.sqlite"))
        return sorted(int(name[1]) for name in names if name[1].isdecimal())

    def _file(self, number: int) -> Path:
        return self._folder / f"{SCHEMA}.{number}.sqlite"

    def _drop_other_schemas(self) -> None:
        os.utime(self._file(self._number))
        oldest = self._file(self._number).stat().st_mtime - OTHER_SCHEMA_SECONDS
        for file in self._folder.glob("*.sqlite*"):
            if not file.name.startswith(f"{SCHEMA}.") and file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        held = lock.take(self._folder / "lock", str(os.getpid()), seconds=BUSY_SECONDS)
        if held is None:
            raise YggError(
                f"another process has {self._folder / 'lock'} for more than {BUSY_SECONDS:g} s",
                hint="see which process that is: the file has its number",
            )
        try:
            yield
        finally:
            held.release()


@contextmanager
def damage_told() -> Iterator[None]:
    """`Damaged` for what SQLite says when it cannot make sense of a file."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            raise Damaged(str(error)) from error
        raise


@contextmanager
def said(*also: type[Exception]) -> Iterator[None]:
    """What is wrong with the disk, or with whoever else holds the file, in our words."""
    kinds: tuple[type[Exception], ...] = (sqlite3.OperationalError, *also)
    try:
        yield
    except kinds as error:
        raise YggError(
            f"the index of code cannot be used: {error}",
            hint="see whether the cache folder can be written and has room",
        ) from error


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return False
    # A file that ends too early, and one that lacks tables.
    short = code == sqlite3.SQLITE_IOERR_SHORT_READ
    lacking = code == sqlite3.SQLITE_ERROR and "no such" in str(error)
    return code & 0xFF in _DAMAGE or short or lacking
