"""Coordinated bursts: judged against the outlets' own usual lags."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.rules.burst import CHANCE, WINDOW, burst, tail

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = 3600.0
LIST = tuple(f"o{n}.example" for n in range(8))


def came(*hours: float) -> list[tuple[str, datetime]]:
    return [(o, START + timedelta(hours=h)) for o, h in zip(LIST, hours, strict=False)]


# Each outlet is usually late by anything between an hour and two days.
LATE = {o: [HOUR * (1 + (7 * n + 3 * k) % 47) for k in range(20)] for n, o in enumerate(LIST)}
# Titles of one owner: they copy within minutes, always.
AT_ONCE = {o: [60.0 * (1 + k % 9) for k in range(20)] for o in LIST}


def test_six_late_outlets_in_one_half_hour() -> None:
    found = burst(came(20, 20.1, 20.2, 20.2, 20.3, 20.4), LATE, START, 5)
    assert found.met
    assert found.chance is not None
    assert found.chance < CHANCE
    assert len(found.outlets) == 6
    assert "6 of 6 outlets within 30 min" in found.detail


def test_their_usual_pace_is_none() -> None:
    assert not burst(came(2, 9, 17, 22, 30, 41), LATE, START, 5).met


def test_titles_that_always_copy_at_once_are_none() -> None:
    found = burst(came(0.05, 0.05, 0.1, 0.1, 0.1, 0.12), AT_ONCE, START, 5)
    assert not found.met
    assert found.chance is not None
    assert found.chance > 0.5


def test_the_same_titles_together_a_day_late_are_one() -> None:
    assert burst(came(*[24.1] * 6), AT_ONCE, START, 5).met


def test_fewer_than_asked() -> None:
    found = burst(came(20, 20.1, 30), LATE, START, 3)
    assert (found.met, found.chance) == (False, None)
    assert found.detail == "2 of 3 outlets within 30 min (o0.example, o1.example); asked for 3"


def test_too_little_is_known_to_judge() -> None:
    short = {o: lags[:2] for o, lags in LATE.items()}
    found = burst(came(20, 20.1, 20.2, 20.2, 20.3, 20.4), short, START, 5)
    assert not found.met
    assert "only 12 past lags of them are known: too few to judge" in found.detail


def test_an_outlet_without_a_past_is_given_the_lists() -> None:
    some = {o: lags for o, lags in LATE.items() if o not in LIST[:2]}
    assert burst(came(20, 20.1, 20.2, 20.2, 20.3, 20.4), some, START, 5).met


def test_an_outlet_counts_once() -> None:
    twice = [*came(20, 20.1), *came(20.2, 20.3), *came(20.3, 20.4)]
    assert burst(twice, LATE, START, 3).outlets == LIST[:2]


def test_one_absurd_lag_moves_little() -> None:
    six = came(20, 20.1, 20.2, 20.2, 20.3, 20.4)
    absurd = {o: [*lags, 1e12] for o, lags in LATE.items()}
    plain, other = burst(six, LATE, START, 5).chance, burst(six, absurd, START, 5).chance
    assert plain is not None
    assert other == pytest.approx(plain, rel=0.5)


def test_one_outlet_is_no_burst() -> None:
    with pytest.raises(ValueError, match="one outlet"):
        burst([], {}, START, 1)


@given(st.lists(st.floats(0, 1), max_size=7), st.integers(0, 8))
def test_the_tail_agrees_with_its_definition(shares: list[float], least: int) -> None:
    expected = 0.0
    for happened in itertools.product((False, True), repeat=len(shares)):
        if sum(happened) >= least:
            chance = 1.0
            for p, yes in zip(shares, happened, strict=True):
                chance *= p if yes else 1 - p
            expected += chance
    assert tail(shares, least) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.floats(0, 72), min_size=1, max_size=8), st.integers(2, 6))
def test_what_is_shown_lies_in_one_window(hours: list[float], least: int) -> None:
    arrivals = came(*hours)
    found = burst(arrivals, LATE, START, least)
    at = [when for outlet, when in arrivals if outlet in found.outlets]
    assert max(at) - min(at) <= WINDOW
    assert not found.met or len(found.outlets) >= least
    assert found == burst(arrivals[::-1], LATE, START, least)
