"""How far an import from a cluster has come, in the transactions of what it has recorded."""

from __future__ import annotations

from sqlalchemy import Connection

from storage.reads import articles as reads
from storage.writes import articles as writes
from storage.writes.renewing import drop_meta

_KEY = "import.landed."


def so_far(conn: Connection, run: str) -> int:
    """Batches of that run that are recorded."""
    return int(reads.get_meta(conn, _KEY + run) or 0)


def note(conn: Connection, run: str, batches: int) -> None:
    """So many are, with this transaction."""
    writes.put_meta(conn, _KEY + run, str(batches))


def forget(conn: Connection, run: str) -> None:
    """The run is at its end."""
    drop_meta(conn, _KEY + run)
