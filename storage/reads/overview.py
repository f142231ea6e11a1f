"""Overview: the SELECTs behind `status`, and the watches in force with their stories."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, literal_column, select, text

from storage.models import (
    alert,
    article,
    boilerplate,
    delivery,
    feed,
    match,
    meta,
    outlet,
    story,
    watch,
)
from storage.reads.outbox import DELIVERY
from storage.rows import DeliveryRow

if TYPE_CHECKING:
    from sqlalchemy import Row

    Rows = Sequence[Row[*tuple[Any, ...]]]

# SQLite uses the partial index ix_story_spread only where this very term stands in the query.
_SPREAD = story.c.families > literal_column("1")


def counts(conn: Connection) -> dict[str, int]:
    """Rows of the tables that people ask about."""
    return {
        table.name: conn.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (outlet, article, match)
    }


def story_count(conn: Connection) -> int:
    """Stories that more than one family carries."""
    return conn.execute(
        select(func.count()).select_from(story).where(_SPREAD, story.c.merged_into.is_(None))
    ).scalar_one()


def dead_deliveries(conn: Connection, limit: int) -> Rows:
    """Deliveries that were given up, the latest first."""
    return conn.execute(
        select(
            delivery.c.id,
            delivery.c.receiver,
            delivery.c.attempts,
            delivery.c.reason,
            alert.c.at,
            alert.c.condition,
            watch.c.name.label("watch"),
        )
        .join(alert, alert.c.id == delivery.c.alert_id)
        .join(watch, watch.c.id == alert.c.watch_id)
        .where(delivery.c.state == "dead")
        .order_by(delivery.c.id.desc())
        .limit(limit)
    ).all()


def facts(conn: Connection) -> dict[str, str]:
    """The small facts of the database as a whole."""
    return {str(key): str(value) for key, value in conn.execute(select(meta.c.key, meta.c.value))}


def server_time(conn: Connection) -> float:
    """Seconds since 1970 by the clock of whoever keeps the database: on SQLite, this machine's."""
    if conn.dialect.name == "postgresql":
        return float(conn.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
    return time.time()


def leases(conn: Connection, now: datetime) -> dict[str, int]:
    """By owner, how many feeds it is polling at `now`."""
    query = (
        select(feed.c.lease_by, func.count())
        .where(feed.c.lease_until > now, feed.c.lease_by.is_not(None))
        .group_by(feed.c.lease_by)
    )
    return {str(owner): int(count) for owner, count in conn.execute(query)}


def size(conn: Connection) -> int:
    """Bytes that the database takes, free pages included, a SQLite -wal file not."""
    if conn.dialect.name == "postgresql":
        return int(
            conn.execute(select(func.pg_database_size(func.current_database()))).scalar_one()
        )
    pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
    page_size = conn.exec_driver_sql("PRAGMA page_size").scalar_one()
    return int(pages) * int(page_size)


def watches(conn: Connection) -> Rows:
    """The watches in force, with the story that each follows (null: none yet)."""
    return conn.execute(
        select(
            watch,
            story.c.id.label("story_id"),
            story.c.title.label("story_title"),
            story.c.state,
            story.c.articles,
            story.c.families,
            story.c.episodes,
            story.c.last_copy_at,
            story.c.dormant_at,
        )
        .outerjoin(article, article.c.id == watch.c.article_id)
        .outerjoin(story, story.c.id == article.c.story_id)
        .where(watch.c.removed_at.is_(None))
        .order_by(watch.c.name)
    ).all()


def boilerplate_of(conn: Connection, outlet_id: int | None) -> Rows:
    """The paragraphs that outlets repeat, of one outlet or of all, the commonest first."""
    query = select(boilerplate, outlet.c.name.label("outlet"), outlet.c.domain).join(
        outlet, outlet.c.id == boilerplate.c.outlet_id
    )
    if outlet_id is not None:
        query = query.where(boilerplate.c.outlet_id == outlet_id)
    query = query.order_by(outlet.c.domain, boilerplate.c.articles.desc(), boilerplate.c.hash)
    return conn.execute(query).all()


def outlets_called(conn: Connection, name: str) -> Rows:
    """The outlets with this domain or name, in whatever case."""
    wanted = name.strip().casefold()
    return [
        row
        for row in conn.execute(select(outlet).order_by(outlet.c.domain))
        if wanted in (row.domain, row.name.casefold())
    ]


def outlets_like(conn: Connection, part: str) -> Rows:
    """The outlets with this in their domain or name, in whatever case."""
    wanted = part.strip().casefold()
    return [
        row
        for row in conn.execute(select(outlet).order_by(outlet.c.domain))
        if wanted in row.domain or wanted in row.name.casefold()
    ]


def outlets_of_family(conn: Connection, name: str) -> Rows:
    """The outlets of this family, in whatever case."""
    wanted = name.strip().casefold()
    return [
        row
        for row in conn.execute(select(outlet).order_by(outlet.c.domain))
        if wanted == row.family.casefold()
    ]


def tracked(conn: Connection) -> set[int]:
    """The stories that watches in force follow. `story.tracked` outlives a watch that was ended."""
    query = select(article.c.story_id).join(watch, watch.c.article_id == article.c.id)
    return set(conn.scalars(query.where(watch.c.removed_at.is_(None))))


def deliveries_of(conn: Connection, alert_ids: Collection[int]) -> list[DeliveryRow]:
    """The deliveries of these alerts."""
    query = select(*DELIVERY).where(delivery.c.alert_id.in_(alert_ids))
    rows = conn.execute(query.order_by(delivery.c.alert_id, delivery.c.receiver))
    return [DeliveryRow(*row) for row in rows]
