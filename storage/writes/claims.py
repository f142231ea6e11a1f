"""Feeds claimed for a poll, under a lease, and given back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, update

from storage.models import feed, host, outlet
from storage.reads.feeds import FEED, unleased
from storage.rows import FeedRow

# Rows looked at for each one wanted, where others may hold locks on the first ones.
_SPARE = 4
# Due feeds among which one of each host is chosen, for each one wanted: after an outage tens of
# thousands are due at once, and ranking them all takes longer than to poll some.
_NEXT = 8
# Places in a row of FEED: a claimed feed is as it was read, but for its lease.
_LEASE_BY, _LEASE_UNTIL = map(FeedRow.__slots__.index, ("lease_by", "lease_until"))


def claim_due(
    conn: Connection,
    now: datetime,
    limit: int,
    owner: str,
    lease_s: float,
    hosts_busy: Collection[str] = (),
    only: Collection[int] | None = None,
    failing: int | None = None,
) -> list[FeedRow]:
    """Up to `limit` due feeds, oldest due first, leased to `owner` for `lease_s` seconds.

    With `only`, none but feeds of these ids; with `failing`, at most so many whose last poll
    failed: they are likely to take long, and are passed by, not waited for.
    At most one feed a host, and none of a host that is paused, in `hosts_busy`, or has a feed
    leased to anyone. However many claim at once, in whatever processes, no feed is given twice;
    a lease that ran out counts for nothing. On PostgreSQL that is SELECT ... FOR UPDATE SKIP
    LOCKED, which also looks at each row anew once it has the lock; on SQLite there is one write
    transaction at a time.
    """
    if limit < 1:
        return []
    rows = _due(conn, now, limit, hosts_busy, only, failing, limit * _NEXT)
    if len(rows) < limit and _more_due(conn, now, only, limit * _NEXT):
        # The first ones are of a few hosts: others' turn may have come as well.
        rows = _due(conn, now, limit, hosts_busy, only, failing, None)
    if not rows:
        return []
    until = now + timedelta(seconds=lease_s)
    conn.execute(
        update(feed)
        .where(feed.c.id.in_([row.id for row in rows]))
        .values(lease_by=owner, lease_until=until)
    )
    return [_leased(row, owner, until) for row in rows]


def _leased(row: Row[Any], owner: str, until: datetime) -> FeedRow:
    values = list(row)
    values[_LEASE_BY], values[_LEASE_UNTIL] = owner, until
    return FeedRow(*values)


def _is_due(now: datetime, only: Collection[int] | None) -> tuple[ColumnElement[bool], ...]:
    due = (feed.c.state == "polled", feed.c.next_at <= now, unleased(now))
    return due if only is None else (*due, feed.c.id.in_(list(only)))


def _more_due(conn: Connection, now: datetime, only: Collection[int] | None, most: int) -> bool:
    """Whether more feeds are due than `most`."""
    some = select(feed.c.id).where(*_is_due(now, only)).limit(most + 1).subquery()
    return int(conn.scalar(select(func.count()).select_from(some)) or 0) > most


def _due(
    conn: Connection,
    now: datetime,
    limit: int,
    hosts_busy: Collection[str],
    only: Collection[int] | None,
    failing: int | None,
    among: int | None,
) -> Sequence[Row[Any]]:
    """See `claim_due`; of the first `among` due feeds alone."""
    due = _is_due(now, only)
    free = (
        feed.c.host.not_in(select(host.c.name).where(host.c.not_before > now)),
        feed.c.host.not_in(select(feed.c.host).where(feed.c.lease_until > now)),
        feed.c.host.not_in(list(hosts_busy)),
    )
    soon = select(feed.c.id, feed.c.host, feed.c.next_at, feed.c.failures).where(*due, *free)
    if among is not None:
        soon = soon.order_by(feed.c.next_at, feed.c.id).limit(among)
    one = soon.subquery()
    # The same feed of a host for everyone who asks now, so that its lock guards the host too.
    place = func.row_number().over(partition_by=one.c.host, order_by=(one.c.next_at, one.c.id))
    ranked = select(
        one.c.id, one.c.next_at, (one.c.failures > 0).label("bad"), place.label("place")
    ).subquery()
    turn = func.row_number().over(
        partition_by=ranked.c.bad, order_by=(ranked.c.next_at, ranked.c.id)
    )
    queued = (
        select(ranked.c.id, ranked.c.next_at, ranked.c.bad, turn.label("turn"))
        .where(ranked.c.place == 1)
        .subquery()
    )
    most_bad = limit if failing is None else failing
    first = (
        select(queued.c.id)
        .where(or_(queued.c.bad.is_(False), queued.c.turn <= most_bad))
        .order_by(queued.c.next_at, queued.c.id)
        .limit(limit * _SPARE)
    )
    return conn.execute(
        select(*FEED)
        .join(outlet, outlet.c.id == feed.c.outlet_id)
        .where(feed.c.id.in_(first), *due)
        .order_by(feed.c.next_at, feed.c.id)
        .limit(limit)
        .with_for_update(of=feed, skip_locked=True)
    ).all()


def release(conn: Connection, feed_id: int, owner: str | None = None) -> bool:
    """Gives a feed back without a poll; of another's lease, with `owner`, False and no change."""
    query = update(feed).where(feed.c.id == feed_id)
    if owner is not None:
        query = query.where(feed.c.lease_by == owner)
    return conn.execute(query.values(lease_by=None, lease_until=None)).rowcount == 1


def release_all(conn: Connection, owners: Collection[str]) -> int:
    """Gives back whatever these have leased: they are known to have died. How many feeds."""
    query = update(feed).where(feed.c.lease_by.in_(list(owners)))
    return conn.execute(query.values(lease_by=None, lease_until=None)).rowcount
