"""What polling keeps of a feed: moves, health, what its document showed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns for what a feed showed last, how it is, and when an article left its feeds."""
    op.add_column("feed", sa.Column("shown_keys", sa.LargeBinary()))
    op.add_column("feed", sa.Column("hints", sa.JSON()))
    op.add_column("feed", sa.Column("next_steps", sa.JSON()))
    op.add_column("feed", sa.Column("health", sa.String(16)))
    op.add_column("feed", sa.Column("health_since", sa.BigInteger()))
    op.add_column("feed", sa.Column("health_reason", sa.Text()))
    op.add_column("feed", sa.Column("health_memory", sa.JSON()))
    op.add_column("article", sa.Column("left_at", sa.BigInteger()))


def downgrade() -> None:
    """To 0001."""
    op.drop_column("article", "left_at")
    health = ("health_memory", "health_reason", "health_since", "health")
    for name in (*health, "next_steps", "hints", "shown_keys"):
        op.drop_column("feed", name)
