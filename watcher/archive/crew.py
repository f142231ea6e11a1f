"""The daemons of one database: their signs of life, what the dead had leased, and their locks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum

from storage import lock
from storage.db import Database
from storage.writes import crew as writes
from storage.writes.crew import Beat

__all__ = ["Beat", "Kind", "Locks", "at_work", "beat", "leave", "shared", "take_over"]


class Kind(IntEnum):
    """What a lock is about. The numbers are what machines have in common."""

    HOUSE = 0x57415445  # the housekeeping
    HOST = 0x57415446  # a host that is asked for something


Locks = lock.Locks
_RECENT_S = 60.0


def shared(database: Database) -> bool:
    """Whether several daemons may have this database: SQLite takes one."""
    return database.dialect == "postgresql"


def beat(database: Database, owner: str) -> list[Beat]:
    """Leave a sign of life; those that there were, our last one among them."""
    with database.write() as conn:
        found = writes.beats(conn)
        writes.beat(conn, owner)
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


def leave(database: Database, owner: str) -> None:
    """Say goodbye."""
    with database.write() as conn:
        writes.leave(conn, owner)
