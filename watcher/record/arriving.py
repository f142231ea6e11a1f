"""New articles and versions: their ids, their rows, their places in the index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Table
from watcher.archive.index import LEAST_WORDS
from watcher.core.index import pack, simhash_keys
from watcher.core.text import U64
from watcher.record.identify import Resolved
from watcher.record.memory import Memory
from watcher.record.prepare import Prepared

Allocate = Callable[[Table, int], int]
"""The first of so many new ids of a table."""


def number(
    allocate: Allocate, now: datetime, added: Sequence[Resolved], versioned: Sequence[Resolved]
) -> dict[int, ArticleRow]:
    """Ids for new articles and new versions; the articles' rows as they will be, by id."""
    rows: dict[int, ArticleRow] = {}
    fresh = len(added) + len(versioned)
    if not fresh:
        return rows
    version = allocate(store.version, fresh)
    article = allocate(store.article, len(added)) if added else 0
    for i, r in enumerate(added):
        r.article = article + i
        rows[r.article] = row(r.item, article + i, version + i, now)
    for i, r in enumerate(versioned, len(added)):
        assert r.known is not None  # noqa: S101  a version is of a known article
        draft = r.item.draft
        rows[r.article] = replace(
            r.known,
            version_id=version + i,
            title=draft.title,
            words=len(r.item.words),
            evidence=draft.evidence,
        )
    return rows


def row(item: Prepared, article: int, version: int, now: datetime) -> ArticleRow:
    """A new article's row, before it has a story."""
    draft = item.draft
    polled = draft.feed_id is not None
    claim = draft.published
    return ArticleRow(
        id=article,
        outlet_id=draft.outlet_id,
        external_id=draft.external_id,
        url=draft.url,
        title=draft.title,
        lang=draft.lang,
        published_at=claim.at if claim else None,
        published_note=claim.note if claim else None,
        seen_after=draft.seen_after,
        seen_by=draft.seen_by or now,
        clock="seen" if polled or not (claim and claim.at) else "claimed",
        version_id=version,
        words=len(item.words),
        evidence=draft.evidence,
        story_id=0,
        role="root",
        lang_sure=draft.lang_sure,
    )


def add_to_index(memory: Memory, fresh: Sequence[Resolved], rows: Mapping[int, ArticleRow]) -> None:
    """Make new versions findable, before they are looked for themselves."""
    sketches: list[U64] = []
    lines: list[U64] = []
    docs = []
    for r in fresh:
        row = rows[r.article]
        memory.own(row.version_id, row.id, row.outlet_id, r.item.fingerprint.simhash)
        memory.keep(row.version_id, r.item.draft.text, r.item.words)
        sketches.append(r.item.fingerprint.sketch)
        lines.append(np.unique(r.item.fingerprint.paragraphs))
        docs.append(row.version_id)
    memory.sketch.add(pack(np.concatenate(sketches), np.repeat(docs, [len(s) for s in sketches])))
    memory.paragraph.add(pack(np.concatenate(lines), np.repeat(docs, [len(s) for s in lines])))
    telling = [
        (rows[r.article].version_id, r.item.fingerprint.simhash)
        for r in fresh
        if len(r.item.words) >= LEAST_WORDS
    ]
    if telling:
        keys = simhash_keys(np.array([s for _, s in telling], np.uint64))
        memory.simhash.add(
            pack(keys.reshape(-1), np.repeat([d for d, _ in telling], keys.shape[1]))
        )
    memory.stored()
