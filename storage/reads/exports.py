"""Exports: whole tables a page at a time, each page found by the last one's key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, literal_column, or_, select

from storage.models import article, feed, match, outlet, sighting, story

if TYPE_CHECKING:
    from sqlalchemy import Row

    Rows = Sequence[Row[*tuple[Any, ...]]]


def matches(conn: Connection, after: int, limit: int) -> Rows:
    """Matches with an id above `after`, with the ids and stories of both ends."""
    a, b = article.alias("a"), article.alias("b")
    return conn.execute(
        select(
            match.c.id,
            match.c.a_id,
            match.c.b_id,
            match.c.kind,
            match.c.paste,
            match.c.cut,
            match.c.distance,
            match.c.words,
            match.c.status,
            a.c.external_id.label("a_external"),
            b.c.external_id.label("b_external"),
            a.c.story_id.label("story_a"),
            b.c.story_id.label("story_b"),
            (a.c.outlet_id == b.c.outlet_id).label("same_outlet"),
        )
        .join(a, a.c.id == match.c.a_id)
        .join(b, b.c.id == match.c.b_id)
        .where(match.c.id > after)
        .order_by(match.c.id)
        .limit(limit)
    ).all()


def stories(conn: Connection, after: int, limit: int) -> Rows:
    """Stories with an id above `after`, those merged into another left out."""
    return conn.execute(
        select(
            story.c.id,
            story.c.state,
            story.c.episodes,
            story.c.outlets,
            story.c.first_seen_by,
            story.c.dormant_at,
        )
        .where(story.c.id > after, story.c.merged_into.is_(None))
        .order_by(story.c.id)
        .limit(limit)
    ).all()


def members(conn: Connection, first: int, last: int) -> Rows:
    """Ids and clocks of every article in the stories first .. last, story by story."""
    return conn.execute(
        select(
            article.c.story_id,
            article.c.id,
            article.c.external_id,
            article.c.clock,
            article.c.published_at,
        )
        .where(article.c.story_id.between(first, last))
        .order_by(article.c.story_id, article.c.id)
    ).all()


def nodes(conn: Connection, after: int, limit: int) -> Rows:
    """Articles with an id above `after` that match another, with their outlets."""
    matched = or_(
        select(literal_column("1")).where(match.c.a_id == article.c.id).exists(),
        select(literal_column("1")).where(match.c.b_id == article.c.id).exists(),
    )
    return conn.execute(
        select(
            article.c.id,
            article.c.external_id,
            article.c.title,
            article.c.url,
            article.c.lang,
            article.c.words,
            article.c.story_id,
            article.c.role,
            article.c.clock,
            article.c.seen_after,
            article.c.seen_by,
            article.c.published_at,
            outlet.c.domain,
            outlet.c.family,
        )
        .join(outlet, outlet.c.id == article.c.outlet_id)
        .where(article.c.id > after, matched)
        .order_by(article.c.id)
        .limit(limit)
    ).all()


def edges(conn: Connection, after: int, limit: int) -> Rows:
    """Matches with an id above `after`, as edges between articles."""
    a, b = article.alias("a"), article.alias("b")
    return conn.execute(
        select(
            match.c.id,
            match.c.a_id,
            match.c.b_id,
            match.c.kind,
            match.c.paste,
            match.c.cut,
            match.c.distance,
            match.c.words,
            match.c.order_known,
            match.c.status,
            (a.c.outlet_id == b.c.outlet_id).label("same_outlet"),
        )
        .join(a, a.c.id == match.c.a_id)
        .join(b, b.c.id == match.c.b_id)
        .where(match.c.id > after)
        .order_by(match.c.id)
        .limit(limit)
    ).all()


def size(conn: Connection, what: str) -> int:
    """About how many rows there are of `matches`, `stories` or `sightings`."""
    table = {"matches": match, "stories": story, "sightings": sighting}[what]
    return conn.execute(select(func.count()).select_from(table)).scalar_one()


def sightings(conn: Connection, after: int, limit: int) -> Rows:
    """Sightings with an id above `after`, with article, outlet and feed."""
    return conn.execute(
        select(
            sighting,
            article.c.external_id,
            article.c.story_id,
            article.c.url.label("article_url"),
            outlet.c.domain,
            feed.c.url.label("feed"),
        )
        .join(article, article.c.id == sighting.c.article_id)
        .join(outlet, outlet.c.id == article.c.outlet_id)
        .outerjoin(feed, feed.c.id == sighting.c.feed_id)
        .where(sighting.c.id > after)
        .order_by(sighting.c.id)
        .limit(limit)
    ).all()
