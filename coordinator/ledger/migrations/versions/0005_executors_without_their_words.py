"""Which executors there are, without what they announced"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ["executor", "boot", "announced_at", "departed_at"]
    op.create_index("executors_known", "executors", columns)


def downgrade() -> None:
    op.drop_index("executors_known", "executors")
