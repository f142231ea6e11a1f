"""What is known of alerts, their deliveries, and silences."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, or_, select

from storage.models import alert, attempt, delivery, silence, story, watch
from storage.reads.columns import columns
from storage.rows import (
    AlertDetail,
    AlertRow,
    AttemptRow,
    DeliveryRow,
    OutboxCounts,
    SilenceRow,
)

ALERT = columns(AlertRow, alert, watch=watch.c.name)
DELIVERY = columns(DeliveryRow, delivery)
_ALERTS = select(*ALERT).join(watch, watch.c.id == alert.c.watch_id)
_ATTEMPT = columns(AttemptRow, attempt)
_SILENCE = columns(SilenceRow, silence)
_MERGED = select(story.c.merged_into).where(story.c.id == bindparam("asked"))


def list_alerts(
    conn: Connection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    watch_name: str | None = None,
    story_id: int | None = None,
    condition: str | None = None,
    state: str | None = None,
    receiver: str | None = None,
    told: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[AlertRow]:
    """Up to `limit` alerts, newest first, of a watch, story, condition or state, raised between
    `since` and `until`. A story's alerts are also those of the stories merged into it.

    `receiver`, `told`: with a delivery to that receiver, in that state; both at once mean one and
    the same delivery. `before`: the id of the last alert already shown, to go on after it.
    """
    query = _ALERTS.order_by(alert.c.id.desc()).limit(limit)
    if since is not None:
        query = query.where(alert.c.at >= since)
    if until is not None:
        query = query.where(alert.c.at <= until)
    if condition is not None:
        query = query.where(alert.c.condition == condition)
    if receiver is not None or told is not None:
        one = select(delivery.c.id).where(delivery.c.alert_id == alert.c.id)
        one = one if receiver is None else one.where(delivery.c.receiver == receiver)
        query = query.where((one if told is None else one.where(delivery.c.state == told)).exists())
    if watch_name is not None:
        query = query.where(watch.c.name == watch_name)
    if story_id is not None:
        merged = select(story.c.id).where(story.c.merged_into == story_id)
        query = query.where(or_(alert.c.story_id == story_id, alert.c.story_id.in_(merged)))
    if state is not None:
        query = query.where(alert.c.state == state)
    if before is not None:
        query = query.where(alert.c.id < before)
    return [AlertRow(*row) for row in conn.execute(query)]


def show_alert(conn: Connection, alert_id: int) -> AlertDetail | None:
    """An alert with its deliveries and every attempt; None when there is none with that id."""
    row = conn.execute(_ALERTS.where(alert.c.id == alert_id)).first()
    if row is None:
        return None
    deliveries = conn.execute(
        select(*DELIVERY).where(delivery.c.alert_id == alert_id).order_by(delivery.c.receiver)
    )
    attempts = conn.execute(
        select(*_ATTEMPT)
        .join(delivery, delivery.c.id == attempt.c.delivery_id)
        .where(delivery.c.alert_id == alert_id)
        .order_by(attempt.c.id)
    )
    return AlertDetail(
        alert=AlertRow(*row),
        deliveries=tuple(DeliveryRow(*each) for each in deliveries),
        attempts=tuple(AttemptRow(*each) for each in attempts),
    )


def next_delivery(conn: Connection) -> datetime | None:
    """When the next delivery may be claimed, perhaps in the past; None when none waits."""
    waiting = conn.scalar(
        select(func.min(delivery.c.next_at, type_=delivery.c.next_at.type)).where(
            delivery.c.state.in_(("pending", "retry"))
        )
    )
    leased = conn.scalar(
        select(func.min(delivery.c.lease_until, type_=delivery.c.lease_until.type)).where(
            delivery.c.state == "sending"
        )
    )
    return min((at for at in (waiting, leased) if at is not None), default=None)


def outbox_counts(conn: Connection, now: datetime) -> OutboxCounts:
    """How many deliveries are in each state, and since when the oldest due one waits."""
    states = conn.execute(select(delivery.c.state, func.count()).group_by(delivery.c.state))
    waiting = conn.scalar(
        select(func.min(delivery.c.next_at, type_=delivery.c.next_at.type)).where(
            delivery.c.state.in_(("pending", "retry")), delivery.c.next_at <= now
        )
    )
    return OutboxCounts(**{row[0]: row[1] for row in states}, oldest_due=waiting)


def list_silences(conn: Connection, now: datetime, *, ended: bool = False) -> list[SilenceRow]:
    """The silences that hold at `now`, the one that ends first first; with `ended`, all."""
    query = select(*_SILENCE).order_by(silence.c.until, silence.c.id)
    if not ended:
        query = query.where(silence.c.created_at <= now, silence.c.until > now)
    return [SilenceRow(*row) for row in conn.execute(query)]


def renamed_stories(conn: Connection, ids: Collection[int]) -> dict[int, int]:
    """Of these stories, those that were merged into another one, and where they ended up."""
    ends: dict[int, int] = {}
    for asked in ids:
        seen = {asked}
        into = asked
        while (found := conn.scalar(_MERGED, {"asked": into})) is not None and found not in seen:
            into = found
            seen.add(into)
        if into != asked:
            ends[asked] = into
    return ends
