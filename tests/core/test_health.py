"""How a feed is: each verdict with its onset and its reason."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.feedplay import DAY, HOUR, MONDAY, TIMEOUT, Played, live, started, wire
from watcher.core.health import Health, Judged, Memory, Seen, judge

# ---------------------------------------------------------------- failing


def test_a_feed_that_fails_says_since_when_how_often_and_why() -> None:
    feed = started()
    first = feed.at + HOUR
    verdicts = [feed.poll(**TIMEOUT).verdict for _ in range(4)]
    assert [one.grave for one in verdicts] == [False, False, False, True]
    assert {one.since for one in verdicts} == {first}
    assert verdicts[0].reason == "1 poll failed, the last one with timeout: no answer within 30 s"
    assert verdicts[3].reason == (
        "4 polls in a row failed, the last one with timeout: no answer within 30 s"
    )
    assert feed.raised() == ["failing"]


def test_many_failures_in_an_hour_are_a_hiccup_and_three_in_a_day_are_not() -> None:
    brisk = started()
    for _ in range(11):
        brisk.poll(timedelta(minutes=5), **TIMEOUT)
    assert brisk.raised() == []
    slow = started()
    for _ in range(3):
        slow.poll(8 * HOUR, **TIMEOUT)
    assert slow.raised() == ["failing"]


def test_one_onset_is_announced_once_and_a_recovery_ends_it() -> None:
    feed = started()
    for _ in range(50):
        feed.poll(**TIMEOUT)
    well = feed.poll()
    assert (well.verdict.health, well.verdict.since, well.findings) == (Health.OK, feed.at, ())
    for _ in range(50):
        feed.poll(**TIMEOUT)
    first, second = feed.begun
    assert first.health is second.health is Health.FAILING
    assert first.mark != second.mark


def test_a_feed_that_never_answered_is_failing_from_its_first_poll() -> None:
    feed = Played()
    judged = feed.poll(error="notfound", told="404 Not Found")
    assert (judged.verdict.health, judged.begun) == (Health.FAILING, ())
    for _ in range(3):
        feed.poll(error="notfound", told="404 Not Found")
    assert feed.raised() == ["failing"]


def test_a_page_in_place_of_the_feed_is_the_same_trouble_as_the_failure_before() -> None:
    feed = started()
    for _ in range(4):
        feed.poll(**TIMEOUT)
    html = feed.poll(error="html", told="an HTML page, not a feed").verdict
    assert html.health is Health.HTML
    assert html.reason == (
        "a web page where the feed was: an HTML page, not a feed (5 polls in a row failed)"
    )
    assert html.since == feed.begun[0].since
    assert feed.raised() == ["failing"]


def test_what_was_never_a_feed_did_not_turn_into_a_page() -> None:
    assert Played().poll(error="html", told="an HTML page").verdict.health is Health.FAILING


def test_gone_is_told_at_once_but_not_on_the_first_poll() -> None:
    new = Played().poll(error="gone", told="410")
    assert (new.verdict.health, new.begun) == (Health.GONE, ())
    feed = started()
    gone = feed.poll(error="gone", told="410")
    assert gone.begun == (gone.verdict,)
    assert gone.verdict.reason == (
        "the server says that it is gone for good (410): polling has stopped"
    )
    assert feed.poll(error="gone", told="410").begun == ()


def test_a_feed_that_failed_before_there_was_a_memory_did_so_since_it_last_answered() -> None:
    feed = Played(last_ok_at=MONDAY - 9 * DAY, last_polled_at=MONDAY, failures=30)
    verdict = feed.poll(**TIMEOUT).verdict
    assert verdict.since == MONDAY - 9 * DAY
    assert verdict.reason.startswith("31 polls in a row failed")


def test_a_failure_does_not_end_what_it_cannot_tell() -> None:
    feed = started()
    onset = feed.read(entries=0).verdict.since
    for _ in range(30):
        feed.poll(entries=0)
    assert feed.raised() == ["empty"]
    feed.poll(**TIMEOUT)
    again = feed.poll(entries=0)
    assert (again.verdict.health, again.verdict.since, again.begun) == (Health.EMPTY, onset, ())


# ---------------------------------------------------------------- what the document lost


def test_a_feed_without_entries() -> None:
    feed = started()
    onset = feed.at + HOUR
    for _ in range(24):
        assert not feed.read(entries=0).verdict.grave
    grave = feed.poll()  # 304: still the same empty document
    assert (grave.verdict.since, grave.verdict.grave) == (onset, True)
    assert grave.verdict.reason == "a feed without entries, where there were some"
    assert feed.read(1).verdict.health is Health.OK


def test_a_feed_that_never_had_an_entry_is_said_but_not_alerted() -> None:
    feed = Played()
    verdicts = [feed.read(entries=0).verdict for _ in range(60)]
    assert {one.health for one in verdicts} == {Health.EMPTY}
    assert verdicts[-1].reason == "a feed that has never had an entry"
    assert feed.raised() == []


def _texts(feed: Played, full: int, thin: int) -> Judged:
    return feed.read(full + thin, settled=full + thin, full=full)


def test_full_text_that_was_lost() -> None:
    feed = started()
    for _ in range(12):
        _texts(feed, 3, 0)
    last_full = feed.at
    seen = [_texts(feed, 0, 1).verdict for _ in range(10)]
    assert [one.health for one in seen] == [Health.OK] * 7 + [Health.NO_FULL_TEXT] * 3
    assert seen[-1].since == last_full
    assert seen[-1].reason == "0 of its last 10 entries have their full text, where 100% had it"
    for _ in range(30):
        _texts(feed, 0, 1)
    assert feed.raised() == ["no_full_text"]
    for _ in range(5):
        well = _texts(feed, 1, 0)
    assert well.verdict.health is Health.OK


def test_a_stray_full_text_is_no_new_onset() -> None:
    feed = started()
    for _ in range(12):
        _texts(feed, 3, 0)
    for n in range(200):
        _texts(feed, n % 10 == 0, 1)
    assert feed.raised() == ["no_full_text"]


def test_what_never_carried_much_cannot_lose_it() -> None:
    feed = started()
    rng = random.Random(5)
    for _ in range(300):
        _texts(feed, int(rng.random() < 0.5), 1)
    for _ in range(60):
        _texts(feed, 0, 2)
    assert feed.raised() == []


def test_a_day_of_short_notices_is_no_loss() -> None:
    feed = started()
    for _ in range(12):
        _texts(feed, 3, 0)
    _texts(feed, 0, 12)
    for _ in range(20):
        feed.poll()
    _texts(feed, 6, 0)
    for _ in range(40):
        feed.poll()
    assert feed.raised() == []


def test_what_stays_lost_for_two_months_is_how_the_feed_is() -> None:
    feed = started()
    for _ in range(12):
        _texts(feed, 3, 0)
    verdicts = [feed.read(1, DAY, settled=1).verdict.health for _ in range(90)]
    assert verdicts[20] is Health.NO_FULL_TEXT
    assert verdicts[-1] is Health.OK
    assert feed.raised() == ["no_full_text"]


def test_absurd_dates() -> None:
    feed = started()
    onset = feed.at + HOUR
    verdict = feed.read(1, dated=20, odd_dates=10).verdict
    assert (verdict.health, verdict.since, verdict.grave) == (Health.BAD_DATES, onset, False)
    assert verdict.reason == "10 of 20 dates of its entries lie in the future or are absurd"
    for _ in range(24):
        feed.poll()
    assert feed.raised() == ["bad_dates"]
    assert feed.read(1, dated=20, odd_dates=2).verdict.health is Health.OK


def test_a_feed_that_always_had_absurd_dates_is_said_but_not_alerted() -> None:
    feed = Played()
    for _ in range(60):
        verdict = feed.read(1, dated=20, odd_dates=20).verdict
    assert (verdict.health, feed.raised()) == (Health.BAD_DATES, [])
    assert started().read(1, dated=3, odd_dates=3).verdict.health is Health.OK


# ---------------------------------------------------------------- moves


NEW = "https://times.example/feeds/all"


def test_a_permanent_redirect_is_being_proven_then_adopted() -> None:
    feed = started()
    onset = feed.at + HOUR
    for _ in range(3):
        verdict = feed.poll(permanent_to=NEW).verdict
    assert (verdict.health, verdict.since, verdict.grave) == (Health.MOVED, onset, False)
    assert verdict.reason == f"redirects for good to {NEW}, seen 3 times, not yet proven"
    adopted = feed.read(moved_to=NEW).verdict
    feed.moved_to = NEW
    later = feed.poll(9 * DAY).verdict
    assert adopted.since == later.since == onset
    assert later.reason == f"is read at {NEW} now: write that address into feeds.yaml"
    assert feed.raised() == []


def test_another_site_that_answers_for_a_day_is_grave() -> None:
    feed = started()
    onset = feed.at + HOUR
    for _ in range(25):
        verdict = feed.poll(site="parked.example").verdict
    assert (verdict.since, verdict.grave, feed.raised()) == (onset, True, ["moved"])
    assert verdict.reason == "parked.example answers where times.example did"
    for _ in range(90):
        feed.poll(DAY, site="parked.example")
    assert feed.raised().count("moved") == 1
    assert Health.MOVED not in feed.memory.onsets
    assert feed.poll(site="times.example").verdict.reason == (
        "times.example answers where parked.example did"
    )


def test_a_login_page_elsewhere_for_an_hour_is_not() -> None:
    feed = started()
    for n in range(200):
        feed.poll(site="login.example" if n % 20 == 0 else "times.example")
    assert feed.raised() == []


# ---------------------------------------------------------------- the whole


def test_the_worst_comes_first_and_the_others_are_not_lost() -> None:
    feed = started()
    live(feed, list(wire(random.Random(6), 60)), 60, 2)
    for _ in range(40):
        judged = feed.poll(2 * HOUR, site="parked.example")
    assert [one.health for one in judged.findings] == [Health.SILENT, Health.MOVED]
    assert judged.verdict is judged.findings[0]
    assert sorted(feed.raised()) == ["moved", "silent"]


def test_memory_of_another_version_is_read() -> None:
    plain = {"fresh_at": MONDAY.isoformat(), "of_tomorrow": [1], "silences": [[2921, 7200]]}
    assert Memory.from_plain(plain) == Memory(fresh_at=MONDAY, silences=((2921, 7_200),))
    assert Memory.from_plain(None) == Memory()


_POLLS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.one_of(
        st.builds(dict, error=st.sampled_from(["timeout", "html", "gone"]), told=st.just("x")),
        st.builds(
            dict,
            entries=st.sampled_from([None, 0, 20]),
            fresh=st.integers(0, 5),
            settled=st.integers(0, 9),
            dated=st.just(20),
            odd_dates=st.sampled_from([0, 20]),
            site=st.sampled_from(["times.example", "parked.example"]),
            permanent_to=st.sampled_from([None, NEW]),
        ),
    ),
    min_size=1,
    max_size=60,
)


@settings(deadline=None, max_examples=200)
@given(_POLLS, st.lists(st.sampled_from([0.1, 1, 26, 24 * 50]), min_size=60, max_size=60))
def test_whatever_happens(polls: list[dict[str, Any]], hours: list[float]) -> None:
    """Nothing is announced on a first poll, or twice; an onset never lies ahead of its poll, nor
    moves while it lasts; what is remembered stays small."""
    feed = Played()
    last: dict[str, datetime] = {}
    for n, (seen, after) in enumerate(zip(polls, hours, strict=False)):
        judged = feed.poll(after * HOUR, **seen)
        assert judged.verdict.since <= feed.at
        assert n or not judged.begun
        now = {one.mark.split("@")[0]: one.since for one in judged.findings}
        for name in last.keys() & now.keys() - {"silent", "static"}:
            assert now[name] == last[name]
        if not seen.get("error"):
            last = now
        assert len(json.dumps(feed.memory.to_plain())) < 1_500
    marks = [one.mark for one in feed.begun]
    assert len(marks) == len(set(marks))
    assert all(a.since <= b.since or a.health != b.health for a, b in pairwise(feed.begun))


def test_a_clock_that_was_set_back_breaks_nothing() -> None:
    feed = started()
    live(feed, list(wire(random.Random(7), 60)), 60, 2)
    before = feed.memory.silences
    feed.read(1, -30 * DAY)
    assert all(seconds >= 0 for _, seconds in feed.memory.silences)
    assert len(feed.memory.silences) <= len(before) + 1
    assert feed.raised() == []


def test_the_judge_is_pure() -> None:
    feed = started()
    seen = Seen(feed.at + HOUR, entries=20, fresh=1)
    memory = replace(feed.memory)
    assert judge(feed, memory, seen) == judge(feed, memory, seen)
    assert memory == feed.memory
