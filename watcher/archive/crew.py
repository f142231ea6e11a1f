"""The daemons of one database: their signs of life, what the dead had leased, and their locks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import IntEnum

from storage import lock
from storage.db import Database
from storage.reads import overview
from storage.writes import crew as writes
from storage.writes.crew import Beat
from watcher.core.errors import StorageBusy

__all__ = [
    "Beat",
    "Kind",
    "Locks",
    "ahead_s",
    "at_work",
    "beat",
    "leave",
    "refuse_at_work",
    "shared",
    "take_over",
]


class Kind(IntEnum):
    """What a lock is about. The numbers are what machines have in common."""

    HOUSE = 0x57415445  # the housekeeping
    HOST = 0x57415446  # a host that is asked for something


Locks = lock.Locks
_RECENT_S = 60.0


def shared(database: Database) -> bool:
    """Whether several daemons may have this database: SQLite takes one."""
    return database.dialect == "postgresql"


def beat(database: Database, owner: str, *, first: bool = False) -> list[Beat]:
    """Leave a sign of life, perhaps the first; those that there were, our last one among them."""
    with database.write() as conn:
        found = writes.beats(conn)
        since = next((one.since for one in found if one.owner == owner), None)
        writes.beat(conn, owner, None if first else since)
        return found


def take_over(database: Database, dead: Sequence[Beat], now: datetime) -> dict[str, int]:
    """Make due again what the dead had leased (storage.writes.crew)."""
    with database.write() as conn:
        return writes.take_over(conn, dead, now)


def at_work(database: Database) -> list[str]:
    """The daemons that gave a sign of life within the last minute; none on SQLite."""
    if not shared(database):
        return []
    with database.read() as conn:
        return [one.owner for one in writes.beats(conn) if one.age_s < _RECENT_S]


def refuse_at_work(database: Database, why: str) -> None:
    """Raises StorageBusy while daemons are at work; `why` that is in the way."""
    if busy := at_work(database):
        raise StorageBusy(
            f"{database.url} has daemons at work ({', '.join(busy)}). Stop them (systemctl stop"
            f" watcher): {why}."
        )


def ahead_s(database: Database, clock: Callable[[], float] = time.time) -> float | None:
    """How far the server's clock is ahead of this machine's, in seconds; as exact as the answer is
    quick. None on SQLite, which has no clock of its own."""
    if not shared(database):
        return None
    with database.read() as conn:
        before = clock()
        theirs = overview.server_time(conn)
        return theirs - (before + clock()) / 2


def leave(database: Database, owner: str) -> None:
    """Say goodbye."""
    with database.write() as conn:
        writes.leave(conn, owner)
