"""The longest common subsequence of two short lists, and where it stands in each."""

from __future__ import annotations

from collections.abc import Sequence


def common(a: Sequence[int], b: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of places (in a, in b) of a longest common subsequence, in order. Takes time and room
    of len(a) * len(b): for gaps between what was aligned already (Wagner, Fischer 1974)."""
    if not a or not b:
        return []
    size = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) - 1, -1, -1):
        for j in range(len(b) - 1, -1, -1):
            size[i][j] = (
                size[i + 1][j + 1] + 1 if a[i] == b[j] else max(size[i + 1][j], size[i][j + 1])
            )
    pairs, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif size[i + 1][j] >= size[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
