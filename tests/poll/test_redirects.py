"""Redirects over simulated weeks: followed always, believed only when proven.

They are never told more than they may know, and nothing that moves makes a known text new.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.poll.newsroom import Item, Play, Room
from tests.poll.script import Request, Say, Script, document, quick, scripted, weeks
from tests.texts import made_up
from watcher.config import Feed, Secret

H, D = timedelta(hours=1), timedelta(days=1)
ITEMS = [Item(f"Report {n}", made_up(n, 8), guid=f"{n}") for n in range(3)]


def moved(script: Script, to: str, status: int = 301) -> Say:
    return Say(status, headers={"Location": to})


Setup = Callable[[Script, Room], None]


def _at_once(script: Script, room: Room) -> None:
    script.on("/rss", moved(script, "/feed", 308))


def _by_two_steps(script: Script, room: Room) -> None:
    script.on("/rss", moved(script, script.url("/step", 1)))
    script.on("/step", moved(script, script.url("/feed"), 308), host=1)


def _temporary(script: Script, room: Room) -> None:
    script.on("/rss", moved(script, "/feed", 302))


def _temporary_first(script: Script, room: Room) -> None:
    script.on("/rss", moved(script, "/step", 307))
    script.on("/step", moved(script, "/feed"))


def _temporary_last(script: Script, room: Room) -> None:
    script.on("/rss", moved(script, "/step"))
    script.on("/step", moved(script, "/feed", 302))


def _now_and_then(script: Script, room: Room) -> None:
    old, hop = Say(200, document(*ITEMS)), moved(script, "/feed")
    script.on("/rss", lambda _: hop if len(script.to("/rss")) % 5 else old)


def _another_each_time(script: Script, room: Room) -> None:
    script.on("/rss", lambda _: moved(script, f"/feed{len(script.to('/rss')) % 2}"))
    for n in range(2):
        script.on(f"/feed{n}", Say(200, document(*ITEMS)))


def _strangers(script: Script, room: Room) -> None:
    script.on("/rss", moved(script, "/parked"))
    sold = [Item(f"Casino {n}", made_up(90 + n, 8), guid=f"casino{n}") for n in range(3)]
    script.on("/parked", Say(200, document(*sold), {"ETag": '"sold"'}))


@pytest.mark.parametrize(
    ("setup", "adopted"),
    [
        (_at_once, True),
        (_by_two_steps, True),
        (_temporary, False),
        (_temporary_first, False),
        (_temporary_last, False),
        (_now_and_then, False),
        (_another_each_time, False),
        (_strangers, False),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_a_redirect_is_adopted_only_when_proven(room: Play, setup: Setup, adopted: bool) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss", interval=6 * 3600), hosts=2) as script:
            script.on("/rss", Say(200, document(*ITEMS)))
            await room.open()
            await weeks(room, days=1)
            articles = len(room.articles())
            script.on("/feed", Say(200, document(*ITEMS[::-1])))
            setup(script, room)
            began = room.clock()
            await weeks(room, days=1, hours=23)
            assert room.feeds()["/rss"].moved_to is None, "nothing is proven in less than two days"
            await weeks(room, days=6)
            old = [one.at for one in script.to("/rss") if one.at > began]
            if adopted:
                assert room.feeds()["/rss"].moved_to == script.url("/feed")
                assert old[-1] - began < 3 * D, "the old address is left alone"
                assert len(script.to("/feed")) > len(old) + 12
            else:
                assert room.feeds()["/rss"].moved_to is None
                assert room.clock() - old[-1] < 7 * H, "the old address is asked to the end"
            assert len(room.articles()) == articles + (3 if setup is _strangers else 0)

    room(scenario)


def test_a_feed_that_was_moved_when_it_was_configured_is_proven_too(both: Play) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss", interval=6 * 3600)) as script:
            script.on("/rss", moved(script, "/feed"))
            script.on("/feed", Say(200, document(*ITEMS), {"ETag": '"one"'}))
            await room.open()
            outcomes = await weeks(room, days=4)
            assert room.feeds()["/rss"].moved_to == script.url("/feed")
            told = [note for one in outcomes for note in one.notes]
            assert told == [
                f"asked at {script.url('/feed')} from now on: the same permanent redirect in "
                f"{len(script.to('/rss'))} polls over 2 days, to the feed as it was known"
            ]
            await room.open()  # kept across restarts, host and all
            before = len(script.to("/rss"))
            await weeks(room, days=2)
            assert len(script.to("/rss")) == before

    both(scenario)


@pytest.mark.parametrize(
    "told",
    [
        Feed("/rss", interval=6 * 3600, headers={"X-Key": Secret("open sesame")}),
        Feed("/rss", interval=6 * 3600, auth=Secret("marta:crab boat")),
    ],
    ids=["headers", "auth"],
)
def test_what_feeds_yaml_confides_goes_to_the_configured_host_only(room: Play, told: Feed) -> None:
    def confided(one: Request) -> bool:
        return b"open sesame" in one.raw or bool(one.lines("Authorization"))

    async def scenario(room: Room) -> None:
        async with scripted(room, told, hosts=2) as script:
            script.on("/rss", Say(200, document(*ITEMS)))
            await room.open()
            await weeks(room, days=1)
            script.on("/rss", moved(script, script.url("/feed", 1)))
            script.on("/feed", Say(200, document(*ITEMS)), host=1)
            await weeks(room, days=5)
            assert room.feeds()["/rss"].moved_to == script.url("/feed", 1)
            assert all(confided(one) for one in script.to("/rss"))
            there = script.to("/feed", 1)
            assert len(there) > 15, "before it was adopted, and after"
            assert not any(confided(one) for one in there)
            assert len(room.articles()) == 3
            assert {a.outlet_id for a in room.articles()} == {1}, "it is the outlet's all the same"

    room(scenario)


def test_an_adopted_address_that_fails_for_long_gives_way_to_the_configured_one(
    both: Play,
) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss", interval=6 * 3600)) as script:
            script.on("/rss", moved(script, "/feed"))
            script.on("/feed", Say(200, document(*ITEMS), {"ETag": '"there"'}))
            await room.open()
            await weeks(room, days=4)
            assert room.feeds()["/rss"].moved_to is not None
            script.on("/feed", Say(500))
            script.on("/rss", Say(200, document(*ITEMS)))
            before, failed_at = len(script.to("/rss")), room.clock()
            outcomes = await weeks(room, days=8)
            back = script.to("/rss")[before:]
            assert back[0].at - failed_at > 3 * D
            assert back[0].lines("If-None-Match") == [], "another address gave it out"
            told = [one.error for one in outcomes if one.error and "feeds.yaml" in one.error]
            assert len(told) == 1
            assert told[0].startswith("server: ")
            assert told[0].endswith("days: asking the one in feeds.yaml again")
            known = room.feeds()["/rss"]
            assert (known.moved_to, known.failures) == (None, 0)
            assert len(room.articles()) == 3

    both(scenario)


def test_410_from_an_adopted_address_asks_the_configured_one_before_it_stops(room: Play) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss", interval=6 * 3600)) as script:
            script.on("/rss", moved(script, "/feed"))
            script.on("/feed", Say(200, document(*ITEMS)))
            await room.open()
            await weeks(room, days=4)
            script.on("/feed", Say(410))
            before = len(script.to("/rss"))
            await weeks(room, days=4)
            assert len(script.to("/rss")) == before + 1
            assert room.feeds()["/rss"].state == "gone"

    room(scenario)


def test_the_new_address_written_into_feeds_yaml_goes_on_with_the_history(both: Play) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss", interval=6 * 3600)) as script:
            script.on("/rss", moved(script, "/feed"))
            script.on("/feed", Say(200, document(*ITEMS)))
            await room.open()
            await weeks(room, days=4)
            before = room.feeds()["/rss"]
            outlet = room.outlets[0]
            room.outlets = [replace(outlet, feeds=(Feed(script.url("/feed"), interval=21_600),))]
            await room.open()
            (known,) = room.feeds().values()
            assert (known.id, known.url, known.moved_to) == (before.id, script.url("/feed"), None)
            assert (known.next_at, known.first_ok_at) == (before.next_at, before.first_ok_at)
            # Another address is another feed, and one that returns begins as it is written.
            room.outlets = [replace(outlet, feeds=(Feed(script.url("/rss"), interval=21_600),))]
            await room.open()
            fresh = room.feeds()["/rss"]
            assert (fresh.moved_to, fresh.first_ok_at) == (None, None)
            assert fresh.id != before.id
            assert room.feeds()["/feed"].state == "removed"

    both(scenario)


@pytest.mark.parametrize("status", [301, 302])
def test_a_redirect_in_a_circle_fails_and_costs_few_requests(room: Play, status: int) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss")) as script:
            script.on("/rss", moved(script, "/a", status))
            script.on("/a", moved(script, "/rss", status))
            script.on("/long", Say(404))
            room.polling = quick()
            await room.open()
            outcomes = await weeks(room, days=10)
            assert {one.outcome for one in outcomes} == {"failed"}
            assert all((one.error or "").startswith("redirects: ") for one in outcomes)
            assert len(script.asked) == 2 * len(outcomes)
            assert len(outcomes) < 40
            assert room.feeds()["/rss"].moving_to is None

    room(scenario)
