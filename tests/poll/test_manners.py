"""What servers ask of us, and how we keep to it; and the addresses where we ask nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

import pytest

from storage import models
from tests.poll.newsroom import Item, Play, Reply, Room, feed, page
from tests.texts import made_up
from watcher.archive.feeds import paused_hosts
from watcher.config import Polling

ITEM = Item("Report", made_up(1, 14), guid="1", link="http://valley.example/1")


def test_validators_are_echoed_exactly_and_a_304_keeps_what_is_known(both: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        etag, modified = 'W/"a b;!"', "sometime on Monday"
        site.pages["/rss"] = Reply(
            feed(ITEM).body, headers={"ETag": etag, "Last-Modified": modified}
        )
        await room.poll()
        assert "if-none-match" not in site.asked[0].headers
        outcome = (await room.poll())["/rss"]
        assert (outcome.outcome, outcome.error) == ("unchanged", None)
        sent = site.asked[1].headers
        assert (sent["if-none-match"], sent["if-modified-since"]) == (etag, modified)
        poll, known = room.last_poll(), room.feeds()["/rss"]
        assert (poll.outcome, poll.status, poll.entries) == ("unchanged", 304, 0)
        assert known.last_ok_at == room.clock(), "a 304 is a look that showed nothing new"
        assert (known.etag, known.failures) == (etag, 0)
        await room.close()  # a restart keeps them
        await room.poll()
        assert site.asked[2].headers["if-none-match"] == etag

    both(scenario)


def test_validators_are_dropped_after_a_week(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = feed(ITEM, ETag='"one"')
        await room.poll()
        await room.poll(minutes=7 * 24 * 60 - 1)
        assert site.asked[-1].headers.get("if-none-match") == '"one"'
        await room.poll(minutes=2)
        assert "if-none-match" not in site.asked[-1].headers
        assert room.last_poll().outcome == "unchanged", "the body is the same as ever"

    room(scenario)


def test_the_same_body_without_validators_is_not_read_again(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = feed(ITEM)
        await room.poll()
        outcome = (await room.poll())["/rss"]
        assert outcome.outcome == "unchanged"
        assert (room.last_poll().status, room.last_poll().bytes > 0) == (200, True)

    room(scenario)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_retry_after_is_kept_for_the_whole_host(room: Play, status: str) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley", "/a", "/b")
        other = await room.outlet("Coast", "/coast")
        for path in ("/a", "/b"):
            site.pages[path] = Reply(status=status, headers={"Retry-After": "7200"})
        other.pages["/coast"] = feed(ITEM)
        outcomes = await room.poll()
        # They are polled one after the other: the second never was.
        (asked,) = site.asked
        outcome = outcomes[asked.path]
        assert (outcome.outcome, outcomes["/coast"].outcome) == ("failed", "ok")
        assert outcome.reason == "the server asked to wait 2 h (Retry-After)"
        (paused,) = paused_hosts(room.service.database, room.clock())
        assert paused.name == site.host
        assert paused.not_before == room.clock() + timedelta(seconds=7200)
        assert status[:3] in paused.reason
        assert await room.poll(minutes=119) != {}, "the other outlet's feed"
        assert len(site.asked) == 1
        site.pages["/a"] = feed(ITEM)
        await room.poll(minutes=2)
        assert {one.path for one in site.asked} == {"/a", "/b"}

    room(scenario)


def test_a_page_that_is_told_to_wait_spares_its_host_the_others(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site, pages = await room.outlet("Valley"), await room.site()
        items = [
            Item(f"Report {n}", teaser="A hint.", guid=f"{n}", link=f"{pages.base}/{n}")
            for n in range(3)
        ]
        site.pages["/rss"] = feed(*items)
        pages.pages["/0"] = page("Report 0", made_up(2, 14))
        pages.pages["/1"] = Reply(status="503 Service Unavailable", headers={"Retry-After": "600"})
        pages.pages["/2"] = page("Report 2", made_up(3, 14))
        outcome = (await room.poll())["/rss"]
        assert [pages.times(f"/{n}") for n in range(3)] == [1, 1, 0]
        assert [re.split(r": |, ", note)[1] for note in outcome.notes] == [
            "unavailable",
            "not fetched",
        ]
        assert [a.evidence for a in room.articles()] == ["full", "summary", "summary"]
        (paused,) = paused_hosts(room.service.database, room.clock())
        assert paused.name == pages.host

    room(scenario)


def test_a_feed_that_is_gone_is_stopped_and_says_so(both: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = Reply(status="410 Gone")
        outcome = (await room.poll())["/rss"]
        assert outcome.outcome == "failed"
        assert outcome.reason == (
            "the server says the feed is gone for good (410): polling stopped"
        )
        known = room.feeds()["/rss"]
        assert (known.state, known.next_reason) == ("gone", outcome.reason)
        room.clock.forward(days=400)
        assert await room.service.tick() == []
        await room.open()  # nor does a restart begin again
        assert await room.service.tick() == []
        assert len(site.asked) == 1

    both(scenario)


def test_backoff_grows_and_a_good_answer_ends_it(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = Reply(status="500 Internal Server Error")
        await room.open()
        waits, reasons = [], []
        for _ in range(6):
            (outcome,) = await room.service.tick()
            waits.append((outcome.next_at - room.clock()).total_seconds())
            reasons.append(outcome.reason)
            room.clock.at = outcome.next_at
        assert all(b > 1.2 * a for a, b in pairwise(waits)), waits
        assert reasons[0] == "failure 1 in a row"
        assert reasons[5] == "failure 6 in a row"
        assert room.feeds()["/rss"].failures == 6
        assert len(room.rows(models.poll)) == 6
        site.pages["/rss"] = feed(ITEM)
        (outcome,) = await room.service.tick()
        assert outcome.outcome == "ok"
        known = room.feeds()["/rss"]
        assert (known.failures, known.last_error) == (0, None)

    room(scenario)


def test_a_private_address_is_refused_before_anything_is_sent(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = feed(ITEM)
        room.polling = Polling(workers=1)
        outcome = (await room.poll())["/rss"]
        assert outcome.outcome == "refused"
        assert outcome.error is not None
        assert outcome.error.startswith(f"address: {site.host} is at {site.host}, not a public")
        assert "polling.allow_hosts" in outcome.error
        assert (room.last_poll().outcome, room.last_poll().error) == ("refused", outcome.error)
        assert site.asked == []

    room(scenario)


def test_a_page_at_a_private_address_is_not_read(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site, inside = await room.outlet("Valley"), await room.site()
        site.pages["/rss"] = feed(
            Item("Report", teaser="A hint.", guid="1", link=inside.base + "/secret")
        )
        inside.pages["/secret"] = page("Keys", made_up(5, 14))
        room.polling = Polling(allow_hosts=(site.host,), workers=1)
        outcome = (await room.poll())["/rss"]
        assert outcome.outcome == "ok"
        (note,) = outcome.notes
        assert "address" in note
        assert inside.asked == []
        assert room.articles()[0].evidence == "summary"

    room(scenario)


def test_headers_of_feeds_yaml_go_to_the_feed_and_not_to_its_pages(room: Play) -> None:
    from watcher.config import Secret

    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley", headers={"X-Key": Secret("open sesame")})
        site.pages["/rss"] = feed(Item("Report", teaser="A hint.", guid="1", link=site.base + "/1"))
        site.pages["/1"] = page("Report", made_up(6, 14))
        await room.poll()
        assert [one.headers.get("x-key") for one in site.asked] == ["open sesame", None, None]

    room(scenario)
