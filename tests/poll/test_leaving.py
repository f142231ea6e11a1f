"""Entries that leave their outlet's feeds, and what it means when a text comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from storage import models
from tests.fakes import T0
from tests.poll.newsroom import Item, Play, Room, feed
from tests.texts import made_up
from watcher.archive.codec import unpack_hashes

OLD = T0 - timedelta(days=3)


def entry(n: int, **more: Any) -> Item:
    made = Item(f"Report {n}", made_up(n, 14), guid=f"{n}", link=f"http://valley.example/{n}")
    return replace(made, **more)


def left(room: Room) -> dict[str, bool]:
    """Which articles have left, by title."""
    return {a.title: a.left_at is not None for a in room.articles()}


def test_an_article_leaves_when_no_feed_of_its_outlet_shows_it(both: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley", "/a", "/b")
        site.pages["/a"] = feed(entry(1), entry(2))
        site.pages["/b"] = feed(entry(2), entry(3))
        await room.poll()
        keys = unpack_hashes(room.rows(models.feed)[0].shown_keys)
        assert len(keys) == 2
        assert list(keys) == sorted(keys)
        site.pages["/a"] = feed(entry(4))
        await room.poll()
        gone_at = room.clock()
        assert left(room) == {"Report 1": True, "Report 2": False, "Report 3": False} | {
            "Report 4": False
        }
        assert room.articles()[0].left_at == gone_at
        # In other words in the other feed: the same article all the same.
        site.pages["/b"] = feed(entry(2, title="Report two", text=made_up(2, 14) + "\nMore."))
        await room.poll()
        assert left(room) == {
            "Report 1": True,
            "Report two": False,
            "Report 3": True,
            "Report 4": False,
        }
        assert room.articles()[0].left_at == gone_at, "what is unchanged is not written"
        site.pages["/a"] = feed(entry(4), entry(1))
        await room.poll()
        assert left(room)["Report 1"] is False

    both(scenario)


def test_an_edit_a_failure_and_a_304_let_nothing_leave(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = feed(entry(1), entry(2), ETag='"1"')
        await room.poll()
        await room.poll()
        assert room.last_poll().outcome == "unchanged"
        site.pages["/rss"] = feed(entry(1, text=made_up(1, 15)), entry(2, guid="other"))
        await room.poll()
        shown, site.pages = site.pages, {}
        await room.poll()
        assert room.last_poll().outcome == "failed"
        assert not any(left(room).values())
        site.pages = shown
        await room.poll()
        assert not any(left(room).values())

    room(scenario)


def test_a_feed_that_is_no_longer_polled_shows_nothing(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley", "/a", "/b")
        site.pages["/a"], site.pages["/b"] = feed(entry(1), entry(2)), feed(entry(1))
        await room.poll()
        outlet = room.outlets[0]
        room.outlets = [replace(outlet, feeds=outlet.feeds[:1])]
        await room.open()
        site.pages["/a"] = feed(entry(2))
        await room.poll()
        assert left(room) == {"Report 1": True, "Report 2": False}

    room(scenario)


@pytest.mark.parametrize(
    ("away", "counts", "reason"),
    [
        (timedelta(days=8), "readdressed", "the outlet issued it again at a new address"),
        (timedelta(days=6), None, None),
    ],
)
def test_an_undated_text_that_was_long_gone_returns_at_a_new_address(
    both: Play, away: timedelta, counts: str | None, reason: str | None
) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        other = [entry(n) for n in (5, 6, 7)]
        site.pages["/rss"] = feed(entry(1), *other)
        await room.poll()
        site.pages["/rss"] = feed(*other)
        await room.poll()
        # Polled on all the while: no outage hides when it came back.
        for _ in range(int(away / timedelta(hours=4))):
            await room.poll(minutes=240)
        back = entry(1, link="http://valley.example/again/1", guid="again")
        site.pages["/rss"] = feed(back, *other)
        await room.poll()
        article = room.articles()[0]
        last = room.rows(models.sighting)[-1]
        if counts is None:
            assert (last.kind, last.article_id) == ("moved", article.id)
            assert len(room.articles()) == 4
            assert article.left_at is None
        else:
            assert (last.kind, last.counts, last.counts_reason) == ("first", counts, reason)
            assert len(room.articles()) == 5
            assert room.articles()[-1].story_id == article.story_id
            assert article.left_at is not None, "the old address has not come back"
        # And is known from then on.
        await room.poll()
        assert len(room.rows(models.sighting)) == last.id

    both(scenario)


def test_a_tag_page_opens_no_episode(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        text = made_up(1, 14)
        link = site.base + "/tag/harbour"
        listed = Item("Tag: harbour", text, guid="tag", link=link)
        site.pages["/rss"] = feed(entry(5))
        await room.poll()
        site.pages["/rss"] = feed(listed, entry(6), entry(5))
        await room.poll()
        _, tag, report = room.rows(models.sighting)
        assert (tag.counts, tag.counts_reason) == (None, "a tag page or another list of articles")
        assert report.counts == "new_outlet"

    room(scenario)
