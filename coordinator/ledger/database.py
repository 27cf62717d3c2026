"""SQLite (WAL, every commit on disk) or PostgreSQL behind two words: `read` and `write`.

All transactions that change state run one after the other, on SQLite by `BEGIN IMMEDIATE` and on
PostgreSQL by an advisory lock: batches make that fast, and no decision ever races another.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    TextClause,
    bindparam,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from ygg.errors import LedgerUnavailable

BUSY_SECONDS = 5.0
_ADVISORY_LOCK = 0x59_67_67  # "Ygg"


class Ledger:
    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turn = threading.Lock()
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        self._reader = self._engine("BEGIN")
        self._writer = self._engine("BEGIN IMMEDIATE") if self.is_sqlite else self._reader

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view."""
        with _explained(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The only way to change anything. On disk when the block is left without an error."""
        with _explained(), self._turn, self._writer.begin() as connection:
            if not self.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            yield connection

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()

    def _engine(self, begin: str) -> Engine:
        if not self.is_sqlite:
            return create_engine(self.url, pool_size=8, max_overflow=16, pool_pre_ping=True)
        engine = create_engine(
            self.url,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            pool_size=8,
            max_overflow=32,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: _exec(connection, begin))
        return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "wal_autocheckpoint=4000",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _exec(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


@contextmanager
def _explained() -> Iterator[None]:
    """The database's troubles, in our words. Broken rules stay what they are."""
    try:
        yield
    except IntegrityError:
        raise
    except (OperationalError, DBAPIError) as error:
        raise LedgerUnavailable(
            f"the ledger's database did not take it: {error.orig}",
            hint="nothing was written; look at free disk space and at who else holds the database",
        ) from error


AnyRow = Row[*tuple[Any, ...]]
_AMONG_CHUNK = 1000


def among(statement: str) -> TextClause:
    """A statement over a list, which it names `:ids`."""
    return text(statement).bindparams(bindparam("ids", expanding=True))


def fetch_among(
    connection: Connection, statement: TextClause, ids: Sequence[str], **more: object
) -> list[AnyRow]:
    """The rows of `among` for a list of any length."""
    found: list[AnyRow] = []
    for at in range(0, len(ids), _AMONG_CHUNK):
        part = list(ids[at : at + _AMONG_CHUNK])
        found += connection.execute(statement, {"ids": part, **more}).fetchall()
    return found


def change_among(
    connection: Connection, statement: TextClause, ids: Sequence[str], **more: object
) -> None:
    for at in range(0, len(ids), _AMONG_CHUNK):
        connection.execute(statement, {"ids": list(ids[at : at + _AMONG_CHUNK]), **more})
