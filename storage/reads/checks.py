"""What the database says twice, compared: rows that contradict each other, and the full text.

For `watcher db verify`. Each question is asked of all rows at once and answers with those that are
wrong, so that a sound database answers nothing. What follows from stored texts is compared by
whoever knows how to read them (`texts`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, select, text

from storage.models import block, body, segment, sketch, version
from storage.reads import checks_across

_MOST = 20  # rows named for each question

# (what is wrong with the row, SELECT of its id): the same SQL for both engines.
_QUESTIONS: tuple[tuple[str, str], ...] = (
    (
        "article {}: its current version is another article's, or says another title or length",
        "SELECT a.id FROM article a LEFT JOIN version v ON v.id = a.version_id"
        " AND v.article_id = a.id AND v.title = a.title AND v.words = a.words WHERE v.id IS NULL",
    ),
    (
        "article {}: its outlet or its story is not there",
        "SELECT a.id FROM article a LEFT JOIN outlet o ON o.id = a.outlet_id"
        " LEFT JOIN story s ON s.id = a.story_id AND s.merged_into IS NULL"
        " WHERE o.id IS NULL OR s.id IS NULL",
    ),
    (
        "article {}: its role, clock or evidence has no meaning",
        "SELECT id FROM article WHERE role NOT IN ('root', 'copy', 'excerpt', 'repost')"
        " OR clock NOT IN ('seen', 'claimed') OR evidence NOT IN ('full', 'summary')"
        " OR seen_after > seen_by",
    ),
    (
        "article {}: nothing says how it is recognised",
        "SELECT a.id FROM article a LEFT JOIN identity i ON i.article_id = a.id"
        " WHERE i.article_id IS NULL",
    ),
    (
        "version {}: its article is not there, or has no such number of versions",
        "SELECT v.id FROM version v LEFT JOIN article a ON a.id = v.article_id"
        " WHERE a.id IS NULL OR v.n < 1"
        " OR v.n > (SELECT count(*) FROM version w WHERE w.article_id = v.article_id)",
    ),
    (
        "version {}: it has no sketch",
        "SELECT v.id FROM version v LEFT JOIN sketch s ON s.version_id = v.id"
        " WHERE s.version_id IS NULL",
    ),
    (
        "body {}: its version is not there",
        "SELECT b.version_id FROM body b LEFT JOIN version v ON v.id = b.version_id"
        " WHERE v.id IS NULL",
    ),
    (
        "sketch {}: its version is not there",
        "SELECT s.version_id FROM sketch s LEFT JOIN version v ON v.id = s.version_id"
        " WHERE v.id IS NULL",
    ),
    (
        "sighting {}: its version is another article's, or its kind or interval has no meaning",
        "SELECT s.id FROM sighting s LEFT JOIN version v ON v.id = s.version_id"
        ' AND v.article_id = s.article_id WHERE v.id IS NULL OR s.after > s."by"'
        " OR s.kind NOT IN ('first', 'version', 'redated', 'moved', 'known', 'other_feed')",
    ),
    (
        "sighting {}: the first one of an article, and the article says another time",
        "SELECT s.id FROM sighting s JOIN article a ON a.id = s.article_id"
        " WHERE s.kind = 'first' AND s.\"by\" <> a.seen_by",
    ),
    (
        "credit {}: its version is another article's",
        "SELECT c.id FROM credit c LEFT JOIN version v ON v.id = c.version_id"
        " AND v.article_id = c.article_id WHERE v.id IS NULL",
    ),
    (
        "match {}: a version is another article's, or a figure is impossible",
        "SELECT m.id FROM match m LEFT JOIN version a ON a.id = m.a_version"
        " AND a.article_id = m.a_id LEFT JOIN version b ON b.id = m.b_version"
        " AND b.article_id = m.b_id WHERE a.id IS NULL OR b.id IS NULL OR m.a_id = m.b_id"
        " OR m.paste < 0 OR m.paste > 1 OR m.cut < 0 OR m.cut > 1 OR m.words < 0"
        " OR m.distance < 0 OR m.distance > 64 OR m.longest > m.words"
        " OR m.status NOT IN ('auto', 'suggested', 'confirmed', 'rejected')"
        " OR m.order_known NOT IN ('seen', 'claimed', 'unknown')",
    ),
    (
        "story {}: its counts are not those of its articles",
        "SELECT s.id FROM story s LEFT JOIN (SELECT a.story_id, count(*) AS n,"
        " count(DISTINCT a.outlet_id) AS outlets, count(DISTINCT o.family) AS families,"
        " max(CASE WHEN a.id = t.root_id THEN 1 ELSE 0 END) AS root"
        " FROM article a JOIN outlet o ON o.id = a.outlet_id JOIN story t ON t.id = a.story_id"
        " GROUP BY a.story_id) m ON m.story_id = s.id WHERE s.merged_into IS NULL"
        " AND (s.articles <> coalesce(m.n, 0) OR s.outlets <> coalesce(m.outlets, 0)"
        " OR coalesce(m.root, 0) <> 1)",
    ),
    (
        "story {}: its state has no meaning, or it was merged into one that is not there",
        "SELECT s.id FROM story s LEFT JOIN story t ON t.id = s.merged_into"
        " WHERE s.state NOT IN ('single', 'active', 'dormant')"
        " OR (s.merged_into IS NOT NULL AND t.id IS NULL)",
    ),
    (
        "story {}: it has not the episodes that it counts",
        "SELECT s.id FROM story s LEFT JOIN (SELECT story_id, count(*) AS n FROM episode"
        " GROUP BY story_id) e ON e.story_id = s.id WHERE s.merged_into IS NULL"
        " AND s.articles > 1 AND s.episodes <> coalesce(e.n, 0)",
    ),
    (
        "episode {}: its interval or its opening article has no meaning",
        "SELECT e.id FROM episode e LEFT JOIN article a ON a.id = e.opened_by"
        " WHERE a.id IS NULL OR e.opened_at > e.last_at OR e.copies < 0",
    ),
    (
        "taken {}: its article says another story, outlet or length",
        "SELECT t.article_id FROM taken t LEFT JOIN article a ON a.id = t.article_id"
        " AND a.story_id = t.story_id AND a.outlet_id = t.outlet_id AND a.words = t.words"
        " WHERE a.id IS NULL",
    ),
    (
        "tally of outlet {}: its sums are not those of the articles",
        "SELECT t.outlet_id FROM tally t LEFT JOIN (SELECT outlet_id, coalesce(lang, '') AS lang,"
        " count(*) AS n, sum(words) AS words FROM article GROUP BY outlet_id, coalesce(lang, ''))"
        " a ON a.outlet_id = t.outlet_id AND a.lang = t.lang"
        " WHERE t.articles <> coalesce(a.n, 0) OR t.words <> coalesce(a.words, 0)",
    ),
    (
        "feed {}: its outlet is not there, or its state has no meaning",
        "SELECT f.id FROM feed f LEFT JOIN outlet o ON o.id = f.outlet_id"
        " WHERE o.id IS NULL OR f.state NOT IN ('polled', 'gone', 'removed')",
    ),
    (
        "poll {}: its outcome or a figure has no meaning",
        "SELECT id FROM poll WHERE outcome NOT IN ('ok', 'unchanged', 'failed', 'refused')"
        " OR entries < 0 OR fresh < 0 OR bytes < 0 OR took_ms < 0 OR fresh > entries",
    ),
    (
        "alert {}: its watch is not there, or its state has no meaning",
        "SELECT a.id FROM alert a LEFT JOIN watch w ON w.id = a.watch_id"
        " WHERE w.id IS NULL OR a.state NOT IN ('fired', 'held')",
    ),
    (
        "delivery {}: its state has no meaning, or it was sent and does not say when",
        "SELECT id FROM delivery WHERE state NOT IN"
        " ('pending', 'sending', 'sent', 'retry', 'dead', 'held')"
        " OR (state = 'sent' AND sent_at IS NULL) OR attempts < 0",
    ),
)

# What never changes once it is written: a good backup has the same. Only on SQLite.
_LASTING: dict[str, tuple[str, ...]] = {
    "outlet": ("domain",),
    "version": ("article_id", "n", "title", "seen_by"),
    "body": ("data",),
    "article": ("outlet_id", "external_id", "seen_after", "seen_by", "clock"),
    "sighting": (
        "article_id", "version_id", "feed_id", "kind", "after", "by", "claimed_at",
        "claimed_raw", "url", "counts", "counts_reason",
    ),
    "poll": (
        "feed_id", "at", "took_ms", "outcome", "status", "bytes", "entries", "fresh", "error",
        "next_reason",
    ),
    "alert": ("key", "watch_id", "condition", "at", "reason", "payload"),
    "attempt": ("delivery_id", "at", "took_ms", "outcome", "detail"),
    "decision": ("verb", "a_id", "b_id", "author", "note", "at"),
    "feed": ("url", "added_at"),
}  # fmt: skip
_LASTING["match"] = ("paste", "cut", "distance", "words", "longest", "runs")
_SAME = {"match": ("a_version", "b_version", "at")}  # what makes it the same one
# And of one way of fingerprinting.
_LASTING_SCHEME = {
    "version": ("content_hash", "words", "simhash"),
    "sketch": ("data", "paragraphs"),
}


@dataclass(frozen=True, slots=True)
class StoredText:
    """A version and what follows from its text, as stored; `body`: None where it was dropped."""

    version_id: int
    title: str
    content_hash: int
    words: int
    simhash: int
    sketch: bytes
    paragraphs: bytes
    body: bytes | None


def contradictions(conn: Connection) -> Iterator[tuple[str, list[str]]]:
    """Each question's subject as it is asked, and what was found."""
    for said, question in (*_QUESTIONS, *checks_across.QUESTIONS):
        rows = conn.execute(text(f"{question} LIMIT {_MOST}"))
        yield said.split()[0], [said.format(row[0]) for row in rows]


def texts(conn: Connection, after: int, most: int) -> list[StoredText]:
    """The next versions after an id, by id."""
    found = conn.execute(
        select(
            version.c.id,
            version.c.title,
            version.c.content_hash,
            version.c.words,
            version.c.simhash,
            sketch.c.data,
            sketch.c.paragraphs,
            body.c.data,
        )
        .join(sketch, sketch.c.version_id == version.c.id)
        .outerjoin(body, body.c.version_id == version.c.id)
        .where(version.c.id > after)
        .order_by(version.c.id)
        .limit(most)
    )
    return [StoredText(*row) for row in found]


def stored_blocks(conn: Connection) -> Iterator[tuple[int, int, int, int, bytes]]:
    """Of each live segment and block: segment, its postings, its bits, block number, data."""
    yield from (
        tuple(row)
        for row in conn.execute(
            select(segment.c.id, segment.c.postings, segment.c.bits, block.c.number, block.c.data)
            .join(block, block.c.segment_id == segment.c.id)
            .where(segment.c.state == "live")
            .order_by(segment.c.id, block.c.number)
        )
    )


def changed_since(file: Path, backup: Path) -> list[str]:
    """Rows of `file` that say something else than in the backup, and never change."""
    found: list[str] = []
    with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as conn:
        conn.text_factory = bytes
        conn.execute("ATTACH ? AS old", (f"file:{quote(str(backup))}?immutable=1",))
        columns = dict(_LASTING)

        def schemes(key: str) -> list[object]:
            kind = "SELECT value FROM {}.meta WHERE key = ?"
            return [conn.execute(kind.format(n), (key,)).fetchone() for n in ("old", "main")]

        old, new = schemes("fingerprint.scheme")
        changing = conn.execute(
            "SELECT 1 FROM main.meta WHERE key = 'fingerprint.change'"
        ).fetchone()
        if old == new and not changing:
            for table, more in _LASTING_SCHEME.items():
                columns[table] = (*columns.get(table, ()), *more)
        before, after = schemes(checks_across.SCHEME_KEY)
        if before == after:
            columns |= checks_across.LASTING
        for table, names in columns.items():
            there = {row[1].decode() for row in conn.execute(f"PRAGMA old.table_info({table})")}
            key = "version_id" if "version_id" in there and "id" not in there else "id"
            unlike = " OR ".join(f'm."{n}" IS NOT o."{n}"' for n in names if n in there)
            if not unlike:
                continue
            same = "".join(f" AND o.{n} = m.{n}" for n in _SAME.get(table, ()))
            rows = conn.execute(
                f"SELECT m.{key} FROM main.{table} m JOIN old.{table} o"  # noqa: S608 - ours
                f" ON o.{key} = m.{key}{same} WHERE {unlike} LIMIT {_MOST}"
            )
            found += [f"{table} {row[0]}: it was something else in {backup.name}" for row in rows]
    return found
