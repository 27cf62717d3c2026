"""Machines that are drained"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drains",
        sa.Column("machine", sa.String(length=63), nullable=False),
        sa.Column("executor", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("machine", "executor"),
    )


def downgrade() -> None:
    op.drop_table("drains")
