"""What decides which message a receiver gets next: what waits for it, and how it has been."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    null,
    or_,
    select,
    union_all,
)

from storage.models import alert, delivery, receiver, watch
from storage.reads.columns import columns
from storage.rows import ReceiverRow, WaitingRow

RECEIVER = columns(ReceiverRow, receiver)
_OF_ALERT = {
    name: alert.c[name] for name in ("watch_id", "story_id", "article_id", "condition", "at")
}


def _waiting(payload: ColumnElement[Any]) -> Select[Any]:
    chosen = columns(WaitingRow, delivery, payload=payload, watch=watch.c.name, **_OF_ALERT)
    return (
        select(*chosen)
        .join(alert, alert.c.id == delivery.c.alert_id)
        .join(watch, watch.c.id == alert.c.watch_id)
    )


def _due_for() -> Select[Any]:
    # A query for each state reads its part of the index in order and stops at the limit.
    most = bindparam("most", type_=Integer)
    parts = [
        select(delivery.c.id)
        .where(
            delivery.c.receiver == bindparam("name"),
            delivery.c.state == state,
            delivery.c.next_at <= bindparam("now"),
        )
        .order_by(delivery.c.next_at, delivery.c.id)
        .limit(most)
        .subquery()
        for state in ("pending", "retry")
    ]
    found = union_all(*(select(part) for part in parts)).subquery()
    return (
        _waiting(null())
        .join(found, found.c.id == delivery.c.id)
        .order_by(delivery.c.next_at, delivery.c.attempts, delivery.c.id)
        .limit(most)
    )


_DUE_FOR = _due_for()  # asked before each message: built once


def due_receivers(conn: Connection, now: datetime) -> list[str]:
    """The receivers for whom something is due, by name."""
    query = select(delivery.c.receiver).distinct().where(due(now)).order_by(delivery.c.receiver)
    return list(conn.scalars(query))


def due_for(conn: Connection, name: str, now: datetime, limit: int) -> list[WaitingRow]:
    """Up to `limit` due deliveries to a receiver, without payload: those that were tried least
    first where several are due since the same moment, then the oldest."""
    rows = conn.execute(_DUE_FOR, {"name": name, "now": now, "most": limit})
    return [WaitingRow(*row) for row in rows]


def under_way(conn: Connection, name: str, now: datetime) -> int:
    """How many messages are being sent to a receiver at `now`, by other daemons too."""
    query = select(func.count(func.distinct(delivery.c.message))).where(
        delivery.c.receiver == name,
        delivery.c.state == "sending",
        delivery.c.lease_until > now,
    )
    return int(conn.scalar(query) or 0)


def mates(
    conn: Connection,
    name: str,
    now: datetime,
    *,
    group: tuple[int, int | None] | None = None,
    withheld: Collection[str] = (),
    limit: int,
) -> list[WaitingRow]:
    """What may share a message with a delivery to the receiver, oldest first, with payloads.

    `withheld`: what is due and was held back for one of these. `group`: what is due of this
    watch and story, and what waits for just that, due or not.
    """
    query = _waiting(alert.c.payload).where(delivery.c.receiver == name)
    is_due = and_(delivery.c.state.in_(("pending", "retry")), delivery.c.next_at <= now)
    if group is None:
        query = query.where(is_due, delivery.c.withheld.in_(withheld))
    else:
        watch_id, story_id = group
        story = alert.c.story_id.is_(None) if story_id is None else alert.c.story_id == story_id
        waits = and_(
            delivery.c.state == "pending",
            or_(delivery.c.withheld.is_(None), delivery.c.withheld == "group"),
        )
        query = query.where(alert.c.watch_id == watch_id, story, or_(is_due, waits))
    return [WaitingRow(*row) for row in conn.execute(query.order_by(delivery.c.id).limit(limit))]


def with_payload(conn: Connection, delivery_id: int) -> WaitingRow:
    """One delivery with what it is to say."""
    query = _waiting(alert.c.payload).where(delivery.c.id == delivery_id)
    return WaitingRow(*conn.execute(query).one())


def sent_messages(conn: Connection, name: str, since: datetime, most: int) -> list[datetime]:
    """When the last `most` messages went to a receiver after `since`, newest first."""
    at = func.max(delivery.c.sent_at, type_=delivery.c.sent_at.type)
    query = (
        select(at)
        .where(delivery.c.receiver == name, delivery.c.sent_at > since, delivery.c.state == "sent")
        .group_by(func.coalesce(delivery.c.message, delivery.c.id))
        .order_by(at.desc())
        .limit(most)
    )
    return list(conn.scalars(query))


def receivers(conn: Connection, names: Collection[str] | None = None) -> list[ReceiverRow]:
    """How receivers have been of late, by name: these, or all that fail."""
    query = select(*RECEIVER).order_by(receiver.c.name)
    if names is None:
        query = query.where(receiver.c.failures > 0)
    else:
        query = query.where(receiver.c.name.in_(names))
    return [ReceiverRow(*row) for row in conn.execute(query)]


def due(now: datetime) -> ColumnElement[bool]:
    """A delivery that may be attempted: waiting and due, or broken off by an ended lease."""
    return or_(
        and_(delivery.c.state.in_(("pending", "retry")), delivery.c.next_at <= now),
        and_(delivery.c.state == "sending", delivery.c.lease_until <= now),
    )
