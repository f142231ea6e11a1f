"""Which runs of words the versions of a story's articles share, counted as edits.

An edit is a run: a dropped paragraph of sixty words is one edit, and so is a changed word. Texts
are compared through their word 4-grams (8 characters where scripts have no spaces), all pairs at
once; runs are counted along each text's own order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from watcher.core.fingerprint import grams
from watcher.core.text import U64, Ints

Bools = npt.NDArray[np.bool_]


class Shared:
    """The grams of some texts. `has[i, g]`: text i has gram g; `order[i]`: its grams in order."""

    def __init__(self, texts: Sequence[U64]) -> None:
        pieces = [grams(text) for text in texts]
        ends = np.cumsum([len(p) for p in pieces])
        values, ids = np.unique(np.concatenate(pieces), return_inverse=True)
        self.order: list[Ints] = np.split(ids.reshape(-1).astype(np.int64), ends[:-1])
        self.has = np.zeros((len(pieces), len(values)), dtype=bool)
        for row, order in zip(self.has, self.order, strict=True):
            row[order] = True

    def lacking(self, text: int) -> Bools:
        """Of each gram of a text, in its order, which other texts lack it: (texts, grams)."""
        return ~self.has[:, self.order[text]]

    def missing(self) -> tuple[Ints, Ints]:
        """For texts i and j: the runs of i that j lacks, and how many grams they are."""
        n = len(self.order)
        count, size = np.zeros((n, n), np.int64), np.zeros((n, n), np.int64)
        for i in range(n):
            lacks = self.lacking(i)
            count[i], size[i] = runs(lacks), lacks.sum(axis=1)
        return count, size


def runs(marks: Bools, least: int = 1) -> Ints:
    """How many runs of at least `least` marks each row has."""
    for _ in range(least - 1):
        marks = marks[:, 1:] & marks[:, :-1]
    if not marks.shape[1]:
        return np.zeros(len(marks), np.int64)
    starts = marks.copy()
    starts[:, 1:] &= ~marks[:, :-1]
    count: Ints = starts.sum(axis=1)
    return count


def lengths(marks: Bools) -> Ints:
    """How long each run of marks in a row is."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marks, [False])).astype(np.int8)))
    return edges[1::2] - edges[::2]
