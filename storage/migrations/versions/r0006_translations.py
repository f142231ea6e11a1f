"""What translations need: how sure an article's language is, and the codes of its sentences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Language and its certainty; gists and the codes of sentences."""
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("article", sa.Column("lang_sure", sa.Float()))
    op.create_table(
        "gist",
        sa.Column("version_id", id_, autoincrement=False, nullable=False),
        sa.Column("article_id", id_, nullable=False),
        sa.Column("outlet_id", id_, nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("codes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name="pk_gist"),
    )
    op.create_index("ix_gist_at", "gist", ["at"])
    op.create_table(
        "sentence_codes",
        sa.Column("version_id", id_, autoincrement=False, nullable=False),
        sa.Column("codes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name="pk_sentence_codes"),
    )


def downgrade() -> None:
    """Back to what an article's feed says of its language."""
    op.drop_table("sentence_codes")
    op.drop_table("gist")
    with op.batch_alter_table("article") as batch:
        batch.drop_column("lang_sure")
