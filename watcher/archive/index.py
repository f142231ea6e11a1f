"""The candidate index in the database: immutable sorted segments, cut into blocks by hash.

One design serves everybody. New versions are found by their rows in `sketch` (the tail) until a
housekeeper seals them into a segment; eight segments of a size are merged into one of the next. A
long-lived process reads all segments into memory once (`load`) and follows the tail; a single
question reads only the blocks that its values fall into (`Blocks`), from a cold start, on either
engine. Everything here can be made again from `sketch`, and a crash while sealing leaves
only rows in state "building", which the next sealing removes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from storage import models
from storage.db import Database
from storage.reads import articles as reads
from storage.rows import SegmentRow, SketchRow
from storage.writes import retention
from storage.writes import segments as writes
from storage.writes.articles import put_meta
from storage.writes.ids import allocate
from watcher.archive import scheme
from watcher.archive.codec import pack_postings, unpack_hashes, unpack_postings
from watcher.core.index import MAX_DOC, ranges, simhash_keys
from watcher.core.index import pack as pack_sorted

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

FAMILIES = ("sketch", "paragraph", "simhash")
LEAST_WORDS = 20  # texts too short for their simhash to mean anything are not posted by it
_EXPIRED = scheme.EXPIRED
SEAL = 4096  # versions in the tail worth a segment
_FAN_IN = 8  # segments of one size that become one of the next
_BLOCK = 4096  # postings a block, about
_ROWS = 64  # blocks written in one transaction: the writer is never held long


def _values(row: SketchRow, family: str) -> U64:
    if family == "sketch":
        return unpack_hashes(row.data)
    if family == "simhash":
        if row.words < LEAST_WORDS:
            return np.empty(0, np.uint64)
        keys: U64 = simhash_keys(np.array([row.simhash], np.uint64))[0]
        return keys
    return np.unique(unpack_hashes(row.paragraphs))


def postings(rows: list[SketchRow], family: str) -> U64:
    """Sorted postings of these versions."""
    parts = [_values(r, family) for r in rows]
    if not parts:
        return np.empty(0, np.uint64)
    docs = np.repeat([r.version_id for r in rows], [len(p) for p in parts])
    return pack_sorted(np.concatenate(parts), docs)


def tail(conn: Connection, family: str, after: int) -> U64:
    """Sorted postings of all versions newer than `after`, and of those that were put back."""
    return postings(
        [*reads.sketches_after(conn, after), *reads.sketches(conn, _back(conn))], family
    )


def _back(conn: Connection) -> set[int]:
    """The versions that had left the index, and that somebody has come to follow since."""
    return set(json.loads(reads.get_meta(conn, scheme.BACK) or "[]"))


def put_back(conn: Connection, story: int) -> bool:
    """Look for copies of a story's texts again, as far as they have left the index: somebody has
    begun to follow it. Whether there were such; who holds the index in memory has to load it."""
    done = int(reads.get_meta(conn, scheme.EXPIRED) or 0)
    members = [row.id for row in reads.members(conn, [story])]
    left = {v.id for v in reads.versions_of(conn, members) if v.id <= done}
    known = _back(conn)
    if left <= known:
        return False
    put_meta(conn, scheme.BACK, json.dumps(sorted(known | left)))
    return True


def load(conn: Connection, family: str) -> list[U64]:
    """All postings: a sorted run a segment, and one of the tail."""
    live = [s for s in reads.segments(conn) if s.family == family]
    last = max((s.last_version for s in live), default=0)
    return [*(read_segment(conn, s) for s in live), tail(conn, family, last)]


def read_segment(conn: Connection, segment: SegmentRow) -> U64:
    """All postings of a segment, sorted."""
    parts = [unpack_postings(data) for _, data in reads.blocks(conn, segment.id)]
    return np.concatenate(parts) if parts else np.empty(0, np.uint64)


class Blocks:
    """Look-ups that read only the blocks they need, from a cold start."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._segments = reads.segments(conn)
        self._tails: dict[str, U64] = {}

    def find(self, family: str, values: U64) -> list[tuple[U64, Ints, Ints]]:
        """As `Postings.find`: a run for each segment, holding only the blocks that matter."""
        live = [s for s in self._segments if s.family == family]
        if family not in self._tails:
            last = max((s.last_version for s in live), default=0)
            self._tails[family] = tail(self._conn, family, last)
        runs = [self._tails[family]]
        for segment in live:
            numbers = np.unique(_number(values, segment.bits)).tolist()
            found = sorted(reads.blocks(self._conn, segment.id, numbers))
            if found:
                runs.append(np.concatenate([unpack_postings(data) for _, data in found]))
        return [(run, *ranges(run, values)) for run in runs]


def _number(values: U64, bits: int) -> Ints:
    if not bits:
        return np.zeros(len(values), np.int64)
    return (values >> np.uint64(64 - bits)).astype(np.int64)


def seal(database: Database, *, size: int = SEAL) -> int:
    """Seal the tail in segments of `size` versions, and merge segments where enough of a size have
    come together.

    Returns the number of segments written. Each transaction is short; only a last one makes the
    new segment live and drops those that it replaces. Where another process does the same at the
    same time, what one of them has made is dropped.
    """
    with database.read() as conn:
        if scheme.changing(conn) is not None:
            return 0  # some of the sketches are still of the old way
    written = 0
    for family in FAMILIES:
        with database.write() as conn:
            writes.drop_unfinished(conn, family)
        while _seal_tail(database, family, size):
            written += 1
        while _merge(database, family):
            written += 1
    sweep(database)
    return written


def sweep(database: Database) -> None:
    """Delete the blocks of segments that were replaced, a few in each transaction."""
    more = True
    while more:
        with database.write() as conn:
            more = retention.drop_some_blocks(conn)


def expire(database: Database, before: datetime) -> int:
    """Take the versions seen before then out of the index, but those of tracked stories.

    Works on whole segments, each once it is old enough; their texts and matches stay. Returns
    how many segments were rewritten.
    """
    with database.read() as conn:
        done = int(reads.get_meta(conn, _EXPIRED) or 0)
        limit = reads.last_version_before(conn, before)
        old = [s for s in reads.segments(conn) if done < s.last_version <= limit]
        # A version that both families have sealed is expired for both.
        ends = [max((s.last_version for s in old if s.family == f), default=0) for f in FAMILIES]
        upto = min(ends)
    rewritten = 0
    for segment in old:
        if segment.last_version > upto:
            continue
        with database.read() as conn:
            keep = reads.tracked_versions(conn, segment.first_version, segment.last_version)
            run = read_segment(conn, segment)
        kept = run[np.isin((run & np.uint64(MAX_DOC)).astype(np.int64), keep)]
        rewritten += store_segment(
            database,
            segment.family,
            segment.first_version,
            segment.last_version,
            kept,
            replaces=[segment.id],
        )
    if rewritten:
        with database.write() as conn:
            put_meta(conn, _EXPIRED, str(upto))
    return rewritten


def expired_up_to(database: Database) -> int:
    """The newest version that has left the index by age; 0: none has."""
    with database.read() as conn:
        return int(reads.get_meta(conn, _EXPIRED) or 0)


def _seal_tail(database: Database, family: str, size: int) -> bool:
    with database.read() as conn:
        live = [s for s in reads.segments(conn) if s.family == family]
        last = max((s.last_version for s in live), default=0)
        rows: list[SketchRow] = []
        for row in reads.sketches_after(conn, last):
            rows.append(row)
            if len(rows) == size:
                break
    if len(rows) < size:
        return False
    first, last = rows[0].version_id, rows[-1].version_id
    return store_segment(database, family, first, last, postings(rows, family), replaces=[])


def _merge(database: Database, family: str) -> bool:
    with database.read() as conn:
        live = [s for s in reads.segments(conn) if s.family == family]
        group = _mergeable(live)
        if not group:
            return False
        merged = np.concatenate([read_segment(conn, s) for s in group])
    merged.sort(kind="stable")
    return store_segment(
        database,
        family,
        group[0].first_version,
        group[-1].last_version,
        merged,
        replaces=[s.id for s in group],
    )


def _mergeable(live: list[SegmentRow]) -> list[SegmentRow]:
    """The newest `_FAN_IN` neighbours of about one size, if there are."""
    for end in range(len(live), _FAN_IN - 1, -1):
        group = live[end - _FAN_IN : end]
        sizes = [s.last_version - s.first_version for s in group]
        if max(sizes) < _FAN_IN * min(sizes):
            return group
    return []


def store_segment(
    database: Database, family: str, first: int, last: int, run: U64, replaces: list[int]
) -> bool:
    """Write a sorted run as a live segment of versions `first` to `last`, in place of others.

    False where somebody else has sealed some of them meanwhile: nothing is written then.
    """
    bits = max(0, (max(1, len(run) // _BLOCK)).bit_length() - 1)
    with database.write() as conn:
        segment = allocate(conn, models.segment, 1)
        writes.add_segment(
            conn,
            {
                "id": segment,
                "family": family,
                "first_version": first,
                "last_version": last,
                "postings": len(run),
                "bits": bits,
                "state": "building",
            },
        )
    for rows in _cut(segment, run, bits):
        with database.write() as conn:
            writes.add_blocks(conn, rows)
    with database.write() as conn:
        published = writes.publish_segment(conn, segment, replaces)
    sweep(database)
    return published


def _cut(segment: int, run: U64, bits: int) -> Iterator[list[dict[str, object]]]:
    edges = np.searchsorted(_number(run, bits), np.arange((1 << bits) + 1))
    rows: list[dict[str, object]] = []
    for number in range(1 << bits):
        part = run[edges[number] : edges[number + 1]]
        if len(part):
            rows.append({"segment_id": segment, "number": number, "data": pack_postings(part)})
        if len(rows) == _ROWS:
            yield rows
            rows = []
    if rows:
        yield rows
