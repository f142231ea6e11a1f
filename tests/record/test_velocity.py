"""Velocity where polls are recorded in another order than they began in."""

from __future__ import annotations

from datetime import timedelta

from tests.record.desk import HOUR, T0, Desk, Item
from tests.record.test_alerts import alerts, watch
from tests.texts import HARBOUR, SHORT

MINUTE = timedelta(minutes=1)


def test_a_poll_that_began_before_the_last_recorded_one_sees_it(desk: Desk) -> None:
    desk.poll(Item("wire", "source", HARBOUR, T0, "https://wire.example/1"), now=T0)
    watch(desk, ("velocity", 0.5))  # three new families in six hours
    for outlet, minute in (("one", 3), ("two", 2)):
        at = T0 + HOUR + minute * MINUTE
        desk.poll(Item(outlet, outlet, HARBOUR, at, f"https://{outlet}.example/1"), now=at)
    assert alerts(desk) == {"velocity": 1}


def test_what_lies_further_back_than_six_hours_does_not_count(desk: Desk) -> None:
    desk.poll(Item("wire", "source", HARBOUR, T0, "https://wire.example/1"), now=T0)
    watch(desk, ("velocity", 0.5))
    for outlet, hours in (("one", 7.0), ("two", 6.9)):
        at = T0 + hours * HOUR
        desk.poll(Item(outlet, outlet, HARBOUR, at, f"https://{outlet}.example/1"), now=at)
    assert alerts(desk) == {}
    late = T0 + 6.5 * HOUR
    desk.poll(Item("other", "other", SHORT, late, "https://other.example/1"), now=late)
    assert alerts(desk) == {}
