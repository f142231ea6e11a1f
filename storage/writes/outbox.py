"""Alerts, raised once with a delivery for each receiver, and silences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy import insert as plain_insert

from storage.models import alert, attempt, delivery, silence
from storage.rows import AlertSpec, SilenceSpec
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
        if spec.episode is not None and spec.held is None and _raised_since(conn, spec):
            ids.append(None)
            continue
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
                "reason": _reason(spec),
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


def _reason(spec: AlertSpec) -> str:
    if spec.held is None or spec.reason.endswith(spec.held):
        return spec.reason
    return f"{spec.reason}; {spec.held}"


def _raised_since(conn: Connection, spec: AlertSpec) -> bool:
    """Whether it fired in this episode already, under another name of the episode."""
    assert spec.episode is not None  # noqa: S101  asked by the caller
    name, since = spec.episode
    same = (
        alert.c.watch_id == spec.watch_id,
        alert.c.condition == spec.condition,
        alert.c.state == "fired",
        alert.c.at >= since,
        alert.c.key.startswith(spec.key.removesuffix(name), autoescape=True),
    )
    return conn.scalar(select(alert.c.id).where(*same).limit(1)) is not None


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
            state="pending",
            attempts=0,
            next_at=now,
            reason="sent again on request",
            sent_at=None,
            withheld=None,
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
