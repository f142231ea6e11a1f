"""Keeping and forgetting what a story's messages hang on at a receiver."""

from __future__ import annotations

from sqlalchemy import Connection, delete

from storage.models import thread
from storage.writes.upsert import insert


def keep_thread(conn: Connection, receiver: str, place: str, story_id: int, anchor: str) -> None:
    """The story's messages hang on `anchor` there from now on, whatever they hung on before."""
    statement = insert(conn, thread).values(
        receiver=receiver, place=place, story_id=story_id, anchor=anchor
    )
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["receiver", "place", "story_id"], set_={"anchor": anchor}
        )
    )


def forget_thread(conn: Connection, receiver: str, place: str, story_id: int) -> None:
    """The story has no thread there any more: its next message begins one."""
    conn.execute(
        delete(thread).where(
            thread.c.receiver == receiver, thread.c.place == place, thread.c.story_id == story_id
        )
    )
