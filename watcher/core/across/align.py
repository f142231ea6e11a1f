"""Two texts' sentences put side by side, in order, with gaps: what of either has a counterpart.

Sentence vectors say how alike two sentences are in meaning; the alignment is the best path through
their likenesses (Gale and Church 1993, with vectors as in Vecalign, Thompson and Koehn 2019): one
sentence for one, one for two, or none. What counts is by how much a sentence is more alike to its
counterpart than to the next best of the other text, so that a topic that is everywhere in both
texts is no evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

ALIKE = 0.40  # likeness (cosine) of two sentences that say the same, at least
DISTANT = 0.28  # of two that few others are like: vectors of some pairs of languages lie apart
STANDING_OUT = 0.50  # likeness, and by how much more than the next best, in sum
APART = 0.05  # by which they are more alike than either is to the next best, at least
_TWO = 0.04  # what one sentence for two costs, beyond its likeness
_NEIGHBOURS = 2  # of a sentence, whose mean likeness is that with the other text at large


_Move = tuple[int, int, Floats, Floats]  # sentences of a, of b; their likeness; by how much more


@dataclass(frozen=True, slots=True)
class Pair:
    """Sentences that say the same: from, to in a and in b (ends exclusive); how alike they are, and
    by how much more than with the other text at large (cosines)."""

    a: tuple[int, int]
    b: tuple[int, int]
    alike: float
    apart: float


def align(a: Floats, b: Floats) -> list[Pair]:
    """The pairs of sentences of two texts that say the same, in order; rows of length 1."""
    n, m = len(a), len(b)
    if not n or not m:
        return []
    one = np.asarray(a @ b.T, np.float32)
    base = (_at_large(one)[:, None] + _at_large(one.T)[None, :]) / np.float32(2)
    moves: list[_Move] = [(1, 1, one, one - base)]
    if n > 1:
        alike = np.asarray(_two(a) @ b.T, np.float32)
        moves.append((2, 1, alike, _more(alike, base[:-1] + base[1:])))
    if m > 1:
        alike = np.asarray(a @ _two(b).T, np.float32)
        moves.append((1, 2, alike, _more(alike, base[:, :-1] + base[:, 1:])))
    return _path(n, m, moves)


def _path(n: int, m: int, moves: list[_Move]) -> list[Pair]:
    """The path through all sentences whose pairs are apart most, in sum."""
    gains = [
        (di, dj, np.where(_same(alike, apart), apart * (di + dj) / 2, -1).tolist())
        for di, dj, alike, apart in moves
    ]
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    step = [[0] * (m + 1) for _ in range(n + 1)]  # 0 and up: a move; -1: skip of a; -2: skip of b
    for i in range(n + 1):
        row, steps, above = best[i], step[i], best[i - 1]
        for j in range(m + 1):
            top, how = (above[j], -1) if i else (0.0, -2)
            if j and row[j - 1] > top:
                top, how = row[j - 1], -2
            for k, (di, dj, gain) in enumerate(gains):
                if i >= di and j >= dj and gain[i - di][j - dj] > 0:
                    score = best[i - di][j - dj] + gain[i - di][j - dj]
                    if score > top:
                        top, how = score, k
            row[j], steps[j] = top, how
    pairs = []
    i, j = n, m
    while i and j:
        how = step[i][j]
        if how == -1:
            i -= 1
        elif how == -2:
            j -= 1
        else:
            di, dj, alike, apart = moves[how]
            i, j = i - di, j - dj
            pairs.append(
                Pair(
                    (i, i + di), (j, j + dj),
                    round(float(alike[i, j]), 4), round(float(apart[i, j]), 4),
                )
            )  # fmt: skip
    return pairs[::-1]


def _same(alike: Floats, apart: Floats) -> npt.NDArray[np.bool_]:
    """Which sentences may say the same."""
    standing_out = (alike >= DISTANT) & (alike + apart >= STANDING_OUT)
    return np.asarray(((alike >= ALIKE) | standing_out) & (apart >= APART))


def _more(alike: Floats, base: Floats) -> Floats:
    """By how much one sentence and two are more alike than the three are at large (in sum)."""
    return np.asarray(alike - base / 2 - _TWO, np.float32)


def _two(vectors: Floats) -> Floats:
    """The vectors of each two neighbouring sentences together."""
    both = vectors[:-1] + vectors[1:]
    return np.asarray(both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-6))


def _at_large(alike: Floats) -> Floats:
    """How alike each row is to what stands next to its best: its mean with the next few."""
    if alike.shape[1] == 1:
        return np.zeros(len(alike), np.float32)
    ordered = np.sort(alike, axis=1)
    return np.asarray(ordered[:, -1 - _NEIGHBOURS : -1].mean(axis=1), np.float32)
