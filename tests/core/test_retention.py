"""Which sightings of a forgotten article stay."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from storage.rows import SeenRow
from tests.fakes import T0
from watcher.core.retention import silent

AHEAD = timedelta(days=1)
SIGHTINGS = st.lists(
    st.builds(
        SeenRow,
        id=st.integers(1, 10**6),
        article_id=st.just(1),
        kind=st.sampled_from(["first", "version", "redated", "moved", "other_feed"]),
        by=st.integers(0, 1000).map(lambda h: T0 + timedelta(hours=h)),
        claimed_at=st.none() | st.integers(-500, 2000).map(lambda h: T0 + timedelta(hours=h)),
        counts=st.none() | st.sampled_from(["new_outlet", "redated"]),
    ),
    max_size=12,
    unique_by=lambda s: s.id,
)


def claim(rows: list[SeenRow]) -> object:
    """The latest date that can be believed, as the recorder asks for it."""
    good = [r.claimed_at for r in rows if r.claimed_at and r.claimed_at <= r.by + AHEAD]
    return max(good, default=None)


@given(SIGHTINGS)
def test_what_is_asked_of_an_article_stays_the_same(rows: list[SeenRow]) -> None:
    gone = set(silent(rows, AHEAD))
    left = [r for r in rows if r.id not in gone]
    assert claim(left) == claim(rows)
    assert [r for r in left if r.counts] == [r for r in rows if r.counts]
    assert min((r.by for r in left), default=None) == min((r.by for r in rows), default=None)
    assert max((r.by for r in left), default=None) == max((r.by for r in rows), default=None)
    # And it ends: what was left is not forgotten piece by piece.
    assert silent(left, AHEAD) == []


@given(SIGHTINGS)
def test_few_are_left(rows: list[SeenRow]) -> None:
    plain = [r for r in rows if r.counts is None and r.kind != "first"]
    left = [r for r in plain if r.id not in set(silent(rows, AHEAD))]
    assert len(left) <= 3  # the earliest, the latest, the one with the latest date
