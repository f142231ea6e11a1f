"""Which redirects of a feed are believed, and when a believed one is given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import T0
from watcher.core.moves import (
    LOST,
    LOST_POLLS,
    PROOF,
    PROOF_POLLS,
    Address,
    Move,
    Seen,
    Step,
    after_answer,
    after_failure,
    may_know,
    told,
    wants_document,
)

HERE, THERE = "http://valley.example/rss", "https://valley.example/feed"
FEED = Address(HERE)
MOVED = Seen(THERE, THERE, old_entries=True)


def kept(feed: Address, move: Move, now_hours: float) -> Address:
    """The address after a good poll, as the archive keeps it."""
    if move.step is Step.ADOPT:
        return Address(feed.configured, move.to)
    if move.step is Step.RETURN:
        return Address(feed.configured)
    if move.step is Step.STAY:
        return replace(feed, moving_to=None, moving_since=None, moving_seen=0)
    if move.to == feed.moving_to:
        return replace(feed, moving_seen=feed.moving_seen + move.counts)
    since = T0 + timedelta(hours=now_hours)
    return replace(feed, moving_to=move.to, moving_since=since, moving_seen=int(move.counts))


def run(*answers: tuple[float, Seen], feed: Address = FEED) -> tuple[Address, list[Step]]:
    """Polls at these hours: the address in the end, and the steps."""
    steps = []
    for hours, seen in answers:
        move = after_answer(feed, seen, T0 + timedelta(hours=hours))
        steps.append(move.step)
        feed = kept(feed, move, hours)
    return feed, steps


def test_the_same_chain_over_two_days_and_three_polls_is_adopted() -> None:
    feed, steps = run((0, MOVED), (20, MOVED), (40, MOVED), (48, MOVED))
    assert steps == [Step.PROVE, Step.PROVE, Step.PROVE, Step.ADOPT]
    assert (feed.asked, feed.configured) == (THERE, HERE)
    move = after_answer(Address(HERE, None, THERE, T0, 3), MOVED, T0 + timedelta(hours=50))
    assert move.reason == (
        "the same permanent redirect in 4 polls over 2 days, to the feed as it was known"
    )


def test_two_polls_are_too_few_however_far_apart() -> None:
    feed, steps = run((0, MOVED), (400, MOVED))
    assert steps == [Step.PROVE, Step.PROVE]
    assert feed.asked == HERE
    assert after_answer(feed, MOVED, T0 + timedelta(hours=401)).step is Step.ADOPT


@pytest.mark.parametrize(
    ("between", "reason"),
    [
        (Seen(HERE, None, old_entries=True), "no permanent redirect"),
        (Seen(THERE, None, old_entries=True), "no permanent redirect"),
        (
            Seen("http://elsewhere.example/rss", THERE, old_entries=True),
            "a temporary redirect stands in the chain",
        ),
    ],
)
def test_any_other_answer_ends_the_proof(between: Seen, reason: str) -> None:
    feed, steps = run((0, MOVED), (40, MOVED), (47, between), (60, MOVED), (80, MOVED))
    assert steps[2:] == [Step.STAY, Step.PROVE, Step.PROVE]
    assert (feed.asked, feed.moving_seen) == (HERE, 2)
    assert after_answer(FEED, between, T0).reason == reason


def test_another_end_begins_anew() -> None:
    other = replace(MOVED, url=THERE + "/2", permanent_to=THERE + "/2")
    turns = [(12.0 * n, MOVED if n % 2 else other) for n in range(40)]
    feed, steps = run(*turns)
    assert set(steps) == {Step.PROVE}
    assert feed.asked == HERE


def test_a_document_of_strangers_never_becomes_the_feed() -> None:
    strangers = replace(MOVED, old_entries=False)
    feed, steps = run(*((6.0 * n, strangers) for n in range(100)))
    assert set(steps) == {Step.PROVE}
    assert (feed.asked, feed.moving_seen) == (HERE, 0)
    move = after_answer(feed, strangers, T0)
    assert move.reason == "a permanent redirect to a document without an entry from before it"


def test_a_304_counts_once_the_document_was_seen_and_not_before() -> None:
    unseen = replace(MOVED, old_entries=None)
    feed, _ = run((0, unseen), (50, unseen))
    assert (feed.moving_to, feed.moving_seen) == (THERE, 0)
    assert wants_document(feed, 304)
    assert not wants_document(feed, 200), "asked for once; it was not the feed"
    feed, steps = run((0, MOVED), (30, unseen), (60, unseen))
    assert steps[-1] is Step.ADOPT
    assert not wants_document(Address(HERE, None, THERE, T0, 1), 304)
    assert not wants_document(FEED, 304)


def test_a_step_down_to_plain_http_is_never_kept() -> None:
    down = Seen(HERE, HERE, old_entries=True)
    feed, steps = run((0, down), (30, down), (60, down), feed=Address(THERE))
    assert set(steps) == {Step.STAY}
    assert feed.asked == THERE


def test_a_feed_that_moves_back_is_asked_where_feeds_yaml_says() -> None:
    back = Seen(THERE, THERE, old_entries=True)
    feed = Address(THERE, "https://new.example/rss")
    feed, steps = run((0, back), (30, back), (60, back), feed=feed)
    assert steps[-1] is Step.RETURN
    assert feed == Address(THERE)


def test_a_clock_set_back_proves_nothing() -> None:
    feed = Address(HERE, None, THERE, T0, 9)
    assert after_answer(feed, MOVED, T0 - timedelta(days=30)).step is Step.PROVE


@pytest.mark.parametrize(
    ("failures", "silent", "step"),
    [
        (LOST_POLLS, LOST, Step.RETURN),
        (LOST_POLLS - 1, LOST, Step.STAY),
        (LOST_POLLS, LOST - timedelta(seconds=1), Step.STAY),
        (LOST_POLLS, None, Step.RETURN),
    ],
)
def test_an_adopted_address_is_given_up_after_long_failure(
    failures: int, silent: timedelta | None, step: Step
) -> None:
    feed = Address(HERE, THERE)
    move = after_failure(feed, failures, None if silent is None else T0 - silent, T0)
    assert move.step is step
    if step is Step.RETURN:
        assert move.to == HERE
        assert move.reason.endswith("asking the one in feeds.yaml again")


def test_a_410_from_an_adopted_address_asks_the_configured_one_first() -> None:
    move = after_failure(Address(HERE, THERE), 1, T0, T0, gone=True)
    assert (move.step, move.to) == (Step.RETURN, HERE)
    assert after_failure(FEED, 1, T0, T0, gone=True).step is Step.STAY


@given(
    st.lists(
        st.tuples(
            st.floats(0.1, 60),
            st.sampled_from(["moved", "other", "none", "mixed", "unseen", "strangers", "failed"]),
        ),
        max_size=40,
    )
)
def test_nothing_is_adopted_without_its_proof(polls: list[tuple[float, str]]) -> None:
    """Whatever the history: an adoption has behind it an unbroken run of polls with its chain,
    long enough, many enough, and the first that counts had a document from before."""
    answers = {
        "moved": MOVED,
        "other": Seen(THERE + "2", THERE + "2", old_entries=True),
        "none": Seen(HERE, None, old_entries=True),
        "mixed": Seen(HERE + "3", THERE, old_entries=True),
        "unseen": replace(MOVED, old_entries=None),
        "strangers": replace(MOVED, old_entries=False),
    }
    feed, hours = FEED, 0.0
    run_of: list[tuple[float, str]] = []
    for wait, what in polls:
        hours += wait
        if what == "failed":
            continue
        good = what in ("moved", "unseen", "strangers")
        run_of = [*run_of, (hours, what)] if good else []
        move = after_answer(feed, answers[what], T0 + timedelta(hours=hours))
        feed = kept(feed, move, hours)
        if move.step is Step.ADOPT and move.to == THERE:
            assert hours - run_of[0][0] >= PROOF.total_seconds() / 3600 - 1e-6
            assert len(run_of) >= PROOF_POLLS
            assert any(w == "moved" for _, w in run_of)
            return


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("http://valley.example/other", True),
        ("http://VALLEY.example:80/", True),
        ("https://valley.example/rss", True),  # by TLS, where it was written without
        ("https://valley.example:8443/rss", False),
        ("http://valley.example:8080/rss", False),
        ("http://www.valley.example/rss", False),
        ("https://valley.example.evil.example/rss", False),
        ("https://valley.example@evil.example/rss", False),
        ("ftp://valley.example/rss", False),
        ("http://[broken", False),
    ],
)
def test_what_feeds_yaml_gives_for_an_address_goes_to_its_own_host_only(
    address: str, may: bool
) -> None:
    assert may_know(HERE, address) is may


def test_nothing_goes_from_tls_to_plain_http() -> None:
    assert not may_know("https://valley.example/rss", "http://valley.example/rss")


def test_a_move_is_told_in_words() -> None:
    assert told(FEED) == ""
    assert told(Address(HERE, THERE)) == f"asked at {THERE}, where it has moved for good"
    assert told(Address(HERE, None, THERE, T0, 1)) == (
        f"redirects permanently to {THERE} since 2026-03-02 09:00 UTC, proven by 1 poll so far; "
        "adopted after 3 polls over 2 days"
    )
