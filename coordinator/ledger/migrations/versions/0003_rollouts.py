"""Rollouts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('running', 'paused')")


def upgrade() -> None:
    op.create_table(
        "rollouts",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("image", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("wanted", sa.String(length=8), server_default="", nullable=False),
        sa.Column("canary", sa.Integer(), nullable=False),
        sa.Column("max_unavailable", sa.Integer(), nullable=False),
        sa.Column("drain_seconds", sa.Float(), nullable=False),
        sa.Column("back_of", sa.String(length=12), nullable=True),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("driver", sa.String(length=200), server_default="", nullable=False),
        sa.Column("driver_digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("driver_until", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["back_of"], ["rollouts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "rollouts_open",
        "rollouts",
        ["image"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "rollout_machines",
        sa.Column("rollout", sa.String(length=12), nullable=False),
        sa.Column("machine", sa.String(length=63), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("executor", sa.String(length=100), nullable=False),
        sa.Column("previous", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("says", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["rollout"], ["rollouts.id"]),
        sa.PrimaryKeyConstraint("rollout", "machine"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollout_steps",
        sa.Column("rollout", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("machine", sa.String(length=63), server_default="", nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("says", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["rollout"], ["rollouts.id"]),
        sa.PrimaryKeyConstraint("rollout", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("rollout_steps_machine", "rollout_steps", ["rollout", "machine", "seq"])


def downgrade() -> None:
    op.drop_table("rollout_steps")
    op.drop_table("rollout_machines")
    op.drop_table("rollouts")
