"""Phrases looked for where an article is recorded, and what their watches make of it.

A phrase's story is the set of its mentions: the articles that have its words, each once. A mention
counts (continues or opens an episode) where a copy of a text would: not on a feed's first poll, not
from an archive, not in the backlog of an outage, not in a list of articles. Paragraphs that an
outlet is known to repeat are boilerplate and mention nothing. A text that is carried by longer ones
is counted in the same way (watcher.record.carried).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from watcher.archive.articles import Connection, WatchRow
from watcher.core.errors import UsageError
from watcher.core.phrase import Phrase, parse
from watcher.core.search import said
from watcher.core.text import paragraphs
from watcher.core.values import Draft
from watcher.record.hits import Hit, fresh_hits, record_hits
from watcher.record.identify import Resolved, What
from watcher.record.memory import Memory

_PREFIX = "phrase:"


@functools.lru_cache(maxsize=512)
def phrase_of(target: str) -> Phrase | None:
    """The phrase that a watch's target holds; None where it is of another kind, or unreadable
    (watcher.follow says so at the watch)."""
    if not target.startswith(_PREFIX):
        return None
    try:
        return parse(target.removeprefix(_PREFIX))
    except UsageError:
        return None


def raise_mentions(
    conn: Connection,
    memory: Memory,
    now: datetime,
    items: Sequence[Resolved],
    watches: Sequence[WatchRow],
) -> int:
    """Store the mentions among new, re-issued and edited articles; how many alerts fired."""
    fresh = list({r.article: r for r in items if r.twin is None}.values())
    fired = 0
    for watch in watches:
        phrase = phrase_of(watch.target)
        if phrase is None:
            continue
        hits = [Hit(r, words) for r in fresh if (words := _words(phrase, r, memory)) is not None]
        hits = fresh_hits(conn, watch, hits)
        hits = [replace(one, before=_had(conn, memory, phrase, one.item)) for one in hits]
        if hits:
            fired += record_hits(conn, memory, now, watch, hits)
    return fired


def _words(phrase: Phrase, r: Resolved, memory: Memory) -> str | None:
    draft = r.item.draft
    if not phrase.fits(*r.item.said):
        return None
    return phrase.found_in(draft.title, own_text(draft, r, memory))


def own_text(draft: Draft, r: Resolved, memory: Memory) -> str:
    """A draft's text without the paragraphs that its outlet is known to repeat."""
    learned = memory.boilerplate.get(draft.outlet_id)
    if not learned or learned.isdisjoint(r.item.fingerprint.paragraphs.tolist()):
        return draft.text
    hashes, lines, _ = paragraphs(r.item.words)
    repeated = {n for h, n in zip(hashes.tolist(), lines.tolist(), strict=True) if h in learned}
    return "\n".join(line for n, line in enumerate(draft.text.split("\n")) if n not in repeated)


def _had(conn: Connection, memory: Memory, phrase: Phrase, r: Resolved) -> bool:
    """Whether the version before had the phrase already."""
    if r.arrival is None or r.what is What.NEW or r.current is None:
        return False
    text, _ = memory.texts(conn, [r.current.id]).get(r.current.id, ("", None))
    return phrase.fits(*said(r.current.title, text))
