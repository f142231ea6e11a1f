"""The candidate index's segments: written while nobody reads them, published at once, let go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, select, update

from storage.models import block, segment
from storage.writes.articles import Rows, add
from storage.writes.upsert import alone


def add_segment(conn: Connection, row: Mapping[str, Any]) -> None:
    """A segment, still building: no reader sees it."""
    conn.execute(segment.insert(), [dict(row)])


def add_blocks(conn: Connection, rows: Rows) -> None:
    """Blocks of a segment."""
    add(conn, block, rows)


def publish_segment(conn: Connection, segment_id: int, replaces: Collection[int]) -> bool:
    """Make a segment live in the same moment as those that it replaces go.

    False where another process sealed at the same time and was first: then the segment goes.
    """
    alone(conn, segment)
    rows = {row.id: row for row in conn.execute(select(segment))}
    mine = rows.get(segment_id)
    others = [r for i, r in rows.items() if r.state == "live" and i not in replaces]
    if mine is None or mine.state != "building":  # another's cleaning let go of it
        conn.execute(delete(block).where(block.c.segment_id == segment_id))
        return False
    if any(
        other.family == mine.family
        and other.first_version <= mine.last_version
        and mine.first_version <= other.last_version
        for other in others
    ):
        _let_go(conn, [segment_id])
        return False
    conn.execute(update(segment).where(segment.c.id == segment_id).values(state="live"))
    _let_go(conn, replaces)
    return True


def _let_go(conn: Connection, ids: Collection[int]) -> None:
    """Segments that nobody reads any more; their blocks go in small transactions of their own
    (storage.writes.retention): there may be thousands."""
    if ids:
        conn.execute(update(segment).where(segment.c.id.in_(ids)).values(state="gone"))


def drop_unfinished(conn: Connection, family: str) -> None:
    """Let go of what a sealing that was cut short has left."""
    left = select(segment.c.id).where(segment.c.family == family, segment.c.state == "building")
    _let_go(conn, list(conn.scalars(left)))
