"""Quiet hours: over midnight, across clock changes, in any zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.config import QuietHours
from watcher.config.quiet import read

NIGHT = read("22:00-07:00 Europe/Paris")


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2024-01-10T20:59:59", None),
        ("2024-01-10T21:00:00", "2024-01-11T06:00:00"),
        ("2024-01-11T05:59:59", "2024-01-11T06:00:00"),
        ("2024-01-11T06:00:00", None),
        # Clocks go forward on 31 March 2024 and back on 27 October: seven o'clock moves in UTC.
        ("2024-03-30T22:00:00", "2024-03-31T05:00:00"),
        ("2024-10-26T22:00:00", "2024-10-27T06:00:00"),
    ],
)
def test_a_night_in_paris(at: str, ends: str | None) -> None:
    assert NIGHT.ends(_utc(at)) == (_utc(ends) if ends else None)


def test_within_one_day() -> None:
    lunch = QuietHours(time(12), time(13, 30), "UTC")
    assert lunch.ends(_utc("2024-01-10T12:00")) == _utc("2024-01-10T13:30")
    assert lunch.ends(_utc("2024-01-10T13:30")) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("22:00-07:00 Europe/Paris", "22:00-07:00 Europe/Paris"),
        ("9:05 - 17:30", "09:05-17:30 UTC"),
        ("22:00\u201307:00 UTC", "22:00-07:00 UTC"),
    ],
)
def test_forms(text: str, shown: str) -> None:
    assert str(read(text)) == shown
    assert read(shown) == read(text)


@settings(deadline=None)
@given(
    st.integers(946_684_800, 2_208_988_800).map(lambda s: datetime.fromtimestamp(s, UTC)),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.integers(1, 1439),
    st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_after_the_end_they_are_over(at: datetime, start: time, minutes: int, zone: str) -> None:
    end = (datetime.combine(at.date(), start) + timedelta(minutes=minutes)).time()
    quiet = QuietHours(start, end, zone)
    ends = quiet.ends(at)
    if ends is not None:
        assert at < ends <= at + timedelta(hours=48)
        assert quiet.ends(ends) is None
