"""The shuffle: each value's articles brought together on one worker, as far as they may be pairs.

A bucket is a stretch of the values' range; who joins it reads that stretch of the postings of every
part. Articles are numbered through the archive (part, place in it), so the order of numbers is the
order of the import, and the caps of the embedded index hold here: a value serves the first
`HOT` articles that carry it, two simhashes are near within the same bits. What the import would
look at and is not here, it compares itself; what is here beyond that costs only time.
"""

from __future__ import annotations

import io
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from watcher.cluster import parts
from watcher.core import boilerplate
from watcher.core.boilerplate import Carrier
from watcher.core.index import DOC_BITS, HOT, expand
from watcher.core.text import U64, Ints
from watcher.record.matching import NEAR, SHARED

PART: Final = 24  # bits of an article's place in its part
_PLACE: Final = (1 << PART) - 1
_SHIFT = np.uint64(DOC_BITS)  # the embedded index keeps that many bits less of a value
_SLAB = 1 << 22  # pairs held at a time
_END = 1 << 64


@dataclass(frozen=True, slots=True)
class Joined:
    """What all tasks of one archive share: the scratch folder, the parts' names in order, how many
    buckets the values fall into, and the name of this run's files."""

    scratch: Path
    parts: tuple[str, ...]
    buckets: int
    run: str

    def file(self, what: str, n: int) -> Path:
        """Where the answer of a task lies."""
        return self.scratch / f"run-{self.run}" / f"{what}-{n:06d}"


def join(shared: Joined, family: str, bucket: int) -> int:
    """In a worker: a bucket's pairs, or learned paragraphs, in a file; how many postings it had."""
    path = shared.file(family, bucket)
    values, docs = _gathered(shared, family, bucket)
    if path.exists():
        return len(values)
    make = {"sketch": _by_sketch, "simhash": _by_simhash, "paragraph": _learned}[family]
    keep(path, make(shared, values, docs))
    return len(values)


def keep(path: Path, rows: npt.NDArray[np.integer[Any]]) -> None:
    """Write an array as a whole or not at all."""
    file = io.BytesIO()
    np.save(file, rows)
    keep_bytes(path, file.getvalue())


def keep_bytes(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all."""
    making = path.with_name(f"{path.name}.{os.uname().nodename}.{os.getpid()}")
    making.write_bytes(data)
    making.replace(path)


def place(doc: int) -> tuple[int, int]:
    """An article's number as its part and its place there."""
    return doc >> PART, doc & _PLACE


def _gathered(shared: Joined, family: str, bucket: int) -> tuple[U64, Ints]:
    """A bucket's postings in order of value and number."""
    low = bucket * _END // shared.buckets
    high = (bucket + 1) * _END // shared.buckets - 1
    if family == "sketch":  # values that are one to the index stay together
        low, high = _even(low), _even(high + 1) - 1
    values, docs = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for n, name in enumerate(shared.parts):
        found, at = parts.postings(shared.scratch, name, family, low, high)
        values.append(found)
        docs.append((n << PART) | at.astype(np.int64))
    value, doc = np.concatenate(values), np.concatenate(docs)
    if family == "sketch":
        value = value >> _SHIFT
    order = np.lexsort((doc, value))
    return value[order], doc[order]


def _even(value: int) -> int:
    return value >> DOC_BITS << DOC_BITS


def _ranks(values: U64) -> tuple[Ints, Ints]:
    """How many of the same value stand before each, and how many there are."""
    _, start, counts = np.unique(values, return_index=True, return_counts=True)
    return np.arange(len(values)) - np.repeat(start, counts), np.repeat(counts, counts)


def _earlier(rank: Ints, docs: Ints, most: int | None) -> list[tuple[Ints, Ints]]:
    """Each article with all that carry its value before it, in slabs; `most`: of a value's first
    articles, how many are looked at."""
    at = np.flatnonzero((rank > 0) if most is None else (rank > 0) & (rank < most))
    slabs = []
    ends = np.cumsum(rank[at])
    cuts = np.searchsorted(ends, np.arange(_SLAB, int(ends[-1]) if len(ends) else 0, _SLAB))
    for some in np.split(at, cuts):
        which, other = expand(some - rank[some], some)
        slabs.append((docs[some[which]], docs[other]))
    return slabs


def _by_sketch(shared: Joined, values: U64, docs: Ints) -> Ints:
    """Rows (article, an earlier one, shared values), in order."""
    rank, _ = _ranks(values)
    found = [_counted(a, b, np.ones(len(a), np.int64)) for a, b in _earlier(rank, docs, HOT)]
    return _counted(*np.concatenate(found).T) if len(found) > 1 else found[0]


def _by_simhash(shared: Joined, values: U64, docs: Ints) -> Ints:
    """The same of those whose simhashes are near, which counts as sharing enough."""
    simhash: dict[int, U64] = {n: _head(shared, n).simhash for n in set((docs >> PART).tolist())}
    mine = np.zeros(len(docs), np.uint64)
    for n, found in simhash.items():
        here = np.flatnonzero(docs >> PART == n)
        mine[here] = found[docs[here] & _PLACE]
    rank, _ = _ranks(values)
    rows = [np.empty((0, 3), np.int64)]
    positions = np.arange(len(docs))
    for a, b in _earlier(rank, positions, None):
        near = np.bitwise_count(mine[a] ^ mine[b]) <= NEAR
        one, other = docs[a[near]], docs[b[near]]
        rows.append(np.stack((one, other, np.full(len(one), SHARED)), axis=1))
    return np.unique(np.concatenate(rows), axis=0)


def _counted(a: Ints, b: Ints, shared: Ints) -> Ints:
    """Rows of equal pairs made one, their counts added."""
    order = np.lexsort((b, a))
    a, b, shared = a[order], b[order], shared[order]
    if not len(a):
        return np.empty((0, 3), np.int64)
    first = np.flatnonzero(np.append(True, (a[1:] != a[:-1]) | (b[1:] != b[:-1])))
    return np.stack((a[first], b[first], np.add.reduceat(shared, first)), axis=1)


def _head(shared: Joined, part: int) -> parts.Head:
    return parts.head(shared.scratch, shared.parts[part])


def _learned(shared: Joined, values: U64, docs: Ints) -> U64:
    """The paragraphs that the import will have learned as some outlet's boilerplate at its end."""
    rank, count = _ranks(values)
    starts = np.flatnonzero((rank == 0) & (count >= boilerplate.DISTINCT))
    found = [
        int(values[at])
        for at in starts.tolist()
        if _repeated(shared, docs[at : at + int(count[at])].tolist())
    ]
    return np.array(found, np.uint64)


def _repeated(shared: Joined, docs: Sequence[int]) -> bool:
    homes: dict[str, list[int]] = defaultdict(list)
    for doc in docs:
        part, n = place(doc)
        homes[_head(shared, part).outlets[n]].append(doc)
    for own in homes.values():
        if len(own) >= boilerplate.DISTINCT:
            latest = own[-boilerplate.MOST_CARRIERS :]
            carriers = [_carrier(shared, doc) for doc in latest]
            if boilerplate.is_boilerplate(carriers, len(docs) - len(own))[0]:
                return True
    return False


def _carrier(shared: Joined, doc: int) -> Carrier:
    part, n = place(doc)
    head = _head(shared, part)
    return Carrier(head.sketch_of(n), int(head.words[n]))


def candidates(shared: Joined, part: int) -> Ints:
    """Pairs (article of this part, one before it) that are worth comparing."""
    low, high = part << PART, (part + 1) << PART
    rows = [np.empty((0, 3), np.int64)]
    for family in ("sketch", "simhash"):
        for bucket in range(shared.buckets):
            kept = np.load(shared.file(family, bucket), mmap_mode="r")
            start, end = np.searchsorted(kept[:, 0], (low, high))
            rows.append(np.array(kept[start:end]))
    found = _counted(*np.concatenate(rows).T)
    return found[found[:, 2] >= SHARED]
