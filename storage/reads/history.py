"""History: the SELECTs behind the reader's answers about stories and articles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, func, or_, select

from storage.models import (
    article,
    body,
    boilerplate,
    credit,
    decision,
    episode,
    feed,
    match,
    outlet,
    poll,
    sighting,
    story,
    version,
)

if TYPE_CHECKING:
    from sqlalchemy import Row

    AnyRow = Row[*tuple[Any, ...]]
    Rows = Sequence[AnyRow]

_CHUNK = 900  # values in one IN list: below the least bound of any SQLite

_LINKED = (
    "id", "external_id", "story_id", "title", "url", "lang", "clock",
    "seen_after", "seen_by", "published_at", "published_raw", "published_note",
)  # fmt: skip


# ---------------------------------------------------------------- stories


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


def versions_of(conn: Connection, story_id: int) -> Rows:
    """All versions of a story's articles, each article's oldest first."""
    return conn.execute(
        select(
            version.c.id,
            version.c.article_id,
            version.c.n,
            version.c.title,
            version.c.seen_by,
            version.c.words,
            article.c.url,
            outlet.c.name.label("outlet"),
        )
        .join(article, article.c.id == version.c.article_id)
        .join(outlet, outlet.c.id == article.c.outlet_id)
        .where(article.c.story_id == story_id)
        .order_by(version.c.article_id, version.c.n)
    ).all()


def bodies_of(conn: Connection, story_id: int) -> Rows:
    """The stored texts of all versions of a story's articles: (version_id, data)."""
    return conn.execute(
        select(body.c.version_id, body.c.data)
        .join(version, version.c.id == body.c.version_id)
        .join(article, article.c.id == version.c.article_id)
        .where(article.c.story_id == story_id)
    ).all()


def boilerplate_around(conn: Connection, story_id: int) -> Rows:
    """The paragraphs that the outlets of a story are known to repeat: (domain, hash)."""
    outlets = select(article.c.outlet_id).where(article.c.story_id == story_id)
    return conn.execute(
        select(outlet.c.domain, boilerplate.c.hash)
        .join(outlet, outlet.c.id == boilerplate.c.outlet_id)
        .where(boilerplate.c.outlet_id.in_(outlets), boilerplate.c.state == "learned")
    ).all()


def version_sightings(conn: Connection, story_id: int) -> Rows:
    """When each version of a story's articles was sighted, in the order of our clock."""
    return conn.execute(
        select(sighting.c.version_id, sighting.c.after, sighting.c.by, sighting.c.claimed_at)
        .join(article, article.c.id == sighting.c.article_id)
        .where(article.c.story_id == story_id)
        .order_by(sighting.c.by, sighting.c.id)
    ).all()


def feeds_showing(conn: Connection, article_ids: Collection[int]) -> set[int]:
    """The feeds in which these articles were sighted."""
    query = select(sighting.c.feed_id).where(sighting.c.feed_id.is_not(None)).distinct()
    listed = list(article_ids)
    return {
        found
        for start in range(0, len(listed), _CHUNK)
        for found in conn.scalars(
            query.where(sighting.c.article_id.in_(listed[start : start + _CHUNK]))
        )
        if found is not None
    }


def decisions_of(conn: Connection, story_id: int) -> Rows:
    """What people decided about a story's articles, oldest first."""
    mine = select(article.c.id).where(article.c.story_id == story_id)
    return conn.execute(
        select(decision)
        .where(or_(decision.c.a_id.in_(mine), decision.c.b_id.in_(mine)))
        .order_by(decision.c.id)
    ).all()


def failed_polls(
    conn: Connection,
    feed_ids: Collection[int],
    since: datetime,
    until: datetime | None = None,
) -> int:
    """How often these feeds could not be read since then: the gaps in what we saw."""
    return conn.execute(
        select(func.count())
        .select_from(poll)
        .where(
            poll.c.feed_id.in_(feed_ids),
            poll.c.at >= since,
            *([] if until is None else [poll.c.at <= until]),
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
