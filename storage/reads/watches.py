"""What is known of watches."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.models import alert, article, sighting, version, watch
from storage.reads.columns import columns
from storage.rows import SightedRow, WatchRow

_WATCH = columns(WatchRow, watch)
_SIGHTED = columns(SightedRow, sighting, outlet_id=article.c.outlet_id)
_CHUNK = 900
# Asked with each article: to put them together takes longer than to run them.
_ALL = select(*_WATCH).order_by(watch.c.name)
_LIVE = _ALL.where(watch.c.removed_at.is_(None))


def list_watches(conn: Connection, *, removed: bool = False) -> list[WatchRow]:
    """The active watches by name; with `removed`, the ended ones too."""
    return [_row(row) for row in conn.execute(_ALL if removed else _LIVE)]


def get_watch(conn: Connection, name: str) -> WatchRow | None:
    """The watch of that name, ended or not; None when there was never one."""
    row = conn.execute(select(*_WATCH).where(watch.c.name == name)).first()
    return None if row is None else _row(row)


def sighted(conn: Connection, articles: Collection[int]) -> list[SightedRow]:
    """All sightings of these articles, in the order in which they were recorded."""
    listed = list(articles)
    found: list[SightedRow] = []
    for start in range(0, len(listed), _CHUNK):
        query = select(*_SIGHTED).join(article, article.c.id == sighting.c.article_id)
        part = query.where(sighting.c.article_id.in_(listed[start : start + _CHUNK]))
        found += [SightedRow(*row) for row in conn.execute(part)]
    return sorted(found, key=lambda s: s.id)


def sighted_between(
    conn: Connection, since: datetime, until: datetime, page: int = 500
) -> Iterator[list[SightedRow]]:
    """The sightings in a span of time that showed other words than before, in their order: pages
    of them."""
    last = 0
    while True:
        rows = [
            SightedRow(*row)
            for row in conn.execute(
                select(*_SIGHTED)
                .join(article, article.c.id == sighting.c.article_id)
                .where(
                    sighting.c.id > last,
                    sighting.c.by.between(since, until),
                    sighting.c.kind.in_(("first", "version", "redated")),
                )
                .order_by(sighting.c.id)
                .limit(page)
            )
        ]
        if not rows:
            return
        last = rows[-1].id
        yield rows


def version_titles(conn: Connection, versions: Collection[int]) -> dict[int, tuple[int, str]]:
    """Version -> its number and headline."""
    rows = conn.execute(
        select(version.c.id, version.c.n, version.c.title).where(version.c.id.in_(list(versions)))
    )
    return {v: (n, title) for v, n, title in rows}


def alert_states(conn: Connection, watch_id: int) -> dict[str, tuple[str, datetime]]:
    """What was raised for a watch, by key: fired or held, and when."""
    rows = conn.execute(
        select(alert.c.key, alert.c.state, alert.c.at).where(alert.c.watch_id == watch_id)
    )
    return {key: (state, at) for key, state, at in rows}


def _row(row: Row[Any]) -> WatchRow:
    values = dict(row._mapping)
    values["conditions"] = tuple(values["conditions"])
    values["notify"] = tuple(values["notify"])
    return WatchRow(**values)
