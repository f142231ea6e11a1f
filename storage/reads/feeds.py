"""What is known of feeds, their polls and hosts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select

from storage.models import feed, host, outlet, poll
from storage.reads.columns import columns
from storage.rows import FeedCounts, FeedRow, HostRow, PollRow

FEED = columns(FeedRow, feed, outlet=outlet.c.name, domain=outlet.c.domain, family=outlet.c.family)
_FEEDS = select(*FEED).join(outlet, outlet.c.id == feed.c.outlet_id)
_POLL = columns(PollRow, poll)
_HOST = columns(HostRow, host)


def unleased(now: datetime) -> ColumnElement[bool]:
    """Nobody is polling the feed, or whoever was has had time enough."""
    return or_(feed.c.lease_until.is_(None), feed.c.lease_until <= now)


def list_feeds(conn: Connection, *, states: Collection[str] | None = None) -> list[FeedRow]:
    """All feeds, or those in one of `states`, by outlet name and URL."""
    query = _FEEDS.order_by(outlet.c.name, feed.c.url)
    if states is not None:
        query = query.where(feed.c.state.in_(states))
    return [FeedRow(*row) for row in conn.execute(query)]


def get_feed(conn: Connection, feed_id: int) -> FeedRow | None:
    """One feed; None when there is none with that id."""
    row = conn.execute(_FEEDS.where(feed.c.id == feed_id)).first()
    return None if row is None else FeedRow(*row)


def select_feeds(conn: Connection, names: Iterable[str]) -> tuple[list[FeedRow], list[str]]:
    """The feeds meant by `names`, and the names that mean none.

    A name is a feed's URL or id, or an outlet's name, domain or family, in whatever case: all
    feeds of that outlet then. Feeds no longer configured are meant by URL or id alone.
    """
    feeds = list_feeds(conn)
    found: dict[int, FeedRow] = {}
    unknown = []
    for name in names:
        wanted = name.strip().casefold()
        one = [
            row
            for row in feeds
            if name.strip() in (row.url, row.moved_to, str(row.id))
            or (
                row.state != "removed"
                and wanted in (row.outlet.casefold(), row.domain, row.family.casefold())
            )
        ]
        found.update((row.id, row) for row in one)
        if not one:
            unknown.append(name)
    return list(found.values()), unknown


def last_polls(conn: Connection, feed_id: int, n: int = 20) -> list[PollRow]:
    """The last `n` polls of a feed, newest first."""
    query = select(*_POLL).where(poll.c.feed_id == feed_id).order_by(poll.c.id.desc()).limit(n)
    return [PollRow(*row) for row in conn.execute(query)]


def any_due(conn: Connection, now: datetime) -> bool:
    """Whether a claim may find a feed at `now`; its host may yet forbid it. Reads an index only."""
    query = select(feed.c.id).where(feed.c.state == "polled", feed.c.next_at <= now, unleased(now))
    return conn.execute(query.limit(1)).first() is not None


def next_due(conn: Connection, now: datetime) -> datetime | None:
    """When the next feed may be claimed, perhaps in the past; None when no feed is polled.

    A lease counts until it ends, and a host's pause holds back its feeds.
    """
    held = case((feed.c.lease_until > now, feed.c.lease_until), else_=feed.c.next_at)
    paused = case((host.c.not_before > held, host.c.not_before), else_=held)
    query = (
        select(func.min(paused, type_=feed.c.next_at.type))
        .select_from(feed.outerjoin(host, host.c.name == feed.c.host))
        .where(feed.c.state == "polled")
    )
    found: datetime | None = conn.scalar(query)
    return found


_SHOWN = select(feed.c.outlet_id, feed.c.id, feed.c.shown_keys).where(
    feed.c.outlet_id.in_(bindparam("outlets", expanding=True)),
    feed.c.state == "polled",
    feed.c.shown_keys.is_not(None),
)


def shown_keys(conn: Connection, outlets: Collection[int]) -> dict[int, dict[int, bytes]]:
    """What the polled feeds of these outlets (900 at most) showed last, by outlet and by feed,
    where it is known."""
    found: dict[int, dict[int, bytes]] = {outlet_id: {} for outlet_id in outlets}
    for outlet_id, feed_id, keys in conn.execute(_SHOWN, {"outlets": list(outlets)}):
        found[outlet_id][feed_id] = keys
    return found


def lease_owners(conn: Connection, now: datetime) -> list[str]:
    """Who holds leases of feeds at `now`."""
    query = select(feed.c.lease_by).where(feed.c.lease_until > now).distinct()
    return [owner for owner in conn.scalars(query) if owner is not None]


def paused_hosts(conn: Connection, now: datetime) -> list[HostRow]:
    """The hosts that we leave alone at `now`, the longest pause first."""
    query = select(*_HOST).where(host.c.not_before > now).order_by(host.c.not_before.desc())
    return [HostRow(*row) for row in conn.execute(query)]


def feed_counts(conn: Connection, now: datetime) -> FeedCounts:
    """How the feeds are at `now`."""

    def count(*tests: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((and_(*tests), 1), else_=0)), 0)

    polled = feed.c.state == "polled"
    row = conn.execute(
        select(
            count(polled),
            count(feed.c.state == "gone"),
            count(feed.c.state == "removed"),
            count(polled, feed.c.next_at <= now, unleased(now)),
            count(polled, feed.c.lease_until > now),
            count(polled, feed.c.failures > 0),
            count(polled, feed.c.first_ok_at.is_(None)),
        )
    ).one()
    return FeedCounts(*row)
