"""Feed health over real requests: the verdict inside the poll, and feed_bad in the outbox."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from storage import models
from tests.poll.newsroom import Item, Play, Reply, Room, feed, page
from watcher.archive.feeds import PollResult, claim_feeds
from watcher.config import Condition, Receiver, Secret, Watch
from watcher.core.errors import FetchError
from watcher.core.message import Facts, plain
from watcher.record import health

HTML = page("Welcome", "This domain may be for sale. Ask its owner for a price.")
DOWN = Reply(status="503 Service Unavailable")


def _watch(name: str = "feeds", only: str | None = None, **more: Any) -> Watch:
    settings: dict[str, Any] = {"target_kind": "feeds", "target": "", "notify": ("desk",)}
    return Watch(name=name, alert_on=(Condition("feed_bad", only),), **(settings | more))


def _items(room: Room, *titles: str) -> Sequence[Item]:
    return [
        Item(title, guid=title, teaser="Two lines of it.", date=room.clock()) for title in titles
    ]


def _alerts(room: Room) -> list[Any]:
    return room.rows(models.alert)


async def _hours(room: Room, n: int, minutes: float = 60) -> None:
    for _ in range(n):
        await room.poll(minutes)


def test_a_feed_that_fails_raises_one_alert_for_each_onset(both: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Times")
        room.receivers.append(Receiver("desk", Secret("json://127.0.0.1:1")))
        room.watches.append(_watch())
        site.pages["/rss"] = feed(*_items(room, "One", "Two"))
        await room.poll()
        site.pages["/rss"] = DOWN
        began = room.clock() + timedelta(minutes=60)
        await _hours(room, 9)
        (alert,) = _alerts(room)
        assert (alert.condition, alert.state, alert.story_id) == ("feed_bad", "fired", None)
        assert alert.reason.startswith("failing: 4 polls in a row failed, the last one with ")
        assert [d.receiver for d in room.rows(models.delivery)] == ["desk"]
        row = room.feeds()["/rss"]
        assert (row.health, row.health_since) == ("failing", began)

        await room.open()  # a restart raises nothing anew
        await _hours(room, 3)
        assert len(_alerts(room)) == 1

        site.pages["/rss"] = feed(*_items(room, "Three"))
        await room.poll()
        assert room.feeds()["/rss"].health == "ok"
        site.pages["/rss"] = HTML
        await _hours(room, 9)
        first, second = _alerts(room)
        assert second.reason.startswith("html: a web page where the feed was: ")
        assert first.key != second.key

    both(scenario)


def test_two_daemons_raise_one_alert(both: Play) -> None:
    """A poll that outlived its lease is recorded beside the one that took over."""

    async def scenario(room: Room) -> None:
        site = await room.outlet("Times")
        room.watches.append(_watch(notify=()))
        site.pages["/rss"] = feed(*_items(room, "One"))
        await room.poll()
        site.pages["/rss"] = DOWN
        await _hours(room, 3)
        assert _alerts(room) == []
        database = room.service.database
        room.clock.forward(hours=9)
        now = room.clock()
        (claimed,) = claim_feeds(database, now, 1, "first", 60)
        (again,) = claim_feeds(database, now + timedelta(minutes=2), 1, "second", 60)
        assert again.id == claimed.id
        result = _failed(now)
        raised = []
        for row, owner in ((claimed, "first"), (again, "second")):
            with database.write() as conn:
                seen = health.failed(FetchError("timeout", "no answer"), now)
                raised.append(health.finish(conn, row, result, seen, owner=owner))
        assert raised == [1, 0]
        assert len(_alerts(room)) == 1

    both(scenario)


def _failed(now: datetime) -> PollResult:
    return PollResult(
        at=now, outcome="failed", next_at=now, next_reason="again", error="timeout: no answer"
    )


def test_a_first_poll_raises_nothing_and_a_watch_may_be_narrowed(room: Play) -> None:
    async def scenario(room: Room) -> None:
        times = await room.outlet("Times")
        gazette = await room.outlet("Gazette", "/gazette")
        room.watches += [_watch("all"), _watch("one", "gazette.example")]
        times.pages["/rss"] = Reply(status="410 Gone")
        gazette.pages["/gazette"] = feed(*_items(room, "One"))
        await room.poll()
        assert _alerts(room) == []
        assert room.feeds()["/rss"].health == "gone"
        gazette.pages["/gazette"] = Reply(status="410 Gone")
        outcome = (await room.poll())["/gazette"]
        assert outcome.alerts == 2
        assert sorted(a.key.split(":")[0] for a in _alerts(room)) == ["all", "one"]
        room.watches[:] = [_watch("other", "times.example")]
        await room.open()
        gazette.pages["/gazette"] = feed(*_items(room, "Two"))
        with room.service.database.write() as conn:
            conn.execute(update(models.feed).values(state="polled"))
        await room.poll()
        gazette.pages["/gazette"] = Reply(status="410 Gone")
        await room.poll()
        assert len(_alerts(room)) == 3  # /rss, which was gone again after it had been polled once
        assert [a.key.split(":")[0] for a in _alerts(room)][2:] == ["other"]

    room(scenario)


def test_a_failed_transaction_leaves_neither_verdict_nor_alert(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Times")
        room.watches.append(_watch(notify=()))
        site.pages["/rss"] = feed(*_items(room, "One"))
        await room.poll()
        site.pages["/rss"] = Reply(status="410 Gone")
        database = room.service.database
        room.clock.forward(hours=9)
        now = room.clock()
        (claimed,) = claim_feeds(database, now, 1, "first", 60)

        def cut_short() -> None:
            with database.write() as conn:
                seen = health.failed(FetchError("gone", "410"), now)
                assert health.finish(conn, claimed, _failed(now), seen) == 1
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            cut_short()
        assert _alerts(room) == []
        assert room.feeds()["/rss"].health == "ok"

    room(scenario)


def test_full_text_that_a_feed_loses_and_an_empty_feed(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Times", full_text="never")
        room.watches.append(_watch(notify=()))
        body = " ".join(f"Word{n} of a report that stands in the feed." for n in range(40))
        for n in range(4):
            items = [
                Item(f"{n}.{m}", text=f"{n} {m} {body}", guid=f"{n}.{m}", date=room.clock())
                for m in range(10)
            ]
            site.pages["/rss"] = feed(*items)
            await room.poll(60)
        last_full = room.clock()
        site.pages["/rss"] = feed(*_items(room, *(f"Short {n}" for n in range(10))))
        await room.poll(60)
        row = room.feeds()["/rss"]
        assert (row.health, row.health_since) == ("no_full_text", last_full)
        assert row.health_reason == (
            "0 of its last 10 entries have their full text, where 100% had it"
        )
        site.pages["/rss"] = feed()
        await _hours(room, 25)
        assert room.feeds()["/rss"].health == "empty"
        assert [a.reason.split(":")[0] for a in _alerts(room)] == ["no_full_text", "empty"]

    room(scenario)


def test_the_message_is_sent_and_says_it_plainly(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Times")
        desk = await room.site()
        desk.pages["/desk"] = Reply()
        room.receivers = [Receiver("desk", Secret(f"json://{desk.host}:{desk.port}/desk"))]
        room.watches.append(_watch("my feeds"))
        site.pages["/rss"] = feed(*_items(room, "One"))
        await room.poll()
        site.pages["/rss"] = Reply(status="410 Gone")
        await room.poll()
        assert (await room.service.deliver()).sent == 1
        assert b"A feed is gone" in desk.asked[0].body
        (alert,) = _alerts(room)
        facts = Facts.from_plain(json.loads(json.dumps(alert.payload)))
        title, body = plain(facts)
        url = f"{site.base}/rss"
        assert title == "[my feeds] A feed is gone: Valley News"
        assert body == (
            "A feed is gone\n"
            "Valley News\n"
            "\n"
            "Outlet      Times\n"
            f"Feed        {url}\n"
            f"Since       {room.clock():%Y-%m-%d %H:%M} UTC\n"
            f"Look        watcher feeds show {url}\n"
            "Why         the server says that it is gone for good (410): polling has stopped\n"
            "Silence     watcher silence add --watch 'my feeds' --for 7d\n"
        )

    room(scenario)


def test_what_another_feed_brought_first_is_news_of_this_one_all_the_same(both: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Times", "/all", "/world")
        for n in range(3):
            both_have = feed(*_items(room, f"Report {n}"))
            site.pages["/all"] = site.pages["/world"] = both_have
            await room.poll(60)
        assert _memory(room, "/all")["fresh_at"] == room.clock().isoformat()
        assert _memory(room, "/world")["fresh_at"] == room.clock().isoformat()
        # The same report with other words is no news.
        old = replace(_items(room, "Report 2")[0], date=room.clock(), teaser="Three lines of it.")
        site.pages["/all"] = feed(old)
        await room.poll(60)
        assert _memory(room, "/all")["quiet_polls"] == 1

    both(scenario)


def _memory(room: Room, path: str) -> Mapping[str, Any]:
    memory = room.feeds()[path].health_memory
    assert memory is not None
    return memory
