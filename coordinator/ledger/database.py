"""SQLite (WAL, every commit on disk) or PostgreSQL behind two words: `read` and `write`.

All transactions that change state run one after the other, on SQLite by `BEGIN IMMEDIATE` and on
PostgreSQL by an advisory lock: batches make that fast, and no decision ever races another.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    TimeoutError,
)

from ygg.errors import LedgerUnavailable

logger = logging.getLogger(__name__)

BUSY_SECONDS = 5.0
"""How long to wait for a lock that somebody else holds."""
TURN_SECONDS = 10.0
"""How long one of our own threads waits for the others: a large bulk request takes seconds."""
_CHECKPOINT_PAGES = 4000
_PAGE_BYTES = 4096
_CACHE = "cache_size=-65536"
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
        """One transaction that changes nothing. On SQLite one consistent view; on PostgreSQL each
        statement sees what is committed by then."""
        with explained(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The only way to change anything. On disk when the block is left without an error."""
        with explained(), self._in_turn(), self._writer.begin() as connection:
            if not self.is_sqlite:
                connection.execute(text(f"SET LOCAL lock_timeout = '{BUSY_SECONDS:g}s'"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            yield connection

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Our own threads wait here, and no longer than for somebody else's lock."""
        if not self._turn.acquire(timeout=TURN_SECONDS):
            raise LedgerUnavailable(
                f"others have been writing to the ledger for {TURN_SECONDS:g} seconds",
                hint="nothing was written; try again, or look at who holds the database",
            )
        try:
            yield
        finally:
            self._turn.release()

    def lengthen_log(self) -> None:
        """Have SQLite's log as long as it usually gets, by writing as much and taking it back.

        A commit that writes over what is there waits for the disk about half as long as one that
        makes the file longer, and until the first checkpoint each one would.
        """
        if not self.is_sqlite:
            return
        with explained(), self._in_turn(), self._writer.connect() as connection:
            driver: Any = connection.connection
            driver.execute("PRAGMA cache_size=100")  # what does not fit goes to the log at once
            try:
                driver.execute("BEGIN IMMEDIATE")
                driver.execute("CREATE TABLE filler (content BLOB)")
                for _ in range(1 + (_CHECKPOINT_PAGES * _PAGE_BYTES >> 20)):
                    driver.execute("INSERT INTO filler VALUES (zeroblob(1 << 20))")
            except sqlite3.OperationalError as error:  # no room, or no turn: it is as long as it is
                logger.warning("the log is not lengthened: %s", error, extra={"action": "start"})
            finally:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
                driver.execute(f"PRAGMA {_CACHE}")

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
        f"wal_autocheckpoint={_CHECKPOINT_PAGES}",
        _CACHE,
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    # SQLite's own knows the letters of ASCII alone.
    connection.create_function("LOWER", 1, _lower, deterministic=True)


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _exec(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


@contextmanager
def explained() -> Iterator[None]:
    """The database's troubles, in our words. What it refuses for its content stays what it is."""
    try:
        yield
    except (DataError, IntegrityError, NotSupportedError, ProgrammingError):
        raise
    except (DBAPIError, TimeoutError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise LedgerUnavailable(
            f"the ledger's database did not take it: {cause}",
            hint="nothing was written; look at free disk space and at who else holds the database",
        ) from error
