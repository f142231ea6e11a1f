"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite makes a column its rowid only where the type is INTEGER.
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Each after the ones that refer to it.
_TABLES = (
    "attempt",
    "poll",
    "match",
    "delivery",
    "feed",
    "episode",
    "article",
    "alert",
    "watch",
    "version",
    "story",
    "sketch",
    "silence",
    "sighting",
    "segment",
    "outlet",
    "meta",
    "identity",
    "host",
    "decision",
    "credit",
    "boilerplate",
    "body",
    "block",
)


def upgrade() -> None:
    """From an empty database."""
    op.create_table(
        "block",
        sa.Column("segment_id", _ID),
        sa.Column("number", sa.Integer()),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("segment_id", "number", name=op.f("pk_block")),
    )
    op.create_table(
        "body",
        sa.Column("version_id", _ID),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_body")),
    )
    op.create_table(
        "boilerplate",
        sa.Column("outlet_id", _ID),
        sa.Column("hash", sa.BigInteger()),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("learned_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "hash", name=op.f("pk_boilerplate")),
    )
    op.create_table(
        "credit",
        sa.Column("id", _ID),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("outlet_id", _ID, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit")),
    )
    op.create_index(op.f("ix_credit_article_id"), "credit", ["article_id"])
    op.create_table(
        "decision",
        sa.Column("id", _ID),
        sa.Column("verb", sa.String(12), nullable=False),
        sa.Column("a_id", _ID, nullable=False),
        sa.Column("b_id", _ID, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_table(
        "host",
        sa.Column("name", sa.Text()),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
    )
    op.create_table(
        "identity",
        sa.Column("key", sa.BigInteger()),
        sa.Column("outlet_id", _ID),
        sa.Column("article_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("key", "outlet_id", name=op.f("pk_identity")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(64)),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "outlet",
        sa.Column("id", _ID),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlet")),
        sa.UniqueConstraint("domain", name=op.f("uq_outlet_domain")),
    )
    op.create_table(
        "segment",
        sa.Column("id", _ID),
        sa.Column("family", sa.String(16), nullable=False),
        sa.Column("first_version", _ID, nullable=False),
        sa.Column("last_version", _ID, nullable=False),
        sa.Column("postings", sa.Integer(), nullable=False),
        sa.Column("bits", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
    )
    op.create_table(
        "sighting",
        sa.Column("id", _ID),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("feed_id", _ID, nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_raw", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("counts", sa.String(20), nullable=True),
        sa.Column("counts_reason", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
    )
    op.create_index(op.f("ix_sighting_article_id"), "sighting", ["article_id"])
    op.create_index(op.f("ix_sighting_feed"), "sighting", ["feed_id", "id"])
    op.create_table(
        "silence",
        sa.Column("id", _ID),
        sa.Column("watch", sa.Text(), nullable=True),
        sa.Column("story_id", _ID, nullable=True),
        sa.Column("receiver", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
    )
    op.create_table(
        "sketch",
        sa.Column("version_id", _ID),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("paragraphs", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_sketch")),
    )
    op.create_table(
        "story",
        sa.Column("id", _ID),
        sa.Column("root_id", _ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("outlets", sa.Integer(), nullable=False),
        sa.Column("families", sa.Integer(), nullable=False),
        sa.Column("languages", sa.Integer(), nullable=False),
        sa.Column("episodes", sa.Integer(), nullable=False),
        sa.Column("first_seen_after", sa.BigInteger(), nullable=True),
        sa.Column("first_seen_by", sa.BigInteger(), nullable=False),
        sa.Column("last_copy_at", sa.BigInteger(), nullable=False),
        sa.Column("dormant_at", sa.BigInteger(), nullable=True),
        sa.Column("tracked", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("merged_into", _ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
    )
    op.create_index(op.f("ix_story_last"), "story", ["last_copy_at", "id"])
    op.create_index(
        op.f("ix_story_spread"),
        "story",
        ["last_copy_at", "id"],
        sqlite_where=sa.text("families > 1"),
        postgresql_where=sa.text("families > 1"),
    )
    op.create_table(
        "version",
        sa.Column("id", _ID),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("seen_by", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("simhash", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
    )
    op.create_index(op.f("ix_version_article_id"), "version", ["article_id"])
    op.create_table(
        "watch",
        sa.Column("id", _ID),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("article_id", _ID, nullable=True),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("dormant_after_s", sa.Integer(), nullable=True),
        sa.Column("notify", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
        sa.UniqueConstraint("name", name=op.f("uq_watch_name")),
    )
    op.create_table(
        "alert",
        sa.Column("id", _ID),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("watch_id", _ID, nullable=False),
        sa.Column("story_id", _ID, nullable=True),
        sa.Column("article_id", _ID, nullable=True),
        sa.Column("condition", sa.String(24), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name=op.f("fk_alert_watch_id_watch")),
        sa.UniqueConstraint("key", name=op.f("uq_alert_key")),
    )
    op.create_index(op.f("ix_alert_at"), "alert", ["at"])
    op.create_table(
        "article",
        sa.Column("id", _ID),
        sa.Column("outlet_id", _ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("published_raw", sa.Text(), nullable=True),
        sa.Column("published_note", sa.Text(), nullable=True),
        sa.Column("seen_after", sa.BigInteger(), nullable=True),
        sa.Column("seen_by", sa.BigInteger(), nullable=False),
        sa.Column("clock", sa.String(8), nullable=False, server_default="seen"),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(8), nullable=False),
        sa.Column("story_id", _ID, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["outlet.id"], name=op.f("fk_article_outlet_id_outlet")
        ),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_article_story_id_story")),
    )
    op.create_index(op.f("ix_article_outlet"), "article", ["outlet_id", "id"])
    op.create_index(op.f("ix_article_story"), "article", ["story_id", "id"])
    op.create_table(
        "episode",
        sa.Column("id", _ID),
        sa.Column("story_id", _ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("opened_by", _ID, nullable=False),
        sa.Column("subtype", sa.String(20), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episode")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_episode_story_id_story")),
        sa.UniqueConstraint("story_id", "n", name=op.f("uq_episode_story_n")),
    )
    op.create_table(
        "feed",
        sa.Column("id", _ID),
        sa.Column("outlet_id", _ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moving_to", sa.Text(), nullable=True),
        sa.Column("moving_since", sa.BigInteger(), nullable=True),
        sa.Column("moving_seen", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False, server_default="polled"),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("validated_at", sa.BigInteger(), nullable=True),
        sa.Column("body_hash", sa.BigInteger(), nullable=True),
        sa.Column("interval_s", sa.Integer(), nullable=False, server_default="900"),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("next_reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("lease_by", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("first_ok_at", sa.BigInteger(), nullable=True),
        sa.Column("last_polled_at", sa.BigInteger(), nullable=True),
        sa.Column("last_ok_at", sa.BigInteger(), nullable=True),
        sa.Column("last_fresh_at", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["outlet.id"], name=op.f("fk_feed_outlet_id_outlet")
        ),
        sa.UniqueConstraint("url", name=op.f("uq_feed_url")),
    )
    op.create_index(op.f("ix_feed_due"), "feed", ["state", "next_at"])
    op.create_index(
        op.f("ix_feed_leased"),
        "feed",
        ["lease_until"],
        sqlite_where=sa.text("lease_until IS NOT NULL"),
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_index(op.f("ix_feed_outlet_id"), "feed", ["outlet_id"])
    op.create_table(
        "delivery",
        sa.Column("id", _ID),
        sa.Column("alert_id", _ID, nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_by", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("maybe_repeat", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_delivery_alert_id_alert")
        ),
        sa.UniqueConstraint("alert_id", "receiver", name=op.f("uq_delivery_alert_receiver")),
    )
    op.create_index(op.f("ix_delivery_due"), "delivery", ["state", "next_at"])
    op.create_table(
        "match",
        sa.Column("id", _ID),
        sa.Column("a_id", _ID, nullable=False),
        sa.Column("b_id", _ID, nullable=False),
        sa.Column("a_version", _ID, nullable=False),
        sa.Column("b_version", _ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("paste", sa.Float(), nullable=False),
        sa.Column("cut", sa.Float(), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("longest", sa.Integer(), nullable=False),
        sa.Column("runs", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("order_known", sa.String(8), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
        sa.ForeignKeyConstraint(["a_id"], ["article.id"], name=op.f("fk_match_a_id_article")),
        sa.ForeignKeyConstraint(["b_id"], ["article.id"], name=op.f("fk_match_b_id_article")),
        sa.UniqueConstraint("a_id", "b_id", name=op.f("uq_match_pair")),
    )
    op.create_index(op.f("ix_match_a"), "match", ["a_id"])
    op.create_index(op.f("ix_match_b"), "match", ["b_id"])
    op.create_table(
        "poll",
        sa.Column("id", _ID),
        sa.Column("feed_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("entries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("fresh", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("next_reason", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_poll_feed_id_feed")),
    )
    op.create_index(op.f("ix_poll_feed"), "poll", ["feed_id", "id"])
    op.create_table(
        "attempt",
        sa.Column("id", _ID),
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_attempt_delivery_id_delivery")
        ),
    )
    op.create_index(op.f("ix_attempt_delivery_id"), "attempt", ["delivery_id"])


def downgrade() -> None:
    """To an empty database."""
    for name in _TABLES:
        op.drop_table(name)
