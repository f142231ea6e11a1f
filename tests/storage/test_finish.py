"""The short way to finish a quiet poll leaves its feed's row as the long way does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from storage.db import Database
from storage.models import feed
from storage.reads.feeds import list_feeds
from storage.rows import FeedHealth, FeedSpec, OutletSpec, PollResult, Validators
from storage.writes import finish
from storage.writes.sync import sync

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
THEN = NOW - timedelta(hours=3)
QUIET = PollResult(
    at=NOW,
    outcome="unchanged",
    next_at=NOW + timedelta(minutes=20),
    next_reason="an entry every 2 h",
    took_ms=40,
    status=304,
    interval_s=1200,
    validators=Validators('"b"', "Mon, 04 May 2026 09:00:00 GMT", 77),
    health=FeedHealth("good", THEN, "as ever", {"silent": 2}),
    next_steps=("an entry every 2 h", "9 s later"),
)
BEFORE: list[dict[str, Any]] = [
    {"lease_by": "w1", "lease_until": NOW, "etag": '"a"', "first_ok_at": THEN},
    {"lease_by": "w2", "lease_until": NOW, "failures": 4, "last_error": "timeout: slow"},
    {"lease_by": None, "lease_until": None, "body_hash": 5, "validated_at": THEN},
    {"moving_to": "https://new.example/f", "moving_since": THEN, "moving_seen": 3},
    {"moved_to": "https://new.example/f", "host": "new.example", "hints": {"ttl": 60}},
    {"state": "removed", "shown_keys": b"\1" * 8, "last_fresh_at": THEN, "title": "Times"},
    {"state": "gone", "last_status": 410, "health": "gone", "health_memory": {"x": 1}},
]
RESULTS = [
    QUIET,
    replace(QUIET, status=200, next_steps=()),
    replace(QUIET, validators=Validators(None, None), interval_s=None),
]


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("owner", ["w1", None])
def test_both_ways_leave_the_same_row(
    database: Database, before: dict[str, Any], result: PollResult, owner: str | None
) -> None:
    with database.write() as conn:
        urls = ("https://times.example/short", "https://times.example/long")
        feeds = tuple(FeedSpec(url, "times.example", None) for url in urls)
        sync(conn, [OutletSpec("times.example", "Times", "times", feeds)], THEN, spread_s=0)
        long, short = list_feeds(conn)
        assert short.url.endswith("short")
        conn.execute(update(feed).values(before))
        assert finish._is_quiet(result)
        finish.finish_polls(conn, [(short.id, result)], owner=owner)
        long_way = finish._little(long.id, result, owner) | finish._more(result)
        conn.execute(finish._FINISH, [long_way])
        rows = {r.id: dict(r._mapping) for r in conn.execute(select(feed))}
    for row in rows.values():
        del row["id"], row["url"]
    assert rows[short.id] == rows[long.id]
    assert rows[short.id]["last_ok_at"] == NOW


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "ok"},
        {"outcome": "failed", "error": "timeout: slow"},
        {"validators": None},
        {"health": None},
        {"fresh": 1},
        {"title": "Times"},
        {"state": "polled"},
        {"hints": {}},
        {"shown_keys": b""},
        {"permanent_to": "https://new.example/f"},
        {"moved_to": "https://new.example/f", "moved_host": "new.example"},
    ],
)
def test_whatever_says_more_goes_the_long_way(change: dict[str, Any]) -> None:
    assert not finish._is_quiet(replace(QUIET, **change))
