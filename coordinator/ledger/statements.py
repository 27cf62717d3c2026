"""Running statements: compiled once, and handed to the driver as they are.

One task passes some twenty short statements on its way, and SQLAlchemy spends several times as
long on each as the database. The ledger's errors stay SQLAlchemy's, whoever ran the statement.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Executable, Row, bindparam, text
from sqlalchemy.exc import DBAPIError

AnyRow = Row[*tuple[Any, ...]]
POSTGRES_OUTCOME = r"CAST(REPLACE(outcome, '\u0000', '\u0020') AS json)"
"""An outcome to be looked into: PostgreSQL opens no JSON in which a NUL stands anywhere."""
_AMONG_CHUNK = 1000
_Order = Callable[[Mapping[str, object]], Any]


def fetch(connection: Connection, statement: Executable, **values: object) -> list[AnyRow]:
    """The rows of a statement, whose columns have the names that Python allows."""
    sql, order = _compiled(statement, connection.dialect, tuple(values))
    with _cursor(connection, sql) as cursor:
        cursor.execute(sql, order(values))
        make = _row_type(tuple(column[0] for column in cursor.description))
        return [make(found) for found in cursor.fetchall()]


def fetch_one(connection: Connection, statement: Executable, **values: object) -> AnyRow | None:
    """The row of a statement that finds one at most."""
    found = fetch(connection, statement, **values)
    return found[0] if found else None


def change(connection: Connection, statement: Executable, **values: object) -> int:
    """How many rows a statement changed."""
    sql, order = _compiled(statement, connection.dialect, tuple(values))
    with _cursor(connection, sql) as cursor:
        cursor.execute(sql, order(values))
        return int(cursor.rowcount)


def change_many(
    connection: Connection, statement: Executable, rows: Sequence[Mapping[str, object]]
) -> None:
    """One statement for many rows, all with the same keys."""
    if not rows:
        return
    sql, order = _compiled(statement, connection.dialect, tuple(rows[0]))
    with _cursor(connection, sql) as cursor:
        if len(rows) == 1:
            cursor.execute(sql, order(rows[0]))
        else:
            cursor.executemany(sql, [order(row) for row in rows])


class Among:
    """A statement over a list, which it names `IN :ids`."""

    def __init__(self, statement: str) -> None:
        self.one = text(statement.replace(" IN :ids", " = :ids"))
        self.many = text(statement).bindparams(bindparam("ids", expanding=True))


def fetch_among(
    connection: Connection, statement: Among, ids: Sequence[str], **more: object
) -> list[AnyRow]:
    """The rows of a statement for a list of any length."""
    if len(ids) == 1:
        return fetch(connection, statement.one, ids=ids[0], **more)
    found: list[AnyRow] = []
    for at in range(0, len(ids), _AMONG_CHUNK):
        part = list(ids[at : at + _AMONG_CHUNK])
        found += connection.execute(statement.many, {"ids": part, **more}).fetchall()
    return found


def change_among(
    connection: Connection, statement: Among, ids: Sequence[str], **more: object
) -> None:
    if len(ids) == 1:
        change(connection, statement.one, ids=ids[0], **more)
        return
    for at in range(0, len(ids), _AMONG_CHUNK):
        connection.execute(statement.many, {"ids": list(ids[at : at + _AMONG_CHUNK]), **more})


@contextmanager
def _cursor(connection: Connection, sql: str) -> Iterator[Any]:
    """The driver's, in the connection's transaction; its errors become SQLAlchemy's."""
    cursor = connection.connection.cursor()
    driver = connection.dialect.loaded_dbapi
    try:
        yield cursor
    except driver.Error as error:
        raise DBAPIError.instance(sql, None, error, driver.Error) from error
    finally:
        cursor.close()


@lru_cache(maxsize=256)
def _compiled(statement: Executable, dialect: Dialect, keys: tuple[str, ...]) -> tuple[str, _Order]:
    """The SQL, and how the driver wants its values: by position or by name."""
    found = statement.compile(dialect=dialect, column_keys=list(keys))  # type: ignore[attr-defined]
    positions: list[str] | None = found.positiontup
    if positions is None:
        return str(found), dict
    return str(found), lambda row: tuple([row[name] for name in positions])


@lru_cache(maxsize=256)
def _row_type(columns: tuple[str, ...]) -> Callable[[Sequence[object]], AnyRow]:
    """Rows with named columns; reads like SQLAlchemy's own."""
    found: Any = namedtuple("found", columns)  # type: ignore[misc]
    return cast("Callable[[Sequence[object]], AnyRow]", found._make)
