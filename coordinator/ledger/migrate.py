"""Brings a database to the tables that this version knows."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from coordinator.ledger.database import Ledger
from ygg.errors import LedgerUnavailable


def upgrade(ledger: Ledger) -> None:
    config = _config()
    with ledger.write() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if current is not None and current not in known:
            raise LedgerUnavailable(
                f"the ledger was written by a newer version (revision {current})",
                hint="run that version, or restore a backup from before the update",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
