"""Which arrivals continue or open an episode of their story, judged where the story is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, StoryRow
from watcher.archive.watching import SightedRow
from watcher.core.rules import Qualification, Why, qualifies
from watcher.core.rules.qualify import AHEAD
from watcher.core.spread import Mark
from watcher.core.stories import Edge
from watcher.record.identify import Resolved, What
from watcher.record.settling import seen_of, state_before


def marks_of(
    conn: Connection,
    now: datetime,
    rows: Mapping[int, ArticleRow],
    content: Mapping[int, int],
    added: Sequence[Resolved],
    reissued: Sequence[Resolved],
    before: Mapping[int, StoryRow],
    edges: Sequence[Edge],
) -> dict[int, list[Mark]]:
    """The qualifying sightings of all members, those of this recording judged now."""
    marks = stored_marks(conn, rows)
    mates: dict[int, set[int]] = defaultdict(set)
    for edge in edges:
        mates[edge.a].add(edge.b)
        mates[edge.b].add(edge.a)
    at_outlet: dict[int, list[ArticleRow]] = defaultdict(list)
    for row in rows.values():
        at_outlet[row.outlet_id].append(row)
    outlets = {rows[r.article].outlet_id for r in added}
    claims = store.last_claims(
        conn, [row.id for o in outlets for row in at_outlet[o] if row.story_id], AHEAD
    )
    for r in (*added, *reissued):
        r.qualification = _qualify(r, rows, content, mates, before, at_outlet, claims, now)
        if r.qualification.ok and r.qualification.subtype:
            at = now if r.what is What.REDATED else seen_of(rows[r.article]).at
            marks[r.article].append(Mark(at, r.article, r.qualification.subtype))
    return marks


def stored_marks(conn: Connection, rows: Mapping[int, ArticleRow]) -> dict[int, list[Mark]]:
    """The qualifying sightings of these articles that are stored."""
    marks: dict[int, list[Mark]] = defaultdict(list)
    for article, by, claimed, counts, polled in store.marks(
        conn, [a for a, r in rows.items() if r.story_id]
    ):
        # An imported article that a feed issues again is placed by our clock from then on.
        by_claim = rows[article].clock == "claimed" and not polled and claimed
        marks[article].append(Mark(claimed if by_claim else by, article, counts))
    return marks


def qualification_of(s: SightedRow) -> Qualification:
    """How a sighting was judged when it was recorded."""
    try:
        why = Why(s.counts_reason)
    except ValueError:  # in the words of an older version of ours
        why = Why.NEW_OUTLET if s.counts else Why.SEEN_AGAIN
    return Qualification(s.counts is not None, s.counts, why)


def told_of(s: SightedRow) -> bool:
    """Whether a sighting may raise an alert at all: not of an import, nor of a first poll."""
    return s.feed_id is not None and s.counts_reason != Why.FIRST_POLL


def _qualify(
    r: Resolved,
    rows: Mapping[int, ArticleRow],
    content: Mapping[int, int],
    mates: Mapping[int, set[int]],
    before: Mapping[int, StoryRow],
    at_outlet: Mapping[int, Sequence[ArticleRow]],
    claims: Mapping[int, datetime],
    now: datetime,
) -> Qualification:
    joined = mates.get(r.article, set())
    home = next(
        (
            before[rows[a].story_id]
            for a in sorted(joined | {r.article})
            if rows[a].story_id in before
        ),
        None,
    )
    own = _own(r, joined, home, rows[r.article], at_outlet)
    same_outlet = bool(own) or r.what is What.REDATED
    if r.arrival is None:
        # From an archive: its own date places it, and our clock says nothing.
        if same_outlet:
            return Qualification(False, None, Why.SEEN_AGAIN)
        return Qualification(True, "new_outlet", Why.NEW_OUTLET)
    arrival = replace(
        r.arrival,
        outlet_has_it=same_outlet,
        # The guid may have stayed.
        new_address=(r.what is What.NEW and same_outlet) or r.moved,
        previous_claim=r.previous_claim or _latest_claim(own, claims),
        edited=r.new_version or _reworded(r, own, content),
        gone_for=_gone_for(own, now),
    )
    if home is None:
        return qualifies(arrival, None)
    return qualifies(arrival, home.last_copy_at, state_before(home, now))


def _own(
    r: Resolved,
    joined: Collection[int],
    home: StoryRow | None,
    row: ArticleRow,
    at_outlet: Mapping[int, Sequence[ArticleRow]],
) -> list[ArticleRow]:
    """The articles of this text, or of its story, that the same outlet had before it."""

    def earlier(other: ArticleRow) -> bool:
        if r.arrival is None:  # an archive comes in any order
            return (seen_of(other).at, other.id) < (seen_of(row).at, row.id)
        return other.id < row.id

    return [
        other
        for other in at_outlet[row.outlet_id]
        if (other.id in joined or (home is not None and other.story_id == home.id))
        and earlier(other)
    ]


def _gone_for(own: Collection[ArticleRow], now: datetime) -> timedelta | None:
    """Since when no feed of the outlet shows any of these; None: one is shown, or it is unknown."""
    left = [row.left_at for row in own if row.left_at is not None]
    return now - max(left) if own and len(left) == len(own) else None


def _latest_claim(own: Collection[ArticleRow], claims: Mapping[int, datetime]) -> datetime | None:
    """The latest date that an outlet gave its other articles of a text, re-issues included."""
    given = (claims.get(row.id, _trusted(row)) for row in own)
    return max((at for at in given if at is not None), default=None)


def _trusted(row: ArticleRow) -> datetime | None:
    return None if row.published_note in ("future", "absurd") else row.published_at


def _reworded(r: Resolved, own: Collection[ArticleRow], content: Mapping[int, int]) -> bool:
    """Whether a new article has other words than its outlet's articles of the text before it."""
    if r.what is not What.NEW or not own:
        return False
    return content[r.article] not in {content[row.id] for row in own}
