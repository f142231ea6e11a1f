"""One story put together: articles in order of time, credits judged, what is linked, coverage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storage.reads import feeds, history, overview
from watcher.core.credit import Credit, Signed, weigh
from watcher.core.kinds import JOINING
from watcher.report import rows
from watcher.report.values import Coverage, DecisionLine, LinkedLine, StoryHistory

if TYPE_CHECKING:
    from sqlalchemy import Connection


def story(conn: Connection, story_id: int, now: datetime) -> StoryHistory | None:
    """All that is known of a story, or of the one it was merged into; None: no such story."""
    row = unmerged(conn, story_id)
    if row is None:
        return None
    compared = _compared(history.matches_within(conn, row.id), row.root_id)
    members = sorted(
        history.articles_of(conn, row.id),
        key=lambda a: (rows.placed(a.clock, a.seen_by, a.published_at), a.id),
    )
    stated = history.credits_of(conn, row.id)
    credited = rows.credits_by_article(stated)
    named: dict[int, list[Credit]] = defaultdict(list)
    for c in stated:
        named[c.article_id].append(Credit(c.agent, c.words, c.place, c.form))
    weighed = weigh({a.id: Signed(a.outlet, a.domain, named[a.id]) for a in members}, row.root_id)
    articles = tuple(
        rows.article_line(
            a,
            None if a.id == row.root_id else compared.get(a.id),
            credited.get(a.id, ()),
            weighed.judged[a.id],
        )
        for a in members
    )
    showed = {s.feed_id for s in history.sightings_of(conn, row.id) if s.feed_id is not None}
    imported = [a for a in articles if a.clock == "claimed"]
    return StoryHistory(
        asked=story_id,
        line=rows.story_line(
            row, now, overview.tracked(conn), history.placed_by_claim(conn, [row.id])
        ),
        root=row.root_id,
        articles=articles,
        linked=_linked(history.linked(conn, row.id), row.root_id),
        chains=weighed.chains,
        episodes=tuple(rows.episode_line(e) for e in history.episodes_of(conn, row.id)),
        coverage=Coverage(
            feeds=len(showed),
            polled=feeds.feed_counts(conn, now).polled,
            gaps=history.failed_polls(conn, showed, row.first_seen_by),
            unknown_starts=sum(a.seen.after is None for a in articles) - len(imported),
            imported=len(imported),
        ),
        decisions=tuple(
            DecisionLine(d.verb, d.a_id, d.b_id, d.author, d.note, d.at)
            for d in history.decisions_of(conn, row.id)
        ),
    )


def _compared(found: Iterable[Any], root: int) -> dict[int, Any]:
    """The match that each article is shown with: one that joins before one that only links, with
    the root before another, of the most words."""
    best: dict[int, Any] = {}

    def rank(m: Any) -> tuple[bool, bool, int]:
        joins = m.kind in JOINING or m.status == "confirmed"
        return joins and m.status != "rejected", root in (m.a_id, m.b_id), m.words

    for match in sorted(found, key=rank):
        best[match.a_id] = best[match.b_id] = match
    return best


def _linked(found: Iterable[Any], root: int) -> tuple[LinkedLine, ...]:
    """Each outer article once, with its match to the root or else the one of most words.

    Containers come first, then what shares most.
    """
    best: dict[int, Any] = {}
    for row in sorted(found, key=lambda m: (m.member == root, m.words)):
        best[row.id] = row
    lines = [rows.linked_line(row) for row in best.values()]
    return tuple(sorted(lines, key=lambda n: (n.kind != "container", -n.words, n.article)))


def unmerged(conn: Connection, story_id: int) -> Any:
    """The story's row, or that of the story it ended up in; None: no such story."""
    seen: set[int] = set()
    row = history.story_row(conn, story_id)
    while row is not None and row.merged_into is not None and row.id not in seen:
        seen.add(row.id)
        row = history.story_row(conn, row.merged_into)
    return row
