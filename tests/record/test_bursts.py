"""A coordinated burst against the lags that each outlet really had, recorded poll by poll."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from storage import models
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from tests.record.test_alerts import alerts, watch
from tests.record.test_replay import agrees
from tests.texts import HARBOUR, made_up

MINUTE = timedelta(minutes=1)
# When each outlet usually has what the wire has: from soon after to the next morning.
USUAL = {"quick": 0.4, "noon": 4.0, "evening": 9.0, "night": 13.0, "weekly": 21.0}
PAST = 5  # stories before


def lived(desk: Desk) -> datetime:
    """Stories that every outlet took in its own time; when the next one begins."""
    at = T0
    for n in range(PAST):
        text, at = made_up(700 + n, 8), T0 + n * 2 * DAY
        came(desk, "wire", text, at, f"past{n}")
        for outlet, lag in USUAL.items():
            came(desk, outlet, text, at + lag * HOUR + n * 7 * MINUTE, f"past{n}")
    return at + 5 * DAY


def came(desk: Desk, outlet: str, text: str, at: datetime, slug: str) -> None:
    url = f"https://{outlet}.example/{slug}"
    desk.poll(Item(outlet, f"{slug} at {outlet}", text, at, url), now=at)


def begin(desk: Desk) -> datetime:
    """The wire's report, which is followed."""
    start = lived(desk)
    desk.poll(Item("wire", "source", HARBOUR, start, "https://wire.example/1"), now=start)
    watch(desk, ("burst", 4))
    return start


def reason(desk: Desk) -> str:
    a = models.alert
    with desk.database.read() as conn:
        return str(conn.scalar(select(a.c.reason).where(a.c.condition == "burst")))


def test_outlets_that_come_together_against_their_habit(desk: Desk) -> None:
    start = begin(desk)
    for n, outlet in enumerate(("noon", "evening", "night")):
        came(desk, outlet, HARBOUR, start + HOUR + n * 5 * MINUTE, "copy")
        assert alerts(desk) == {}
    came(desk, "weekly", HARBOUR, start + HOUR + 20 * MINUTE, "copy")
    assert alerts(desk) == {"burst": 1}
    names = "noon.example, evening.example, night.example, weekly.example"
    assert reason(desk).startswith(f"4 of 4 outlets within 30 min ({names});")
    came(desk, "quick", HARBOUR, start + HOUR + 25 * MINUTE, "copy")
    assert alerts(desk) == {"burst": 1}
    agrees(desk)


def test_outlets_that_come_in_their_own_time(desk: Desk) -> None:
    start = begin(desk)
    for outlet, lag in USUAL.items():
        came(desk, outlet, HARBOUR, start + lag * HOUR, "copy")
    assert alerts(desk) == {}
    agrees(desk)


def test_outlets_that_are_always_that_quick(desk: Desk) -> None:
    at = T0
    names = [f"title{n}" for n in range(5)]  # of one house, which print each other's texts at once
    for n in range(PAST):
        text, at = made_up(720 + n, 8), T0 + n * 2 * DAY
        came(desk, "wire", text, at, f"past{n}")
        for m, name in enumerate(names):
            came(desk, name, text, at + HOUR + (m + n) * MINUTE, f"past{n}")
    start = at + 5 * DAY
    desk.poll(Item("wire", "source", HARBOUR, start, "https://wire.example/1"), now=start)
    watch(desk, ("burst", 4))
    for m, name in enumerate(names):
        came(desk, name, HARBOUR, start + HOUR + m * MINUTE, "copy")
    assert alerts(desk) == {}


def test_once_though_a_slow_poll_shows_an_earlier_opener(desk: Desk) -> None:
    """A poll that waited for pages is recorded behind polls that saw their copies later: the
    episode then has another opener, and so another name in keys."""
    start = begin(desk)
    back = start + 30 * DAY
    came(desk, "quick", HARBOUR, back, "again")  # it opens the second episode
    for n, outlet in enumerate(("noon", "evening", "night", "weekly")):
        came(desk, outlet, HARBOUR, back + HOUR + n * MINUTE, "again")
    assert alerts(desk) == {"burst": 1}
    came(desk, "slow", HARBOUR, back - 5 * MINUTE, "again")
    assert desk.story_of("source").episodes == 2
    came(desk, "late", HARBOUR, back + HOUR + 6 * MINUTE, "again")
    assert alerts(desk) == {"burst": 1}
