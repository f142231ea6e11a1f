"""The play's timeline: in order, closely watched around the events, with a rest that is one."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from watcher.demo.script import EXPECTED, OPENING, REPORT, Step, backlog, steps


def moment_of(outlet: str, slug: str) -> Step:
    [step] = [step for step in steps() if (outlet, slug) in step.publish]
    return step


def next_look(after: Step) -> Step:
    return next(step for step in steps() if step.poll and step.at >= after.at)


def test_time_never_runs_backwards() -> None:
    times = [step.at for step in steps()]
    assert times == sorted(times)
    assert times[0] == OPENING


def test_the_backlog_is_older_than_the_opening_and_no_two_texts_are_of_one_moment() -> None:
    times = [at for _, _, at in backlog()]
    assert max(times) < OPENING
    assert len(set(times)) == len(times)


def test_each_text_about_the_event_is_seen_within_the_half_hour() -> None:
    for truth in EXPECTED:
        step = moment_of(truth.outlet, truth.slug)
        assert next_look(step).at - step.at <= timedelta(minutes=30), truth


def test_no_look_finds_two_texts_about_the_event() -> None:
    looks = [next_look(moment_of(truth.outlet, truth.slug)).at for truth in EXPECTED]
    assert len(set(looks)) == len(looks)


def test_the_watch_is_added_when_the_report_is_known_and_nobody_has_copied_it() -> None:
    [added] = [step for step in steps() if step.watch]
    assert next_look(moment_of(*REPORT)).at < added.at
    assert added.at < moment_of("kestrel", "kordal-dam-leak").at


def test_the_story_rests_longer_than_the_watch_asks_and_is_polled_before_it_returns() -> None:
    times = sorted(moment_of(truth.outlet, truth.slug).at for truth in EXPECTED if truth.joins)
    last_before, returned = times[-2], times[-1]
    assert returned - last_before > timedelta(days=14)
    # An entry found right after a gap could be backlog, which never makes a story resurface.
    hour_before = [
        s for s in steps() if s.poll and timedelta() < returned - s.at <= timedelta(hours=1)
    ]
    assert len(hour_before) >= 3


def test_the_rest_is_looked_at_twice_a_day() -> None:
    looks = [step.at for step in steps() if step.poll]
    gaps = [b - a for a, b in pairwise(looks)]
    assert max(gaps) <= timedelta(hours=14)
