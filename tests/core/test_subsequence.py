"""The longest common subsequence, against all there are."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from watcher.core.subsequence import common

SHORT = st.lists(st.integers(0, 3), max_size=7)


def longest(a: list[int], b: list[int]) -> int:
    """By trying every subsequence of `a` in `b`."""

    def inside(part: tuple[int, ...]) -> bool:
        rest = iter(b)
        return all(item in rest for item in part)

    return max(n for n in range(len(a) + 1) if any(map(inside, combinations(a, n))))


@given(SHORT, SHORT)
def test_none_is_longer_and_it_is_common(a: list[int], b: list[int]) -> None:
    pairs = common(a, b)
    assert len(pairs) == longest(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))
