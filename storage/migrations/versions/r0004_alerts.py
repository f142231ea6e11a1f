"""What alerts need: phrases, grouping, broken receivers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mentions of phrases; the pages that are looked at again; what deliveries wait for."""
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "mention",
        sa.Column("watch_id", id_, nullable=False),
        sa.Column("article_id", id_, nullable=False),
        sa.Column("version_id", id_, nullable=False),
        sa.Column("outlet_id", id_, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("families", sa.Integer(), nullable=False),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("opener", id_, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("gap_s", sa.Float()),
        sa.PrimaryKeyConstraint("watch_id", "article_id", name="pk_mention"),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_mention_watch_id_watch"),
    )
    op.create_index("ix_mention_order", "mention", ["watch_id", "n"])
    op.create_table(
        "page_check",
        sa.Column("article_id", id_, autoincrement=False, nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("checked_at", sa.BigInteger()),
        sa.Column("misses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("missing_since", sa.BigInteger()),
        sa.Column("gone_at", sa.BigInteger()),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("article_id", name="pk_page_check"),
    )
    op.create_index("ix_page_check_due", "page_check", ["next_at"])
    op.add_column("delivery", sa.Column("withheld", sa.String(8)))
    op.add_column("delivery", sa.Column("message", id_))
    op.create_index("ix_delivery_next", "delivery", ["receiver", "state", "next_at"])
    op.create_index("ix_delivery_sent", "delivery", ["receiver", "sent_at"])
    op.create_table(
        "receiver",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("open_until", sa.BigInteger()),
        sa.Column("since", sa.BigInteger()),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_receiver"),
    )
    op.create_table(
        "thread",
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("story_id", id_, autoincrement=False, nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("receiver", "place", "story_id", name="pk_thread"),
    )


def downgrade() -> None:
    """To 0003."""
    op.drop_table("thread")
    op.drop_table("receiver")
    op.drop_index("ix_delivery_sent", "delivery")
    op.drop_index("ix_delivery_next", "delivery")
    op.drop_column("delivery", "message")
    op.drop_column("delivery", "withheld")
    op.drop_table("page_check")
    op.drop_table("mention")
