"""The mentions of phrases, and how late outlets usually are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.models import article, mention, outlet, story
from storage.reads.columns import columns
from storage.rows import MentionRow

_MENTION = columns(MentionRow, mention)


def last_mention(conn: Connection, watch_id: int) -> MentionRow | None:
    """A phrase's newest mention: how its watch stands."""
    row = conn.execute(
        select(*_MENTION)
        .where(mention.c.watch_id == watch_id)
        .order_by(mention.c.n.desc())
        .limit(1)
    ).first()
    return None if row is None else MentionRow(*row)


def mentions(conn: Connection, watch_id: int, *, until: datetime | None = None) -> list[MentionRow]:
    """A phrase's mentions in their order, those up to `until`."""
    query = select(*_MENTION).where(mention.c.watch_id == watch_id).order_by(mention.c.n)
    if until is not None:
        query = query.where(mention.c.at <= until)
    return [MentionRow(*row) for row in conn.execute(query)]


def mention_gaps(conn: Connection, watch_id: int, most: int = 200) -> list[float]:
    """Seconds between a phrase's newest mentions that count, inside episodes."""
    return list(
        conn.scalars(
            select(mention.c.gap_s)
            .where(mention.c.watch_id == watch_id, mention.c.gap_s.is_not(None))
            .order_by(mention.c.n.desc())
            .limit(most)
        )
    )


def mentioning(conn: Connection, watch_id: int, articles: Collection[int]) -> set[int]:
    """Which of these articles are known to mention a phrase."""
    return set(
        conn.scalars(
            select(mention.c.article_id).where(
                mention.c.watch_id == watch_id, mention.c.article_id.in_(list(articles))
            )
        )
    )


def family_mentions(conn: Connection, watch_id: int, family: str) -> bool:
    """Whether an outlet of this family has mentioned a phrase."""
    found = conn.execute(
        select(mention.c.n)
        .join(outlet, outlet.c.id == mention.c.outlet_id)
        .where(mention.c.watch_id == watch_id, outlet.c.family == family)
        .limit(1)
    ).first()
    return found is not None


def new_families(conn: Connection, watch_id: int, since: datetime, until: datetime) -> int:
    """How many families mentioned a phrase for the first time after `since`, up to `until`; those
    of imports and first polls, whose time says nothing, left out."""
    count = conn.scalar(
        select(func.count())
        .select_from(mention)
        .where(
            mention.c.watch_id == watch_id,
            mention.c.fresh,
            mention.c.counts,
            mention.c.at > since,
            mention.c.at <= until,
        )
    )
    return count or 0


def first_mentions(conn: Connection, watch_id: int, since: datetime) -> list[tuple[int, datetime]]:
    """Each outlet's first mention of a phrase at `since` or later: (outlet, when)."""
    rows = conn.execute(
        select(mention.c.outlet_id, func.min(mention.c.at))
        .where(mention.c.watch_id == watch_id, mention.c.at >= since)
        .group_by(mention.c.outlet_id)
    )
    return [(o, at) for o, at in rows]


def outlet_lags(
    conn: Connection,
    outlets: Collection[int],
    before: datetime,
    *,
    but: int = 0,
    most: int = 50,
) -> dict[int, list[float]]:
    """How many seconds after a story's first sighting each outlet's copies were seen, of its
    newest `most` before then with a known start; the story `but` left out."""
    found: dict[int, list[float]] = {}
    for one in outlets:
        rows = conn.execute(
            select(article.c.seen_by, story.c.first_seen_by)
            .join(story, story.c.id == article.c.story_id)
            .where(
                article.c.outlet_id == one,
                article.c.role != "root",
                article.c.clock == "seen",
                article.c.seen_after.is_not(None),
                article.c.seen_by < before,
                story.c.families > 1,
                story.c.id != but,
            )
            .order_by(article.c.id.desc())
            .limit(most)
        )
        found[one] = [max(0.0, (seen - first).total_seconds()) for seen, first in rows]
    return found
