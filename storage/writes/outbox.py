"""Alerts, their deliveries and silences: at least once, each attempt recorded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy import insert as plain_insert

from storage.models import alert, attempt, delivery, silence, watch
from storage.reads.outbox import ALERT, DELIVERY, due_delivery
from storage.rows import AlertRow, AlertSpec, Attempt, DeliveryRow, DueDelivery, SilenceSpec
from storage.writes.upsert import insert, many


def add_alert(conn: Connection, spec: AlertSpec) -> int | None:
    """`add_alerts` for one."""
    return add_alerts(conn, [spec])[0]


def add_alerts(conn: Connection, specs: Sequence[AlertSpec]) -> list[int | None]:
    """Raises alerts, with a delivery for each receiver; their ids in the order given.

    None where there is an alert with that key: nothing is raised twice, by whatever worker or
    replay, for a second transaction waits until the first one has committed. An alert that is
    held, and its deliveries, are recorded but sent to nobody.
    """
    ids: list[int | None] = []
    deliveries: list[dict[str, Any]] = []
    for spec in specs:
        statement = insert(conn, alert).on_conflict_do_nothing(index_elements=["key"])
        made = conn.scalar(
            statement.returning(alert.c.id),
            {
                "key": spec.key,
                "watch_id": spec.watch_id,
                "story_id": spec.story_id,
                "article_id": spec.article_id,
                "condition": spec.condition,
                "at": spec.at,
                "reason": spec.reason if spec.held is None else f"{spec.reason}; {spec.held}",
                "state": "fired" if spec.held is None else "held",
                "payload": dict(spec.payload),
            },
        )
        ids.append(None if made is None else int(str(made)))
        if made is None:
            continue
        deliveries.extend(
            {
                "alert_id": made,
                "receiver": receiver,
                "state": "pending" if spec.held is None else "held",
                "next_at": spec.send_at or spec.at,
                "reason": spec.held or "",
            }
            for receiver in dict.fromkeys(spec.receivers)
        )
    many(conn, plain_insert(delivery), deliveries)
    return ids


def claim_deliveries(
    conn: Connection, now: datetime, limit: int, owner: str, lease_s: float
) -> list[DueDelivery]:
    """Up to `limit` deliveries to attempt now, oldest first, leased to `owner` for `lease_s`.

    An attempt is counted as it begins, so that a message that kills its sender runs into the
    bound all the same. A delivery whose lease ran out while sending comes again, marked
    `maybe_repeat`, and its lost attempt is recorded as abandoned. No delivery is given to two
    claims, as with feeds.
    """
    if limit < 1:
        return []
    rows = conn.execute(
        select(*DELIVERY)
        .where(due_delivery(now))
        .order_by(delivery.c.next_at, delivery.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = [DeliveryRow(*row) for row in rows]
    if not due:
        return []
    until = now + timedelta(seconds=lease_s)
    broken = [row for row in due if row.state == "sending"]
    many(
        conn,
        plain_insert(attempt),
        [
            {
                "delivery_id": row.id,
                "at": now,
                "took_ms": 0,
                "outcome": "abandoned",
                "detail": f"{row.lease_by} began it and did not come back",
            }
            for row in broken
        ],
    )
    lost = {row.id for row in broken}
    ours = [
        replace(
            row,
            state="sending",
            attempts=row.attempts + 1,
            lease_by=owner,
            lease_until=until,
            maybe_repeat=row.maybe_repeat or row.id in lost,
        )
        for row in due
    ]
    conn.execute(
        update(delivery)
        .where(delivery.c.id == bindparam("the_id"))
        .values(
            state="sending",
            attempts=bindparam("begun"),
            lease_by=owner,
            lease_until=until,
            maybe_repeat=bindparam("repeat"),
        ),
        [{"the_id": row.id, "begun": row.attempts, "repeat": row.maybe_repeat} for row in ours],
    )
    found = conn.execute(
        select(*ALERT)
        .join(watch, watch.c.id == alert.c.watch_id)
        .where(alert.c.id.in_({row.alert_id for row in ours}))
    )
    alerts = {each.id: each for each in (AlertRow(*row) for row in found)}
    return [DueDelivery(row, alerts[row.alert_id]) for row in ours]


def finish_attempt(
    conn: Connection,
    delivery_id: int,
    owner: str,
    result: Attempt,
    new_state: str,
    next_at: datetime | None = None,
    reason: str = "",
    *,
    maybe_repeat: bool = False,
) -> bool:
    """`finish_attempts` for one: whether the delivery was still ours."""
    done = finish_attempts(
        conn,
        [delivery_id],
        owner,
        result,
        new_state,
        next_at,
        reason,
        maybe_repeat=maybe_repeat,
    )
    return done == 1


def finish_attempts(
    conn: Connection,
    delivery_ids: Collection[int],
    owner: str,
    result: Attempt,
    new_state: str,
    next_at: datetime | None = None,
    reason: str = "",
    *,
    maybe_repeat: bool = False,
) -> int:
    """Records one attempt that carried these deliveries, and how they stand now.

    `new_state`: sent, retry (then `next_at` says when), or dead. The attempt is recorded in
    any case; the state changes only where `owner` still has the lease. How many did.
    `maybe_repeat`: the attempt failed, and yet the receiver may have the message.
    """
    if new_state not in ("sent", "retry", "dead"):
        raise ValueError(f"an attempt cannot end in {new_state!r}")
    if (new_state == "retry") != (next_at is not None):
        raise ValueError("a retry, and only a retry, has a next time")
    many(
        conn,
        plain_insert(attempt),
        [
            {
                "delivery_id": each,
                "at": result.at,
                "took_ms": result.took_ms,
                "outcome": result.outcome,
                "detail": result.detail,
            }
            for each in delivery_ids
        ],
    )
    values: dict[str, Any] = {"state": new_state, "reason": reason}
    if next_at is not None:
        values["next_at"] = next_at
    if new_state == "sent":
        values["sent_at"] = result.at
    if maybe_repeat:
        values["maybe_repeat"] = True
    return _give_back(conn, delivery_ids, owner, values)


def postpone(
    conn: Connection, delivery_ids: Collection[int], owner: str, next_at: datetime, reason: str
) -> int:
    """Gives deliveries back unattempted until `next_at` (quiet hours, the cap); how many."""
    values = {
        "state": "pending",
        "next_at": next_at,
        "reason": reason,
        "attempts": delivery.c.attempts - 1,
    }
    return _give_back(conn, delivery_ids, owner, values)


def hold(conn: Connection, delivery_ids: Collection[int], owner: str, reason: str) -> int:
    """Ends deliveries unattempted (silenced, inhibited): kept and shown, not sent. How many."""
    values = {"state": "held", "reason": reason, "attempts": delivery.c.attempts - 1}
    return _give_back(conn, delivery_ids, owner, values)


def _give_back(
    conn: Connection, delivery_ids: Collection[int], owner: str, values: dict[str, Any]
) -> int:
    return conn.execute(
        update(delivery)
        .where(
            delivery.c.id.in_(delivery_ids),
            delivery.c.state == "sending",
            delivery.c.lease_by == owner,
        )
        .values(lease_by=None, lease_until=None, **values)
    ).rowcount


def resend(
    conn: Connection,
    alert_id: int,
    now: datetime,
    *,
    receiver: str | None = None,
    states: Collection[str] = ("dead",),
) -> int:
    """Sends an alert's deliveries again, to all receivers or one, as if for the first time.

    `states`: which to send again; "held" and "sent" may be named too. How many there were.
    """
    query = update(delivery).where(delivery.c.alert_id == alert_id, delivery.c.state.in_(states))
    if receiver is not None:
        query = query.where(delivery.c.receiver == receiver)
    return conn.execute(
        query.values(
            state="pending", attempts=0, next_at=now, reason="sent again on request", sent_at=None
        )
    ).rowcount


def add_silence(conn: Connection, spec: SilenceSpec, now: datetime) -> int:
    """Mutes from `now` on; its id. Raises ValueError when it would have ended already."""
    if spec.until <= now:
        raise ValueError("a silence must end in the future")
    made = conn.scalar(
        plain_insert(silence)
        .values(
            watch=spec.watch,
            story_id=spec.story_id,
            receiver=spec.receiver,
            author=spec.author,
            reason=spec.reason,
            created_at=now,
            until=spec.until,
        )
        .returning(silence.c.id)
    )
    return int(str(made))


def expire_silence(conn: Connection, silence_id: int, now: datetime) -> bool:
    """Ends a silence at `now`; False when there is none with that id that still holds."""
    return (
        conn.execute(
            update(silence)
            .where(silence.c.id == silence_id, silence.c.until > now)
            .values(until=now)
        ).rowcount
        == 1
    )


def prune_attempts(conn: Connection, before: datetime, limit: int = 500) -> int:
    """Forgets up to `limit` of the oldest attempts, where older than `before`; how many.

    Alerts and deliveries stay: their keys are what keeps an alert from being raised again.
    """
    oldest = select(attempt.c.id, attempt.c.at).order_by(attempt.c.id).limit(limit).subquery()
    doomed = select(oldest.c.id).where(oldest.c.at < before)
    return conn.execute(delete(attempt).where(attempt.c.id.in_(doomed))).rowcount
