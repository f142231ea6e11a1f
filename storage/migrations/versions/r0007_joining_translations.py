"""Translations that a watch lets join: its threshold, and each suggestion's likeness to compare."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Until now the likeness stood in the reason alone.
_LIKENESS = re.compile(r"likeness ([01]\.\d\d)")


def upgrade() -> None:
    """A column each; what was suggested gets the likeness that its reason names."""
    op.add_column("watch", sa.Column("translations", sa.Float()))
    op.add_column("match", sa.Column("sure", sa.Float()))
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    match = sa.table(
        "match",
        sa.column("id", id_),
        sa.column("kind", sa.Text()),
        sa.column("reason", sa.Text()),
        sa.column("sure", sa.Float()),
    )
    conn = op.get_bind()
    rows = conn.execute(
        sa.select(match.c.id, match.c.reason).where(match.c.kind == "translation")
    ).fetchall()
    for number, reason in rows:
        if found := _LIKENESS.search(reason):
            conn.execute(sa.update(match).where(match.c.id == number).values(sure=float(found[1])))


def downgrade() -> None:
    """Without them."""
    with op.batch_alter_table("match") as batch:
        batch.drop_column("sure")
    with op.batch_alter_table("watch") as batch:
        batch.drop_column("translations")
