"""Feeds: their pauses, what has left them, and polls wished for at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, update

from storage.models import article, feed, host
from storage.writes.upsert import insert

_CHUNK = 900  # values in one statement


def set_host_pause(conn: Connection, name: str, until: datetime, reason: str) -> None:
    """Leaves a host alone until then; a longer pause that it has already stays."""
    statement = insert(conn, host).values(name=name, not_before=until, reason=reason)
    new = statement.excluded
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"not_before": new.not_before, "reason": new.reason},
            where=new.not_before > host.c.not_before,
        )
    )


_LEAVE = (
    update(article)
    .where(article.c.id == bindparam("who"), article.c.left_at.is_(None))
    .values(left_at=bindparam("at"))
)


def set_left(conn: Connection, left: Mapping[int, datetime], back: Collection[int]) -> None:
    """Articles that no feed of their outlet shows any more, each with since when, and those that
    one shows again."""
    if left:
        conn.execute(_LEAVE, [{"who": id_, "at": at} for id_, at in sorted(left.items())])
    listed = sorted(back)
    for start in range(0, len(listed), _CHUNK):
        part = article.c.id.in_(listed[start : start + _CHUNK])
        conn.execute(
            update(article).where(part, article.c.left_at.is_not(None)).values(left_at=None)
        )


def poll_now(conn: Connection, feed_ids: Collection[int], now: datetime, reason: str) -> int:
    """Makes feeds due at once, those that are gone too: a person asked. How many there were."""
    return conn.execute(
        update(feed)
        .where(feed.c.id.in_(feed_ids), feed.c.state != "removed")
        .values(state="polled", next_at=now, next_reason=reason, next_steps=None)
    ).rowcount
