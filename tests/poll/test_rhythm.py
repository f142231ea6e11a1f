"""The rhythm of a feed, as its first sightings in the archive tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from storage import models
from tests.fakes import T0
from watcher.archive import Database
from watcher.archive.feeds import FeedRow, PollResult, finish_poll, list_feeds, sync_feeds
from watcher.config import Feed, Outlet
from watcher.core import schedule
from watcher.poll.rhythm import Rhythms

HOUR = timedelta(hours=1)


@pytest.fixture
def feed(database: Database) -> FeedRow:
    """A feed that was read at T0 for the first time."""
    outlet = Outlet("Valley", "valley.example", "Valley", (Feed("https://valley.example/rss"),))
    sync_feeds(database, [outlet], T0)
    (row,) = list_feeds(database)
    result = PollResult(at=T0, outcome="ok", next_at=T0 + HOUR, next_reason="", entries=3)
    with database.write() as conn:
        finish_poll(conn, row.id, result)
    return list_feeds(database)[0]


def sees(database: Database, feed: FeedRow, at: datetime, claim: datetime | None, n: int) -> None:
    """Articles first seen in a poll at `at`, an hour after the one before; and one seen again."""
    rows = [
        {
            "id": 1_000 + n + i,
            "article_id": 1 + n + i,
            "version_id": 1,
            "feed_id": feed.id,
            "kind": kind,
            "after": at - HOUR,
            "by": at,
            "claimed_at": claim,
        }
        for i, kind in enumerate(("first", "redated"))
    ]
    with database.write() as conn:
        conn.execute(insert(models.sighting), rows)


def test_a_feed_is_as_fast_as_what_it_showed_first(database: Database, feed: FeedRow) -> None:
    rhythms = Rhythms()
    for n in range(48):
        at = T0 + (n + 1) * HOUR
        # Every other entry without a date: it came in the middle of its interval.
        sees(database, feed, at, at - HOUR / 4 if n % 2 else None, 2 * n)
    now = T0 + 48 * HOUR
    pace = rhythms.pace(database, feed, now)
    assert pace.rhythm is not None
    assert pace.rhythm.known == 48
    assert pace.rhythm.rate == pytest.approx(1 / 3_600, rel=0.05)
    assert pace.recent[-1] == now - HOUR / 4
    assert pace.recent[-2] == now - 1.5 * HOUR
    assert len(pace.recent) == schedule.RECENT
    # What comes next is looked at at once, and learned from within a day.
    sees(database, feed, now + HOUR, now + HOUR / 2, 200)
    soon = rhythms.pace(database, feed, now + HOUR)
    assert soon.rhythm is pace.rhythm
    assert soon.recent[-1] == now + HOUR / 2
    later = rhythms.pace(database, feed, now + 25 * HOUR)
    assert later.rhythm is not None
    assert later.rhythm.known == 49
    assert later.rhythm.rate < pace.rhythm.rate


def test_a_feed_that_showed_nothing_counts_as_silent(database: Database, feed: FeedRow) -> None:
    rhythms = Rhythms()
    young = rhythms.pace(database, feed, T0 + HOUR).rhythm
    old = rhythms.pace(database, feed, T0 + 240 * HOUR).rhythm
    assert young is not None
    assert old is not None
    assert old.rate < young.rate / 20
    # A clock that was set back: what was learned in the future is not kept.
    assert rhythms.pace(database, feed, T0 + HOUR).rhythm == young


def test_a_feed_that_was_never_read_has_no_rhythm(database: Database) -> None:
    outlet = Outlet("Valley", "valley.example", "Valley", (Feed("https://valley.example/rss"),))
    sync_feeds(database, [outlet], T0)
    (row,) = list_feeds(database)
    assert Rhythms().pace(database, row, T0) == (None, ())


def test_what_a_recorded_document_brought_is_kept_as_the_archive_would_tell_it(
    database: Database, feed: FeedRow
) -> None:
    rhythms = Rhythms()
    for n in range(30):
        at = T0 + (n + 1) * HOUR
        sees(database, feed, at, at - HOUR / 4 if n % 2 else None, 2 * n)
    now = T0 + 31 * HOUR
    before = rhythms.pace(database, feed, now - HOUR)
    sees(database, feed, now, now - HOUR / 3, 300)
    sees(database, feed, now, None, 302)
    brought = [
        schedule.Seen(now - HOUR / 3, now - HOUR, now),
        schedule.Seen(None, now - HOUR, now),
    ]
    rhythms.showed(feed, before, brought, now)
    assert rhythms.kept(feed, now) is None  # this row is as it was before the document
    after = replace(feed, last_fresh_at=now)
    kept = rhythms.kept(after, now)
    assert kept is not None
    assert kept == rhythms.pace(database, after, now)
    assert kept.rhythm is before.rhythm
    assert len(kept.recent) == schedule.RECENT
    # Another daemon has seen more since.
    assert rhythms.kept(replace(feed, last_fresh_at=now + HOUR), now + HOUR) is None


def test_the_first_document_is_learned_from_anew(database: Database, feed: FeedRow) -> None:
    rhythms = Rhythms()
    never = replace(feed, first_ok_at=None, last_fresh_at=None)
    pace = rhythms.pace(database, never, T0)
    rhythms.showed(never, pace, [schedule.Seen(T0, None, T0)], T0)
    assert rhythms.kept(replace(feed, last_fresh_at=T0), T0) is None
