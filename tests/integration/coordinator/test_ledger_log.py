"""SQLite's log is as long at the start as it usually gets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from coordinator.ledger import Ledger
from coordinator.ledger.migrate import upgrade
from tests.limits import files_of_at_most

MEGABYTE = 1 << 20


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    upgrade(found)
    yield found
    found.close()


def tables(ledger: Ledger) -> set[str]:
    with ledger.read() as connection:
        return {name for (name,) in connection.execute(text("SELECT name FROM sqlite_master"))}


def test_the_log_is_long_and_the_ledger_as_it_was(ledger: Ledger, tmp_path: Path) -> None:
    before, size_bytes = tables(ledger), (tmp_path / "ledger.db").stat().st_size
    ledger.lengthen_log()
    ledger.lengthen_log()
    with ledger.write() as connection:
        connection.execute(text("CREATE TABLE mine (content TEXT)"))
    log = (tmp_path / "ledger.db-wal").stat().st_size
    assert 15.5 * MEGABYTE <= log < 20 * MEGABYTE
    assert (tmp_path / "ledger.db").stat().st_size == size_bytes
    assert tables(ledger) == before | {"mine"}


def test_without_room_for_it_the_ledger_works(ledger: Ledger) -> None:
    with files_of_at_most(MEGABYTE):
        ledger.lengthen_log()
        with ledger.write() as connection:
            connection.execute(text("CREATE TABLE mine (content TEXT)"))
    assert {"filler", "mine"} & tables(ledger) == {"mine"}
