"""What questions need: full text, filters, who took from whom.

The tables are made empty; who upgrades fills them in the same transaction
(watcher/archive/questions.py), for words are normalised by code that storage does not know.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SPREAD = sa.text("families > 1")
_FULL_TEXT = {
    "sqlite": (
        "CREATE VIRTUAL TABLE search USING fts5(title, words, content='', tokenize='ascii')",
    ),
    "postgresql": (
        "CREATE TABLE search (version_id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
        "ALTER TABLE search ALTER COLUMN words SET STORAGE EXTERNAL",
        "CREATE TABLE search_title (version_id BIGINT PRIMARY KEY, title TSVECTOR NOT NULL)",
        "CREATE INDEX ix_search_words ON search USING gin (words)",
        "CREATE INDEX ix_search_title ON search_title USING gin (title)",
    ),
}


def upgrade() -> None:
    """Full text; whom an article was taken from; what stories are asked for by; sums by outlet."""
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "taken",
        sa.Column("article_id", id_, autoincrement=False, nullable=False),
        sa.Column("story_id", id_, nullable=False),
        sa.Column("outlet_id", id_, nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("source_id", id_),
        sa.Column("source_outlet_id", id_),
        sa.Column("cut", sa.Float()),
        sa.Column("lag_low", sa.Float()),
        sa.Column("lag_high", sa.Float()),
        sa.PrimaryKeyConstraint("article_id", name="pk_taken"),
    )
    op.create_index("ix_taken_story", "taken", ["story_id"])
    sums = ["outlet_id", "source_outlet_id", "verdict", "words", "cut", "lag_low", "lag_high"]
    op.create_index("ix_taken_pair", "taken", sums)
    op.create_index("ix_taken_source", "taken", ["source_outlet_id"])
    op.create_table(
        "facet",
        sa.Column("what", sa.String(8), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("story_id", id_, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("what", "value", "at", "story_id", name="pk_facet"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_facet_story", "facet", ["story_id"])
    op.create_table(
        "tally",
        sa.Column("outlet_id", id_, autoincrement=False, nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("words", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "lang", name="pk_tally"),
        sqlite_with_rowid=False,
    )
    op.drop_index("ix_story_spread", "story")
    _index_spread("families", "state", "episodes", "dormant_at", "merged_into")
    for statement in _FULL_TEXT[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """To 0002."""
    op.execute("DROP TABLE search")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TABLE search_title")
    op.drop_index("ix_story_spread", "story")
    _index_spread()
    for table in ("tally", "facet", "taken"):
        op.drop_table(table)


def _index_spread(*also: str) -> None:
    op.create_index(
        "ix_story_spread",
        "story",
        ["last_copy_at", "id", *also],
        sqlite_where=_SPREAD,
        postgresql_where=_SPREAD,
    )
