"""The first ledger"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "executors",
        sa.Column("executor", sa.String(length=100), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("announcement", sa.Text(), nullable=False),
        sa.Column("announced_at", sa.Float(), nullable=False),
        sa.Column("departed_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("executor"),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "labels",
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("announced_at", sa.Float(), nullable=False),
        sa.Column("announced_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("label"),
    )
    op.create_table(
        "logs",
        sa.Column("task_id", sa.String(length=12), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("stream", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("dropped_bytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "attempt", "sequence"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=False),
        sa.Column("machine", sa.String(length=63), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=True),
        sa.Column("soft_seconds", sa.Float(), nullable=False),
        sa.Column("hard_seconds", sa.Float(), nullable=False),
        sa.Column("retry", sa.Text(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("requires", sa.Text(), server_default="", nullable=False),
        sa.Column("bundle", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("live", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("charged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("uncharged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_offered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parked", sa.String(length=8), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("pending", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", sa.Float(), nullable=True),
        sa.Column("approval", sa.Boolean(), nullable=False),
        sa.Column("gate", sa.String(length=8), server_default="", nullable=False),
        sa.Column("cancel_requested_at", sa.Float(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=True),
        sa.Column("finished_at", sa.Float(), nullable=True),
        sa.Column("submitted_by", sa.String(length=100), nullable=False),
        sa.Column("retry_of", sa.String(length=12), nullable=True),
        sa.Column("executor", sa.String(length=100), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index(
            "tasks_backlog",
            ["queue", "priority", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'queued' AND NOT live AND parked IS NULL"),
            postgresql_where=sa.text("state = 'queued' AND NOT live AND parked IS NULL"),
        )
        batch_op.create_index(
            "tasks_failed",
            ["finished_at"],
            unique=False,
            sqlite_where=sa.text("state = 'failed'"),
            postgresql_where=sa.text("state = 'failed'"),
        )
        batch_op.create_index(
            "tasks_idempotency",
            ["idempotency_key"],
            unique=True,
            sqlite_where=sa.text("idempotency_key IS NOT NULL"),
            postgresql_where=sa.text("idempotency_key IS NOT NULL"),
        )
        batch_op.create_index("tasks_label", ["label", "id"], unique=False)
        batch_op.create_index(
            "tasks_live",
            ["queue", "state", "bundle"],
            unique=False,
            sqlite_where=sa.text("live"),
            postgresql_where=sa.text("live"),
        )
        batch_op.create_index(
            "tasks_open",
            ["queue", "state"],
            unique=False,
            sqlite_where=sa.text(
                "state IN ('waiting', 'queued', 'running', 'cancelling', 'review')"
            ),
            postgresql_where=sa.text(
                "state IN ('waiting', 'queued', 'running', 'cancelling', 'review')"
            ),
        )
        batch_op.create_index(
            "tasks_parked",
            ["parked", "key", "queue", "priority", "id"],
            unique=False,
            sqlite_where=sa.text("parked IS NOT NULL"),
            postgresql_where=sa.text("parked IS NOT NULL"),
        )
        batch_op.create_index(
            "tasks_retry_of",
            ["retry_of"],
            unique=False,
            sqlite_where=sa.text("retry_of IS NOT NULL"),
            postgresql_where=sa.text("retry_of IS NOT NULL"),
        )
        batch_op.create_index(
            "tasks_timed",
            ["not_before"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting' AND not_before IS NOT NULL"),
            postgresql_where=sa.text("state = 'waiting' AND not_before IS NOT NULL"),
        )
        batch_op.create_index(
            "tasks_unwell",
            ["state", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('failed', 'cancelled', 'rejected')"),
            postgresql_where=sa.text("state IN ('failed', 'cancelled', 'rejected')"),
        )

    op.create_table(
        "tokens",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("revoked_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "unreadable",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("entry", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "actions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.String(length=12), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["tasks.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_actions_task_id"), ["task_id"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("task_id", sa.String(length=12), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("executor", sa.String(length=100), nullable=True),
        sa.Column("dispatched_at", sa.Float(), nullable=False),
        sa.Column("epoch", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=True),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("charged", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("late", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["tasks.id"],
        ),
        sa.PrimaryKeyConstraint("task_id", "attempt"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dependencies",
        sa.Column("task_id", sa.String(length=12), nullable=False),
        sa.Column("depends_on", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["depends_on"],
            ["tasks.id"],
        ),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["tasks.id"],
        ),
        sa.PrimaryKeyConstraint("task_id", "depends_on"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("dependencies", schema=None) as batch_op:
        batch_op.create_index("dependencies_on", ["depends_on"], unique=False)

    op.create_table(
        "permits",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("task_id", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["tasks.id"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("task_id"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("permits")
    with op.batch_alter_table("dependencies", schema=None) as batch_op:
        batch_op.drop_index("dependencies_on")

    op.drop_table("dependencies")
    op.drop_table("attempts")
    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_actions_task_id"))

    op.drop_table("actions")
    op.drop_table("unreadable")
    op.drop_table("tokens")
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index(
            "tasks_unwell",
            sqlite_where=sa.text("state IN ('failed', 'cancelled', 'rejected')"),
            postgresql_where=sa.text("state IN ('failed', 'cancelled', 'rejected')"),
        )
        batch_op.drop_index(
            "tasks_timed",
            sqlite_where=sa.text("state = 'waiting' AND not_before IS NOT NULL"),
            postgresql_where=sa.text("state = 'waiting' AND not_before IS NOT NULL"),
        )
        batch_op.drop_index(
            "tasks_retry_of",
            sqlite_where=sa.text("retry_of IS NOT NULL"),
            postgresql_where=sa.text("retry_of IS NOT NULL"),
        )
        batch_op.drop_index(
            "tasks_parked",
            sqlite_where=sa.text("parked IS NOT NULL"),
            postgresql_where=sa.text("parked IS NOT NULL"),
        )
        batch_op.drop_index(
            "tasks_open",
            sqlite_where=sa.text(
                "state IN ('waiting', 'queued', 'running', 'cancelling', 'review')"
            ),
            postgresql_where=sa.text(
                "state IN ('waiting', 'queued', 'running', 'cancelling', 'review')"
            ),
        )
        batch_op.drop_index(
            "tasks_live", sqlite_where=sa.text("live"), postgresql_where=sa.text("live")
        )
        batch_op.drop_index("tasks_label")
        batch_op.drop_index(
            "tasks_idempotency",
            sqlite_where=sa.text("idempotency_key IS NOT NULL"),
            postgresql_where=sa.text("idempotency_key IS NOT NULL"),
        )
        batch_op.drop_index(
            "tasks_failed",
            sqlite_where=sa.text("state = 'failed'"),
            postgresql_where=sa.text("state = 'failed'"),
        )
        batch_op.drop_index(
            "tasks_backlog",
            sqlite_where=sa.text("state = 'queued' AND NOT live AND parked IS NULL"),
            postgresql_where=sa.text("state = 'queued' AND NOT live AND parked IS NULL"),
        )

    op.drop_table("tasks")
    op.drop_table("logs")
    op.drop_table("labels")
    op.drop_table("facts")
    op.drop_table("executors")
