"""Pages of tracked stories, looked at again over real HTTP: removed, back, or only an outage."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from storage import models
from tests.poll.newsroom import Item, Play, Reply, Room, Scenario, Site, feed, page, play
from tests.texts import made_up
from watcher.config import Condition, Watch
from watcher.report import open_reader

TEXT = made_up(1, 14)
RULES = (Condition("copy_removed"), Condition("origin_withdrawn"))


@pytest.fixture
def room(database_url: str) -> Play:
    """Plays a scenario on SQLite and again on PostgreSQL."""

    def start(scenario: Scenario) -> None:
        play(database_url, scenario)

    return start


async def story(room: Room) -> tuple[Site, Site]:
    """A source and its copy, each with a page, tracked."""
    source, copy = await room.outlet("Valley"), await room.outlet("Coast")
    for site in (source, copy):
        site.pages["/"] = page("Front", made_up(7, 4))
        site.pages["/1"] = page("Report", TEXT)
        site.pages["/rss"] = feed(Item("Filler", made_up(3, 14), guid="0", link=site.base + "/0"))
    await room.poll()
    source.pages["/rss"] = feed(Item("Report", TEXT, guid="1", link=source.base + "/1"))
    await room.poll()
    room.watches = [Watch("w", "story", source.base + "/1", RULES)]
    await room.open()
    copy.pages["/rss"] = feed(Item("Report", TEXT, guid="1", link=copy.base + "/1"))
    await room.poll()
    return source, copy


async def days(room: Room, n: float) -> None:
    """So many days of housekeeping."""
    for _ in range(round(n * 4)):
        room.clock.forward(minutes=6 * 60)
        await room.service.housekeep()


def checks(room: Room) -> dict[str, Any]:
    urls = {a.id: a.url for a in room.articles()}
    return {urls[c.article_id]: c for c in room.rows(models.page_check)}


def test_a_removed_copy_is_told_once_after_two_looks(room: Play) -> None:
    async def scenario(room: Room) -> None:
        _, copy = await story(room)
        copy.pages["/1"] = replace(
            page("Report", TEXT), headers={"ETag": '"a"', "Content-Type": "text/html"}
        )
        await days(room, 3)
        assert room.fired() == []
        asked = [one for one in copy.asked if one.path == "/1"]
        assert 2 <= len(asked) <= 8, "bounded"
        assert asked[-1].headers["if-none-match"] == '"a"'
        del copy.pages["/1"]
        await days(room, 0.5)
        assert room.fired() == [], "one look proves nothing"
        await days(room, 3)
        (article,) = [a.id for a in room.articles() if a.url == copy.base + "/1"]
        assert room.fired() == [("copy_removed", article)]
        (alert,) = [a for a in room.rows(models.alert) if a.state == "fired"]
        assert "its page answers 404: 2 times since" in alert.reason
        with open_reader(room.url) as reader:
            spread = reader.spread(alert.story_id, now=room.clock())
        assert spread is not None
        assert {v.outlet: v.withdrawn is not None for v in spread.versions}["Coast"]
        copy.pages["/1"] = page("Report", TEXT)
        await days(room, 40)
        assert len(room.fired()) == 1
        back = checks(room)[copy.base + "/1"]
        assert (back.gone_at, back.misses, back.reason) == (None, 0, "its page is there")

    room(scenario)


def test_the_origin_is_withdrawn(room: Play) -> None:
    async def scenario(room: Room) -> None:
        source, _ = await story(room)
        source.pages["/1"] = Reply(status="410 Gone")
        await days(room, 4)
        assert [condition for condition, _ in room.fired()] == ["origin_withdrawn"]

    room(scenario)


def test_a_site_that_is_down_or_lost_proves_nothing(room: Play) -> None:
    async def scenario(room: Room) -> None:
        source, copy = await story(room)
        del copy.pages["/1"]
        del copy.pages["/"]
        source.pages["/1"] = Reply(status="503 Service Unavailable")
        await days(room, 6)
        assert room.fired() == []
        assert [c.gone_at for c in room.rows(models.page_check)] == [None, None]

    room(scenario)


def test_robots_txt_is_kept(room: Play) -> None:
    async def scenario(room: Room) -> None:
        _, copy = await story(room)
        copy.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /1\n")
        before = copy.times("/1")
        del copy.pages["/1"]
        await days(room, 6)
        assert copy.times("/1") == before
        assert room.fired() == []

    room(scenario)


def test_what_is_not_tracked_is_left_alone(room: Play) -> None:
    async def scenario(room: Room) -> None:
        source, copy = await story(room)
        await days(room, 1)
        assert len(room.rows(models.page_check)) == 2
        room.watches = []
        await room.open()
        await days(room, 1)
        assert room.rows(models.page_check) == []
        before = source.times("/1") + copy.times("/1")
        await days(room, 3)
        assert source.times("/1") + copy.times("/1") == before

    room(scenario)
