"""The daemon's jobs, one by one: what is due is done, what is not waits, and nothing is lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from storage import models
from tests.fakes import T0
from tests.poll.newsroom import NEVER, Item, Play, Reply, Room, by_path, feed
from tests.texts import made_up
from watcher.config import Condition, Feed, Outlet, Polling, Receiver, Secret, Watch
from watcher.core.errors import StorageError
from watcher.daemon import plan, poll_once
from watcher.daemon.instance import Machine
from watcher.report import open_reader

TEXT = made_up(1, 14)


def some(n: int) -> Reply:
    """A feed with one entry, its own."""
    return feed(Item(f"Report {n}", made_up(100 + n, 14), guid=f"{n}"))


async def three(room: Room) -> None:
    for n in range(3):
        site = await room.outlet(f"Outlet{n}", f"/{n}")
        site.pages[f"/{n}"] = some(n)


def test_first_polls_are_spread_and_a_restart_keeps_every_time(both: Play) -> None:
    async def scenario(room: Room) -> None:
        await three(room)
        await room.open(spread_s=600.0)
        planned = {path: f.next_at for path, f in room.feeds().items()}
        assert len(set(planned.values())) == 3
        assert all(T0 <= at < T0 + timedelta(minutes=10) for at in planned.values())
        room.clock.at = max(planned.values())
        assert set(by_path(await room.service.tick())) == {"/0", "/1", "/2"}
        planned = {path: f.next_at for path, f in room.feeds().items()}
        for _ in range(2):
            await room.open(spread_s=600.0)
            assert {path: f.next_at for path, f in room.feeds().items()} == planned
            assert await room.service.dispatch() == 0, "a burst at the start"
        room.clock.at = min(planned.values())
        (outcome,) = await room.service.tick()
        assert planned["/" + outcome.feed.rpartition("/")[2]] == room.clock()

    both(scenario)


def test_one_feed_a_host_at_a_time(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley", "/a", "/b")
        site.pages["/a"], site.pages["/b"] = NEVER, some(2)
        await room.open()
        room.clock.forward(seconds=1)
        first = await room.service.dispatch()
        assert (first, await room.service.dispatch()) == (1, 0)
        await asyncio.wait_for(site.reached.wait(), 30)
        assert {one.path for one in site.asked} <= {"/a", "/b"}
        assert len(site.asked) == 1
        await room.service.close(grace_s=0.0)

    room(scenario)


def test_a_poll_that_is_cut_off_leaves_nothing_and_is_due_at_once(both: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = feed(Item("Teaser", teaser="A hint.", guid="1", link=site.base + "/p"))
        site.pages["/p"] = NEVER
        await room.open()
        due = room.feeds()["/rss"].next_at
        assert await room.service.dispatch() == 1
        await asyncio.wait_for(site.reached.wait(), 30)
        assert room.feeds()["/rss"].lease_by == room.service.owner
        await room.service.close(grace_s=0.0)
        await room.open()
        known = room.feeds()["/rss"]
        assert (known.lease_by, known.lease_until, known.next_at) == (None, None, due)
        assert (room.articles(), room.rows(models.poll)) == ([], [])
        del site.pages["/p"]
        (outcome,) = await room.service.tick()
        assert (outcome.outcome, outcome.fresh) == ("ok", 1)

    both(scenario)


def test_closing_waits_for_a_poll_that_ends_in_time(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = some(1)
        await room.open()
        await room.service.dispatch()
        await room.close()
        await room.open()
        assert [p.outcome for p in room.rows(models.poll)] == ["ok"]
        assert len(room.articles()) == 1

    room(scenario)


def test_a_killed_daemons_feeds_are_due_when_its_leases_end(both: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = some(1)
        await room.open()
        with room.service.database.write() as conn:
            conn.execute(
                models.feed.update().values(
                    lease_by="elsewhere:1", lease_until=room.clock() + timedelta(seconds=900)
                )
            )
        assert await room.service.tick() == []
        room.clock.forward(seconds=900)
        (outcome,) = await room.service.tick()
        assert outcome.outcome == "ok"
        assert room.feeds()["/rss"].lease_by is None

    both(scenario)


def test_delivery_sends_once_what_a_poll_raised(both: Play) -> None:
    async def scenario(room: Room) -> None:
        site, desk = await room.outlet("Valley"), await room.site()
        desk.pages["/desk"] = Reply()
        room.receivers = [Receiver("desk", Secret(f"json://{desk.host}:{desk.port}/desk"))]
        room.watches = [Watch("w", "text", TEXT, (Condition("first_copy"),), notify=("desk",))]
        site.pages["/rss"] = some(1)
        await room.poll()
        assert (await room.service.deliver()).claimed == 0
        site.pages["/rss"] = feed(Item("Report", TEXT, guid="2"))
        await room.poll()
        assert (await room.service.deliver()).sent == 1
        await room.open()
        assert (await room.service.deliver()).claimed == 0
        (post,) = desk.asked
        assert b"Report" in post.body

    both(scenario)


def test_housekeeping_rests_stories_and_beats_the_heart(both: Play) -> None:
    async def scenario(room: Room) -> None:
        valley, coast = await room.outlet("Valley"), await room.outlet("Coast", "/coast")
        valley.pages["/rss"] = feed(Item("Report", TEXT, guid="2"))
        coast.pages["/coast"] = feed(Item("Report", TEXT, guid="x"))
        await room.poll()
        await room.service.housekeep()
        (story,) = room.rows(models.story)
        assert story.state == "active"
        with open_reader(room.url) as reader:
            assert reader.status(now=room.clock()).heartbeat == room.clock()
        room.clock.forward(days=60)
        await room.service.housekeep()
        (story,) = room.rows(models.story)
        assert story.state == "dormant"
        with open_reader(room.url) as reader:
            assert reader.status(now=room.clock()).heartbeat == room.clock()

    both(scenario)


def test_the_watchdog_hears_of_the_writer_and_of_the_tick(room: Play) -> None:
    async def scenario(room: Room) -> None:
        service = await room.open()

        async def heard() -> bool:
            await service.dispatch()
            # Behind what `alive` asked of the writer last: that has come back then.
            await asyncio.get_running_loop().run_in_executor(service.writer, int)
            return service.alive()

        assert not service.alive(), "nothing is known yet"
        assert await heard()
        assert await heard()
        await asyncio.get_running_loop().run_in_executor(service.writer, int)
        assert not service.alive(), "the writer answered, but nothing was dispatched"
        assert await heard()
        stuck = threading.Event()
        service.writer.submit(stuck.wait, 60)
        # What is due is claimed on the writer's thread, so the tick waits with it.
        waiting = asyncio.create_task(service.dispatch())
        try:
            for _ in range(3):
                await asyncio.sleep(0)
                assert not service.alive(), "the writer hangs"
        finally:
            stuck.set()
        await waiting
        assert await heard()

    room(scenario)


def test_a_start_that_fails_leaves_nothing_open(room: Play) -> None:
    async def scenario(room: Room) -> None:
        room.url = "sqlite:////dev/null/watcher.db"
        before = threading.active_count()
        with pytest.raises(StorageError):
            await room.open()
        room.url = "sqlite:///"
        with pytest.raises(StorageError):
            await room.open()
        assert threading.active_count() == before

    room(scenario)


# ---------------------------------------------------------------- reload


def test_a_reload_adds_removes_and_keeps(both: Play) -> None:
    async def scenario(room: Room) -> None:
        await three(room)
        await room.poll()
        kept = room.feeds()["/1"]
        new = await room.outlet("New", "/new")
        new.pages["/new"] = some(9)
        room.outlets.pop(0)
        room.watches = [Watch("w", "text", TEXT)]
        service = room.service
        await service.reload(room.config())
        feeds = room.feeds()
        assert {path: f.state for path, f in feeds.items()} == {
            "/0": "removed",
            "/1": "polled",
            "/2": "polled",
            "/new": "polled",
        }
        assert feeds["/1"] == kept
        assert set(await room.poll()) == {"/1", "/2", "/new"}
        (watch,) = room.rows(models.watch)
        assert watch.article_id is not None

    both(scenario)


def test_a_reload_that_changes_how_we_fetch_lets_polls_under_way_end(room: Play) -> None:
    async def scenario(room: Room) -> None:
        slow, quick = await room.outlet("Valley", "/slow"), await room.outlet("Coast", "/quick")
        slow.pages["/slow"], quick.pages["/quick"] = NEVER, some(1)
        room.polling = Polling(allow_hosts=("127.0.0.0/8",), workers=1, timeout=1)
        await room.open()
        assert await room.service.dispatch() == 2
        await asyncio.wait_for(slow.reached.wait(), 30)
        room.polling = Polling(allow_hosts=("127.0.0.0/8",), workers=1, user_agent="Other/1")
        await room.service.reload(room.config())
        outcomes = by_path(await room.service.tick())
        assert outcomes["/slow"].error is not None
        assert "took longer than 1 s" in outcomes["/slow"].error, "the old timeout held"
        slow.pages["/slow"] = some(2)
        await room.poll()
        assert quick.asked[-1].headers["user-agent"] == "Other/1"

    room(scenario)


# ---------------------------------------------------------------- by hand


def test_a_round_by_hand_polls_what_was_asked_for_however_much_else_is_due(room: Play) -> None:
    async def scenario(room: Room) -> None:
        await three(room)
        last = await room.outlet("Wanted", "/wanted")
        last.pages["/wanted"] = some(7)
        # More feeds than are claimed at once, all due before the one that is asked for.
        room.outlets += [
            Outlet(f"Far {n}", f"far{n}.example", "Far", (Feed(f"http://far{n}.invalid/rss"),))
            for n in range(40)
        ]
        await room.open()
        await room.close()
        room.clock.forward(minutes=1)
        told: list[tuple[str | None, int]] = []

        def tell(outcome: object, total: int) -> None:
            told.append((getattr(outcome, "feed", None), total))

        config = room.config()
        outcomes = await asyncio.to_thread(
            poll_once, config, room.url, ["Wanted"], room.clock, tell
        )
        assert [(o.feed, o.outcome) for o in outcomes] == [(last.base + "/wanted", "ok")]
        assert told == [(None, 1), (last.base + "/wanted", 1)]
        planned = plan(config, room.url, ["Wanted", "Outlet0"], room.clock())
        assert {p.feed: p.due for p in planned} == {
            last.base + "/wanted": False,
            room.outlets[0].feeds[0].url: True,
        }

    room(scenario)


def test_a_round_by_hand_says_which_feeds_it_could_not_poll(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = Reply(
            status="503 Service Unavailable", headers={"Retry-After": "3600"}
        )
        await room.poll()
        await room.close()

        def tell(outcome: object, total: int) -> None:
            pass

        (outcome,) = await asyncio.to_thread(
            poll_once, room.config(), room.url, [], room.clock, tell
        )
        assert outcome.outcome == "held"
        assert outcome.reason == (
            "its host is left alone until 2026-03-02 10:20 UTC: "
            f"Retry-After with 503 from {site.base}/rss"
        )
        assert len(site.asked) == 1

    room(scenario)


def sleeper() -> subprocess.Popen[bytes]:
    """A process that waits to be killed."""
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


def test_a_killed_daemons_polls_are_taken_over_at_once(both: Play) -> None:
    """kill -9 in the middle of a poll: the next start on this machine knows that its holder is
    dead, and takes from nobody who lives."""

    async def scenario(room: Room) -> None:
        for name, path in (("Valley", "/dead"), ("Coast", "/alive")):
            site = await room.outlet(name, path)
            site.pages[path] = some(1)
        await room.open()
        with sleeper() as killed, sleeper() as living:
            for path, process in (("/dead", killed), ("/alive", living)):
                with room.service.database.write() as conn:
                    conn.execute(
                        models.feed.update()
                        .where(models.feed.c.id == room.feeds()[path].id)
                        .values(
                            lease_by=Machine.here().holder(process.pid),
                            lease_until=room.clock() + timedelta(minutes=15),
                        )
                    )
            held = room.feeds()["/alive"].lease_by
            killed.kill()
            killed.wait()
            await room.open()
            (outcome,) = await room.service.tick()
            assert outcome.feed.endswith("/dead")
            assert room.feeds()["/alive"].lease_by == held
            living.kill()

    both(scenario)
