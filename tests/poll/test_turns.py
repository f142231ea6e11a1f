"""Who is polled when many are due, in turn, whatever their hosts; and when a poll is over."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

from storage.db import Database
from tests.fakes import T0
from tests.poll.newsroom import NEVER, Item, Play, Room, feed, page
from tests.texts import made_up
from watcher.archive.feeds import (
    PollResult,
    claim_feeds,
    finish_polls,
    list_feeds,
    poll_now,
    sync_feeds,
)
from watcher.config import Feed, Outlet, Polling
from watcher.daemon.polls import LEASE_S
from watcher.poll import PAGES_S, POLL_S


def test_feeds_of_a_large_host_starve_nobody_and_are_not_starved(database: Database) -> None:
    """Fifty feeds of one host beside nine hosts with a few: what a round of a second may poll is
    one feed a host, and every feed gets its turn in the order in which they came due."""
    hosts = {"large.example": 50, **{f"small{n}.example": 1 + n % 3 for n in range(9)}}
    outlets = [
        Outlet(host, host, host, tuple(Feed(f"https://{host}/{n}") for n in range(many)))
        for host, many in hosts.items()
    ]
    sync_feeds(database, outlets, T0, spread_s=0.0)
    polled = Counter[str]()
    order: list[str] = []
    for second in range(120):
        now = T0 + timedelta(seconds=second)
        claimed = claim_feeds(database, now, 5, "w1", 60)
        assert len({one.host for one in claimed}) == len(claimed), "one at a time for a host"
        again = now + timedelta(seconds=30)
        results = [
            (one.id, PollResult(at=now, outcome="ok", next_at=again, next_reason=""))
            for one in claimed
        ]
        with database.write() as conn:
            finish_polls(conn, results, owner="w1")
        for one in claimed:
            polled[one.host] += 1
            order += [one.url] if one.host == "large.example" else []
    assert len(order) == 120, "a turn each second: the large host is never left waiting"
    assert order[50:100] == order[:50], "its feeds take turns, the longest waiting first"
    assert len(set(order[:50])) == 50
    for host, many in hosts.items():
        if many < 50:
            assert polled[host] >= 2 * many, (host, polled)


def test_however_many_feeds_fail_there_is_room_for_those_that_do_not(database: Database) -> None:
    """Of what is under way only so many may have failed: a thousand dead hosts that each take
    their whole time are no queue that a living one stands in."""
    hosts = [f"h{n}.example" for n in range(40)]
    outlets = [Outlet(host, host, host, (Feed(f"https://{host}/"),)) for host in hosts]
    sync_feeds(database, outlets, T0, spread_s=0.0)
    dead = {one.host for one in claim_feeds(database, T0, 38, "w1", 60)}
    failed = PollResult(at=T0, outcome="failed", next_at=T0, next_reason="", error="timeout: x")
    ids = [row.id for row in list_feeds(database) if row.host in dead]
    with database.write() as conn:
        finish_polls(conn, [(id_, failed) for id_ in ids], owner="w1")
    now = T0 + timedelta(minutes=1)
    # The living came due after all the dead.
    alive = [row.id for row in list_feeds(database) if row.host not in dead]
    poll_now(database, alive, now, "later")
    claimed = claim_feeds(database, now, 10, "w1", 60, failing=4)
    assert [one.failures for one in claimed] == [1, 1, 1, 1, 0, 0]
    assert claim_feeds(database, now, 10, "w1", 60, failing=0) == []
    assert len(claim_feeds(database, now, 10, "w1", 60)) == 10, "without a bound as they come"


def test_a_host_that_hangs_keeps_its_own_feeds_waiting_and_nobody_elses(room: Play) -> None:
    async def scenario(room: Room) -> None:
        slow = await room.outlet("Slow", *(f"/slow{n}" for n in range(3)))
        good = await room.outlet("Good", *(f"/good{n}" for n in range(3)))
        for n in range(3):
            slow.pages[f"/slow{n}"] = NEVER
            good.pages[f"/good{n}"] = feed(Item(f"Report {n}", made_up(n, 8), guid=f"{n}"))
        await room.open()
        await room.service.dispatch()
        await asyncio.wait_for(slow.reached.wait(), 30)
        while len(room.service.polls.tasks) > 1 or len(good.asked) < 3:
            await room.service.dispatch()
            await asyncio.sleep(0.01)
        assert len(good.asked) == 3
        assert len(slow.asked) == 1, "its other feeds wait for their turn"
        await room.service.close(grace_s=0.0)

    room(scenario)


# ---------------------------------------------------------------- time


def test_a_polls_bounds_lie_clearly_under_its_lease() -> None:
    assert PAGES_S <= 0.7 * LEASE_S
    assert PAGES_S < POLL_S <= 0.9 * LEASE_S


def teasers(base: str, n: int, start: int = 0) -> list[Item]:
    return [
        Item(f"Report {i}", teaser=f"A hint of {i}.", guid=f"{i}", link=f"{base}/{i}", date=T0)
        for i in range(start, start + n)
    ]


def test_sixty_hanging_pages_are_over_when_their_time_is(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        room.polling = Polling(allow_hosts=("127.0.0.0/8",), workers=1, timeout=600)
        pages = [await room.site() for _ in range(6)]
        items = [one for n, each in enumerate(pages) for one in teasers(each.base, 10, 10 * n)]
        for n, each in enumerate(pages):
            each.pages |= {f"/{i}": NEVER for i in range(10 * n, 10 * n + 10)}
        site.pages["/rss"] = feed(*items)
        await room.open(pages_s=1.0)
        room.clock.forward(minutes=1)
        (outcome,) = await room.service.tick()
        assert (outcome.outcome, outcome.entries, outcome.fresh) == ("ok", 60, 60)
        asked = sum(one.path != "/robots.txt" for each in pages for one in each.asked)
        assert asked <= 1, "none of them ever answered"
        left = f"{60 - asked} pages were not fetched, and are next time"
        assert outcome.notes[-1] == f"{left}: the time of this poll was over"
        assert {a.evidence for a in room.articles()} == {"summary"}
        # The one that hung has its turn after those that were not tried.
        for n, each in enumerate(pages):
            each.pages = {
                f"/{i}": page(f"Report {i}", made_up(i, 10)) for i in range(10 * n, 10 * n + 10)
            }
        await room.open()
        assert (await room.poll())["/rss"].fresh == 0
        assert [a.evidence for a in room.articles()] == ["full"] * 60

    room(scenario)


def test_pages_beyond_the_sixtieth_are_read_by_the_next_polls(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        items = teasers(site.base, 130)
        for i, one in enumerate(items):
            site.pages[f"/{i}"] = page(one.title, made_up(i, 10))
        site.pages["/rss"] = feed(*items, ETag='"same"')
        full = []
        for _ in range(4):
            await room.poll()
            full.append(sum(a.evidence == "full" for a in room.articles()))
        assert full == [60, 120, 130, 130]
        assert all(site.times(f"/{i}") == 1 for i in range(130))
        assert room.last_poll().outcome == "unchanged"

    room(scenario)


def test_a_host_whose_pages_keep_failing_is_left_for_the_next_poll(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site, pages = await room.outlet("Valley"), await room.site()
        items = teasers(pages.base, 8)
        site.pages["/rss"] = feed(*items)
        await pages.stop()
        outcome = (await room.poll())["/rss"]
        tried = [note for note in outcome.notes if ": robots: " in note]
        left = [note for note in outcome.notes if "3 pages of its host failed in a row" in note]
        assert (len(tried), len(left)) == (3, 5)

    room(scenario)
