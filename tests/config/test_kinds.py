"""Durations, as written and as read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.config import duration_text, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("2h", 7_200),
        ("7d", 604_800),
        ("2w", 1_209_600),
        ("1h30m", 5_400),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds
    assert parse_duration(duration_text(seconds)) == seconds


@pytest.mark.parametrize(
    "text", ["", "15", "m", "15 m", "-5m", "1.5h", "15M", "1y", "٣m", "9" * 99 + "s"]
)
def test_not_durations(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration such as 15m, 2h or 7d"):
        parse_duration(text)


@settings(deadline=None)
@given(st.integers(0, 10**9))
def test_the_shortest_text_reads_back(seconds: int) -> None:
    assert parse_duration(duration_text(seconds)) == seconds
