"""Weeks of polling against scripted servers: what arrives there, byte by byte, and when.

Each rule of DESIGN section 8 is played by a server that states it; the clock is simulated.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

import watcher
from tests.poll.newsroom import Item, Play, Room, page
from tests.poll.script import (
    Request,
    Say,
    Script,
    document,
    gaps,
    http_date,
    quick,
    scripted,
    weeks,
)
from tests.texts import made_up
from watcher.archive.feeds import paused_hosts
from watcher.config import Feed, Outlet, Secret

H, M, D = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
ITEMS = [Item(f"Report {n}", made_up(n, 8), guid=f"{n}") for n in range(3)]


def busy(script: Script, room: Room, *, extra: str = "", **headers: str) -> None:
    """A feed at /rss that publishes every ten minutes and answers a validator with 304."""

    def answer(request: Request) -> Say:
        started = room.clock() - 3 * H
        items = [replace(one, date=started + n * 10 * M) for n, one in enumerate(ITEMS * 6)]
        items = [replace(one, guid=f"{n}") for n, one in enumerate(items)]
        said = {"ETag": '"one"', **headers}
        if request.one("If-None-Match") == b'"one"':
            return Say(304, headers=said)
        return Say(200, document(*items, extra=extra), said)

    script.on("/rss", answer)


# ---------------------------------------------------------------- validators


@pytest.mark.parametrize(
    ("etag", "modified"),
    [
        ('W/"a b;!,\\"', "sometime on Monday, perhaps"),
        ("no quotes at all", "Tue, 30 Feb 2027 25:61:61 GMT"),
        ('"käse/Ж/日"', "  Mon, 02 Mar 2026 09:00:00 +0000".strip()),
        ("0", "0"),
        ('"' + "x" * 2000 + '"', "-1"),
    ],
)
def test_validators_come_back_byte_by_byte(room: Play, etag: str, modified: str) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss", interval=6 * 3600)) as script:
            said = {"ETag": etag, "Last-Modified": modified}
            script.on("/rss", Say(200, document(*ITEMS), said))
            await room.open()
            await weeks(room, hours=14)
            first, *others = script.to("/rss")
            assert (first.lines("If-None-Match"), first.lines("If-Modified-Since")) == ([], [])
            assert len(others) >= 2
            for one in others:
                assert one.one("If-None-Match") == etag.encode()
                assert one.one("If-Modified-Since") == modified.encode()

    room(scenario)


def test_validators_are_saved_on_every_answer_and_dropped_each_week(both: Play) -> None:
    """A server that says 304 whatever happens, with a new validator each time."""

    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss", interval=12 * 3600)) as script:
            sent: list[str] = []

            def answer(request: Request) -> Say:
                sent.append(f'"{len(script.asked)}"')
                said = {"ETag": sent[-1]}
                if request.lines("If-None-Match"):
                    return Say(304, headers=said)
                shown = ITEMS[: 1 + len(sent) // 14]
                return Say(200, document(*shown), said)

            script.on("/rss", answer)
            await room.open()
            await weeks(room, days=23)
            bare = [one for one in script.asked if not one.lines("If-None-Match")]
            assert len(bare) in (3, 4)
            assert all(7 * D <= gap <= 8 * D for gap in gaps(bare)), gaps(bare)
            for said, one in zip(sent, script.asked[1:], strict=False):
                if one not in bare:
                    assert one.one("If-None-Match") == said.encode()
            assert len(room.articles()) >= 2, "what the 304s hid is found within a week"

    both(scenario)


# ---------------------------------------------------------------- hints as floors


@pytest.mark.parametrize(
    ("headers", "extra", "floor"),
    [
        ({"Cache-Control": "public, max-age=10800"}, "", 3 * H),
        ({"Cache-Control": 'max-age="7200", stale-if-error=9'}, "", 2 * H),
        ({}, "<ttl>180</ttl>", 3 * H),
        (
            {},
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>6</sy:updateFrequency>",
            4 * H,
        ),
        ({"Cache-Control": "max-age=3600"}, "<ttl>240</ttl>", 4 * H),
        ({"Cache-Control": "max-age=99999999"}, "<ttl>5</ttl>", 20 * H),  # the cap
    ],
)
def test_a_hint_is_a_floor_on_304s_too(
    room: Play, headers: dict[str, str], extra: str, floor: timedelta
) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss")) as script:
            busy(script, room, extra=extra, **headers)
            room.polling = quick()
            await room.open()
            await weeks(room, days=4)
            found = gaps(script.to("/rss"))
            assert len(found) >= 3
            assert all(floor <= gap <= 1.2 * max(floor, 22 * H) for gap in found), found
            if floor < 20 * H:
                assert max(found[:4]) <= 1.2 * floor, "no later than asked, while there is news"

    room(scenario)


def test_expires_is_a_floor(room: Play) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss")) as script:
            script.on(
                "/rss",
                lambda _: Say(
                    200,
                    document(*(replace(one, date=room.clock() - M) for one in ITEMS)),
                    {"Date": http_date(room.clock()), "Expires": http_date(room.clock() + 5 * H)},
                ),
            )
            room.polling = quick()
            await room.open()
            await weeks(room, days=2)
            found = gaps(script.to("/rss"))
            assert len(found) >= 6
            assert all(5 * H <= gap <= 6 * H for gap in found), found

    room(scenario)


def test_hours_and_days_that_a_feed_asks_to_skip_are_left_alone(room: Play) -> None:
    async def scenario(room: Room) -> None:
        hours = "".join(f"<hour>{n}</hour>" for n in (0, 1, 2, 3, 4, 5, 22, 23))
        extra = (
            f"<skipHours>{hours}</skipHours>"
            "<skipDays><day>Saturday</day><day>Sunday</day></skipDays><ttl>120</ttl>"
        )
        async with scripted(room, Feed("/rss")) as script:
            busy(script, room, extra=extra)
            room.polling = quick()
            await room.open()
            await weeks(room, days=15)
            found = script.to("/rss")[1:]  # nobody can know before the first
            assert {one.at.weekday() for one in found} == {0, 1, 2, 3, 4}
            assert min(one.at.hour for one in found) == 6
            assert max(one.at.hour for one in found) <= 21
            assert len(found) > 50

    room(scenario)


# ---------------------------------------------------------------- Retry-After, failures, 410


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_holds_for_the_whole_host(room: Play, status: int, form: str) -> None:
    async def scenario(room: Room) -> None:
        feeds = [Feed(path, interval=1800) for path in ("/a", "/b", "/c")]
        async with scripted(room, *feeds, hosts=2) as script:
            elsewhere = Feed(script.url("/d", 1), interval=1800)
            room.outlets.append(Outlet("Coast", "coast.example", "Coast", (elsewhere,)))
            script.on("/d", Say(200, document(*ITEMS)), host=1)
            for path in ("/a", "/b", "/c"):
                script.on(path, Say(200, document(*ITEMS)))
            await room.open()
            await weeks(room, hours=3)
            told = room.clock()
            wait = "36000" if form == "seconds" else http_date(told + 10 * H)
            for path in ("/a", "/b", "/c"):
                script.on(path, Say(status, headers={"Retry-After": wait}))
            await weeks(room, hours=9)
            asked = [one for one in script.asked if one.at > told and one.host == script.hosts[0]]
            assert len(asked) == 1, "one was told to wait, and told it to all feeds of its host"
            assert len(script.to("/d", 1)) > 15, "nobody else waits"
            (paused,) = paused_hosts(room.service.database, room.clock())
            assert abs(paused.not_before - (told + 10 * H)) <= H
            await room.open()  # a restart does not forget it
            for path in ("/a", "/b", "/c"):
                script.on(path, Say(200, document(*ITEMS)))
            await weeks(room, hours=8)
            later = [one for one in script.asked if one.at > told and one.host == script.hosts[0]]
            assert later[1].at >= asked[0].at + (10 * H if form == "seconds" else 9 * H)
            assert {one.path for one in later[1:]} == {"/a", "/b", "/c"}

    room(scenario)


def test_retry_after_behind_a_redirect_is_the_other_hosts(room: Play) -> None:
    async def scenario(room: Room) -> None:
        feeds = [Feed(path, interval=1800) for path in ("/a", "/b")]
        async with scripted(room, *feeds, hosts=2) as script:
            script.on("/a", Say(302, headers={"Location": script.url("/d", 1)}))
            script.on("/b", Say(200, document(*ITEMS)))
            script.on("/d", Say(429, headers={"Retry-After": "36000"}), host=1)
            await room.open()
            await weeks(room, hours=8)
            assert len(script.to("/b")) > 12, "its own host never asked anybody to wait"
            (paused,) = paused_hosts(room.service.database, room.clock())
            assert paused.name == script.hosts[1].partition(":")[0]
            assert len(script.to("/d", 1)) == 1

    room(scenario)


@pytest.mark.parametrize(("status", "polls"), [(500, (24, 60)), (404, (24, 50))])
def test_a_feed_that_fails_is_asked_less_and_less_and_never_given_up(
    room: Play, status: int, polls: tuple[int, int]
) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss")) as script:
            script.on("/rss", Say(status))
            room.polling = quick()
            await room.open()
            await weeks(room, days=28)
            found = gaps(script.to("/rss"))
            assert polls[0] <= len(found) <= polls[1]
            assert all(b > 1.2 * a for a, b in pairwise(found[:6])), found
            assert all(20 * H <= gap <= 25 * H for gap in found[-14:]), "once a day, for ever"
            assert room.feeds()["/rss"].state == "polled"
            script.on("/rss", Say(200, document(*ITEMS)))
            await weeks(room, days=2)
            assert room.feeds()["/rss"].failures == 0
            assert len(room.articles()) == 3

    room(scenario)


def test_gone_stops_and_says_so(room: Play) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss"), Feed("/other", interval=86_400)) as script:
            script.on("/rss", Say(410))
            script.on("/other", Say(200, document(*ITEMS)))
            await room.open()
            outcomes = await weeks(room, days=20)
            assert len(script.to("/rss")) == 1
            assert len(script.to("/other")) >= 19
            (said,) = (one for one in outcomes if one.feed.endswith("/rss"))
            assert said.reason.startswith("the server says the feed is gone for good (410)")
            assert room.feeds()["/rss"].state == "gone"

    room(scenario)


# ---------------------------------------------------------------- who asks, how often, how many


def test_every_request_says_who_asks(room: Play) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss")) as script:
            teaser = Item("Report", teaser="A hint.", guid="1", link=script.url("/1"))
            script.on("/rss", Say(301, headers={"Location": "/feed"}))
            script.on("/feed", Say(200, document(teaser)))
            script.on(
                "/1", Say(200, page("Report", made_up(1, 14)).body, {"Content-Type": "text/html"})
            )
            await room.open()
            await weeks(room, minutes=1)
            assert [one.path for one in script.asked] == ["/rss", "/feed", "/robots.txt", "/1"]
            for one in script.asked:
                assert (
                    one.one("User-Agent")
                    == (
                        f"syndication-watch/{watcher.__version__} "
                        "(+https://github.com/syndication-watch/syndication-watch)"
                    ).encode()
                )
                assert one.raw.startswith(f"GET {one.path} HTTP/1.1\r\n".encode())
                assert one.one("Host") == f"{one.host}:{script.port}".encode()
                for name in ("Cookie", "Referer", "From", "Authorization"):
                    assert one.lines(name) == []

    room(scenario)


def test_a_login_goes_to_the_feed_alone_and_a_proxy_carries_everything(room: Play) -> None:
    async def scenario(room: Room) -> None:
        login = Feed("/rss", auth=Secret("marta:crab boat: 7"))
        async with scripted(room, login, hosts=2) as script:
            proxy = f"http://gate:sesame@{script.hosts[1]}:{script.port}"
            room.polling = replace(room.polling, proxy=Secret(proxy))
            teaser = Item("Report", teaser="A hint.", guid="1", link=script.url("/1"))
            html = page("Report", made_up(1, 14)).body
            script.on(script.url("/rss"), Say(200, document(teaser)), host=1)
            script.on(script.url("/1"), Say(200, html, {"Content-Type": "text/html"}), host=1)
            await room.open()
            await weeks(room, minutes=1)
            assert {one.host for one in script.asked} == {script.hosts[1]}, "nothing goes past it"
            assert [(one.path, one.one("Authorization")) for one in script.asked] == [
                (script.url("/rss"), b"Basic " + b64encode(b"marta:crab boat: 7")),
                (script.url("/robots.txt"), None),
                (script.url("/1"), None),
            ]
            for one in script.asked:
                assert one.one("Proxy-Authorization") == b"Basic " + b64encode(b"gate:sesame")
            # A feed that goes past the general proxy.
            (outlet,) = room.outlets
            direct = replace(outlet.feeds[0], proxy=Secret("direct"))
            room.outlets = [replace(outlet, feeds=(direct,))]
            script.on("/rss", Say(200, document(teaser)))
            await room.open()
            await weeks(room, days=1)
            assert script.to("/rss")
            assert all(one.lines("Proxy-Authorization") == [] for one in script.to("/rss"))

    room(scenario)


def test_feeds_of_one_rhythm_do_not_march_in_step(room: Play) -> None:
    async def scenario(room: Room) -> None:
        feeds = [Feed(f"/{n}", interval=7200) for n in range(12)]
        async with scripted(room, *feeds) as script:
            for one in feeds:
                script.on(one.url, Say(200, document(*ITEMS), {"ETag": '"1"'}))
            await room.open(spread_s=300.0)
            began = room.clock()
            await weeks(room, hours=2)
            first = [script.to(one.url)[0].at for one in feeds]
            assert len(set(first)) == 12
            assert max(first) - min(first) > 2 * M
            assert max(first) <= began + 5 * M
            await weeks(room, days=1)
            tenth = sorted(script.to(one.url)[10].at for one in feeds)
            # The sum of ten draws from a quarter of an hour each: 45 minutes, about.
            assert tenth[-1] - tenth[0] > 10 * M, "they drift apart, and not together"
            for one in feeds:
                assert all(2 * H <= gap <= 2.25 * H for gap in gaps(script.to(one.url)))

    room(scenario)


def test_one_connection_and_a_gap_for_a_host(room: Play) -> None:
    """In real time: the server sees how many are open at once, and when each begins."""

    async def scenario(room: Room) -> None:
        feeds = [Feed(f"/{n}") for n in range(5)]
        async with scripted(room, *feeds, hosts=2) as script:
            loop = asyncio.get_running_loop()
            times: dict[str, list[float]] = {}

            def answer(request: Request) -> Say:
                times.setdefault(request.host, []).append(loop.time())
                return Say(200, document(*ITEMS))

            for one in feeds:
                script.on(one.url, answer)
            more = tuple(Feed(script.url(f"/{n}", 1)) for n in range(5))
            room.outlets.append(Outlet("Coast", "coast.example", "Coast", more))
            for n in range(5):
                script.on(f"/{n}", answer, host=1)
            await room.open(gap=0.1)
            await room.service.tick()
            assert len(script.asked) == 10
            assert script.busiest == dict.fromkeys(script.hosts, 1)
            for host in script.hosts:
                found = times[host]
                assert all(b - a >= 0.1 for a, b in pairwise(found)), found

    room(scenario)


def test_robots_txt_is_kept_for_pages_and_asked_once_a_day(room: Play) -> None:
    async def scenario(room: Room) -> None:
        async with scripted(room, Feed("/rss", interval=6 * 3600)) as script:
            items: list[Item] = []

            def answer(_: Request) -> Say:
                n = len(items)
                for path in (f"/open/{n}", f"/closed/{n}"):
                    link = script.url(path)
                    items.append(Item(f"Report {path}", teaser="A hint.", guid=path, link=link))
                    text = made_up(100 + len(items), 12)
                    body = page(f"Report {path}", text).body
                    script.on(path, Say(200, body, {"Content-Type": "text/html"}))
                return Say(200, document(*items))

            script.on("/rss", answer)
            rules = b"User-agent: *\nDisallow: /closed/\n"
            script.on("/robots.txt", Say(200, rules, {"Content-Type": "text/plain"}))
            await room.open()
            await weeks(room, days=4)
            paths = [one.path for one in script.asked]
            assert sum(path.startswith("/open/") for path in paths) == len(items) // 2
            assert not any(path.startswith("/closed/") for path in paths)
            assert paths.index("/robots.txt") < paths.index("/open/0")
            assert all(D <= gap < 1.5 * D for gap in gaps(script.to("/robots.txt")))
            assert len(script.to("/robots.txt")) in (3, 4)

    room(scenario)


# ---------------------------------------------------------------- restarts


def test_a_restart_is_no_burst_and_forgets_nothing(both: Play) -> None:
    async def scenario(room: Room) -> None:
        feeds = [Feed(f"/{n}", interval=4 * 3600) for n in range(6)]
        async with scripted(room, *feeds) as script:
            for n, one in enumerate(feeds):
                script.on(one.url, Say(200, document(*ITEMS), {"ETag": f'"{n}"'}))
            await room.open(spread_s=300.0)
            await weeks(room, hours=5)
            asked = len(script.asked)
            for _ in range(5):
                await room.open(spread_s=300.0)
                room.clock.forward(seconds=10)
                await room.service.tick()
            assert len(script.asked) - asked <= 1
            await weeks(room, days=1)
            for n, one in enumerate(feeds):
                found = script.to(one.url)
                assert all(4 * H <= gap <= 4.5 * H for gap in gaps(found)), gaps(found)
                assert all(each.one("If-None-Match") == b'"%d"' % n for each in found[1:])

    both(scenario)
