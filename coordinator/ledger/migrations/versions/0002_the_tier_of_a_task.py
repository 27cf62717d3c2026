"""The tier of a task"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("tier", sa.Integer(), nullable=True))
    # Those accepted before are given what their label says now: so far, that decided.
    offers = op.get_bind().execute(sa.text("SELECT label, offer FROM labels")).all()
    found = [{"label": label, "tier": json.loads(offer).get("tier")} for label, offer in offers]
    for values in (each for each in found if each["tier"] is not None):
        update = sa.text("UPDATE tasks SET tier = :tier WHERE label = :label")
        op.get_bind().execute(update, values)


def downgrade() -> None:
    # In SQL that both databases know: Alembic would copy the table, without its indexes.
    op.execute("ALTER TABLE tasks DROP COLUMN tier")
