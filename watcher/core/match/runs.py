"""The words that two texts have in common: maximal runs, close ones joined across small edits.

Found as in Greedy String Tiling (Wise 1993), with one difference: a word may serve in several
runs, so that paste and cut are plain coverage. Runs that lie close together in both texts are one
run with small edits between; runs that lie on one line may lie further apart, as in a text whose
words a scanner has damaged one by one, if there are enough of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from watcher.core.subsequence import common
from watcher.core.text import U64, Ints, shingles

SEED = 3  # words: the shortest common run looked at; 4 loses light edits (benchmarks/reuse.py)
SEED_SPACELESS = 8  # characters
GAP = 4  # words that an edit may put between two runs of one
DAMAGED = (
    12  # words between two runs that lie on one line: so many, damaged one by one by a scanner
)
_LINE = 2  # words by which damage, a word split or lost, moves the line
MIN_RUN = 8  # matched words: shorter runs, edits joined, are chance
_MOST_REPEATS = 16  # a shingle that a text repeats more often is a refrain, and no seed
_NO_SEEDS = np.empty(0, np.int64)
_MOST_PAIRS = 200_000  # bound on seed pairs, against texts made to be slow


@dataclass(frozen=True, slots=True)
class Shared:
    """What two word sequences a and b have in common. Offsets are in words.

    `runs` has a row a run: start in a, end in a, start in b, end in b (ends exclusive), small
    edits included; `in_a` and `in_b` mark the matched words, edits excluded; `longest` is the
    largest number of matched words in one run.
    """

    in_a: npt.NDArray[np.bool_] = field(repr=False)
    in_b: npt.NDArray[np.bool_] = field(repr=False)
    runs: npt.NDArray[np.int32] = field(repr=False)
    longest: int

    @property
    def words_a(self) -> int:
        """Words of a found in b."""
        return int(self.in_a.sum())

    @property
    def words_b(self) -> int:
        """Words of b found in a."""
        return int(self.in_b.sum())

    @property
    def span_a(self) -> int:
        """Words of a within the runs, the small edits and damage between their words included."""
        return _spanned(self.runs[:, :2])

    @property
    def span_b(self) -> int:
        """The same of b."""
        return _spanned(self.runs[:, 2:])


@dataclass(frozen=True, slots=True)
class Sequence:
    """A text's word hashes, made ready to be compared with many others."""

    hashes: U64 = field(repr=False)
    spaceless: bool  # most words are characters
    grams: dict[int, tuple[U64, U64, Ints]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, hashes: U64) -> Sequence:
        """The sequence of these words."""
        return cls(hashes, int((hashes & np.uint64(1)).sum()) * 2 > len(hashes))

    def ordered(self, width: int) -> tuple[U64, U64, Ints]:
        """Shingles of that width in text order, sorted, and where each sorted one stands."""
        if width not in self.grams:
            grams = shingles(self.hashes, width)
            order = np.argsort(grams)
            self.grams[width] = (grams, grams[order], order)
        return self.grams[width]


def _spanned(spans: npt.NDArray[np.int32]) -> int:
    """How many positions some span [start, end) holds."""
    total = reached = 0
    for start, end in sorted(spans.tolist()):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


_Run = tuple[int, int, int]  # start in a, start in b, length


def _seeds(a: Sequence, b: Sequence, width: int) -> tuple[Ints, Ints, bool]:
    """Positions (i, j) at which a and b have the same `width` words, and whether that is all."""
    grams_a, _, _ = a.ordered(width)
    _, ordered, order = b.ordered(width)
    if not len(grams_a) or not len(ordered):
        return _NO_SEEDS, _NO_SEEDS, True
    lo = np.searchsorted(ordered, grams_a)
    lo[lo == len(ordered)] = 0
    # Most positions of most pairs have nothing: only the hits are worth a second search.
    at = np.flatnonzero(ordered[lo] == grams_a)
    lo = lo[at]
    count = np.searchsorted(ordered, grams_a[at], side="right") - lo
    few = count <= _MOST_REPEATS
    whole = bool(few.all())
    at, lo, count = at[few], lo[few], count[few]
    if len(at) and int(count.sum()) > _MOST_PAIRS:
        keep = np.cumsum(count) <= _MOST_PAIRS
        at, lo, count, whole = at[keep], lo[keep], count[keep], False
    i = np.repeat(at, count)
    within = np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count)
    return i, order[np.repeat(lo, count) + within], whole


def shared(a: Sequence, b: Sequence) -> Shared:
    """The common runs of two sequences of words; the same whichever is named first."""
    # Which runs are chained, and which refrains are left out, depends on the text that is walked
    # through: always the same one of the two.
    if (len(b.hashes), b.hashes.tobytes()) < (len(a.hashes), a.hashes.tobytes()):
        found = _shared(b, a)
        runs = found.runs[:, [2, 3, 0, 1]]
        runs = runs[np.lexsort(runs.T[::-1])]
        return Shared(found.in_b, found.in_a, runs, found.longest)
    return _shared(a, b)


def _shared(a: Sequence, b: Sequence) -> Shared:
    width = SEED_SPACELESS if a.spaceless or b.spaceless else SEED
    in_a, in_b = np.zeros(len(a.hashes), dtype=bool), np.zeros(len(b.hashes), dtype=bool)
    i, j, whole = _seeds(a, b, width)
    if whole and not len(i):
        return Shared(in_a, in_b, np.empty((0, 4), np.int32), 0)
    # Seeds next to each other on one diagonal are one maximal run.
    order = np.lexsort((i, j - i))
    i, j = i[order], j[order]
    new = (np.diff(i, prepend=-2) != 1) | (np.diff(j, prepend=-2) != 1)
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(i))[: len(first)] - 1
    runs = list(
        zip(
            i[first].tolist(), j[first].tolist(), (i[last] - i[first] + width).tolist(), strict=True
        )
    )
    if not whole:
        runs = _extend(a.hashes.tolist(), b.hashes.tolist(), runs, width)

    need = MIN_RUN if width == SEED else 2 * MIN_RUN
    chains = [part for chain in _chain(runs) for part in _held(chain, 2 * need)]
    rows: list[tuple[int, int, int, int]] = []
    longest = 0
    for members in chains:
        total = _union(members)
        if total < need:
            continue
        longest = max(longest, total)
        for sa, sb, n in members:
            in_a[sa : sa + n] = True
            in_b[sb : sb + n] = True
        _fill(a.hashes, b.hashes, members, in_a, in_b)
        rows.append(
            (
                members[0][0],
                max(sa + n for sa, _, n in members),
                min(sb for _, sb, _ in members),
                max(sb + n for _, sb, n in members),
            )
        )
    rows.sort()
    return Shared(in_a, in_b, np.array(rows, np.int32).reshape(-1, 4), longest)


def _union(members: list[_Run]) -> int:
    total = end = 0
    for sa, _, n in members:  # by start in a
        total += max(0, sa + n - max(end, sa))
        end = max(end, sa + n)
    return total


def _held(members: list[_Run], need: int) -> list[list[_Run]]:
    """A chain as it is if it has `need` matched words, else its parts without the wide gaps: two
    short runs far apart are on one line by chance."""
    if _union(members) >= need:
        return [members]
    parts = [members[:1]]
    for run in members[1:]:
        (sa, sb, n), (ta, tb, _) = parts[-1][-1], run
        if ta - sa - n <= GAP and tb - sb - n <= GAP:
            parts[-1].append(run)
        else:
            parts.append([run])
    return parts


def _fill(
    a: U64,
    b: U64,
    members: list[_Run],
    in_a: npt.NDArray[np.bool_],
    in_b: npt.NDArray[np.bool_],
) -> None:
    """Mark the words that edits and damage between the runs of a chain have left, in order: too few
    in a row to be a run by themselves, and no chance where they stand."""
    for (sa, sb, n), (ta, tb, _) in pairwise(members):
        gap_a, gap_b = a[sa + n : ta].tolist(), b[sb + n : tb].tolist()
        for i, j in common(gap_a, gap_b):
            in_a[sa + n + i] = True
            in_b[sb + n + j] = True


def _extend(a: list[int], b: list[int], runs: list[_Run], width: int) -> list[_Run]:
    """Runs made as long as they are, through refrains that were no seeds.

    The ends of both texts serve as seeds too, so that a text of nothing but refrains equals
    itself. The work is bounded by `_MOST_PAIRS` words in all.
    """
    budget = _MOST_PAIRS
    found: set[_Run] = set()
    for sa, sb, n in [(0, 0, 0), (len(a), len(b), 0), *runs]:
        ea, eb = sa + n, sb + n
        while budget and sa and sb and a[sa - 1] == b[sb - 1]:
            sa, sb, budget = sa - 1, sb - 1, budget - 1
        while budget and ea < len(a) and eb < len(b) and a[ea] == b[eb]:
            ea, eb, budget = ea + 1, eb + 1, budget - 1
        if ea - sa >= width:
            found.add((sa, sb, ea - sa))
    return list(found)


def _chain(runs: list[_Run]) -> list[list[_Run]]:
    """Group runs that follow each other within `GAP` words in both texts; on one line, further."""
    runs = sorted(runs)
    done: list[list[_Run]] = []
    # Open chains: end in a, end in b, members. Ends may overlap a little: a repeated word at an
    # edit belongs to both runs.
    open_: list[tuple[int, int, list[_Run]]] = []
    for sa, sb, n in runs:
        still = []
        best = None
        for chain in open_:
            end_a, end_b, members = chain
            if end_a + DAMAGED < sa:
                done.append(members)
                continue
            still.append(chain)
            gap_a, gap_b = sa - end_a, sb - end_b
            wide = DAMAGED if abs(gap_a - gap_b) <= _LINE else GAP
            if (
                -SEED < gap_a <= wide
                and -SEED < gap_b <= wide
                and (best is None or abs(gap_b) < abs(sb - best[1]))
            ):
                best = chain
        if best is None:
            still.append((sa + n, sb + n, [(sa, sb, n)]))
        else:
            still.remove(best)
            best[2].append((sa, sb, n))
            still.append((max(best[0], sa + n), max(best[1], sb + n), best[2]))
        open_ = still
    done.extend(members for _, _, members in open_)
    return done
