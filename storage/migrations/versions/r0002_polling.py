"""What polling keeps of a feed: moves, health, what its document showed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns for what a feed showed last, and when an article left its outlet's feeds."""
    op.add_column("feed", sa.Column("shown_keys", sa.LargeBinary()))
    op.add_column("article", sa.Column("left_at", sa.BigInteger()))


def downgrade() -> None:
    """To 0001."""
    op.drop_column("article", "left_at")
    op.drop_column("feed", "shown_keys")
