"""Texts that a watch was given, found whole inside of longer articles.

What somebody pastes is often a part: an opening, two paragraphs, a claim. An article that has more
is linked to it and does not join its story (a round-up may glue no stories together), but it is
what the watch asks for. So it counts as a mention of a phrase does: a phrase of many words, found
with small edits. Only of texts and files: the copies of an article are its story.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from watcher.archive import articles as store
from watcher.archive import watching
from watcher.archive.articles import Connection, MatchRow, WatchRow
from watcher.core.match import Kind
from watcher.core.rules import State, Tally
from watcher.record.hits import Hit, fresh_hits, record_hits, tally_of
from watcher.record.identify import Resolved
from watcher.record.memory import Memory
from watcher.record.settling import Plan, seen_of

CARRIED = 0.8  # of the watch's words that stand in the longer article
_KINDS = (Kind.CONTAINER, Kind.EXCERPT)


def given(watch: WatchRow) -> bool:
    """Whether a watch follows a text that somebody gave it, and no outlet published."""
    return watch.article_id is not None and watch.target.startswith(("text:", "file:"))


def raise_carried(
    conn: Connection,
    memory: Memory,
    now: datetime,
    items: Sequence[Resolved],
    watches: Sequence[WatchRow],
    matches: Sequence[MatchRow],
    settled: Plan,
) -> int:
    """Store who carries the watches' texts among new and edited articles; how many alerts fired."""
    fired = 0
    fresh = {r.article: r for r in items if r.twin is None}
    links = [m for m in matches if m.kind in _KINDS]
    for watch in watches if links else ():
        if not given(watch) or watch.article_id is None:
            continue
        text = watch.article_id
        home = settled.home.get(text, (0, ""))[0]
        hits = []
        for m in links:
            if text not in (m.a_id, m.b_id):
                continue
            other = m.b_id if m.a_id == text else m.a_id
            share = m.paste if m.a_id == text else m.cut
            apart = home == 0 or settled.home[other][0] != home
            if other in fresh and share >= CARRIED and apart:
                hits.append(Hit(fresh[other], f"{share:.0%} of its words", match=m))
        if hits := fresh_hits(conn, watch, hits):
            seed, story = _seed(conn, text, home, settled)
            fired += record_hits(conn, memory, now, watch, hits, seed=seed, story=story)
    return fired


def still_carried(conn: Connection, watch: WatchRow, now: datetime) -> bool:
    """Whether longer articles that carry a watch's text keep its story from resting."""
    last = watching.last_mention(conn, watch.id) if given(watch) else None
    if last is None:
        return False
    override = None if watch.dormant_after_s is None else float(watch.dormant_after_s)
    gaps = watching.mention_gaps(conn, watch.id)
    return tally_of(last).state(now, gaps, override) is State.ACTIVE


def _seed(conn: Connection, text: int, home: int, settled: Plan) -> tuple[Tally | None, int | None]:
    """How the story of a text stood before, if it has copies of its own; and its number."""
    row = next(iter(store.articles(conn, [text])), None)
    story = home or (row.story_id if row else 0)
    before = settled.old.get(story) or next(iter(store.stories(conn, [story])), None)
    if row is None or before is None or before.outlets < 2:
        return None, story or None
    first = seen_of(row).at
    tally = Tally(
        before.outlets - 1, before.families - 1, before.episodes, text, first, before.last_copy_at
    )
    return tally, story
