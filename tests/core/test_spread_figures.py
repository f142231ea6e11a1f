"""Figures from hand-made timelines: never more exact than the intervals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.spread import Seen, figures
from watcher.core.spread.figures import Joined
from watcher.core.values import Span

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
H = 3600.0


def seen(after: float | None, by: float) -> Seen:
    """Polled: hours after T0."""
    low = None if after is None else T0 + timedelta(hours=after)
    return Seen(low, T0 + timedelta(hours=by), None, "seen")


def imported(at: float) -> Seen:
    return Seen(None, T0 + timedelta(days=300), T0 + timedelta(hours=at), "claimed")


def one(
    n: int,
    when: Seen,
    family: str = "",
    *,
    copy: bool = True,
    cut: float = 1.0,
    verdict: str = "none",
) -> Joined:
    return Joined(n, f"o{n}", family or f"f{n}", "en", when, copy, cut, verdict)


ROOT = one(1, seen(0, 1), copy=False)


@pytest.mark.parametrize(
    ("first", "other", "expected"),
    [
        (seen(0, 1), seen(3, 4), Span(2 * H, 4 * H)),
        (seen(0, 1), seen(0.5, 2), Span(0.0, 2 * H)),  # overlapping: no order
        (seen(None, 1), seen(3, 4), Span(2 * H, None)),  # nobody knows when the first was there
        (seen(0, 1), seen(None, 4), Span(None, 4 * H)),
        (seen(2, 3), seen(0, 1), Span(0.0, 0.0)),  # it was the earlier: never negative
        (imported(0), imported(5), Span(5 * H, 5 * H)),
        (seen(0, 1), imported(5), None),  # two clocks are never mixed
    ],
)
def test_a_lag_is_as_exact_as_the_two_sightings(
    first: Seen, other: Seen, expected: Span | None
) -> None:
    assert figures.lag(first, other) == expected


def test_a_quantile_is_a_value_that_occurs() -> None:
    spans = [Span(1.0, 10.0), Span(4.0, 5.0), Span(6.0, 7.0)]
    assert figures.quantile(spans, 0.5) == Span(4.0, 7.0)
    assert figures.quantile(spans, 0.9) == Span(6.0, 10.0)
    assert figures.quantile([], 0.5) is None
    assert figures.quantile([Span(None, 3.0), Span(2.0, None)], 1.0) == Span(2.0, None)


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.floats(0, 50), st.floats(0, 1)), min_size=1, max_size=12
    ),
    st.sampled_from([0.1, 0.5, 0.9, 1.0]),
)
def test_the_true_quantile_is_inside(values: list[tuple[float, float, float]], q: float) -> None:
    true = sorted(low + width * at for low, width, at in values)
    found = figures.quantile([Span(low, low + width) for low, width, _ in values], q)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    import math

    assert found.low - 1e-9 <= true[math.ceil(q * len(true)) - 1] <= found.high + 1e-9


def test_a_family_is_reached_by_its_earliest_article() -> None:
    joined = [
        ROOT,
        one(2, seen(3, 4), "group"),
        one(3, seen(5, 6), "group"),
        one(4, seen(8, 9)),
    ]
    assert figures.reached(ROOT, joined, 2) == Span(2 * H, 4 * H)
    assert figures.reached(ROOT, joined, 3) == Span(7 * H, 9 * H)
    assert figures.reached(ROOT, joined, 5) is None
    # The other article may have been the earlier one: then only the bounds of both hold.
    joined[2] = one(3, seen(0, 6), "group")
    assert figures.reached(ROOT, joined, 2) == Span(0.0, 4 * H)


def test_velocity_says_what_is_certain() -> None:
    quick = [ROOT, *(one(n, seen(n, n + 1)) for n in range(2, 6))]
    assert figures.velocity(quick) == (5 / 6, 5 / 6)
    # One poll after an outage of two days shows four families at once.
    late = [ROOT, *(one(n, seen(0, 48)) for n in range(2, 6))]
    assert figures.velocity(late) == (4 / 6, 1 / 6)
    assert figures.velocity([one(1, seen(None, 1))]) == (1 / 6, 0.0)


def test_an_episode_counts_from_the_copy_that_opened_it() -> None:
    opener = one(7, seen(100, 101))
    joined = [opener, one(8, seen(103, 104))]
    assert figures.half_life(opener, joined) == Span(0.0, 0.0)
    assert figures.quantile(figures.copy_lags(opener, joined), 1.0) == Span(2 * H, 4 * H)


def test_copies_of_another_clock_are_left_out_of_the_times() -> None:
    joined = [ROOT, one(2, seen(3, 4)), one(3, imported(9))]
    assert figures.copy_lags(ROOT, joined) == [Span(2 * H, 4 * H)]


def test_shares_are_of_copies_that_can_be_judged() -> None:
    joined = [
        one(1, seen(0, 1), copy=False, cut=0.0, verdict="full"),
        one(2, seen(1, 2), cut=0.9, verdict="full"),
        one(3, seen(1, 2), cut=0.5, verdict="stripped"),
        one(4, seen(1, 2), cut=0.7, verdict="partial"),
        one(5, seen(1, 2), cut=0.7, verdict="none"),
    ]
    assert figures.share_copied(joined) == pytest.approx(0.7)
    assert figures.credit_rate(joined) == pytest.approx(2 / 3)
    assert dict(figures.credit_counts(joined)) == {
        "full": 1, "stripped": 1, "partial": 1, "none": 1,
    }  # fmt: skip
    assert figures.credit_rate([joined[0]]) is None
    assert figures.share_copied([joined[0]]) is None
