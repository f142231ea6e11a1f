"""One text against everything known, and two texts side by side: questions, nothing recorded.

A question comes from a cold start: it reads only the index blocks and the texts that it needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from watcher.archive import Database, scheme
from watcher.archive import articles as store
from watcher.archive.articles import Connection
from watcher.archive.codec import unpack_text
from watcher.archive.index import LEAST_WORDS, Blocks
from watcher.core.diff import diff
from watcher.core.fingerprint import distance, of_words
from watcher.core.index import Simhashes
from watcher.core.match import Kind, Order, compare
from watcher.core.spread import Seen
from watcher.core.text import Ints, Words, paragraphs, spans, words
from watcher.record.matching import Asked, Text, judge, mark_known, pairs
from watcher.record.settling import seen_of

_SIMHASH = 2  # its place in what is read of a version's owner
_RANK = {k: n for n, k in enumerate(Kind)}  # as DESIGN lists them, the closest first


@dataclass(frozen=True, slots=True)
class Hit:
    """A known article that a text matches. `paste` and `cut` take the known article for the
    source; `distance` is in bits."""

    article_id: int
    outlet: str
    title: str
    url: str | None
    kind: str
    paste: float
    cut: float
    distance: int
    words: int
    reason: str
    story_id: int
    seen_by: datetime


def match_text(
    database: Database, text: str, title: str = "", *, limit: int = 20, most: int = 64
) -> list[Hit]:
    """What `text` is a copy of, best first; at most `limit`. The `most` candidates that share
    most of the fingerprint are compared on their texts."""
    found = words(text)
    if not len(found):
        return []
    with database.read() as conn:
        scheme.require(conn)
        blocks = Blocks(conn)
        owners: dict[int, tuple[int, int, int]] = {}

        def own(docs: Ints, which: int) -> Any:
            missing = [d for d in set(docs.tolist()) if d not in owners]
            owners.update(store.version_owners(conn, missing))
            kind = np.uint64 if which == _SIMHASH else np.int64
            return np.array([owners.get(d, (0, 0, 0))[which] for d in docs.tolist()], kind)

        fingerprint = of_words(found)
        asked = Asked(
            0,
            0,
            0,
            fingerprint.sketch,
            fingerprint.simhash if len(found) >= LEAST_WORDS else None,
        )
        ranked = pairs(
            [asked],
            lambda values: blocks.find("sketch", values),
            Simhashes(
                lambda values: blocks.find("simhash", values), lambda docs: own(docs, _SIMHASH)
            ),
            lambda docs: own(docs, 0),
            lambda docs: own(docs, 1),
        )[:most]
        return _hits(conn, text, found, [doc for _, doc, _ in ranked])[:limit]


def _hits(conn: Connection, text: str, found: Words, docs: list[int]) -> list[Hit]:
    versions = {v.id: v for v in store.versions(conn, docs)}
    rows = {r.id: r for r in store.articles(conn, {v.article_id for v in versions.values()})}
    bodies = store.bodies(conn, docs)
    outlets = {o.id: o for o in store.outlets(conn)}
    # Of what is shared, only paragraphs of the question can be boilerplate.
    repeated = store.learned_among(conn, set(paragraphs(found)[0].tolist()))
    learned: dict[int, set[int]] = {}
    now = datetime.now(UTC)
    mine = Text(
        0,
        0,
        0,
        # What is known was seen before the question was asked.
        Seen(now, now, None, "seen"),
        of_words(found).simhash,
        text,
        found,
        mark_known(found, repeated),
    )
    hits = []
    for doc in docs:
        version = versions.get(doc)
        row = rows.get(version.article_id) if version else None
        if version is None or row is None or doc not in bodies:
            continue
        if row.outlet_id not in learned:
            learned[row.outlet_id] = {
                b.hash for b in store.boilerplate_of(conn, row.outlet_id) if b.state == "learned"
            }
        other = unpack_text(bodies[doc])
        other_words = words(other)
        theirs = Text(
            doc,
            row.id,
            row.outlet_id,
            Seen(None, min(row.seen_by, now), seen_of(row).claimed, "seen"),
            version.simhash,
            other,
            other_words,
            mark_known(other_words, learned[row.outlet_id] | repeated),
        )
        hit = judge(theirs, mine, {doc: theirs.side(), 0: mine.side()})
        if hit is not None:
            m = hit.match
            hits.append(
                Hit(
                    row.id,
                    outlets[row.outlet_id].name,
                    row.title,
                    row.url,
                    str(m.kind),
                    m.paste,
                    m.cut,
                    distance(theirs.simhash, mine.simhash),
                    m.words,
                    m.reason,
                    row.story_id,
                    row.seen_by,
                )
            )
    hits.sort(key=lambda h: (_RANK[Kind(h.kind)], -h.words, h.article_id))
    return hits


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts compared, a taken for the source. `runs` are character offsets (start and end in
    a, start and end in b); `diff` turns a into b: (same | del | add | move, text)."""

    kind: str
    paste: float
    cut: float
    distance: int
    words: int
    longest: int
    reason: str
    runs: tuple[tuple[int, int, int, int], ...]
    diff: tuple[tuple[str, str], ...]


def compare_texts(a: str, b: str) -> Comparison:
    """Compare two texts, of which a was first."""
    sides = []
    for text in (a, b):
        found = words(text)
        none = np.zeros(len(found), dtype=bool)
        seen = Seen(None, datetime.now(UTC), None, "seen")
        sides.append(Text(0, 0, 0, seen, of_words(found).simhash, text, found, none))
    first, second = sides
    m = compare(first.side(), second.side(), order=Order.SEEN)
    at_a, at_b = spans(a), spans(b)
    rows = [tuple(r) for r in m.runs.tolist()]
    return Comparison(
        str(m.kind),
        m.paste,
        m.cut,
        distance(first.simhash, second.simhash),
        m.words,
        m.longest,
        m.reason,
        tuple(
            (at_a[sa][0], at_a[ea - 1][1], at_b[sb][0], at_b[eb - 1][1]) for sa, ea, sb, eb in rows
        ),
        tuple(diff(a, b, first.words, second.words, at_a, at_b, rows)),
    )
