"""What is old enough to be forgotten: texts that nothing rests on, and polls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, func, select, union

from storage.models import (
    article,
    body,
    decision,
    match,
    mention,
    poll,
    sighting,
    story,
    version,
    watch,
)
from storage.rows import SeenRow

PLAIN = ("ok", "unchanged")  # outcomes; the others are gaps, which a story's coverage counts


def last_before(
    conn: Connection, table: Table, column: ColumnElement[datetime], at: datetime
) -> int:
    """The last id of `table` before the first row whose `column` is not before `at`, where ids
    were given in the order of time: found by halving, for there is no index by time."""
    ends: tuple[int | None, int | None] = tuple(
        conn.execute(select(func.min(table.c.id), func.max(table.c.id))).one()
    )
    if ends[0] is None or ends[1] is None:
        return 0
    low, high = ends[0] - 1, ends[1]
    while low < high:
        middle = (low + high + 1) // 2
        first = conn.execute(
            select(table.c.id, column).where(table.c.id > low, table.c.id <= middle)
            .order_by(table.c.id.desc()).limit(1)
        ).first()  # fmt: skip
        if first is None or first[1] < at:
            low = middle
        else:
            high = first[0] - 1
    return low


def _idle(before: datetime) -> ColumnElement[bool]:
    """An article alone in its story since then, that nobody follows and nothing was decided on,
    without a match: no answer and no alert rests on its text."""
    decided = union(select(decision.c.a_id), select(decision.c.b_id))
    followed = select(watch.c.article_id).where(watch.c.article_id.is_not(None))
    # One at a time: neither engine uses its indexes for an OR of the two.
    source, copy = (exists().where(match.c[end] == article.c.id) for end in ("a_id", "b_id"))
    return and_(
        article.c.seen_by < before,
        story.c.last_copy_at < before,
        story.c.articles == 1,
        story.c.tracked.is_(False),
        article.c.id.not_in(decided),
        article.c.id.not_in(followed),
        article.c.id.not_in(select(mention.c.article_id)),
        ~source,
        ~copy,
    )


_OF_BODY = (
    body.join(version, version.c.id == body.c.version_id)
    .join(article, article.c.id == version.c.article_id)
    .join(story, story.c.id == article.c.story_id)
)


def idle_bodies(
    conn: Connection, after: int, upto: int, before: datetime, limit: int
) -> list[tuple[int, int]]:
    """(version, article) of up to `limit` stored texts that may be forgotten, by version, of the
    versions after `after` and up to `upto`."""
    query = (
        select(body.c.version_id, version.c.article_id)
        .select_from(_OF_BODY)
        .where(body.c.version_id > after, body.c.version_id <= upto, _idle(before))
        .order_by(body.c.version_id)
        .limit(limit)
    )
    return [(v, a) for v, a in conn.execute(query)]


def still_idle(conn: Connection, versions: Collection[int], before: datetime) -> set[int]:
    """Of these versions, those whose texts may still be forgotten."""
    query = (
        select(body.c.version_id)
        .select_from(_OF_BODY)
        .where(body.c.version_id.in_(versions), _idle(before))
    )
    return set(conn.scalars(query))


def idle_count(conn: Connection, upto: int, before: datetime) -> tuple[int, int]:
    """How many texts may be forgotten, and their stored bytes."""
    query = (
        select(func.count(), func.coalesce(func.sum(func.length(body.c.data)), 0))
        .select_from(_OF_BODY)
        .where(body.c.version_id <= upto, _idle(before))
    )
    count, size = conn.execute(query).one()
    return int(count), int(size)


def seen(conn: Connection, articles: Collection[int]) -> list[SeenRow]:
    """The sightings of these articles, oldest first."""
    columns = [sighting.c[name] for name in SeenRow.__slots__]
    query = select(*columns).where(sighting.c.article_id.in_(articles)).order_by(sighting.c.id)
    return [SeenRow(*row) for row in conn.execute(query)]


def poll_ids(
    conn: Connection, upto: int, outcomes: Sequence[str] | None, limit: int, after: int = 0
) -> list[int]:
    """Up to `limit` polls after `after` and up to `upto`, of these outcomes or of all, by id."""
    query = select(poll.c.id).where(poll.c.id > after, poll.c.id <= upto)
    if outcomes is not None:
        query = query.where(poll.c.outcome.in_(outcomes))
    return list(conn.scalars(query.order_by(poll.c.id).limit(limit)))


def poll_count(conn: Connection, upto: int, outcomes: Sequence[str] | None) -> int:
    """How many polls there are up to `upto`, of these outcomes or of all."""
    query = select(func.count()).select_from(poll).where(poll.c.id <= upto)
    if outcomes is not None:
        query = query.where(poll.c.outcome.in_(outcomes))
    return int(conn.execute(query).scalar_one())
