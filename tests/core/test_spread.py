"""Order of two articles by either clock, and a story's episodes on hand-made timelines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.match import Order
from watcher.core.rules.rest import DAY, REST_FACTOR, REST_FLOOR, Rest
from watcher.core.spread import Mark, Seen, history, order

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def seen(after: float | None, by: float, claimed: float | None = None) -> Seen:
    """Polled: hours after T0."""
    return Seen(
        None if after is None else T0 + after * HOUR,
        T0 + by * HOUR,
        None if claimed is None else T0 + claimed * HOUR,
        "seen",
    )


def claimed(at: float | None) -> Seen:
    """Imported, all in the same hour a year later."""
    return Seen(None, T0 + timedelta(days=365), None if at is None else T0 + at * HOUR, "claimed")


# ---------------------------------------------------------------- which was first


@pytest.mark.parametrize(
    ("a", "b", "expected", "swap"),
    [
        (seen(0, 1), seen(2, 3), Order.SEEN, False),
        (seen(2, 3), seen(0, 1), Order.SEEN, True),
        (seen(0, 1), seen(1, 2), Order.SEEN, False),  # "up to" meets "after"
        (seen(0, 2), seen(1, 3), Order.UNKNOWN, False),  # overlapping intervals
        (seen(0, 1), seen(0, 1), Order.UNKNOWN, False),  # one poll
        (seen(None, 1), seen(2, 3), Order.SEEN, False),  # censored: there by then in any case
        (seen(None, 3), seen(1, 2), Order.UNKNOWN, False),  # censored: may be older
        (seen(None, 1), seen(None, 5), Order.UNKNOWN, False),
        # Our clock goes before the outlets'.
        (seen(0, 1, claimed=5), seen(2, 3, claimed=-5), Order.SEEN, False),
        # Where ours says nothing, theirs are kept apart as claims.
        (seen(0, 2, claimed=-1), seen(1, 3, claimed=-2), Order.CLAIMED, True),
        (seen(None, 1, claimed=-2), seen(None, 1, claimed=-1), Order.CLAIMED, False),
        (seen(None, 1, claimed=-2), seen(None, 1), Order.UNKNOWN, False),
        (claimed(0), claimed(1), Order.CLAIMED, False),
        (claimed(1), claimed(0), Order.CLAIMED, True),
        (claimed(0), claimed(0.01), Order.UNKNOWN, False),  # half a minute: dates are rounded
        (claimed(0), claimed(1 / 60), Order.CLAIMED, False),
        (claimed(None), claimed(0), Order.UNKNOWN, False),
        # An archive's article was never seen by us: our clock does not order it.
        (claimed(0), seen(2, 3), Order.UNKNOWN, False),
        (claimed(0), seen(2, 3, claimed=1), Order.CLAIMED, False),
    ],
)
def test_order(a: Seen, b: Seen, expected: Order, swap: bool) -> None:
    assert order(a, b) == (expected, swap)


MOMENTS = st.one_of(st.none(), st.integers(0, 6).map(lambda h: T0 + h * HOUR))
ANY_SEEN = st.builds(
    Seen, MOMENTS, st.integers(0, 6).map(lambda h: T0 + h * HOUR), MOMENTS,
    st.sampled_from(["seen", "claimed"]),
).filter(lambda s: s.after is None or s.after <= s.by)  # fmt: skip


@given(ANY_SEEN, ANY_SEEN)
def test_order_is_the_same_whoever_is_named_first(a: Seen, b: Seen) -> None:
    (known, swap), (again, swapped) = order(a, b), order(b, a)
    assert known is again
    if known is Order.UNKNOWN:
        assert not swap
        assert not swapped
    elif not (a.after == a.by == b.after == b.by):  # both at one instant: either is first
        assert swap is not swapped


def test_the_moment_that_stands_for_an_article() -> None:
    assert seen(0, 1, claimed=-9).at == T0 + HOUR
    assert claimed(3).at == T0 + 3 * HOUR
    assert claimed(None).at == T0 + timedelta(days=365)


# ---------------------------------------------------------------- episodes


def mark(days: float, article: int, subtype: str = "new_outlet") -> Mark:
    return Mark(T0 + timedelta(days=days), article, subtype)


FIRST = mark(0, 1, "first")


def opened(*marks: Mark, override: float | None = None) -> list[tuple[float, int, int]]:
    """(day of opening, article, copies) of each episode."""
    found = history(FIRST, marks, override)
    assert [e.n for e in found.episodes] == list(range(1, len(found.episodes) + 1))
    return [
        ((e.opened_at - T0).total_seconds() / DAY, e.opened_by, e.copies) for e in found.episodes
    ]


def test_a_story_alone_is_one_episode_without_copies() -> None:
    assert opened() == [(0, 1, 0)]
    assert history(FIRST, []).rest_reason is Rest.FLOOR
    assert history(FIRST, []).last_at == T0


def test_the_first_sighting_is_no_copy_of_itself() -> None:
    assert opened(FIRST) == [(0, 1, 0)]


def test_a_copy_within_the_week_continues() -> None:
    assert opened(mark(1, 2), mark(6.99, 3)) == [(0, 1, 2)]


def test_a_copy_after_a_week_of_rest_opens_an_episode() -> None:
    assert opened(mark(1, 2), mark(8, 3)) == [(0, 1, 1), (8, 3, 1)]


def test_copies_that_come_together_open_one_episode() -> None:
    found = history(FIRST, [mark(1, 2), mark(30, 3, "redated"), mark(30, 4), mark(30, 5)])
    assert len(found.episodes) == 2
    assert found.episodes[1].copies == 3
    assert found.episodes[1].opened_by == 3
    assert found.episodes[1].subtype == "redated"


def test_an_old_article_issued_again_opens_an_episode() -> None:
    assert opened(mark(1, 2), mark(40, 1, "redated")) == [(0, 1, 1), (40, 1, 1)]


def test_three_episodes() -> None:
    assert opened(mark(1, 2), mark(20, 3), mark(21, 4), mark(60, 5)) == [
        (0, 1, 1),
        (20, 3, 2),
        (60, 5, 1),
    ]


def test_a_slow_story_rests_longer() -> None:
    # A copy every six days: five times the 90th percentile of the gaps is a month.
    slow = [mark(6 * n, n + 1) for n in range(1, 6)]
    found = history(FIRST, slow)
    assert found.rest_s == pytest.approx(REST_FACTOR * 6 * DAY)
    assert found.rest_reason is Rest.RHYTHM
    assert len(opened(*slow, mark(30 + 29.9, 9))) == 1
    assert len(opened(*slow, mark(30 + 30, 9))) == 2


def test_the_ninetieth_percentile_and_not_the_longest_gap_counts() -> None:
    # Twenty gaps of a day and one of six.
    days = [*range(1, 21), 26]
    found = history(FIRST, [mark(d, i + 2) for i, d in enumerate(days)])
    assert found.rest_s == REST_FLOOR
    assert found.rest_reason is Rest.FLOOR


def test_the_gap_between_episodes_is_no_rhythm() -> None:
    found = history(FIRST, [mark(100, 2), mark(101, 3)])
    assert len(found.episodes) == 2
    assert found.rest_s == REST_FLOOR


def test_a_watch_sets_its_own_rest() -> None:
    marks = [mark(1, 2), mark(3, 3)]
    assert opened(*marks) == [(0, 1, 2)]
    assert opened(*marks, override=2 * DAY) == [(0, 1, 1), (3, 3, 1)]
    assert opened(*marks, override=2.01 * DAY) == [(0, 1, 2)]
    assert history(FIRST, marks, 2 * DAY).rest_reason is Rest.OVERRIDE


def test_a_mark_dated_before_the_first_sighting_sets_nothing_back() -> None:
    assert opened(mark(-3, 2), mark(1, 3)) == [(0, 1, 2)]


@given(
    st.lists(
        st.builds(mark, st.integers(0, 60), st.integers(2, 9)), max_size=12, unique=True
    ).flatmap(lambda marks: st.tuples(st.just(marks), st.permutations(marks)))
)
def test_history_does_not_depend_on_the_order_of_marks(
    marks: tuple[list[Mark], list[Mark]],
) -> None:
    told, again = history(FIRST, marks[0]), history(FIRST, marks[1])
    assert told == again
    assert sum(e.copies for e in told.episodes) == len(marks[0])
    for before, after in pairwise(told.episodes):
        assert after.opened_at - before.last_at >= timedelta(seconds=REST_FLOOR)
