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


Finder = Callable[[U64], list[tuple[U64, Ints, Ints]]]


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
    finder: Finder,
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
    at least one. Each block of a simhash is a posting; a look-up probes all near values of each
    block, and looks at the simhashes found. `find` and `simhash_of` come from whoever holds the
    postings and the simhash of each document.
    """

    def __init__(self, find: Finder, simhash_of: Callable[[Ints], U64]) -> None:
        self._find = find
        self._simhash_of = simhash_of

    def within(self, simhashes: U64, bits: int) -> tuple[Ints, Ints]:
        """(index into `simhashes`, document) of all at most `bits` (0 .. 11) apart."""
        if not 0 <= bits < 12:
            raise ValueError(f"distance out of range 0 .. 11: {bits}")
        masks = _MASKS[bits // BLOCKS]
        probes = (_blocks(simhashes)[:, :, None] ^ masks).reshape(len(simhashes), BLOCKS, -1)
        keys = _block_keys(probes, np.arange(BLOCKS, dtype=np.uint64)[:, None]).reshape(-1)
        per_text = BLOCKS * len(masks)
        texts, docs = [_NONE], [_NONE]
        for run, lo, hi in self._find(keys):
            which, at = expand(lo, hi)
            texts.append(which // per_text)
            docs.append((run[at] & _DOC).astype(np.int64))
        pair = np.unique((np.concatenate(texts) << DOC_BITS) | np.concatenate(docs))
        text, doc = pair >> DOC_BITS, pair & MAX_DOC
        near = np.bitwise_count(self._simhash_of(doc) ^ simhashes[text]) <= bits
        return text[near], doc[near]


BLOCKS = 4
_BITS = np.uint64(16)
_NONE = np.empty(0, np.int64)


def simhash_keys(simhashes: U64) -> U64:
    """The four values under which each simhash is posted, a row a simhash."""
    return _block_keys(_blocks(simhashes), np.arange(BLOCKS, dtype=np.uint64))


def _blocks(simhashes: U64) -> U64:
    shifts = np.arange(BLOCKS, dtype=np.uint64) * _BITS
    return (simhashes[:, None] >> shifts) & np.uint64(0xFFFF)


def _block_keys(parts: U64, block: U64) -> U64:
    # Two bits say which block it is; a posting keeps the top 36 bits of a value.
    return (block << np.uint64(62)) | (parts << np.uint64(46))


def _masks(flips: int) -> U64:
    """All 16-bit numbers with at most `flips` bits set."""
    numbers = np.arange(1 << 16, dtype=np.uint64)
    return numbers[np.bitwise_count(numbers) <= flips]


class _Masks(dict[int, U64]):
    def __missing__(self, flips: int) -> U64:
        self[flips] = _masks(flips)
        return self[flips]


_MASKS = _Masks()
