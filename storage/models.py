"""The schema: narrow rows that are read often, wide ones (bodies, sketches) beside them.

A length in `String(n)` is for our own closed vocabularies; whatever comes from outside is Text,
for PostgreSQL alone would enforce the bound, in the middle of a poll's transaction.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    event,
    false,
    text,
)

from storage.types import Blob, Id, Instant, Text, Unsigned64

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Small facts of the database as a whole: fingerprint scheme, heartbeat of the daemon.
meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# ---------------------------------------------------------------- whom we poll

outlet = Table(
    "outlet",
    metadata,
    Column("id", Id, primary_key=True),
    Column("domain", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("family", Text, nullable=False),
)

feed = Table(
    "feed",
    metadata,
    Column("id", Id, primary_key=True),
    Column("outlet_id", Id, ForeignKey("outlet.id"), nullable=False, index=True),
    Column("url", Text, nullable=False, unique=True),  # as configured
    Column("moved_to", Text),  # adopted after proven permanent redirects
    # The permanent redirect that is being proven: same end, since when, in how many polls.
    Column("moving_to", Text),
    Column("moving_since", Instant),
    Column("moving_seen", Integer, nullable=False, server_default="0"),
    Column("host", Text, nullable=False),
    Column("title", Text),
    # polled | gone (410, until a person acts) | removed (no longer in feeds.yaml)
    Column("state", String(16), nullable=False, server_default="polled"),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("validated_at", Instant),  # of the last full answer, which brought validators
    Column("body_hash", Unsigned64),
    Column("interval_s", Integer, nullable=False, server_default="900"),
    Column("next_at", Instant, nullable=False),
    Column("next_reason", Text, nullable=False, server_default=""),
    Column("next_steps", JSON(none_as_null=True)),  # how that time came about, in words
    Column("lease_by", Text),
    Column("lease_until", Instant),
    Column("added_at", Instant, nullable=False),
    Column("first_ok_at", Instant),  # the first poll that gave entries: what it showed is censored
    Column("last_polled_at", Instant),
    Column("last_ok_at", Instant),
    Column("last_fresh_at", Instant),  # the last poll that brought an entry not known before
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("last_status", Integer),
    Column("last_error", Text),
    # Keys of the entries of its last full document (sorted little-endian uint64).
    Column("shown_keys", Blob),
    # What that document says about polling it: a 304 does not say it again.
    Column("hints", JSON(none_as_null=True)),
    # The verdict after its last poll (watcher.core.health); null: not polled since there are any.
    Column("health", String(16)),
    Column("health_since", Instant),
    Column("health_reason", Text),
    Column("health_memory", JSON(none_as_null=True)),  # what judging the next poll takes
    Index("ix_feed_due", "state", "next_at"),
    # The few feeds being polled now: their hosts are busy.
    Index(
        "ix_feed_leased",
        "lease_until",
        sqlite_where=text("lease_until IS NOT NULL"),
        postgresql_where=text("lease_until IS NOT NULL"),
    ),
)

# What a public host asked of us as a whole: Retry-After.
host = Table(
    "host",
    metadata,
    Column("name", Text, primary_key=True),
    Column("not_before", Instant, nullable=False),
    Column("reason", Text, nullable=False),
)

poll = Table(
    "poll",
    metadata,
    Column("id", Id, primary_key=True),
    Column("feed_id", Id, ForeignKey("feed.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("took_ms", Integer, nullable=False),
    # ok | unchanged | failed | refused
    Column("outcome", String(16), nullable=False),
    Column("status", Integer),
    Column("bytes", Integer, nullable=False, server_default="0"),
    Column("entries", Integer, nullable=False, server_default="0"),
    Column("fresh", Integer, nullable=False, server_default="0"),  # entries not known before
    Column("error", Text),
    Column("next_reason", Text, nullable=False, server_default=""),
    Index("ix_poll_feed", "feed_id", "id"),
)

# ---------------------------------------------------------------- what we saw

article = Table(
    "article",
    metadata,
    Column("id", Id, primary_key=True),
    Column("outlet_id", Id, ForeignKey("outlet.id"), nullable=False),
    Column("external_id", Text),
    Column("url", Text),
    Column("title", Text, nullable=False),
    Column("lang", Text),
    Column("lang_sure", Float),  # 0 to 1, told from the text; null: only claimed
    Column("published_at", Instant),  # the outlet's claim
    Column("published_raw", Text),
    Column("published_note", Text),  # future | absurd | naive | unparsed
    # First sighting, by our clock: after `seen_after` (null: unknown, censored), up to `seen_by`.
    Column("seen_after", Instant),
    Column("seen_by", Instant, nullable=False),
    # Which clock places it in time: seen (polled) | claimed (imported from an archive).
    Column("clock", String(8), nullable=False, server_default="seen"),
    Column("version_id", Id, nullable=False),  # the current one
    Column("words", Integer, nullable=False),
    Column("evidence", String(8), nullable=False),  # full | summary
    Column("story_id", Id, ForeignKey("story.id"), nullable=False),
    Column("role", String(16), nullable=False),  # root | copy | excerpt | repost
    Column(
        "left_at", Instant
    ),  # when its outlet's feeds ceased to show it; null: still shown, or unknown
    Index("ix_article_story", "story_id", "id"),
    Index("ix_article_outlet", "outlet_id", "id"),
)

# How an entry is recognised when it comes again: a hash of its guid, address, text or external id.
identity = Table(
    "identity",
    metadata,
    Column("key", Unsigned64, primary_key=True),
    Column("outlet_id", Id, primary_key=True),
    Column("article_id", Id, nullable=False),
    sqlite_with_rowid=False,
)

version = Table(
    "version",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article_id", Id, nullable=False, index=True),
    Column("n", Integer, nullable=False),  # 1, 2, ...
    Column("content_hash", Unsigned64, nullable=False),
    Column("title", Text, nullable=False),
    Column("seen_by", Instant, nullable=False),
    Column("words", Integer, nullable=False),
    Column("simhash", Unsigned64, nullable=False),
)

body = Table(
    "body",
    metadata,
    Column("version_id", Id, primary_key=True),
    Column("data", Blob, nullable=False),  # the cleaned text, UTF-8, zstd
)

sketch = Table(
    "sketch",
    metadata,
    Column("version_id", Id, primary_key=True),
    Column("data", Blob, nullable=False),  # sorted little-endian uint64
    Column("paragraphs", Blob, nullable=False),  # a hash a paragraph, the same format, unsorted
)

sighting = Table(
    "sighting",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article_id", Id, nullable=False, index=True),
    Column("version_id", Id, nullable=False),
    Column("feed_id", Id),  # null: imported or tracked by hand
    # first | version | redated | moved | other_feed
    Column("kind", String(16), nullable=False),
    Column("after", Instant),  # null: censored
    Column("by", Instant, nullable=False),
    Column("claimed_at", Instant),
    Column("claimed_raw", Text),
    Column("url", Text),
    # As what it continues or opens an episode (core.rules.qualifies); null: it does not, and why.
    Column("counts", String(20)),
    Column("counts_reason", Text, nullable=False, server_default=""),
    Index("ix_sighting_feed", "feed_id", "id"),
)

credit = Table(
    "credit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article_id", Id, nullable=False, index=True),
    Column("version_id", Id, nullable=False),
    Column("agent", Text, nullable=False),  # whom the copy names
    Column("outlet_id", Id),  # the same, where it is an outlet that we know
    Column("words", Text, nullable=False),  # the very words
    Column("place", String(16), nullable=False),  # head | tail | byline | dateline | body | meta
    Column("form", Text, nullable=False),  # which pattern or metadata field
)

# ---------------------------------------------------------------- the candidate index

# An immutable, sorted run of postings (hash bits | version id), cut into blocks by hash.
segment = Table(
    "segment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("family", String(16), nullable=False),  # sketch | paragraph | simhash
    Column("first_version", Id, nullable=False),
    Column("last_version", Id, nullable=False),
    Column("postings", Integer, nullable=False),
    Column("bits", Integer, nullable=False),  # 2**bits blocks
    Column(
        "state", String(8), nullable=False
    ),  # building | live | gone (its blocks are being deleted)
)

block = Table(
    "block",
    metadata,
    Column("segment_id", Id, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("data", Blob, nullable=False),
)

# What a version means, as codes of its sentences' vectors (watcher.core.across): by what it is
# found among other languages' texts, and apart, for it is read seldom, of each sentence.
gist = Table(
    "gist",
    metadata,
    Column("version_id", Id, primary_key=True),
    Column("article_id", Id, nullable=False),
    Column("outlet_id", Id, nullable=False),
    Column("lang", Text, nullable=False),
    Column("at", Instant, nullable=False),  # when its article was first seen
    Column("codes", Blob, nullable=False),  # little-endian uint64
    Index("ix_gist_at", "at"),
)

sentence_codes = Table(
    "sentence_codes",
    metadata,
    Column("version_id", Id, primary_key=True),
    Column("codes", Blob, nullable=False),  # little-endian uint64, eight a sentence
)

boilerplate = Table(
    "boilerplate",
    metadata,
    Column("outlet_id", Id, primary_key=True),
    Column("hash", Unsigned64, primary_key=True),
    Column("sample", Text, nullable=False),
    Column("articles", Integer, nullable=False),
    Column("learned_at", Instant, nullable=False),
    Column("state", String(12), nullable=False),  # learned | forgotten (by a person)
)

# ---------------------------------------------------------------- what belongs together

match = Table(
    "match",
    metadata,
    Column("id", Id, primary_key=True),
    # a is the source, where the order is known, and b the copy.
    Column("a_id", Id, ForeignKey("article.id"), nullable=False),
    Column("b_id", Id, ForeignKey("article.id"), nullable=False),
    Column("a_version", Id, nullable=False),
    Column("b_version", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("paste", Float, nullable=False),
    Column("cut", Float, nullable=False),
    Column("distance", Integer, nullable=False),
    Column("words", Integer, nullable=False),
    Column("longest", Integer, nullable=False),
    Column("runs", Blob, nullable=False),  # int32 triples: word offset in a, in b, length
    Column("reason", Text, nullable=False),
    Column("order_known", String(8), nullable=False),  # seen | claimed | unknown
    Column("status", String(12), nullable=False),  # auto | suggested | confirmed | rejected
    Column("at", Instant, nullable=False),
    Column("sure", Float),  # of a translation: how alike its sentences are, 0 to 1
    Index("ix_match_a", "a_id"),
    Index("ix_match_b", "b_id"),
    UniqueConstraint("a_id", "b_id", name="uq_match_pair"),
)

story = Table(
    "story",
    metadata,
    Column("id", Id, primary_key=True),
    Column("root_id", Id, nullable=False),  # the article whose text the others are compared with
    Column("title", Text, nullable=False),
    Column("state", String(12), nullable=False),  # single | active | dormant
    Column("articles", Integer, nullable=False),
    Column("outlets", Integer, nullable=False),
    Column("families", Integer, nullable=False),
    Column("languages", Integer, nullable=False),
    Column("episodes", Integer, nullable=False),
    Column("first_seen_after", Instant),
    Column("first_seen_by", Instant, nullable=False),
    Column("last_copy_at", Instant, nullable=False),
    Column("dormant_at", Instant),  # when it will have rested long enough; null: single
    Column("tracked", Boolean, nullable=False, server_default=false()),
    Column("merged_into", Id),
    Index("ix_story_last", "last_copy_at", "id"),
    # Most stories are single articles: the ones worth listing get an index of their own, with all
    # that a list is filtered by, for a rare value is looked for through the whole of it.
    Index(
        "ix_story_spread",
        "last_copy_at",
        "id",
        "families",
        "state",
        "episodes",
        "dormant_at",
        "merged_into",
        sqlite_where=text("families > 1"),
        postgresql_where=text("families > 1"),
    ),
)

episode = Table(
    "episode",
    metadata,
    Column("id", Id, primary_key=True),
    Column("story_id", Id, ForeignKey("story.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("opened_by", Id, nullable=False),  # article
    # first | new_outlet | redated | readdressed | edited_return
    Column("subtype", String(20), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("copies", Integer, nullable=False),
    UniqueConstraint("story_id", "n", name="uq_episode_story_n"),
)

# What a person said of two articles or stories: final, survives every re-computation.
decision = Table(
    "decision",
    metadata,
    Column("id", Id, primary_key=True),
    Column("verb", String(12), nullable=False),  # confirm | reject | merge | split | unsplit
    Column("a_id", Id, nullable=False),
    Column("b_id", Id, nullable=False),
    Column("author", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
)

# ---------------------------------------------------------------- what questions need

# Everything here can be made again from the tables above (watcher/archive/questions.py).

# From which article of its story an article was taken, as far as known times and common words say,
# and what its credits amount to. A row for each article of a story of several.
taken = Table(
    "taken",
    metadata,
    Column("article_id", Id, primary_key=True, autoincrement=False),
    Column("story_id", Id, nullable=False),
    Column("outlet_id", Id, nullable=False),
    Column("words", Integer, nullable=False),  # the article's
    Column("kind", String(16), nullable=False),  # a match's kind; root; copy (by hand, no match)
    Column("verdict", String(12), nullable=False),  # core.credit.Verdict
    # Null: the root, or nothing that was there before it, or at another outlet, is like it.
    Column("source_id", Id),
    Column("source_outlet_id", Id),
    Column("cut", Float),  # share of its words found in the source
    # Seconds after the source, as an interval; null: not bounded by what was seen.
    Column("lag_low", Float),
    Column("lag_high", Float),
    Index("ix_taken_story", "story_id"),
    # With all that outlets are summed up by: a sum over all copies reads nothing else.
    Index(
        "ix_taken_pair",
        "outlet_id",
        "source_outlet_id",
        "verdict",
        "words",
        "cut",
        "lag_low",
        "lag_high",
    ),
    Index("ix_taken_source", "source_outlet_id"),
)

# What stories of several articles can be asked for by: a row for each value that one has.
facet = Table(
    "facet",
    metadata,
    Column("what", String(8), primary_key=True),  # outlet (its id) | lang | kind | credit
    Column("value", Text, primary_key=True),
    Column("at", Instant, primary_key=True),  # the story's last_copy_at: pages come in this order
    Column("story_id", Id, primary_key=True, autoincrement=False),
    Index("ix_facet_story", "story_id"),
    sqlite_with_rowid=False,
)

# How many articles, and words as they stand, an outlet has in a language ("": unknown).
tally = Table(
    "tally",
    metadata,
    Column("outlet_id", Id, primary_key=True, autoincrement=False),
    Column("lang", Text, primary_key=True),
    Column("articles", Integer, nullable=False),
    Column("words", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# The full text of every version, as words that core.search has normalised: no tokenizer or
# dictionary of an engine has a say. The engines have nothing in common here but the name.
FULL_TEXT = {
    "sqlite": (
        "CREATE VIRTUAL TABLE search USING fts5(title, words, content='', tokenize='ascii')",
    ),
    "postgresql": (
        # Places do not compress; headlines are apart, for a row of words is wide.
        "CREATE TABLE search (version_id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
        "ALTER TABLE search ALTER COLUMN words SET STORAGE EXTERNAL",
        "CREATE TABLE search_title (version_id BIGINT PRIMARY KEY, title TSVECTOR NOT NULL)",
        "CREATE INDEX ix_search_words ON search USING gin (words)",
        "CREATE INDEX ix_search_title ON search_title USING gin (title)",
    ),
}
for _dialect, _statements in FULL_TEXT.items():
    for _statement in _statements:
        _made = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(metadata, "after_create", _made)

# ---------------------------------------------------------------- who is told

watch = Table(
    "watch",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("target", Text, nullable=False),  # url:..., file:..., text:..., story:..., phrase:...
    Column("article_id", Id),  # the text as stored, once known
    Column("conditions", JSON, nullable=False),
    Column("dormant_after_s", Integer),
    Column("notify", JSON, nullable=False),  # receiver names
    Column("origin", String(8), nullable=False),  # config | cli
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
    Column("problem", Text),  # why it cannot follow anything yet
    # Suggested translations at least this sure (match.sure) are part of its story; null: none are.
    Column("translations", Float),
)

# The articles that a phrase's watch has found its words in. Each row says how the watch stood after
# it, so that the next one is judged by the last row alone (watcher.core.rules.Tally).
mention = Table(
    "mention",
    metadata,
    Column("watch_id", Id, ForeignKey("watch.id"), primary_key=True),
    Column("article_id", Id, primary_key=True),
    Column("version_id", Id, nullable=False),  # the first one that has the words
    Column("outlet_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    Column("counts", Boolean, nullable=False),  # it continues or opens an episode
    Column("reason", Text, nullable=False),  # why it does, or does not
    Column("words", Text, nullable=False),  # as the article has them
    Column("n", Integer, nullable=False),  # 1, 2, ... of this watch
    Column("families", Integer, nullable=False),
    Column("fresh", Boolean, nullable=False),  # the first mention of its family
    Column("episode", Integer, nullable=False),
    Column("opener", Id, nullable=False),  # the article that opened the episode
    Column("opened_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),  # of the last mention that counts
    Column("gap_s", Float),  # since the one before that counts, inside an episode
    Index("ix_mention_order", "watch_id", "n"),
)

# The pages of tracked stories, looked at again now and then: are they still there?
page_check = Table(
    "page_check",
    metadata,
    Column("article_id", Id, primary_key=True, autoincrement=False),
    Column("next_at", Instant, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("checked_at", Instant),
    Column("misses", Integer, nullable=False, server_default="0"),  # 404 or 410, in a row
    Column("missing_since", Instant),
    Column("gone_at", Instant),  # when a second look, well apart, found it gone too
    Column("reason", Text, nullable=False, server_default=""),
    Index("ix_page_check_due", "next_at"),
)

alert = Table(
    "alert",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("watch_id", Id, ForeignKey("watch.id"), nullable=False),
    Column("story_id", Id),
    Column("article_id", Id),
    Column("condition", String(24), nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    # fired | held (with the reason)
    Column("state", String(8), nullable=False),
    Column("payload", JSON, nullable=False),  # core.message.Facts as plain values
    Index("ix_alert_at", "at"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("alert_id", Id, ForeignKey("alert.id"), nullable=False),
    Column("receiver", Text, nullable=False),
    # pending | sending | sent | retry | dead | held
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Instant, nullable=False),
    Column("lease_by", Text),
    Column("lease_until", Instant),
    Column("maybe_repeat", Boolean, nullable=False, server_default=false()),
    Column("reason", Text, nullable=False, server_default=""),
    Column("sent_at", Instant),
    # What it waited for (watcher.core.discipline): group | quiet | cap | breaker | alone.
    Column("withheld", String(8)),
    Column("message", Id),  # the first delivery of the message that carries or carried it
    UniqueConstraint("alert_id", "receiver", name="uq_delivery_alert_receiver"),
    Index("ix_delivery_due", "state", "next_at"),
    Index("ix_delivery_next", "receiver", "state", "next_at"),
    Index("ix_delivery_sent", "receiver", "sent_at"),
)

# How receivers have been of late: one that fails in a row is left alone for a while.
receiver = Table(
    "receiver",
    metadata,
    Column("name", Text, primary_key=True),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("opens", Integer, nullable=False, server_default="0"),  # in a row
    Column("open_until", Instant),  # null: well, as far as known
    Column("since", Instant),  # of the first of the failures
    Column("reason", Text, nullable=False, server_default=""),
)

# What a story's messages hang on at a receiver, so that they are one thread there: the `ts` of a
# Slack message in its channel, or the subject of its mails.
thread = Table(
    "thread",
    metadata,
    Column("receiver", Text, primary_key=True),
    Column("place", Text, primary_key=True),  # a channel; subject
    Column("story_id", Id, primary_key=True, autoincrement=False),
    Column("anchor", Text, nullable=False),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery_id", Id, ForeignKey("delivery.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("outcome", String(12), nullable=False),  # sent | refused | timeout | error | abandoned
    Column("detail", Text, nullable=False),
)

silence = Table(
    "silence",
    metadata,
    Column("id", Id, primary_key=True),
    Column("watch", Text),  # null: any
    Column("story_id", Id),
    Column("receiver", Text),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
)
