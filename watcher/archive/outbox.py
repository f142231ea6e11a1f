"""Alerts and silences, and the outbox that delivery works through."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from storage.db import Database
from storage.reads import outbox as reads
from storage.rows import (
    AlertDetail,
    AlertRow,
    AlertSpec,
    Attempt,
    AttemptRow,
    DeliveryRow,
    OutboxCounts,
    SilenceRow,
    SilenceSpec,
)
from storage.writes import outbox as writes
from storage.writes.outbox import add_alert, add_alerts

__all__ = [
    "AlertDetail",
    "AlertRow",
    "AlertSpec",
    "AttemptRow",
    "Claimed",
    "DeliveryRow",
    "Outbox",
    "OutboxCounts",
    "SilenceRow",
    "SilenceSpec",
    "add_alert",
    "add_alerts",
    "add_silence",
    "expire_silence",
    "forget_attempts",
    "list_alerts",
    "list_silences",
    "outbox_counts",
    "resend",
    "sent_since",
    "show_alert",
]


class SentLike(Protocol):
    """How an attempt went. `maybe`: it failed, and yet the message may have arrived."""

    @property
    def outcome(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def maybe(self) -> bool: ...
    @property
    def took_ms(self) -> int: ...


class FinishLike(Protocol):
    """How the delivery stands after it: sent, retry at `next_at`, or dead."""

    @property
    def state(self) -> str: ...
    @property
    def next_at(self) -> datetime: ...
    @property
    def reason(self) -> str: ...


class HasId(Protocol):
    """A delivery that was claimed."""

    @property
    def id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery under our lease, with what it is to say."""

    id: int
    receiver: str
    attempts: int  # begun before this one
    maybe_repeat: bool  # an earlier attempt may have arrived
    payload: Mapping[str, Any]
    alert: AlertRow


class Outbox:
    """The outbox, each call a transaction. May be shared by threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, now: datetime, limit: int, owner: str, lease_s: float) -> list[Claimed]:
        """Up to `limit` due deliveries, oldest first, leased to `owner` for `lease_s` seconds."""
        with self._database.read() as conn:
            soonest = reads.next_delivery(conn)
        if soonest is None or soonest > now:
            return []
        with self._database.write() as conn:
            due = writes.claim_deliveries(conn, now, limit, owner, lease_s)
        return [
            Claimed(
                id=one.delivery.id,
                receiver=one.delivery.receiver,
                attempts=one.delivery.attempts - 1,
                maybe_repeat=one.delivery.maybe_repeat,
                payload=one.alert.payload,
                alert=one.alert,
            )
            for one in due
        ]

    def finish(
        self, row: HasId, owner: str, at: datetime, result: SentLike, finish: FinishLike
    ) -> bool:
        """Records an attempt begun at `at` and its end; False where the lease was lost."""
        with self._database.write() as conn:
            return writes.finish_attempt(
                conn,
                row.id,
                owner,
                Attempt(at, result.took_ms, result.outcome, result.detail),
                finish.state,
                finish.next_at if finish.state == "retry" else None,
                finish.reason,
                maybe_repeat=result.maybe,
            )

    def release(self, row: HasId, owner: str, next_at: datetime, reason: str) -> bool:
        """Gives a delivery back unattempted until `next_at`; False where the lease was lost."""
        with self._database.write() as conn:
            return writes.postpone(conn, [row.id], owner, next_at, reason) == 1

    def hold(self, row: HasId, owner: str, reason: str) -> bool:
        """Keeps a delivery back for good (silenced, inhibited); False where the lease was lost."""
        with self._database.write() as conn:
            return writes.hold(conn, [row.id], owner, reason) == 1

    def silences(self, now: datetime) -> list[SilenceRow]:
        """What holds at `now`; that of a story merged into another one stands for both."""
        with self._database.read() as conn:
            rows = reads.list_silences(conn, now)
            stories = {row.story_id for row in rows if row.story_id is not None}
            ends = reads.renamed_stories(conn, stories)
        moved = [replace(row, story_id=ends[row.story_id]) for row in rows if row.story_id in ends]
        return [*rows, *moved]

    def next_at(self) -> datetime | None:
        """When the next delivery may be claimed, perhaps in the past; None when none waits."""
        with self._database.read() as conn:
            return reads.next_delivery(conn)


def list_alerts(database: Database, **chosen: Any) -> list[AlertRow]:
    """Alerts, newest first (storage.reads.outbox.list_alerts names the choices)."""
    with database.read() as conn:
        return reads.list_alerts(conn, **chosen)


def show_alert(database: Database, alert_id: int) -> AlertDetail | None:
    """An alert with its deliveries and attempts; None when there is none with that id."""
    with database.read() as conn:
        return reads.show_alert(conn, alert_id)


def resend(
    database: Database,
    alert_id: int,
    now: datetime,
    *,
    receiver: str | None = None,
    states: Collection[str] = ("dead",),
) -> int:
    """Sends an alert's deliveries in `states` again; how many there were."""
    with database.write() as conn:
        return writes.resend(conn, alert_id, now, receiver=receiver, states=states)


def sent_since(database: Database, receiver: str, since: datetime) -> int:
    """How many deliveries `receiver` took at `since` or later: for its hourly cap."""
    with database.read() as conn:
        return reads.sent_since(conn, receiver, since)


def outbox_counts(database: Database, now: datetime) -> OutboxCounts:
    """How many deliveries are in each state, and since when the oldest due one waits."""
    with database.read() as conn:
        return reads.outbox_counts(conn, now)


def add_silence(database: Database, wanted: SilenceSpec, now: datetime) -> int:
    """Mutes from `now` on; its id. Raises ValueError when it would have ended already."""
    with database.write() as conn:
        return writes.add_silence(conn, wanted, now)


def expire_silence(database: Database, silence_id: int, now: datetime) -> bool:
    """Ends a silence; False when there is none with that id that still holds."""
    with database.write() as conn:
        return writes.expire_silence(conn, silence_id, now)


def list_silences(database: Database, now: datetime, *, ended: bool = False) -> list[SilenceRow]:
    """The silences that hold at `now`; with `ended`, all there ever were."""
    with database.read() as conn:
        return reads.list_silences(conn, now, ended=ended)


def forget_attempts(database: Database, before: datetime) -> int:
    """Forgets the attempts older than `before`, in small transactions; how many."""
    total = 0
    while True:
        with database.write() as conn:
            done = writes.prune_attempts(conn, before)
        if not done:
            return total
        total += done
