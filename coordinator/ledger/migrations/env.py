"""Alembic's way in. The engine comes from `coordinator.ledger.migrate`, never from a file."""

from alembic import context

from coordinator.ledger.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
