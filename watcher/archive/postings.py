"""The candidate index in PostgreSQL, asked instead of a copy in each daemon's memory.

A daemon with `storage: {index: database}` keeps no index: it asks the database who shares values
with an article, and posts the article's own in the transaction that records it. Where the postings
end (other daemons, an import, a change of this option) they are caught up with from `sketch`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
from sqlalchemy import Connection

from storage.db import Database
from storage.reads import articles as reads
from storage.writes import articles as writes
from storage.writes import postings as tables
from watcher.archive import scheme
from watcher.archive.crew import refuse_at_work
from watcher.archive.index import FAMILIES, postings
from watcher.core.fingerprint import SCHEME
from watcher.core.index import DOC_BITS, HOT, MAX_DOC, ranges
from watcher.core.text import U64, Ints

SPAN: Final = 1 << 18  # versions in one range, at least: they are dropped together
_SHARE: Final = 3  # a new range holds that part of all: a few, however many versions there are
_KEY = "index.tables"
_WAIT_MS = 500  # for the lock of a table; meanwhile nobody else records
_PAGE = 2_000  # versions that are posted in one transaction when catching up
# Of each value and range, at most. Sketch values that more carry are no evidence; of an outlet's
# paragraphs two dozen are looked at; a simhash shares sixteen bits with many that are not near.
_MOST = {"sketch": HOT + 1, "paragraph": 1_000, "simhash": 100_000}


@dataclass(frozen=True, slots=True)
class State:
    """What is in the tables: all versions up to `upto`; of those that had left the index `back`.
    The ranges begin at `starts`, and the last one ends before `end`."""

    scheme: str
    starts: tuple[int, ...]
    end: int
    upto: int
    back: tuple[int, ...] = ()


def state(conn: Connection) -> State | None:
    """What the tables hold; None: there are none, or of another way of making fingerprints."""
    kept = reads.get_meta(conn, _KEY)
    if not kept or not tables.there(conn):
        return None  # a copy of a database takes the note along, and not the tables
    told = json.loads(kept)
    found = State(**{**told, "starts": tuple(told["starts"]), "back": tuple(told["back"])})
    return found if found.scheme == SCHEME else None


def _keep(conn: Connection, now: State) -> None:
    writes.put_meta(conn, _KEY, json.dumps(asdict(now)))


def prepare(database: Database) -> int:
    """Make the tables, and fill them with what is not in them yet, a page a transaction.

    Returns the number of versions posted. Raises StorageError; ValueError on SQLite.
    """
    if database.dialect != "postgresql":
        raise ValueError("SQLite keeps no index for several daemons")
    done = 0
    while True:
        with database.write() as conn:
            writes.one_at_a_time(conn)
            if scheme.changing(conn) is not None:
                return done  # the old fingerprints are of no use, and the new ones not made yet
            now = state(conn) or _begin(conn)
            posted, now = _catch_up(conn, now, _PAGE)
            _keep(conn, now)
        done += posted
        if posted < _PAGE:
            return done


def discard(database: Database) -> bool:
    """Drop the tables; whether there were any. Raises StorageError; StorageBusy while daemons are
    at work: one of them may ask the tables, and would fill them anew."""
    if database.dialect != "postgresql":
        return False
    refuse_at_work(database, "one that asks the tables would fill them anew")
    with database.write() as conn:
        if not tables.there(conn):
            return False
        for family in FAMILIES:
            tables.drop(conn, family)
        writes.put_meta(conn, _KEY, "")
        return True


def _begin(conn: Connection) -> State:
    for family in FAMILIES:
        tables.drop(conn, family)
        tables.create(conn, family)
    # What has left the index by age is not posted again, but what is followed.
    expired = int(reads.get_meta(conn, scheme.EXPIRED) or 0)
    now = _room(conn, State(SCHEME, (), expired + 1, expired), expired + 1)
    _put_back(conn, reads.tracked_versions(conn, 1, expired))
    return now


def _put_back(conn: Connection, versions: Sequence[int]) -> None:
    for start in range(0, len(versions), _PAGE):
        rows = reads.sketches(conn, versions[start : start + _PAGE])
        for family in FAMILIES:
            _post(conn, family, postings(rows, family))


def _catch_up(conn: Connection, now: State, most: int) -> tuple[int, State]:
    rows = list(reads.sketches_after(conn, now.upto, most))
    if rows:
        now = replace(_room(conn, now, rows[-1].version_id), upto=rows[-1].version_id)
        for family in FAMILIES:
            _post(conn, family, postings(rows, family))
    wanted = {*json.loads(reads.get_meta(conn, scheme.BACK) or "[]")} - {*now.back}
    if wanted:
        _put_back(conn, sorted(wanted))
        now = replace(now, back=(*now.back, *sorted(wanted)))
    return len(rows), now


def _room(conn: Connection, now: State, version: int) -> State:
    """With ranges up to that of `version`."""
    while version >= now.end:
        size = max(SPAN, (now.end - (*now.starts, now.end)[0]) // _SHARE)
        end = now.end + size
        for family in FAMILIES:
            tables.add_range(conn, family, now.end, end)
        now = replace(now, starts=(*now.starts, now.end), end=end)
    return now


def _post(conn: Connection, family: str, packed: U64) -> None:
    if len(packed):
        values = (packed >> np.uint64(DOC_BITS)).tolist()
        docs = (packed & np.uint64(MAX_DOC)).tolist()
        tables.insert(conn, f"posting_{family}", list(zip(values, docs, strict=True)))


def keep_ahead(database: Database) -> bool:
    """Make room for what comes before a recording needs it; whether that was to be done.

    Raises StorageError, and StorageBusy while somebody reads all of the tables.
    """
    with database.read() as conn:  # mostly there is nothing to do: nobody is kept waiting for that
        if not _is_short(state(conn)):
            return False
    with database.write() as conn:
        writes.one_at_a_time(conn)
        now = state(conn)
        if now is None or not _is_short(now):
            return False
        tables.hurry(conn, _WAIT_MS)
        _keep(conn, _room(conn, now, now.end))
        return True


def _is_short(now: State | None) -> bool:
    return now is not None and now.end - now.upto <= SPAN // 2


def expire(database: Database, before: datetime) -> int:
    """Drop the ranges whose versions were all seen before then, but what is followed of them; how
    many. Raises StorageError, and StorageBusy while somebody reads them."""
    dropped = 0
    while True:
        with database.write() as conn:
            writes.one_at_a_time(conn)
            now = state(conn)
            if now is None:
                return dropped
            low, high = now.starts[0], (*now.starts, now.end)[1] - 1
            # The range that is being filled is not old yet, whatever its first versions are.
            if high > min(reads.last_version_before(conn, before), now.upto):
                return dropped
            keep = reads.tracked_versions(conn, low, high)
            tables.hurry(conn, _WAIT_MS)
            for family in FAMILIES:
                tables.drop_range(conn, family, low, keep)
            now = replace(now, starts=now.starts[1:])
            _keep(conn, _room(conn, now, now.upto + 1))
        dropped += 1


class Tables:
    """The postings as matching asks them, over the connection of the recording under way."""

    def __init__(self) -> None:
        self._conn: Connection | None = None
        self._state: State | None = None
        self.families = {family: _Family(self, family) for family in FAMILIES}

    def use(self, conn: Connection) -> None:
        """Ask `conn` from now on; post what others have recorded since. In a write transaction."""
        self._conn = conn
        # Planning for these arrays anew takes longer than to look them up.
        tables.plan_once(conn)
        now = state(conn) or _begin(conn)
        posted = 1
        while posted:
            posted, now = _catch_up(conn, now, _PAGE)
        self._state = now
        _keep(conn, now)

    def add(self, family: str, packed: U64) -> None:
        """Post these. Their versions count as posted once all families of them are."""
        assert self._conn is not None and self._state is not None  # noqa: S101, PT018
        if len(packed):
            newest = int((packed & np.uint64(MAX_DOC)).max())
            self._state = _room(self._conn, self._state, newest)
            _post(self._conn, family, packed)

    def posted(self, version: int) -> None:
        """All postings of the versions up to this one are there."""
        assert self._conn is not None and self._state is not None  # noqa: S101, PT018
        self._state = replace(self._state, upto=max(self._state.upto, version))
        _keep(self._conn, self._state)

    def find(self, family: str, values: U64) -> U64:
        """The sorted postings of these values."""
        assert self._conn is not None and self._state is not None  # noqa: S101, PT018
        wanted = sorted(set((values >> np.uint64(DOC_BITS)).tolist()))
        found = tables.carriers(self._conn, dict(self._asked(family, wanted)), _MOST[family])
        if not found:
            return np.empty(0, np.uint64)
        rows = np.array(found, np.uint64)
        packed: U64 = np.unique((rows[:, 0] << np.uint64(DOC_BITS)) | rows[:, 1])
        return packed

    def _asked(self, family: str, wanted: list[int]) -> Iterable[tuple[str, list[int]]]:
        now = self._state
        assert now is not None  # noqa: S101
        if not wanted:
            return
        parts: dict[int, list[int]] = {}
        for value in wanted:
            parts.setdefault(tables.quarter(value), []).append(value)
        yield tables.kept(family), wanted
        for number in now.starts:
            for part, mine in parts.items():
                yield tables.leaf(family, number, part), mine


class _Family:
    """One family, as `core.index.Postings`."""

    def __init__(self, home: Tables, family: str) -> None:
        self._home = home
        self._family = family

    def add(self, packed: U64) -> None:
        """See Postings.add."""
        self._home.add(self._family, packed)

    def find(self, values: U64) -> list[tuple[U64, Ints, Ints]]:
        """See Postings.find."""
        run = self._home.find(self._family, values)
        return [(run, *ranges(run, values))] if len(run) else []
