"""A poll finished: its own row, and what its feed's row becomes."""

from __future__ import annotations

from collections.abc import Sequence
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
    insert,
    or_,
    update,
)

from storage.models import feed, poll
from storage.rows import PollResult


def finish_poll(
    conn: Connection, feed_id: int, result: PollResult, *, owner: str | None = None
) -> None:
    """`finish_polls` for one feed."""
    finish_polls(conn, [(feed_id, result)], owner=owner)


def finish_polls(
    conn: Connection, results: Sequence[tuple[int, PollResult]], *, owner: str | None = None
) -> None:
    """Records polls, each with its feed's id, and what each feed knows from now on.

    Clears the leases; with `owner`, only those that are still its own (a poll that outlived
    its lease is recorded all the same).
    """
    if not results:
        return
    conn.execute(_RECORD, [_poll(feed_id, result) for feed_id, result in results])
    quiet = [(feed_id, result) for feed_id, result in results if _is_quiet(result)]
    others = [(feed_id, result) for feed_id, result in results if not _is_quiet(result)]
    if quiet:
        conn.execute(_FINISH_QUIET, [_little(feed_id, result, owner) for feed_id, result in quiet])
    if others:
        conn.execute(_FINISH, [_news(feed_id, result, owner) for feed_id, result in others])


def _is_quiet(result: PollResult) -> bool:
    """Whether nothing changes but times, validators and health: so nearly all polls end."""
    rest = (result.title, result.state, result.shown_keys, result.hints, result.error)
    moves = (result.moved_to, result.moved_host, result.permanent_to)
    return (
        result.outcome == "unchanged"
        and result.validators is not None
        and result.health is not None
        and not result.fresh
        and all(one is None for one in (*rest, *moves))
    )


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


def _little(feed_id: int, result: PollResult, owner: str | None) -> dict[str, Any]:
    """What `_FINISH_QUIET` wants."""
    held, judged = result.validators, result.health
    assert held is not None  # noqa: S101 - `_is_quiet` has looked
    assert judged is not None  # noqa: S101
    return {
        "the_feed": feed_id,
        "the_owner": owner,
        "now": result.at,
        "whole": result.status != 304,
        "the_etag": held.etag,
        "the_last_modified": held.last_modified,
        "the_body_hash": held.body_hash,
        "the_status": result.status,
        "the_next_at": result.next_at,
        "the_next_reason": result.next_reason,
        "the_next_steps": list(result.next_steps) or None,
        "the_interval_s": result.interval_s,
        "the_health": judged.health,
        "the_health_since": judged.since,
        "the_health_reason": judged.reason,
        "the_health_memory": dict(judged.memory),
    }


def _finish_quiet() -> Update:
    # What `_finish` makes of a quiet poll. Binding values is most of what an update of a row
    # costs: here it is a third of them.
    def given(name: str) -> Any:
        return bindparam(f"the_{name}", type_=feed.c[name].type)

    now = bindparam("now", type_=feed.c.next_at.type)
    owner = bindparam("the_owner", type_=feed.c.lease_by.type)
    ours = or_(owner.is_(None), feed.c.lease_by == owner)
    told = ("etag", "last_modified", "next_at", "next_reason", "next_steps")
    judged = ("health", "health_since", "health_reason", "health_memory")
    return (
        update(feed)
        .where(feed.c.id == bindparam("the_feed", type_=feed.c.id.type))
        .values(
            {name: given(name) for name in (*told, *judged)}
            | {
                "lease_by": case((ours, None), else_=feed.c.lease_by),
                "lease_until": case((ours, None), else_=feed.c.lease_until),
                "body_hash": func.coalesce(given("body_hash"), feed.c.body_hash),
                "interval_s": func.coalesce(given("interval_s"), feed.c.interval_s),
                "validated_at": case(
                    (bindparam("whole", type_=Boolean), now), else_=feed.c.validated_at
                ),
                "moving_to": None,
                "moving_since": None,
                "moving_seen": 0,
                "last_polled_at": now,
                "last_ok_at": now,
                "failures": 0,
                "last_status": bindparam("the_status", type_=Integer),
                "last_error": None,
            }
        )
    )


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


# A statement made anew is put together anew.
_RECORD = insert(poll)
_FINISH = _finish()
_FINISH_QUIET = _finish_quiet()
