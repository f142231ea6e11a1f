"""The time axis: even inside an episode, short in a rest, never backwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.picture.story import BACK, DAY, HISTORY, at
from watcher.picture.scale import Scale, rested, scale_of
from watcher.report.values import ArticleLine, EpisodeLine, Interval, StoryHistory


def test_a_rest_is_narrow_however_long() -> None:
    scale = scale_of(HISTORY)
    [rest] = scale.rests
    assert rest.right - rest.left < 0.2
    assert rested(rest) == "18 d 19 h"
    assert scale.x(at(14.5)) < rest.left
    assert rest.right < scale.x(BACK)


def test_inside_an_episode_time_runs_evenly() -> None:
    scale = scale_of(HISTORY)
    steps = [scale.x(at(hour + 1)) - scale.x(at(hour)) for hour in range(8, 14)]
    assert max(steps) - min(steps) < 1e-9


def test_what_lies_outside_stands_at_the_ends() -> None:
    scale = scale_of(HISTORY)
    assert scale.x(DAY - timedelta(days=400)) == 0.0
    assert scale.x(BACK + timedelta(days=400)) == 1.0


def test_ticks_are_round_and_no_closer_than_asked() -> None:
    scale = scale_of(HISTORY)
    ticks = scale.ticks(900, 60)
    assert all(tick.at.minute % 15 == 0 for tick in ticks)
    for a, b in pairwise(ticks):
        if not any(a.x < rest.left and rest.right <= b.x for rest in scale.rests):
            assert (b.x - a.x) * 900 >= 59
    assert all(tick.fresh for tick in ticks[:1])


def _history(moments: list[datetime], splits: list[int]) -> StoryHistory:
    moments = sorted(moments)
    cuts = sorted({s % len(moments) for s in splits} | {0})
    episodes = []
    for n, start in enumerate(cuts, 1):
        end = cuts[n] if n < len(cuts) else len(moments)
        episodes.append(EpisodeLine(n, "first", n, moments[start], moments[end - 1], end - start))
    articles: tuple[ArticleLine, ...] = tuple(
        replace(HISTORY.articles[1], article=n, seen=Interval(m - timedelta(hours=n % 50), m))
        for n, m in enumerate(moments)
    )
    return replace(HISTORY, root=0, articles=articles, episodes=tuple(episodes))


times = st.integers(0, 16_000_000).map(lambda n: DAY - timedelta(minutes=n))


@given(st.lists(times, min_size=1, max_size=20), st.lists(st.integers(0, 99), max_size=6))
def test_the_axis_never_runs_backwards(moments: list[datetime], splits: list[int]) -> None:
    scale: Scale = scale_of(_history(moments, splits))
    places = [scale.x(moment) for moment in sorted(moments)]
    assert places == sorted(places)
    assert places[0] >= 0.0
    assert places[-1] <= 1.0
    ends = [x for part in scale.stretches for x in (part.left, part.right)]
    assert ends == sorted(ends)
    assert scale.stretches[-1].right == 1.0
    for tick in scale.ticks(900, 60):
        assert 0.0 <= tick.x <= 1.0
