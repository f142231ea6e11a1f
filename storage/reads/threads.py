"""What a story's messages hang on at a receiver."""

from __future__ import annotations

from sqlalchemy import Connection, select

from storage.models import thread


def thread_anchor(conn: Connection, receiver: str, place: str, story_id: int) -> str | None:
    """The anchor of a story's thread there; None: it has none."""
    query = select(thread.c.anchor).where(
        thread.c.receiver == receiver, thread.c.place == place, thread.c.story_id == story_id
    )
    found: str | None = conn.scalar(query)
    return found
