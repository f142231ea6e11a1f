"""History: the SELECTs behind the reader's answers about stories and articles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, or_, select

from storage.models import (
    article,
    body,
    credit,
    episode,
    feed,
    match,
    outlet,
    poll,
    sighting,
    story,
)

if TYPE_CHECKING:
    from sqlalchemy import Row

    AnyRow = Row[*tuple[Any, ...]]
    Rows = Sequence[AnyRow]

# SQLite uses the partial index ix_story_spread only where this very term stands in the query.
_SPREAD = story.c.families > literal_column("1")

_CHUNK = 900  # values in one IN list: below the least bound of any SQLite

_LINKED = (
    "id", "external_id", "story_id", "title", "url", "lang", "clock",
    "seen_after", "seen_by", "published_at", "published_raw", "published_note",
)  # fmt: skip


# ---------------------------------------------------------------- stories


def stories(
    conn: Connection,
    *,
    now: datetime,
    since: datetime | None,
    state: str | None,
    reach: int,
    only: Collection[int] | None,
    after: int | None,
    limit: int,
) -> Rows:
    """Stories, the latest copy first; those that follow story `after` in that order.

    `only`: the stories to choose from, where they are known already.
    """
    query = select(story).where(story.c.merged_into.is_(None))
    if reach > 1:
        query = query.where(_SPREAD, story.c.families >= reach)
    if since is not None:
        query = query.where(story.c.last_copy_at >= since)
    if state is not None:
        query = query.where(_in_state(state, now))
    if only is not None:
        query = query.where(story.c.id.in_(only))
    if after is not None:
        last = select(story.c.last_copy_at).where(story.c.id == after).scalar_subquery()
        # The first term alone is what an index can use; the second breaks the tie.
        query = query.where(
            story.c.last_copy_at <= last,
            or_(story.c.last_copy_at < last, story.c.id < after),
        )
    query = query.order_by(story.c.last_copy_at.desc(), story.c.id.desc()).limit(limit)
    return conn.execute(query).all()


def _in_state(state: str, now: datetime) -> ColumnElement[bool]:
    """The test in SQL of what report.values.state_of says of one row."""
    if state == "single":
        return story.c.state == "single"
    if state == "dormant":
        return or_(
            story.c.state == "dormant",
            and_(story.c.state == "active", story.c.dormant_at <= now),
        )
    awake = and_(
        story.c.state == "active",
        or_(story.c.dormant_at.is_(None), story.c.dormant_at > now),
    )
    if state == "resurfaced":
        return and_(awake, story.c.episodes > 1)
    return and_(awake, story.c.episodes <= 1)


def story_row(conn: Connection, story_id: int) -> AnyRow | None:
    """One story, merged away or not."""
    return conn.execute(select(story).where(story.c.id == story_id)).first()


def articles_of(conn: Connection, story_id: int) -> Rows:
    """A story's articles with their outlets, in the order they were seen."""
    return conn.execute(
        select(
            article,
            outlet.c.name.label("outlet"),
            outlet.c.domain,
            outlet.c.family,
        )
        .join(outlet, outlet.c.id == article.c.outlet_id)
        .where(article.c.story_id == story_id)
        .order_by(article.c.seen_by, article.c.id)
    ).all()


def matches_within(conn: Connection, story_id: int) -> Rows:
    """Every match whose two ends are both in a story."""
    a, b = article.alias("a"), article.alias("b")
    return conn.execute(
        select(
            match.c.a_id,
            match.c.b_id,
            match.c.kind,
            match.c.paste,
            match.c.cut,
            match.c.distance,
            match.c.words,
            match.c.reason,
            match.c.order_known,
            match.c.status,
        )
        .join(a, a.c.id == match.c.a_id)
        .join(b, b.c.id == match.c.b_id)
        .where(a.c.story_id == story_id, b.c.story_id == story_id)
    ).all()


def linked(conn: Connection, story_id: int) -> Rows:
    """Matches between a story's articles and those of other stories, with the outer article.

    `member` is the story's own end.
    """
    inner, outer = article.alias("inner"), article.alias("outer")
    found: list[AnyRow] = []
    for mine, other in ((match.c.a_id, match.c.b_id), (match.c.b_id, match.c.a_id)):
        query = (
            select(
                match.c.a_id,
                match.c.kind,
                match.c.paste,
                match.c.cut,
                match.c.distance,
                match.c.words,
                match.c.reason,
                match.c.order_known,
                match.c.status,
                inner.c.id.label("member"),
                *(outer.c[name] for name in _LINKED),
                outlet.c.name.label("outlet"),
                outlet.c.domain,
                outlet.c.family,
            )
            .join(inner, inner.c.id == mine)
            .join(outer, outer.c.id == other)
            .join(outlet, outlet.c.id == outer.c.outlet_id)
            .where(inner.c.story_id == story_id, outer.c.story_id != story_id)
        )
        found.extend(conn.execute(query))
    return found


def placed_by_claim(conn: Connection, story_ids: Collection[int]) -> set[int]:
    """Of these stories, those whose first moment is a date that an outlet claimed (an import)."""
    query = (
        select(article.c.story_id)
        .join(story, story.c.id == article.c.story_id)
        .where(article.c.clock == "claimed", article.c.published_at == story.c.first_seen_by)
    )
    listed = list(story_ids)
    return {
        found
        for start in range(0, len(listed), _CHUNK)
        for found in conn.scalars(
            query.where(article.c.story_id.in_(listed[start : start + _CHUNK]))
        )
    }


def credits_of(conn: Connection, story_id: int) -> Rows:
    """The credits in the current versions of a story's articles."""
    return conn.execute(
        select(credit.c.article_id, credit.c.agent, credit.c.words, credit.c.place, credit.c.form)
        .join(
            article,
            and_(
                article.c.id == credit.c.article_id,
                article.c.version_id == credit.c.version_id,
            ),
        )
        .where(article.c.story_id == story_id)
        .order_by(credit.c.id)
    ).all()


def episodes_of(conn: Connection, story_id: int) -> Rows:
    """A story's episodes, the first one first."""
    return conn.execute(
        select(episode).where(episode.c.story_id == story_id).order_by(episode.c.n)
    ).all()


def sightings_of(conn: Connection, story_id: int) -> Rows:
    """Everything that was sighted of a story's articles, in the order of our clock."""
    return conn.execute(
        select(
            sighting,
            article.c.title,
            article.c.clock,
            article.c.url.label("article_url"),
            outlet.c.name.label("outlet"),
            feed.c.url.label("feed"),
        )
        .join(article, article.c.id == sighting.c.article_id)
        .join(outlet, outlet.c.id == article.c.outlet_id)
        .outerjoin(feed, feed.c.id == sighting.c.feed_id)
        .where(article.c.story_id == story_id)
        .order_by(sighting.c.by, sighting.c.id)
    ).all()


def failed_polls(conn: Connection, feed_ids: Collection[int], since: datetime) -> int:
    """How often these feeds could not be read since then: the gaps in what we saw."""
    return conn.execute(
        select(func.count())
        .select_from(poll)
        .where(
            poll.c.feed_id.in_(feed_ids),
            poll.c.at >= since,
            poll.c.outcome.in_(("failed", "refused")),
        )
    ).scalar_one()


def article_text(conn: Connection, article_id: int) -> AnyRow | None:
    """One article with its outlet and its stored body (None where that was pruned)."""
    return conn.execute(
        select(
            article.c.id,
            article.c.title,
            article.c.url,
            article.c.story_id,
            outlet.c.name.label("outlet"),
            body.c.data,
        )
        .join(outlet, outlet.c.id == article.c.outlet_id)
        .outerjoin(body, body.c.version_id == article.c.version_id)
        .where(article.c.id == article_id)
    ).first()
