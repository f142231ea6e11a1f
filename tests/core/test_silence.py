"""Silence against a feed's own rhythm: nights, weekends and chance are none, its end is."""

from __future__ import annotations

import random

import pytest

from tests.core.feedplay import (
    DAY,
    TIMEOUT,
    Rhythm,
    by_chance,
    live,
    monthly,
    morning,
    paper,
    started,
    weekly,
    wire,
)
from watcher.core.health import Health, usual_silence


@pytest.mark.parametrize(
    ("rhythm", "every", "most_a_year", "told_within_days"),
    [
        (wire, 2, 0.0, 2),
        (paper, 2, 0.0, 7),  # its weekend is 60 hours, and Easter 108
        (morning, 3, 0.0, 6),
        (weekly, 8, 0.0, 21),
        (monthly, 24, 0.0, 95),
        (by_chance(6), 3, 0.3, 6),
        (by_chance(24), 6, 0.3, 14),
        (by_chance(168), 12, 0.6, 90),
    ],
    ids=["wire", "paper", "morning", "weekly", "monthly", "6 h", "daily", "sparse"],
)
def test_a_rhythm_is_not_silence_and_its_end_is(
    rhythm: Rhythm, every: int, most_a_year: float, told_within_days: int
) -> None:
    """Years of life without a word, and then the feed dies."""
    wrong = 0
    runs, days = 3, 400
    for seed in range(runs):
        feed = started()
        live(feed, list(rhythm(random.Random(seed), days)), days, every)
        wrong += feed.raised().count("silent")
        last = feed.memory.fresh_at
        assert last is not None
        feed.begun.clear()
        (told, judged), *_ = live(feed, [], told_within_days + 1, every)
        assert judged.verdict.since == last
        assert told - last <= told_within_days * DAY
        assert feed.raised() == (["silent"] if judged.begun else [])
    assert wrong <= most_a_year * runs * days / 365


def test_silence_is_said_in_words() -> None:
    feed = started()
    live(feed, list(paper(random.Random(1), 60)), 60, 2)
    (_, silent), *_ = live(feed, [], 9, 2)
    assert silent.verdict.reason.startswith("nothing new for more than 6 d ")
    assert "its usual longest silence is 2 d 1" in silent.verdict.reason
    well = feed.read(3)
    assert well.verdict.health is Health.OK
    assert well.verdict.reason.startswith("its usual longest silence is 2 d 1")


def test_a_young_feed_is_never_silent() -> None:
    feed = started()
    live(feed, list(wire(random.Random(2), 20)), 20, 2)  # three weeks are no rhythm
    assert live(feed, [], 40, 2) == []
    assert feed.raised() == []


def test_nobody_listening_is_not_silence() -> None:
    feed = started()
    times = list(wire(random.Random(3), 90))
    live(feed, times, 45, 2)
    usual = usual_silence(feed.memory)
    # We were down for two weeks; then the feed failed for two more.
    feed.read(20, 14 * DAY)
    for _ in range(14 * 24):
        feed.poll(**TIMEOUT)
    feed.read(20)
    assert usual_silence(feed.memory) == usual
    assert "silent" not in feed.raised()
    assert max(seconds for _, seconds in feed.memory.silences) < 86_400


def test_two_quiet_polls_are_no_silence() -> None:
    feed = started()
    live(feed, list(wire(random.Random(4), 45)), 45, 2)
    # After an outage of ours nothing new was there: two more have to agree.
    verdicts = [feed.poll(20 * DAY).verdict, feed.poll().verdict, feed.poll().verdict]
    assert [one.health for one in verdicts] == [Health.OK, Health.OK, Health.SILENT]


def test_a_feed_that_never_changes_is_static() -> None:
    feed = started()
    first = feed.at
    early = [feed.poll(DAY).verdict.health for _ in range(44)]
    assert set(early) == {Health.OK}
    verdict = feed.poll(DAY).verdict
    assert (verdict.health, verdict.since, verdict.grave) == (Health.STATIC, first, False)
    assert verdict.reason == "nothing new since it was first read"


def test_a_feed_too_rare_for_a_rhythm_is_static_too() -> None:
    feed = started()
    feed.poll(20 * DAY)
    feed.read(1, DAY)
    verdicts = [feed.poll(10 * DAY).verdict for _ in range(5)]
    assert verdicts[-1].health is Health.STATIC
    assert verdicts[-1].reason == "nothing new for more than 45 d, and little before"
