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
from storage.writes.upsert import many


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
    quiet: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for feed_id, result in results:
        little = _little(feed_id, result, owner)
        if _is_quiet(result):
            quiet.append(little)
        else:
            others.append(little | _more(result))
    many(conn, _FINISH_QUIET, quiet)
    many(conn, _FINISH, others)


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


def _little(feed_id: int, result: PollResult, owner: str | None) -> dict[str, Any]:
    """What both statements want."""
    held = result.validators
    judged = result.health
    return {
        "the_feed": feed_id,
        "the_owner": owner,
        "now": result.at,
        "whole": result.status != 304,
        "the_etag": held.etag if held else None,
        "the_last_modified": held.last_modified if held else None,
        "the_body_hash": held.body_hash if held else None,
        "the_status": result.status,
        "the_next_at": result.next_at,
        "the_next_reason": result.next_reason,
        "the_next_steps": list(result.next_steps) or None,
        "the_interval_s": result.interval_s,
        "the_health": judged.health if judged else None,
        "the_health_since": judged.since if judged else None,
        "the_health_reason": judged.reason if judged else None,
        "the_health_memory": dict(judged.memory) if judged else None,
    }


def _more(result: PollResult) -> dict[str, Any]:
    """What `_FINISH` wants beyond it."""
    return {
        "good": result.good,
        "shown": result.outcome == "ok" and result.entries > 0,
        "new": result.fresh > 0,
        "answered": result.validators is not None,
        "the_error": result.error,
        "the_title": result.title,
        "the_state": result.state,
        "the_moved_to": result.moved_to,
        "the_host": result.moved_host,
        "the_permanent_to": result.permanent_to,
        "counts": int(result.proves_move),
        "the_shown_keys": result.shown_keys,
        "the_hints": None if result.hints is None else dict(result.hints),
    }


def _given(name: str) -> Any:
    return bindparam(f"the_{name}", type_=feed.c[name].type)


def _flag(name: str) -> ColumnElement[bool]:
    return bindparam(name, type_=Boolean)


def _either(test: Any, yes: Any, no: Any) -> Any:
    return case((test, yes), else_=no)


_NOW = bindparam("now", type_=feed.c.next_at.type)


def _finishing(**values: Any) -> Update:
    """Sets these, and what every poll sets. One statement, so that many go in one executemany."""
    owner = bindparam("the_owner", type_=feed.c.lease_by.type)
    ours = or_(owner.is_(None), feed.c.lease_by == owner)
    return (
        update(feed)
        .where(feed.c.id == bindparam("the_feed", type_=feed.c.id.type))
        .values(
            lease_by=_either(ours, None, feed.c.lease_by),
            lease_until=_either(ours, None, feed.c.lease_until),
            interval_s=func.coalesce(_given("interval_s"), feed.c.interval_s),
            next_at=_given("next_at"),
            next_reason=_given("next_reason"),
            next_steps=_given("next_steps"),
            last_polled_at=_NOW,
            last_status=bindparam("the_status", type_=Integer),
            **values,
        )
    )


def _finish_quiet() -> Update:
    # What `_finish` makes of a quiet poll. Binding values is most of what an update of a row
    # costs: here it is half of them.
    plain = ("etag", "last_modified", "health", "health_since", "health_reason", "health_memory")
    return _finishing(
        **{name: _given(name) for name in plain},
        body_hash=func.coalesce(_given("body_hash"), feed.c.body_hash),
        validated_at=_either(_flag("whole"), _NOW, feed.c.validated_at),
        moving_to=None,
        moving_since=None,
        moving_seen=0,
        last_ok_at=_NOW,
        failures=0,
        last_error=None,
    )


def _finish() -> Update:
    ahead = bindparam("the_permanent_to", type_=feed.c.moving_to.type)
    counts = bindparam("counts", type_=Integer)
    adopted = _given("moved_to").is_not(None)
    # A chain is proven by the same end each time; a failed poll proves nothing either way.
    idle = or_(adopted, and_(_flag("good"), ahead.is_(None)))
    same = feed.c.moving_to == ahead

    def moving(restarted: Any, kept: Any, none: Any) -> Any:
        return case((idle, none), (ahead.is_(None), kept), (same, kept), else_=restarted)

    def answered(value: Any, column: Any) -> Any:
        return _either(_flag("answered"), value, column)

    health = ("health", "health_since", "health_reason", "health_memory")
    kept = ("title", "host", "shown_keys", "hints", *health)
    return _finishing(
        **{name: func.coalesce(_given(name), feed.c[name]) for name in kept},
        etag=answered(_given("etag"), feed.c.etag),
        last_modified=answered(_given("last_modified"), feed.c.last_modified),
        body_hash=answered(func.coalesce(_given("body_hash"), feed.c.body_hash), feed.c.body_hash),
        validated_at=_either(and_(_flag("answered"), _flag("whole")), _NOW, feed.c.validated_at),
        # Taken out of the configuration during the poll: that decision stands.
        state=_either(
            feed.c.state == "removed", "removed", func.coalesce(_given("state"), feed.c.state)
        ),
        # Its own address again is no move.
        moved_to=func.nullif(func.coalesce(_given("moved_to"), feed.c.moved_to), feed.c.url),
        moving_to=moving(ahead, feed.c.moving_to, None),
        moving_since=moving(_NOW, feed.c.moving_since, None),
        moving_seen=case(
            (idle, 0),
            (ahead.is_(None), feed.c.moving_seen),
            (same, feed.c.moving_seen + counts),
            else_=counts,
        ),
        first_ok_at=_either(
            _flag("shown"), func.coalesce(feed.c.first_ok_at, _NOW), feed.c.first_ok_at
        ),
        last_ok_at=_either(_flag("good"), _NOW, feed.c.last_ok_at),
        last_fresh_at=_either(_flag("new"), _NOW, feed.c.last_fresh_at),
        failures=_either(_flag("good"), 0, feed.c.failures + 1),
        last_error=bindparam("the_error", type_=feed.c.last_error.type),
    )


# A statement made anew is put together anew.
_RECORD = insert(poll)
_FINISH = _finish()
_FINISH_QUIET = _finish_quiet()
