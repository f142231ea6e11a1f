"""Forgetting: rows deleted by id, a few at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from storage.models import block, body, gist, poll, segment, sentence_codes, sighting

_BLOCKS = 64  # of an index segment in one transaction


def drop_bodies(conn: Connection, versions: Collection[int]) -> int:
    """Delete the texts of these versions; how many there were. The article, its version with hash
    and fingerprint, its identity keys and its sketch stay: it is known when it comes again."""
    for told in (gist, sentence_codes):  # what it meant can be looked up no longer
        conn.execute(delete(told).where(told.c.version_id.in_(versions)))
    return int(conn.execute(delete(body).where(body.c.version_id.in_(versions))).rowcount)


def put_body(conn: Connection, version: int, data: bytes) -> None:
    """Store a version's text again."""
    conn.execute(insert(body).values(version_id=version, data=data))


def drop_sightings(conn: Connection, ids: Collection[int]) -> int:
    """Delete these sightings; how many there were."""
    return int(conn.execute(delete(sighting).where(sighting.c.id.in_(ids))).rowcount)


def drop_polls(conn: Connection, ids: Collection[int]) -> int:
    """Delete these polls; how many there were."""
    return int(conn.execute(delete(poll).where(poll.c.id.in_(ids))).rowcount)


def prune_polls(conn: Connection, before: datetime, limit: int = 500) -> int:
    """Forgets up to `limit` of the oldest polls, where older than `before`; how many.

    Call it again, in a transaction of its own, until it returns 0: one large DELETE would hold
    up the writer.
    """
    oldest = select(poll.c.id, poll.c.at).order_by(poll.c.id).limit(limit).subquery()
    doomed = select(oldest.c.id).where(oldest.c.at < before)
    return conn.execute(delete(poll).where(poll.c.id.in_(doomed))).rowcount


def drop_some_blocks(conn: Connection) -> bool:
    """Delete a few blocks of a segment that was replaced, or the segment once it has none; whether
    there was one."""
    gone = conn.scalar(select(segment.c.id).where(segment.c.state == "gone").limit(1))
    if gone is None:
        return False
    numbers = list(
        conn.scalars(select(block.c.number).where(block.c.segment_id == gone).limit(_BLOCKS))
    )
    conn.execute(delete(block).where(block.c.segment_id == gone, block.c.number.in_(numbers)))
    if len(numbers) < _BLOCKS:
        conn.execute(delete(segment).where(segment.c.id == gone))
    return True
