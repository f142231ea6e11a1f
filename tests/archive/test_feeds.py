"""Feeds and watches through the archive's door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from storage.db import Database
from watcher.archive import feeds as archive

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


@dataclass(frozen=True)
class Feed:
    url: str
    interval: int | None = None


@dataclass(frozen=True)
class Outlet:
    name: str
    domain: str
    family: str
    feeds: tuple[Feed, ...]


@dataclass(frozen=True)
class Condition:
    name: str
    value: int | str | None = None


@dataclass(frozen=True)
class Watch:
    name: str
    target_kind: str = "phrase"
    target: str = "the dam"
    alert_on: tuple[Condition, ...] = (Condition("reach", 5), Condition("resurfaced"))
    dormant_after: int | None = None
    notify: tuple[str, ...] = ("desk",)
    translations: float | None = None


TIMES = Outlet(
    "Times", "times.example", "Times", (Feed("https://News.Times.example:8443/rss", 600),)
)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Times.example:8443/rss", "news.times.example"),
        ("http://[2001:DB8::1]/rss", "2001:db8::1"),
        ("nonsense", "nonsense"),
    ],
)
def test_the_host_is_what_manners_are_owed_to(url: str, host: str) -> None:
    assert archive.host_of(url) == host


def test_a_feed_from_the_configuration_to_its_second_poll(database: Database) -> None:
    assert archive.sync_feeds(database, [TIMES], NOON, spread_s=60).added == (TIMES.feeds[0].url,)
    assert archive.claim_feeds(database, NOON - timedelta(seconds=1), 5, "w1", 60) == []
    (feed,) = archive.claim_feeds(database, LATER, 5, "w1", 60)
    assert (feed.host, feed.interval_s) == ("news.times.example", 600)
    assert archive.claim_feeds(database, LATER, 5, "w2", 60) == []
    assert not archive.release_feed(database, feed.id, "w2")
    result = archive.PollResult(
        at=LATER,
        outcome="ok",
        next_at=LATER + timedelta(minutes=10),
        next_reason="configured",
        entries=3,
        validators=archive.Validators('"v"', None),
    )
    with database.write() as conn:
        archive.finish_poll(conn, feed.id, result, owner="w1")
    assert archive.next_due(database, LATER) == result.next_at
    assert [poll.entries for poll in archive.polls_of(database, feed.id)] == [3]
    archive.pause_host(database, feed.host, LATER + timedelta(hours=1), "429")
    assert archive.claim_feeds(database, LATER + timedelta(minutes=30), 5, "w1", 60) == []
    assert [host.name for host in archive.paused_hosts(database, LATER)] == [feed.host]
    (again,) = archive.claim_feeds(database, LATER + timedelta(hours=1), 5, "w1", 60)
    assert again.etag == '"v"'
    assert archive.release_feed(database, feed.id, "w1")
    assert archive.find_feeds(database, ["times", "nobody"])[1] == ["nobody"]


def test_old_polls_are_forgotten_however_many(database: Database) -> None:
    archive.sync_feeds(database, [TIMES], NOON)
    (feed,) = archive.list_feeds(database)
    result = archive.PollResult(at=NOON, outcome="unchanged", next_at=LATER, next_reason="")
    with database.write() as conn:
        archive.finish_polls(conn, [(feed.id, result)] * 1200)
        archive.finish_poll(conn, feed.id, replace(result, at=LATER))
    assert archive.forget_polls(database, LATER) == 1200
    assert len(archive.polls_of(database, feed.id)) == 1


def test_watches_of_the_configuration_and_of_the_command_line(database: Database) -> None:
    assert archive.sync_watches(database, [Watch("a")], NOON).added == ("a",)
    assert archive.add_watch(database, Watch("b", "file", "a.txt"), NOON) is not None
    assert archive.add_watch(database, Watch("a"), NOON) is None
    a, b = archive.list_watches(database)
    assert (a.target, b.target) == ("phrase:the dam", "file:a.txt")
    assert a.conditions == (
        {"name": "reach", "value": 5},
        {"name": "resurfaced", "value": None},
    )
    assert archive.remove_watch(database, "a", NOON) == "config"
    assert archive.remove_watch(database, "b", NOON) == "removed"
