"""Alerts and silences, and the outbox that delivery works through."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from storage.db import Database
from storage.reads import deliveries as reads_deliveries
from storage.reads import outbox as reads
from storage.rows import (
    AlertDetail,
    AlertRow,
    AlertSpec,
    AttemptRow,
    DeliveryRow,
    OutboxCounts,
    SilenceRow,
    SilenceSpec,
)
from storage.writes import deliveries as writes_deliveries
from storage.writes import outbox as writes
from storage.writes.outbox import add_alert, add_alerts
from watcher.archive.turns import Answer, Done, Message, Turn, take

__all__ = [
    "AlertDetail",
    "AlertRow",
    "AlertSpec",
    "Answer",
    "AttemptRow",
    "DeliveryRow",
    "Done",
    "Message",
    "Outbox",
    "OutboxCounts",
    "SilenceRow",
    "SilenceSpec",
    "Turn",
    "add_alert",
    "add_alerts",
    "add_silence",
    "expire_silence",
    "forget_attempts",
    "list_alerts",
    "list_silences",
    "outbox_counts",
    "resend",
    "show_alert",
]


class Outbox:
    """The outbox, each call a transaction. May be shared by threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime) -> list[str]:
        """The receivers for whom something is due."""
        with self._database.read() as conn:
            return reads_deliveries.due_receivers(conn, now)

    def turns(
        self, turns: Sequence[Turn], now: datetime, owner: str, lease_s: float
    ) -> list[Answer]:
        """A turn of each of these receivers, all or none; what is given out is leased to `owner`
        for `lease_s` seconds."""
        with self._database.write() as conn:
            names = {turn.receiver for turn in turns}
            known = writes_deliveries.lock_receivers(conn, names)
            writes_deliveries.take_back(conn, names, now)
            silences = _silences(conn, now)
            return [
                take(conn, turn, known[turn.receiver], silences, now, owner, lease_s)
                for turn in turns
            ]

    def next_at(self) -> datetime | None:
        """When the next delivery may be claimed, perhaps in the past; None when none waits."""
        with self._database.read() as conn:
            return reads.next_delivery(conn)


def _silences(conn: Connection, now: datetime) -> list[SilenceRow]:
    """What holds at `now`; that of a story merged into another one stands for both."""
    rows = reads.list_silences(conn, now)
    stories = {row.story_id for row in rows if row.story_id is not None}
    ends = reads.renamed_stories(conn, stories)
    moved = [replace(row, story_id=ends[row.story_id]) for row in rows if row.story_id in ends]
    return [*rows, *moved]


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
