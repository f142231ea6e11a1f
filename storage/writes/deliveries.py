"""Deliveries and their receivers: claimed, attempted, held back; each attempt recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy import insert as plain_insert

from storage.models import attempt, delivery, receiver
from storage.reads.deliveries import RECEIVER
from storage.rows import Attempt, ReceiverRow
from storage.writes.upsert import insert, many


def lock_receivers(conn: Connection, names: Collection[str]) -> dict[str, ReceiverRow]:
    """How these receivers have been; nobody else decides for them until the transaction ends.

    In the order of their names, so that two who want the same ones do not wait for each other.
    """
    ordered = sorted(set(names))
    known = select(receiver.c.name).where(receiver.c.name.in_(ordered))
    missing = set(ordered) - set(conn.scalars(known))
    statement = insert(conn, receiver).on_conflict_do_nothing(index_elements=["name"])
    many(conn, statement, [{"name": name} for name in ordered if name in missing])
    rows = conn.execute(
        select(*RECEIVER)
        .where(receiver.c.name.in_(ordered))
        .order_by(receiver.c.name)
        .with_for_update()
    )
    return {row[0]: ReceiverRow(*row) for row in rows}


def save_receiver(conn: Connection, row: ReceiverRow) -> None:
    """Records how a receiver is; it must have been locked."""
    conn.execute(
        update(receiver)
        .where(receiver.c.name == row.name)
        .values(
            failures=row.failures,
            opens=row.opens,
            open_until=row.open_until,
            since=row.since,
            reason=row.reason,
        )
    )


def take_back(conn: Connection, names: Collection[str], now: datetime) -> int:
    """Makes due again what senders to these began and did not come back from; how many deliveries.

    They may have arrived: they are marked so, and the lost attempts are recorded.
    """
    lost = (
        delivery.c.receiver.in_(names)
        & (delivery.c.state == "sending")
        & (delivery.c.lease_until <= now)
    )
    found = conn.execute(select(delivery.c.id, delivery.c.lease_by).where(lost)).all()
    if not found:
        return 0
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
            for row in found
        ],
    )
    conn.execute(
        update(delivery)
        .where(delivery.c.id.in_([row.id for row in found]))
        .values(
            state="retry",
            next_at=now,
            lease_by=None,
            lease_until=None,
            maybe_repeat=True,
            reason="an attempt was broken off: it may have arrived",
        )
    )
    return len(found)


def claim_deliveries(
    conn: Connection, ids: Collection[int], now: datetime, owner: str, lease_s: float
) -> None:
    """Leases the deliveries that one message will carry to `owner`. Lock their receiver before.

    An attempt is counted as it begins, so that a message that kills its sender runs into the
    bound all the same.
    """
    conn.execute(
        update(delivery)
        .where(delivery.c.id.in_(ids))
        .values(
            state="sending",
            attempts=delivery.c.attempts + 1,
            lease_by=owner,
            lease_until=now + timedelta(seconds=lease_s),
            message=min(ids),
        )
    )


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
    withheld: str | None = None,
) -> int:
    """Records one attempt that carried these deliveries, and how they stand now.

    `new_state`: sent, retry (then `next_at` says when), or dead. The attempt is recorded in
    any case; the state changes only where `owner` still has the lease. How many did.
    `maybe_repeat`: the attempt failed, and yet the receiver may have the message. `withheld`:
    what a retry is marked with; None leaves the mark.
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
    if withheld is not None:
        values["withheld"] = withheld
    return conn.execute(
        update(delivery)
        .where(
            delivery.c.id.in_(delivery_ids),
            delivery.c.state == "sending",
            delivery.c.lease_by == owner,
        )
        .values(lease_by=None, lease_until=None, **values)
    ).rowcount


def end_unsent(conn: Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Ends waiting deliveries unattempted: (id, held or dead, why). Kept and shown, not sent."""
    statement = (
        update(delivery)
        .where(delivery.c.id == bindparam("the_id"))
        .values(state=bindparam("end"), reason=bindparam("why"))
    )
    many(conn, statement, [{"the_id": i, "end": end, "why": why} for i, end, why in rows])


def put_off(conn: Connection, rows: Iterable[tuple[int, datetime, str, str]]) -> None:
    """Lets waiting deliveries wait: (id, until when, what it is marked with, why)."""
    statement = (
        update(delivery)
        .where(delivery.c.id == bindparam("the_id"))
        .values(next_at=bindparam("until"), withheld=bindparam("cause"), reason=bindparam("why"))
    )
    values = [{"the_id": i, "until": at, "cause": c, "why": why} for i, at, c, why in rows]
    many(conn, statement, values)
