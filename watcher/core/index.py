"""The candidate index: which known texts share fingerprint values with these.

Postings are packed into one unsigned 64-bit number each: the top 36 bits of the value, then 28
bits of document number. Sorted runs of them are searched by bisection and merged pairwise as they
grow (a log-structured merge, O'Neil et al. 1996), so that an addition costs amortised
O(log n) moves and a look-up touches few runs. 36 bits make one chance hit in a thousand look-ups
at a million articles; a candidate needs two hits, and is verified on its text.

The same packing is what storage keeps in blocks (see `Blocks`): the daemon and an import hold the
runs in memory, a single question reads only the blocks that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from watcher.core.text import U64, Ints

DOC_BITS = 28
MAX_DOC = (1 << DOC_BITS) - 1
_SHIFT = np.uint64(DOC_BITS)
_DOC = np.uint64(MAX_DOC)

HOT = 200  # documents: a value that more carry is skipped...
RARE = (
    8  # ...unless fewer values than this are left; then the rarest serve, by their latest carriers
)


def pack(values: U64, docs: Ints) -> U64:
    """Sorted postings of `values[i]` in document `docs[i]` (1 .. MAX_DOC)."""
    packed = ((values >> _SHIFT) << _SHIFT) | docs.astype(np.uint64)
    packed.sort()
    return packed


def ranges(run: U64, values: U64) -> tuple[Ints, Ints]:
    """Where in a sorted run the postings of each value start and end."""
    low = (values >> _SHIFT) << _SHIFT
    return np.searchsorted(run, low), np.searchsorted(run, low | _DOC, side="right")


def expand(lo: Ints, hi: Ints) -> tuple[Ints, Ints]:
    """The numbers of non-empty ranges, repeated, and all positions that they span."""
    count = hi - lo
    which = np.repeat(np.arange(len(lo)), count)
    within = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    return which, np.repeat(lo, count) + within


class Postings:
    """Sorted runs of packed postings in memory, largest first."""

    def __init__(self, runs: Iterable[U64] = ()) -> None:
        self.runs: list[U64] = sorted((r for r in runs if len(r)), key=len, reverse=True)

    def __len__(self) -> int:
        return sum(map(len, self.runs))

    def add(self, packed: U64) -> None:
        """Add sorted postings (of `pack`)."""
        if not len(packed):
            return
        self.runs.append(packed)
        while len(self.runs) > 1 and len(self.runs[-1]) * 2 > len(self.runs[-2]):
            merged = np.concatenate((self.runs.pop(-2), self.runs.pop(-1)))
            merged.sort(kind="stable")  # two sorted runs: one pass
            self.runs.append(merged)

    def find(self, values: U64) -> list[tuple[U64, Ints, Ints]]:
        """For each run: the run, and where the postings of each value start and end in it."""
        return [(run, *ranges(run, values)) for run in self.runs]


def carriers(values: U64, found: list[tuple[U64, Ints, Ints]], most: int) -> tuple[Ints, Ints]:
    """Documents that carry each value, at most the `most` latest of each run.

    Returns (index into values, document), a row a posting, in no order.
    """
    which_parts, doc_parts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for run, lo, hi in found:
        which, at = expand(np.maximum(lo, hi - most), hi)
        which_parts.append(which)
        doc_parts.append((run[at] & _DOC).astype(np.int64))
    return np.concatenate(which_parts), np.concatenate(doc_parts)


def candidates(
    values: U64,
    owner: Ints,
    finder: Callable[[U64], list[tuple[U64, Ints, Ints]]],
) -> tuple[Ints, Ints, Ints]:
    """Documents that share values with each of several texts.

    `values` are the texts' values end to end, `owner[i]` the text that value i belongs to
    (ascending from 0). Returns (text, document, shared values), a row a pair.
    """
    found = finder(values)
    if not len(values) or not found:
        none = np.empty(0, np.int64)
        return none, none, none
    carried = np.sum([hi - lo for _, lo, hi in found], axis=0)
    use = carried <= HOT
    left = np.bincount(owner[use], minlength=int(owner[-1]) + 1)
    latest = np.zeros(len(values), dtype=bool)
    for text in np.flatnonzero(left < RARE):
        mine = np.flatnonzero(owner == text)
        hot = mine[~use[mine]]
        rarest = hot[np.argsort(carried[hot], kind="stable")[: RARE - left[text]]]
        latest[rarest] = True
    texts, docs = [], []
    for run, lo, hi in found:
        # Within one value's postings documents ascend: the last ones are the latest.
        start = np.where(use, lo, np.where(latest, np.maximum(lo, hi - HOT), hi))
        which, at = expand(start, hi)
        texts.append(owner[which])
        docs.append((run[at] & _DOC).astype(np.int64))
    pair = (np.concatenate(texts) << DOC_BITS) | np.concatenate(docs)
    pair, shared = np.unique(pair, return_counts=True)
    return pair >> DOC_BITS, pair & MAX_DOC, shared


class Simhashes:
    """Simhashes within a Hamming distance, by multi-index hashing (Norouzi, Punjani, Fleet 2012).

    64 bits are four blocks of 16: two simhashes within distance d agree to within d // 4 bits in
    at least one. Each block has a table from its 65,536 values to the simhashes that have them.
    """

    _BLOCKS = 4
    _BITS = 16

    def __init__(self, simhashes: U64) -> None:
        self.simhashes = simhashes
        self._order: list[npt.NDArray[np.uint32]] = []
        self._starts: list[Ints] = []
        for block in range(self._BLOCKS):
            part = self._part(simhashes, block)
            order = np.argsort(part, kind="stable")
            self._order.append(order.astype(np.uint32))
            counts = np.bincount(part, minlength=1 << self._BITS)
            self._starts.append(np.concatenate(([0], np.cumsum(counts))))

    def _part(self, simhashes: U64, block: int) -> Ints:
        shift = np.uint64(block * self._BITS)
        return ((simhashes >> shift) & np.uint64(0xFFFF)).astype(np.int64)

    def within(self, simhash: int, bits: int) -> Ints:
        """Positions of the simhashes at most `bits` (0 .. 11) from this one, ascending."""
        if not 0 <= bits < 12:
            raise ValueError(f"distance out of range 0 .. 11: {bits}")
        probe = np.array([simhash], dtype=np.uint64)
        masks = _MASKS[bits // self._BLOCKS]
        parts = []
        for block in range(self._BLOCKS):
            keys = self._part(probe, block) ^ masks
            starts = self._starts[block]
            _, at = expand(starts[keys], starts[keys + 1])
            parts.append(self._order[block][at])
        near = np.unique(np.concatenate(parts)).astype(np.int64)
        differ = np.bitwise_count(self.simhashes[near] ^ probe) if len(near) else near
        return near[differ <= bits]


def _masks(flips: int) -> Ints:
    """All 16-bit numbers with at most `flips` bits set."""
    numbers = np.arange(1 << 16)
    return numbers[np.array([n.bit_count() for n in range(1 << 16)]) <= flips]


class _Masks(dict[int, Ints]):
    def __missing__(self, flips: int) -> Ints:
        self[flips] = _masks(flips)
        return self[flips]


_MASKS = _Masks()
