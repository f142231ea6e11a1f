"""Feeds: a poll finished with its result, and what else changes their rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    update,
)
from sqlalchemy import insert as plain_insert

from storage.models import article, feed, host, poll
from storage.rows import PollResult
from storage.writes.upsert import insert

_CHUNK = 900  # values in one statement


def finish_poll(
    conn: Connection, feed_id: int, result: PollResult, *, owner: str | None = None
) -> int:
    """`finish_polls` for one feed: the id of the poll recorded."""
    return finish_polls(conn, [(feed_id, result)], owner=owner)[0]


def finish_polls(
    conn: Connection, results: Sequence[tuple[int, PollResult]], *, owner: str | None = None
) -> list[int]:
    """Records polls, each with its feed's id, and what each feed knows from now on.

    Clears the leases; with `owner`, only those that are still its own (a poll that outlived
    its lease is recorded all the same). The ids of the polls, in the order given.
    """
    if not results:
        return []
    ids = conn.scalars(
        plain_insert(poll).returning(poll.c.id, sort_by_parameter_order=True),
        [_poll(feed_id, result) for feed_id, result in results],
    ).all()
    conn.execute(_FINISH, [_news(feed_id, result, owner) for feed_id, result in results])
    return list(ids)


def _poll(feed_id: int, result: PollResult) -> dict[str, Any]:
    return {
        "feed_id": feed_id,
        "at": result.at,
        "took_ms": result.took_ms,
        "outcome": result.outcome,
        "status": result.status,
        "bytes": result.bytes,
        "entries": result.entries,
        "fresh": result.fresh,
        "error": result.error,
        "next_reason": result.next_reason,
    }


def _news(feed_id: int, result: PollResult, owner: str | None) -> dict[str, Any]:
    held = result.validators
    judged = result.health
    return {
        "the_feed": feed_id,
        "the_owner": owner,
        "now": result.at,
        "good": result.good,
        "shown": result.outcome == "ok" and result.entries > 0,
        "new": result.fresh > 0,
        "whole": result.status != 304,
        "answered": held is not None,
        "the_etag": held.etag if held else None,
        "the_last_modified": held.last_modified if held else None,
        "the_body_hash": held.body_hash if held else None,
        "the_status": result.status,
        "the_error": result.error,
        "the_next_at": result.next_at,
        "the_next_reason": result.next_reason,
        "the_next_steps": list(result.next_steps) or None,
        "the_interval_s": result.interval_s,
        "the_title": result.title,
        "the_state": result.state,
        "the_moved_to": result.moved_to,
        "the_host": result.moved_host,
        "the_permanent_to": result.permanent_to,
        "counts": int(result.proves_move),
        "the_shown_keys": result.shown_keys,
        "the_hints": None if result.hints is None else dict(result.hints),
        "the_health": judged.health if judged else None,
        "the_health_since": judged.since if judged else None,
        "the_health_reason": judged.reason if judged else None,
        "the_health_memory": dict(judged.memory) if judged else None,
    }


def _finish() -> Update:
    # One statement, whatever a poll brought, so that many go in one executemany.
    def given(name: str) -> Any:
        return bindparam(f"the_{name}", type_=feed.c[name].type)

    def flag(name: str) -> ColumnElement[bool]:
        return bindparam(name, type_=Boolean)

    def either(test: Any, yes: Any, no: Any) -> Any:
        return case((test, yes), else_=no)

    now = bindparam("now", type_=feed.c.next_at.type)
    owner = bindparam("the_owner", type_=feed.c.lease_by.type)
    ours = or_(owner.is_(None), feed.c.lease_by == owner)
    ahead = bindparam("the_permanent_to", type_=feed.c.moving_to.type)
    counts = bindparam("counts", type_=Integer)
    adopted = given("moved_to").is_not(None)
    # A chain is proven by the same end each time; a failed poll proves nothing either way.
    idle = or_(adopted, and_(flag("good"), ahead.is_(None)))
    same = feed.c.moving_to == ahead

    def moving(restarted: Any, kept: Any, none: Any) -> Any:
        return case((idle, none), (ahead.is_(None), kept), (same, kept), else_=restarted)

    return (
        update(feed)
        .where(feed.c.id == bindparam("the_feed", type_=feed.c.id.type))
        .values(
            lease_by=either(ours, None, feed.c.lease_by),
            lease_until=either(ours, None, feed.c.lease_until),
            etag=either(flag("answered"), given("etag"), feed.c.etag),
            last_modified=either(flag("answered"), given("last_modified"), feed.c.last_modified),
            body_hash=either(
                flag("answered"),
                func.coalesce(given("body_hash"), feed.c.body_hash),
                feed.c.body_hash,
            ),
            validated_at=either(and_(flag("answered"), flag("whole")), now, feed.c.validated_at),
            interval_s=func.coalesce(given("interval_s"), feed.c.interval_s),
            title=func.coalesce(given("title"), feed.c.title),
            # Taken out of the configuration during the poll: that decision stands.
            state=either(
                feed.c.state == "removed", "removed", func.coalesce(given("state"), feed.c.state)
            ),
            # Its own address again is no move.
            moved_to=func.nullif(func.coalesce(given("moved_to"), feed.c.moved_to), feed.c.url),
            host=func.coalesce(given("host"), feed.c.host),
            moving_to=moving(ahead, feed.c.moving_to, None),
            moving_since=moving(now, feed.c.moving_since, None),
            moving_seen=case(
                (idle, 0),
                (ahead.is_(None), feed.c.moving_seen),
                (same, feed.c.moving_seen + counts),
                else_=counts,
            ),
            next_at=given("next_at"),
            next_reason=given("next_reason"),
            next_steps=given("next_steps"),
            first_ok_at=either(
                flag("shown"), func.coalesce(feed.c.first_ok_at, now), feed.c.first_ok_at
            ),
            last_polled_at=now,
            last_ok_at=either(flag("good"), now, feed.c.last_ok_at),
            last_fresh_at=either(flag("new"), now, feed.c.last_fresh_at),
            failures=either(flag("good"), 0, feed.c.failures + 1),
            last_status=bindparam("the_status", type_=Integer),
            last_error=bindparam("the_error", type_=feed.c.last_error.type),
            shown_keys=func.coalesce(given("shown_keys"), feed.c.shown_keys),
            hints=func.coalesce(given("hints"), feed.c.hints),
            health=func.coalesce(given("health"), feed.c.health),
            health_since=func.coalesce(given("health_since"), feed.c.health_since),
            health_reason=func.coalesce(given("health_reason"), feed.c.health_reason),
            health_memory=func.coalesce(given("health_memory"), feed.c.health_memory),
        )
    )


_FINISH = _finish()


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


def set_left(conn: Connection, left: Collection[int], back: Collection[int], at: datetime) -> None:
    """Articles that no feed of their outlet shows from `at` on, and those that one shows again."""
    for ids, value, test in (
        (left, at, article.c.left_at.is_(None)),
        (back, None, article.c.left_at.is_not(None)),
    ):
        listed = sorted(ids)
        for start in range(0, len(listed), _CHUNK):
            part = article.c.id.in_(listed[start : start + _CHUNK])
            conn.execute(update(article).where(part, test).values(left_at=value))


def poll_now(conn: Connection, feed_ids: Collection[int], now: datetime, reason: str) -> int:
    """Makes feeds due at once, those that are gone too: a person asked. How many there were."""
    return conn.execute(
        update(feed)
        .where(feed.c.id.in_(feed_ids), feed.c.state != "removed")
        .values(state="polled", next_at=now, next_reason=reason, next_steps=None)
    ).rowcount
