"""What `watcher feeds show` says of each rule, after real polls of a server that states it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from click.testing import CliRunner

from tests.poll.newsroom import Item, Play, Room, page
from tests.poll.script import (
    Answer,
    Request,
    Say,
    Script,
    document,
    http_date,
    quick,
    scripted,
    weeks,
)
from tests.texts import made_up
from watcher.cli import app
from watcher.cli.base import Setup
from watcher.config import Feed, Outlet

H, M = timedelta(hours=1), timedelta(minutes=1)
TOLD = {"ETag": '"one"', "Last-Modified": "Mon, 02 Mar 2026 09:00:00 GMT"}
RHYTHM = "at this time of the week an entry every"
SPREAD = "so that feeds do not stay in step"
_NUMBERS = count(1, 10)

# The path of a feed, and what has to be said of it. All of a row, in this order.
SAYS: dict[str, list[str]] = {
    "/interval": ["Validators ETag and Last-Modified", "1. the interval in feeds.yaml 2.", SPREAD],
    "/rhythm": [f"1. {RHYTHM}", "2.", SPREAD],
    "/max-age": [f"1. {RHYTHM}", "2. not sooner than the server's cache headers say, 3 h 3."],
    "/expires": [f"1. {RHYTHM}", "2. not sooner than the server's cache headers say, 5 h 3."],
    "/ttl": [f"1. {RHYTHM}", "2. not sooner than the feed's ttl says, 4 h 3."],
    "/sy": [f"1. {RHYTHM}", "2. not sooner than the feed's sy:update hints say, 6 h 3."],
    "/both": [f"1. {RHYTHM}", "2. not sooner than the server's cache headers say, 2 h",
              "3. not sooner than the feed's ttl says, 3 h 4."],
    "/hours": [f"1. {RHYTHM}", "the feed asks not to be read at hours 0, 1, 2, 3, 4,",
               "moved to", "06:0"],
    "/days": ["the interval in feeds.yaml", "the feed asks not to be read at",
              "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday: from", "moved to Sun 00:0"],
    "/least": ["1. the interval in feeds.yaml 2. min_interval 1 min"],
    "/most": [f"1. {RHYTHM}", "2. not sooner than the server's cache headers say, 366 d",
              "3. max_interval 1 d"],
    "/crowded": ["1. 100% of its entries were new"],
    "/quiet": ["1. nothing new for"],
    "/undated": ["1. no entry of a known time yet"],
    "/down": ["unavailable", "1. failure", "in a row 2.", SPREAD],
    "/lost": ["notfound", "1. lasting fault", "in a row"],
    "/gone": ["Health gone", "the server says that it is gone for good (410)", "stopped"],
    "/moved": ["redirects for good to", "/new, seen", ", not yet proven"],
    "/pages": [f"1. {RHYTHM}", "its pages are read 1 s apart, as robots.txt asks (Crawl-delay)"],
    "/wait": ["1. failure 1 in a row 2. the server asked to wait 10 h (Retry-After) 3.",
              "Host 127.0.1.2 is left alone until", "Retry-After with 429 from"],
    "/beside": ["Host 127.0.1.2 is left alone until", "Retry-After with 429 from"],
}  # fmt: skip


def steady(room: Room, extra: str = "", **headers: str) -> Answer:
    """A feed with an entry every ten minutes, all its own, whose validator answers a poll."""
    first = next(_NUMBERS)
    items = [
        Item(f"Report {first + n}", made_up(first + n, 8), date=room.clock() - n * 10 * M)
        for n in range(8)
    ]

    def answer(request: Request) -> Say:
        if request.one("If-None-Match") == b'"one"':
            return Say(304, headers=TOLD | headers)
        return Say(200, document(*items, extra=extra), TOLD | headers)

    return answer


def states(script: Script, room: Room) -> None:
    """Each path says its rule."""
    hours = "".join(f"<hour>{n}</hour>" for n in range(24) if n != 6)
    days = "".join(
        f"<day>{day}</day>"
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    )
    for path in ("/interval", "/rhythm", "/least", "/new"):
        script.on(path, steady(room))
    sy = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>"
    for path, extra, headers in (
        ("/max-age", "", {"Cache-Control": "max-age=10800"}),
        ("/ttl", "<ttl>240</ttl>", {}),
        ("/sy", sy, {}),
        ("/both", "<ttl>180</ttl>", {"Cache-Control": "max-age=7200"}),
        ("/hours", f"<skipHours>{hours}</skipHours>", {}),
        ("/days", f"<skipDays>{days}</skipDays>", {}),
        ("/most", "", {"Cache-Control": "max-age=99999999"}),
    ):
        script.on(path, steady(room, extra, **headers))
    plain = steady(room)

    def expires(request: Request) -> Say:
        said = plain(request)
        now = {"Date": http_date(room.clock()), "Expires": http_date(room.clock() + 5 * H)}
        return replace(said, headers={**said.headers, **now})

    def crowded(_: Request) -> Say:
        n = 1000 + 10 * len(script.to("/crowded"))
        return Say(200, document(*(Item(f"C {n + i}", made_up(n + i, 8)) for i in range(4))))

    started = room.clock()
    old = [
        Item(f"Old {n}", made_up(500 + n, 8), date=started - 72 * H - n * 10 * M) for n in range(12)
    ]
    link = script.url("/page")
    teaser = Item("Report", teaser="A hint.", guid="t", link=link, date=room.clock() - H)
    script.on("/expires", expires)
    script.on("/crowded", crowded)
    script.on("/quiet", Say(200, document(*old)))
    script.on("/undated", Say(200, document(Item("No date", made_up(520, 8), guid="n"))))
    script.on("/down", Say(503))
    script.on("/lost", Say(404))
    script.on("/gone", Say(410))
    script.on("/moved", Say(301, headers={"Location": script.url("/new")}))
    script.on("/pages", Say(200, document(teaser)))
    text = page("Report", made_up(521, 12)).body
    script.on("/page", Say(200, text, {"Content-Type": "text/html"}))
    script.on("/robots.txt", Say(200, b"User-agent: *\nCrawl-delay: 1\n"))
    script.on("/beside", steady(room), host=1)
    script.on("/wait", Say(429, headers={"Retry-After": "36000"}), host=1)


def test_each_rule_is_told_in_words(room: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    # The spread goes by the address, and so by the port; one below a second is not told.
    monkeypatch.setattr("watcher.core.schedule.deciding._fraction", lambda *parts: 0.5)

    fixed = {"/interval": 1800, "/days": 1800, "/least": 10, "/wait": 86_400, "/beside": 86_400}

    async def scenario(room: Room) -> None:
        here = [Feed(p, interval=fixed.get(p)) for p in SAYS if p not in ("/wait", "/beside")]
        async with scripted(room, *here, hosts=2) as script:
            states(script, room)
            there = [Feed(script.url(p, 1), interval=fixed[p]) for p in ("/beside", "/wait")]
            room.outlets.append(Outlet("Coast", "coast.example", "Coast", tuple(there)))
            room.polling = quick()
            await room.open()
            await weeks(room, minutes=40)
            odd = {}
            for path, wanted in SAYS.items():
                told = shown(room, script.url(path, int(path in ("/wait", "/beside"))))
                if missing := first_missing(wanted, told):
                    odd[path] = f"no {missing!r}, or not there, in: {told}"
            assert odd == {}

    room(scenario)


def shown(room: Room, url: str) -> str:
    """What `watcher feeds show` prints, in one line."""
    done = CliRunner().invoke(
        app, ["feeds", "show", url, "--db", room.url], obj=Setup(clock=room.clock)
    )
    assert done.exit_code == 0, done.output
    return re.sub(r"\s+", " ", done.output)


def first_missing(wanted: list[str], told: str) -> str | None:
    """The first of these words that does not follow those before it."""
    at = 0
    for words in wanted:
        found = told.find(words, at)
        if found < 0:
            return words
        at = found + len(words)
    return None
