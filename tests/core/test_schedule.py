"""The next poll: each rule by name, and what holds whatever the facts are."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.schedule import (
    JITTER,
    RETRY_AFTER_CAP_S,
    Feed,
    Limits,
    Rhythm,
    Rule,
    Seen,
    first_poll,
    learn,
    next_poll,
    placed,
)
from watcher.core.values import Hints

Times = list[datetime]

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
URL = "https://times.example/rss"
HOURLY = tuple(NOW - timedelta(hours=n) for n in range(12))
MINUTELY = tuple(NOW - timedelta(minutes=n) for n in range(10))
LIMITS = Limits()


@pytest.mark.parametrize(
    ("feed", "rule", "low", "high"),
    [
        pytest.param(Feed(URL, published=HOURLY), Rule.RHYTHM, 1_450, 1_680, id="rhythm"),
        pytest.param(Feed(URL, configured_s=600, published=HOURLY), Rule.CONFIGURED, 600, 660),
        pytest.param(
            Feed(URL, published=[at - timedelta(days=2) for at in HOURLY]),
            Rule.QUIET, 4_000, 9_000, id="silent for two days",
        ),
        pytest.param(
            Feed(URL, published=[at - timedelta(days=120) for at in HOURLY]),
            Rule.MAXIMUM, 77_760, 86_400, id="silent for four months",
        ),
        pytest.param(Feed(URL), Rule.QUIET, 900, 990, id="nothing known"),
        pytest.param(
            Feed(URL, rhythm=learn((), NOW, NOW - timedelta(days=1))),
            Rule.QUIET, 7_000, 12_000, id="no dates, nothing new for a day",
        ),
        pytest.param(
            Feed(URL, last_interval_s=1_800, published=HOURLY, known_share=0.25),
            Rule.CROWDED, 900, 990, id="crowded",
        ),
        pytest.param(
            Feed(URL, published=HOURLY, known_share=0.9), Rule.RHYTHM, 1_450, 1_680, id="known"
        ),
        pytest.param(
            Feed(URL, published=MINUTELY, room=10), Rule.MINIMUM, 300, 330, id="a short document"
        ),
        pytest.param(
            Feed(URL, published=HOURLY, max_age_s=7_200), Rule.MAX_AGE, 7_200, 7_920, id="max-age"
        ),
        pytest.param(
            Feed(URL, configured_s=600, hints=Hints(ttl=3_600)), Rule.TTL, 3_600, 3_960, id="ttl"
        ),
        pytest.param(
            Feed(URL, published=HOURLY, hints=Hints(update_every=43_200)),
            Rule.UPDATE, 43_200, 47_520, id="sy:update",
        ),
        pytest.param(Feed(URL, configured_s=5), Rule.MINIMUM, 300, 330, id="minimum"),
        pytest.param(
            Feed(URL, published=HOURLY, max_age_s=10**9), Rule.MAXIMUM, 86_400, 86_400, id="maximum"
        ),
        pytest.param(Feed(URL, failures=1), Rule.BACKOFF, 900, 990, id="first failure"),
        pytest.param(Feed(URL, failures=3), Rule.BACKOFF, 2_025, 2_228, id="third"),
        pytest.param(Feed(URL, failures=3, lasting=True), Rule.BACKOFF, 5_625, 6_188, id="lasting"),
        pytest.param(Feed(URL, failures=999), Rule.MAXIMUM, 77_760, 86_400, id="never a stop"),
        pytest.param(
            Feed(URL, failures=1, retry_after_s=5_000), Rule.RETRY_AFTER, 5_000, 5_500, id="asked"
        ),
        pytest.param(
            Feed(URL, failures=5, retry_after_s=1), Rule.BACKOFF, 4_556, 5_012, id="asked for less"
        ),
        pytest.param(
            Feed(URL, failures=1, retry_after_s=1e9),
            Rule.RETRY_AFTER, RETRY_AFTER_CAP_S, RETRY_AFTER_CAP_S * 1.1, id="asked for years",
        ),
    ],
)  # fmt: skip
def test_each_rule(feed: Feed, rule: Rule, low: float, high: float) -> None:
    answer = next_poll(feed, NOW)
    assert (answer.rule, answer.stop) == (rule, False)
    assert low <= answer.seconds <= high
    assert answer.reason


def test_a_feed_that_is_gone_stops_and_says_so() -> None:
    answer = next_poll(Feed(URL, gone=True), NOW)
    assert answer.stop
    assert answer.rule is Rule.GONE
    assert "410" in answer.reason


def test_skipped_hours_and_days_move_the_poll_on() -> None:
    feed = Feed(URL, configured_s=600, hints=Hints(skip_hours=(10, 11, 12), skip_days=(2,)))
    answer = next_poll(feed, NOW)
    assert answer.rule is Rule.SKIPPED
    # Wednesday is skipped as a whole; Thursday begins within five minutes of midnight.
    assert timedelta(0) <= answer.at - datetime(2026, 3, 5, tzinfo=UTC) < timedelta(minutes=5)


@pytest.mark.parametrize(
    "hints", [Hints(skip_hours=tuple(range(24))), Hints(skip_days=tuple(range(7)))]
)
def test_a_feed_that_skips_everything_is_still_read(hints: Hints) -> None:
    assert next_poll(Feed(URL, configured_s=600, hints=hints), NOW).seconds <= 660


def test_a_naive_time_and_crossed_limits_are_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        next_poll(Feed(URL), NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="does not hold"):
        Limits(600, 300)


def test_starts_are_spread() -> None:
    at = [first_poll(f"https://n{n}.example/", NOW, 600).seconds for n in range(2_000)]
    assert 0 <= min(at) < 10
    assert 590 < max(at) < 600
    # No tenth of the span gets more than one and a half times its share.
    assert max(sum(low <= s < low + 60 for s in at) for low in range(0, 600, 60)) < 300


def test_feeds_do_not_stay_in_step() -> None:
    at = {next_poll(Feed(f"https://n{n}.example/", configured_s=900), NOW).at for n in range(500)}
    assert len(at) > 490


# ---------------------------------------------------------------- why


def test_a_floor_says_what_it_held_back() -> None:
    feed = Feed(URL, published=HOURLY, max_age_s=7_200, hints=Hints(ttl=3_600))
    assert next_poll(feed, NOW).reason == (
        "not sooner than the server's cache headers say, 2 h; "
        "at this time of the week an entry every 1.1 h"
    )
    assert next_poll(replace(feed, max_age_s=60), NOW).reason == (
        "not sooner than the feed's ttl says, 1 h; at this time of the week an entry every 1.1 h"
    )
    assert next_poll(Feed(URL, configured_s=5), NOW).reason == (
        "min_interval 5 min; the interval in feeds.yaml"
    )
    silent = Feed(URL, published=[at - timedelta(days=120) for at in HOURLY])
    assert next_poll(silent, NOW).reason == "max_interval 1 d; nothing new for 120 d"


# ---------------------------------------------------------------- rhythm


def poisson(per_day: float, days: float, factor: Callable[[datetime], float], seed: int) -> Times:
    """Publications up to NOW, at random, `factor` times the rate."""
    rng, at, found = random.Random(seed), NOW - timedelta(days=days), []
    while (at := at + timedelta(days=rng.expovariate(per_day))) < NOW:
        if rng.random() < factor(at):
            found.append(at)
    return found


def office(at: datetime) -> float:
    """A newsroom's day: few at night, fewer at the weekend."""
    return (1.0 if 7 <= at.hour < 19 else 0.03) * (1.0 if at.weekday() < 5 else 0.3)


def spent(rhythm: Rhythm, start: datetime, hours: float) -> list[datetime]:
    """When a feed of this rhythm is polled from `start` on, by the rhythm alone."""
    at, found = start, []
    while (at := next_poll(Feed(URL, rhythm=rhythm), at, LIMITS).at) < start + hours * HOUR:
        found.append(at)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_breaking_news_is_read_near_the_floor_and_a_monthly_feed_near_the_cap(seed: int) -> None:
    wire = learn(poisson(600, 10, lambda at: 1.0, seed), NOW)
    assert len(spent(wire, NOW, 24)) > 0.9 * 86_400 / (LIMITS.min_s * (1 + JITTER / 2))
    monthly = [NOW - timedelta(days=30 * n + seed) for n in range(12)]
    assert len(spent(learn(monthly, NOW), NOW, 24 * 30)) <= 36


@pytest.mark.parametrize("seed", range(3))
def test_a_newsroom_is_read_less_at_night_and_the_morning_is_not_missed(seed: int) -> None:
    rhythm = learn(poisson(100, 42, office, seed), NOW)
    midnight = NOW.replace(hour=0, minute=0) + timedelta(days=1)  # a Thursday's
    polls = spent(rhythm, midnight - 7 * HOUR, 48)
    night = [p for p in polls if p.hour < 6 and p > midnight and p < midnight + 24 * HOUR]
    day = [p for p in polls if 8 <= p.hour < 18 and p.date() == midnight.date()]
    assert len(night) <= 14
    assert len(day) / 10 > 2.5 * len(night) / 6
    # By the time the desk is at full strength, the feed is read at the day's pace.
    morning = [p for p in polls if p.date() == midnight.date() and p.hour == 7]
    assert len(morning) >= 3
    sunday = spent(rhythm, midnight + timedelta(days=3), 24)
    assert len(sunday) < 0.75 * len(spent(rhythm, midnight + timedelta(days=5), 24))


def test_the_same_hour_gives_the_same_interval_every_day() -> None:
    rhythm = learn(poisson(100, 42, office, 1), NOW)
    at = [NOW + timedelta(days=7 * n) for n in range(10)]
    found = [next_poll(Feed(URL, rhythm=rhythm), t, LIMITS).seconds for t in at]
    assert statistics.pstdev(found) / statistics.mean(found) < JITTER


def test_what_sets_off_more_is_read_sooner_for_a_while() -> None:
    rng = random.Random(3)
    times = []
    for n in range(60):  # bursts of ten within the hour, about every other day
        start = NOW - timedelta(days=2 * n + rng.random(), hours=1)
        times += [start + timedelta(minutes=rng.random() * 60) for _ in range(10)]
    rhythm = learn(times, NOW)
    assert rhythm.wake > 0.5
    calm = next_poll(Feed(URL, rhythm=rhythm, published=times), NOW + 30 * HOUR).seconds
    just = times + [NOW - timedelta(minutes=n) for n in (1, 2, 3)]
    assert next_poll(Feed(URL, rhythm=rhythm, published=just), NOW).seconds < calm / 4
    assert learn(poisson(10, 100, lambda at: 1.0, 3), NOW).wake == 0.0


def test_a_document_with_little_room_is_read_before_it_turns_over() -> None:
    rhythm = learn(poisson(100, 20, lambda at: 1.0, 1), NOW)
    wide = next_poll(Feed(URL, rhythm=rhythm, room=50), NOW, LIMITS)
    tight = next_poll(Feed(URL, rhythm=rhythm, room=2), NOW, Limits(60, 86_400))
    assert wide.seconds == next_poll(Feed(URL, rhythm=rhythm), NOW, LIMITS).seconds
    assert tight.seconds <= wide.seconds


def test_a_time_is_the_claim_where_our_own_interval_allows_it() -> None:
    after, by = NOW - HOUR, NOW
    half = NOW - timedelta(minutes=30)
    assert placed([Seen(half, after, by)]) == [half]
    assert placed([Seen(NOW - 5 * HOUR, after, by)]) == [after], "a wrong zone, or held back"
    assert placed([Seen(NOW + 5 * HOUR, after, by)]) == [by]
    assert placed([Seen(NOW - 5 * HOUR, None, by)]) == [NOW - 5 * HOUR], "all that is known"
    assert placed([Seen(None, None, by), Seen(NOW + HOUR, None, by)]) == []
    assert placed([Seen(None, after, by)] * 2) == [
        after + timedelta(minutes=15),
        after + timedelta(minutes=45),
    ]


INSTANTS = st.integers(-(10**6), 10**8).map(lambda s: NOW - timedelta(seconds=s))
FEEDS = st.builds(
    Feed,
    key=st.text(max_size=20),
    last_interval_s=st.floats(1, 1e6),
    configured_s=st.none() | st.floats(1, 1e6),
    published=st.lists(INSTANTS, max_size=30),
    known_share=st.none() | st.floats(0, 1),
    room=st.none() | st.integers(0, 1_000),
    hints=st.builds(
        Hints,
        ttl=st.none() | st.integers(0, 10**7),
        update_every=st.none() | st.integers(0, 10**7),
    ),
    max_age_s=st.none() | st.floats(0, 1e9),
    failures=st.integers(0, 10**6),
    lasting=st.booleans(),
    retry_after_s=st.none() | st.floats(0, 1e12),
)


@given(FEEDS)
def test_a_feed_is_never_hammered_and_never_forgotten(feed: Feed) -> None:
    answer = next_poll(feed, NOW, LIMITS)
    assert answer.at == NOW + timedelta(seconds=answer.seconds)
    assert answer.seconds >= LIMITS.min_s
    cap = LIMITS.max_s
    if answer.rule is Rule.RETRY_AFTER:
        cap = RETRY_AFTER_CAP_S * (1 + JITTER)
    assert answer.seconds <= cap
    assert not answer.stop


@given(FEEDS)
def test_what_the_server_asks_is_not_undercut(feed: Feed) -> None:
    answer = next_poll(feed, NOW, LIMITS)
    if feed.failures:
        asked = min(feed.retry_after_s or 0.0, RETRY_AFTER_CAP_S)
        # A pause is only ever shortened to the cap that keeps every backoff finite.
        assert answer.seconds >= min(asked, LIMITS.max_s * (1 - JITTER))
    else:
        floors = [feed.max_age_s, feed.hints.ttl, feed.hints.update_every, 0.0]
        floor = min(max(one for one in floors if one is not None), LIMITS.max_s)
        assert answer.seconds >= floor


@given(FEEDS, st.sets(st.integers(0, 23), max_size=23), st.sets(st.integers(0, 6), max_size=6))
def test_no_poll_falls_into_a_skipped_hour(feed: Feed, hours: set[int], days: set[int]) -> None:
    hints = replace(feed.hints, skip_hours=tuple(hours), skip_days=tuple(days))
    answer = next_poll(replace(feed, hints=hints, retry_after_s=None), NOW, LIMITS)
    assert answer.at.hour not in hours
    assert answer.at.weekday() not in days
    assert answer.seconds <= LIMITS.max_s + 7 * 86_400


@given(FEEDS)
def test_the_same_facts_give_the_same_answer(feed: Feed) -> None:
    assert next_poll(feed, NOW) == next_poll(feed, NOW)


@given(st.integers(1, 60), st.booleans())
def test_backoff_only_grows(failures: int, lasting: bool) -> None:
    one = next_poll(Feed(URL, failures=failures, lasting=lasting), NOW)
    more = next_poll(Feed(URL, failures=failures + 1, lasting=lasting), NOW)
    assert more.seconds >= one.seconds * (1 - JITTER)


@given(st.lists(INSTANTS, max_size=60), st.none() | INSTANTS)
def test_a_rhythm_is_always_a_rhythm(published: list[datetime], since: datetime | None) -> None:
    rhythm = learn(published, NOW, since)
    assert rhythm.rate > 0
    assert 0 <= rhythm.wake <= 0.8
    assert min(*rhythm.hours, *rhythm.days) > 0
    assert sum(rhythm.hours) == pytest.approx(24)
    assert sum(rhythm.days) == pytest.approx(7)
