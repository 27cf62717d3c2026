"""The migrations make the tables that the code knows, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from coordinator.ledger import Ledger
from coordinator.ledger.migrate import _config, upgrade
from coordinator.ledger.tables import metadata
from tests.postgres import PostgresServer
from ygg.errors import LedgerUnavailable


@pytest.fixture(params=["sqlite", "postgres"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """A database without any table."""
    if request.param == "sqlite":
        found = Ledger(f"sqlite:///{tmp_path / 'deep' / 'down' / 'ledger.db'}")
        yield found
        found.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.fresh_database() as url:
        found = Ledger(url)
        yield found
        found.close()


def test_the_migrated_database_is_what_the_tables_say(bare: Ledger) -> None:
    upgrade(bare)
    with bare.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        partial = _partial_indexes(bare)
    wanted = {
        index.name
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert partial == wanted


def _partial_indexes(ledger: Ledger) -> set[str]:
    if ledger.is_sqlite:
        query = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
    else:
        query = "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %'"
    with ledger.read() as connection:
        return {name for (name,) in connection.execute(text(query))}


def test_migrating_again_changes_nothing(bare: Ledger) -> None:
    upgrade(bare)
    with bare.write() as connection:
        connection.execute(text("INSERT INTO facts (name, value) VALUES ('epoch', 'e')"))
    upgrade(bare)
    with bare.read() as connection:
        assert connection.execute(text("SELECT value FROM facts")).scalar_one() == "e"


def test_a_task_accepted_before_tiers_were_kept_is_given_that_of_its_label(bare: Ledger) -> None:
    config = _config()
    with bare.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with bare.write() as connection:
        for label, tier in (("code-edit", "2"), ("dev-run", "null")):
            connection.execute(
                text(
                    "INSERT INTO labels (label, offer, announced_at, announced_by)"
                    " VALUES (:label, :offer, 1, 'north')"
                ),
                {"label": label, "offer": f'{{"label": "{label}", "tier": {tier}}}'},
            )
            connection.execute(
                text(
                    "INSERT INTO tasks (id, label, title, queue, priority, state, params,"
                    " soft_seconds, hard_seconds, retry, max_attempts, bundle, approval,"
                    " created_at, submitted_by)"
                    " VALUES (:label, :label, '', 'q', 2, 'queued', '{}',"
                    " 1, 1, '{}', 1, FALSE, FALSE, 1, 'me')"
                ),
                {"label": label},
            )
    upgrade(bare)
    with bare.read() as connection:
        found = connection.execute(text("SELECT id, tier FROM tasks ORDER BY id")).all()
    assert [tuple(row) for row in found] == [("code-edit", 2), ("dev-run", None)]


def test_the_database_of_a_newer_version_is_refused_and_left_alone(bare: Ledger) -> None:
    upgrade(bare)
    with bare.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerUnavailable, match=r"newer version \(revision 9999\)") as refused:
        upgrade(bare)
    assert "backup" in (refused.value.hint or "")
    with bare.read() as connection:
        assert (
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
        )


def test_a_file_that_is_no_database_is_refused_in_our_words(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    file.write_bytes(b"certainly not a database" * 1000)
    ledger = Ledger(f"sqlite:///{file}")
    with pytest.raises(LedgerUnavailable, match="not a database"):
        upgrade(ledger)
    ledger.close()
