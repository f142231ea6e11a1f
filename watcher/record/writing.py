"""A recording's rows, written: articles, versions, sightings, matches, stories."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from watcher.archive import articles as store_
from watcher.archive import questions
from watcher.archive.articles import ArticleRow, Connection, MatchRow
from watcher.archive.codec import pack_hashes
from watcher.record.identify import Resolved, What
from watcher.record.settling import Plan


@dataclass(frozen=True, slots=True)
class Matched:
    """A match's row, and its runs: word offsets in a and in b."""

    row: MatchRow
    runs: npt.NDArray[np.int32] = field(repr=False)


def store(
    conn: Connection,
    now: datetime,
    resolved: Sequence[Resolved],
    rows: Mapping[int, ArticleRow],
    again: Collection[int],
    matches: Sequence[Matched],
    settled: Plan,
) -> None:
    """Write all rows of a recording. `again`: the stored articles that were matched anew."""
    added = [r for r in resolved if r.what is What.NEW]
    versioned = [r for r in resolved if r.what is not What.NEW and r.new_version]
    _stories(conn, settled)
    store_.add(conn, store_.article, [_article(r, rows[r.article], settled) for r in added])
    questions.count(
        conn,
        [rows[r.article] for r in added],
        [(r.known, rows[r.article]) for r in versioned if r.known is not None],
    )
    store_.set_current_version(
        conn,
        [
            {
                "article": r.article,
                "new_version": rows[r.article].version_id,
                "new_title": rows[r.article].title,
                "new_words": rows[r.article].words,
                "new_evidence": rows[r.article].evidence,
            }
            for r in versioned
        ],
    )
    store_.set_address(
        conn,
        [{"article": r.article, "to": r.item.draft.url} for r in resolved if r.moved],
    )
    new = {r.article for r in added}
    store_.set_stories(
        conn,
        [
            {"article": a, "story": s, "as_role": role}
            for a, (s, role) in settled.home.items()
            if a not in new
        ],
    )
    _versions(conn, now, [*added, *versioned], rows)
    # A new article of a poll takes what it is known by: a guid or an address that is used again.
    takes = [r for r in added if not r.item.draft.external_id]
    leaves = [r for r in resolved if r.what is not What.NEW or r.item.draft.external_id]
    store_.take_identities(conn, _identities(takes))
    store_.add_identities(conn, _identities(leaves))
    store_.add(
        conn,
        store_.sighting,
        [s for r in resolved if (s := _sighting(r, rows, now)) is not None],
    )
    store_.drop_matches(conn, again)
    store_.add_matches(
        conn,
        [
            {
                **{k: v for k, v in asdict(m.row).items() if k != "id"},
                "runs": m.runs.astype("<i4").tobytes(),
            }
            for m in matches
        ],
    )


def _identities(resolved: Sequence[Resolved]) -> list[dict[str, Any]]:
    found = {
        (k, r.item.draft.outlet_id): (r.twin or r).article for r in resolved for _, k in r.item.keys
    }
    return [{"key": k, "outlet_id": o, "article_id": a} for (k, o), a in found.items()]


def _stories(conn: Connection, settled: Plan) -> None:
    store_.add(conn, store_.story, [{"id": s, **settled.stories[s]} for s in sorted(settled.new)])
    store_.update_story(
        conn,
        [{"story": s, **row} for s, row in settled.stories.items() if s not in settled.new],
    )
    store_.merge_stories(conn, [{"story": s, "into": t} for s, t in settled.merged.items()])
    # A new story of one article has no episode rows to replace.
    touched = [
        s for s, row in settled.stories.items() if s not in settled.new or row["articles"] > 1
    ]
    store_.replace_episodes(conn, [*touched, *settled.merged], settled.episodes)


def _article(r: Resolved, row: ArticleRow, settled: Plan) -> dict[str, Any]:
    story, role = settled.home[r.article]
    claim = r.item.draft.published
    return {
        **{name: getattr(row, name) for name in ArticleRow.__slots__},
        "published_raw": claim.raw if claim else None,
        "story_id": story,
        "role": role,
    }


def _versions(
    conn: Connection, now: datetime, fresh: Sequence[Resolved], rows: Mapping[int, ArticleRow]
) -> None:
    ids = [(r, rows[r.article].version_id) for r in fresh]
    store_.add(
        conn,
        store_.version,
        [
            {
                "id": v,
                "article_id": r.article,
                "n": r.current.n + 1 if r.current else 1,
                "content_hash": r.item.content_hash,
                "title": r.item.draft.title,
                "seen_by": r.item.draft.seen_by or now,
                "words": len(r.item.words),
                "simhash": r.item.fingerprint.simhash,
            }
            for r, v in ids
        ],
    )
    store_.add(conn, store_.body, [{"version_id": v, "data": r.item.body} for r, v in ids])
    questions.keep_texts(conn, [(v, *r.item.said) for r, v in ids])
    store_.add(
        conn,
        store_.sketch,
        [
            {
                "version_id": v,
                "data": pack_hashes(r.item.fingerprint.sketch),
                "paragraphs": pack_hashes(r.item.fingerprint.paragraphs),
            }
            for r, v in ids
        ],
    )


def _sighting(r: Resolved, rows: Mapping[int, ArticleRow], now: datetime) -> dict[str, Any] | None:
    if r.twin is not None or (r.what is What.KNOWN and not (r.new_version or r.dated)):
        return None
    draft = r.item.draft
    row = rows.get(r.article) or r.known
    if row is None:
        return None
    q = r.qualification
    return {
        "article_id": r.article,
        "version_id": row.version_id,
        "feed_id": draft.feed_id,
        "kind": "first" if r.what is What.NEW else str(r.what),
        "after": draft.seen_after,
        "by": draft.seen_by or now,
        "claimed_at": draft.published.at if draft.published else None,
        "claimed_raw": draft.published.raw if draft.published else None,
        "url": draft.url,
        "counts": q.subtype if q and q.ok else None,
        "counts_reason": str(q.reason) if q else "",
    }
