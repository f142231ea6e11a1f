"""Makes the outlets and feeds that are polled those of the configuration."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from storage.models import feed, outlet
from storage.rows import OutletSpec, SyncResult
from storage.writes.upsert import alone, distinct, many

_INTERVAL_S = 900
_CONFIGURED = "newly configured"
# A person has written this address: what redirects said of it is forgotten.
_AS_WRITTEN: dict[str, Any] = {
    "moved_to": None,
    "moving_to": None,
    "moving_since": None,
    "moving_seen": 0,
}


def sync(
    conn: Connection, outlets: Sequence[OutletSpec], now: datetime, *, spread_s: float = 300.0
) -> SyncResult:
    """Makes `outlets` the outlets that are polled, by domain, and their feeds, by URL.

    A feed no longer listed becomes `removed` and keeps its history, which goes on when it is
    listed again. One whose adopted address (proven by permanent redirects) is listed in place of
    its own goes on under that name. First polls are spread over `spread_s` seconds from `now`,
    each at the same place whenever it is tried. Raises ValueError where a domain or URL is listed
    twice.
    """
    distinct("domain", [spec.domain for spec in outlets])
    wanted = {one.url: (one, spec.domain) for spec in outlets for one in spec.feeds}
    distinct("feed", [one.url for spec in outlets for one in spec.feeds])
    alone(conn, feed)
    owners = _sync_outlets(conn, outlets)
    known = {
        row.url: row
        for row in conn.execute(
            select(
                feed.c.id,
                feed.c.url,
                feed.c.outlet_id,
                feed.c.moved_to,
                feed.c.host,
                feed.c.state,
                feed.c.interval_s,
            )
        )
    }
    by_id = update(feed).where(feed.c.id == bindparam("the_id"))
    renamed = _renamed(known.values(), wanted)
    many(
        conn,
        by_id.values(url=feed.c.moved_to, **_AS_WRITTEN),
        [{"the_id": row.id} for row in renamed.values()],
    )
    for url, row in renamed.items():
        known[url] = known.pop(row.url)
    fresh: list[dict[str, Any]] = []
    back: list[dict[str, Any]] = []
    other: list[dict[str, Any]] = []
    names: dict[str, list[str]] = {"added": [], "returned": [], "kept": [], "changed": []}
    for url, (spec, domain) in wanted.items():
        row = known.get(url)
        begin = now + timedelta(seconds=spread_s * zlib.crc32(url.encode()) / 2**32)
        moved = row is not None and row.moved_to is not None and row.state != "removed"
        # Manners are owed to the host that is asked.
        host = row.host if row is not None and moved else spec.host
        values: dict[str, Any] = {"outlet_id": owners[domain], "host": host}
        if row is None:
            names["added"].append(url)
            values["interval_s"] = spec.interval or _INTERVAL_S
            first = {"next_at": begin, "next_reason": _CONFIGURED, "added_at": now}
            fresh.append({"url": url, **values, **first})
            continue
        values["interval_s"] = spec.interval or row.interval_s
        if row.state == "removed":
            names["returned"].append(url)
            back.append({"the_id": row.id, "begin": begin, **values})
            continue
        names["kept"].append(url)
        if values != {name: getattr(row, name) for name in values}:
            names["changed"].append(url)
            other.append({"the_id": row.id, **values})
    gone = [row for url, row in known.items() if url not in wanted and row.state != "removed"]
    configured = by_id.values(
        outlet_id=bindparam("outlet_id"),
        host=bindparam("host"),
        interval_s=bindparam("interval_s"),
    )
    begun = configured.values(
        state="polled",
        next_at=bindparam("begin"),
        next_reason=_CONFIGURED,
        next_steps=None,
        **_AS_WRITTEN,
    )
    many(conn, insert(feed), fresh)
    many(conn, configured, other)
    many(conn, begun, back)
    many(
        conn,
        by_id.values(state="removed", next_reason="no longer configured"),
        [{"the_id": row.id} for row in gone],
    )
    return SyncResult(
        removed=tuple(row.url for row in gone),
        **{name: tuple(urls) for name, urls in names.items()},
    )


def _renamed(rows: Iterable[Any], wanted: Collection[str]) -> dict[str, Any]:
    """The feeds that go on under their adopted address, by that: it is listed, and they are not."""
    rows = list(rows)
    taken = {row.url for row in rows}
    found: dict[str, Any] = {}
    for row in sorted(rows, key=lambda one: (one.state == "removed", one.id)):
        to = row.moved_to
        if row.url not in wanted and to in wanted and to not in taken:
            found.setdefault(to, row)
    return found


def _sync_outlets(conn: Connection, outlets: Sequence[OutletSpec]) -> dict[str, int]:
    """The ids by domain, of all outlets there are."""
    rows = conn.execute(select(outlet.c.id, outlet.c.domain, outlet.c.name, outlet.c.family))
    known = {row.domain: row for row in rows}
    fresh = [
        {"domain": spec.domain, "name": spec.name, "family": spec.family}
        for spec in outlets
        if spec.domain not in known
    ]
    other = [
        {"the_id": known[spec.domain].id, "name": spec.name, "family": spec.family}
        for spec in outlets
        if spec.domain in known
        and (spec.name, spec.family) != (known[spec.domain].name, known[spec.domain].family)
    ]
    many(conn, insert(outlet), fresh)
    many(
        conn,
        update(outlet)
        .where(outlet.c.id == bindparam("the_id"))
        .values(name=bindparam("name"), family=bindparam("family")),
        other,
    )
    return {domain: id_ for id_, domain in conn.execute(select(outlet.c.id, outlet.c.domain))}
