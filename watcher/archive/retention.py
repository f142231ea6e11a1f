"""Forgetting what is old, in transactions so short that nobody notices.

A text is forgotten once its article has been alone in its story for `bodies`, and nobody follows
it, decided on it or found it in another: its body, its place in the full text and the sightings
that say nothing more go. The article itself stays, with its address, hashes, identity keys and
fingerprint, so that an old entry which comes again is known, and raises nothing. Polls go after
`polls`, those that failed with the texts: they are the gaps in what was seen.

Reading, unpacking and thinking happen outside of the transactions, and each of these is asked
again what it may delete. Their size follows the time that the last one took.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from storage.db import Database
from storage.models import poll
from storage.reads import articles as stored
from storage.reads import retention as reads
from storage.rows import SeenRow
from storage.writes import questions as texts
from storage.writes import retention as writes
from storage.writes.articles import one_at_a_time
from watcher.archive.codec import pack_text
from watcher.archive.questions import said_of
from watcher.core import retention
from watcher.core.rules.qualify import AHEAD

HOLD_S: Final = 0.02  # aimed at for a transaction: a tenth of a second is the most allowed
_LEAST, _MOST = 4, 300  # rows in one
_PAGES = 64  # of SQLite's full text merged in one: what a step costs is known only afterwards


@dataclass(frozen=True, slots=True)
class Ages:
    """How old what is kept may become."""

    bodies: timedelta
    polls: timedelta


@dataclass(slots=True)
class Forgotten:
    """Rows deleted; `held_s`: the longest that a transaction took."""

    bodies: int = 0
    sightings: int = 0
    polls: int = 0
    batches: int = 0
    held_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Forgettable:
    """What may be forgotten: texts with their stored bytes, and polls."""

    bodies: int
    bytes: int
    polls: int


@dataclass(slots=True)
class _Pace:
    """How many rows go into the next transaction."""

    rows: float = 32
    clock: Callable[[], float] = field(default=time.monotonic)

    def of(self, took_s: float) -> None:
        """The last one took so long."""
        self.rows = min(
            _MOST, max(_LEAST, self.rows * min(2, max(0.25, HOLD_S / max(took_s, 1e-4))))
        )


def forgettable(database: Database, ages: Ages, now: datetime) -> Forgettable:
    """What `batches` would forget at `now`."""
    with database.read() as conn:
        upto = stored.last_version_before(conn, now - ages.bodies)
        count, size = reads.idle_count(conn, upto, now - ages.bodies)
        plain = reads.last_before(conn, poll, poll.c.at, now - ages.polls)
        all_ = min(plain, reads.last_before(conn, poll, poll.c.at, now - ages.bodies))
        polls = reads.poll_count(conn, plain, reads.PLAIN)
        polls += reads.poll_count(conn, all_, None) - reads.poll_count(conn, all_, reads.PLAIN)
    return Forgettable(count, size, polls)


def remember(conn: Connection, version: int, text: str, said: tuple[str, str]) -> None:
    """Store the text of a version again, and `said`, what the full text takes of it."""
    writes.put_body(conn, version, pack_text(text))
    texts.add_texts(conn, [(version, *said)])


def batches(
    database: Database, ages: Ages, now: datetime, done: Forgotten
) -> Iterator[Callable[[], None]]:
    """What there is to forget at `now`: each item a short transaction to be called by whoever
    writes, before the next is asked for. `done` is kept up to date.

    Going on reads the database; both may be done on other threads. Raises StorageFault's kin.
    """
    yield from _polls(database, ages, now, done)
    yield from _bodies(database, ages, now, done)
    if done.bodies:
        yield from _tidied(database, done)


def _timed(pace: _Pace, done: Forgotten, work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        begun = pace.clock()
        work()
        took = pace.clock() - begun
        pace.of(took)
        done.batches += 1
        done.held_s = max(done.held_s, took)

    return run


def _polls(
    database: Database, ages: Ages, now: datetime, done: Forgotten
) -> Iterator[Callable[[], None]]:
    with database.read() as conn:
        plain = reads.last_before(conn, poll, poll.c.at, now - ages.polls)
        all_ = min(plain, reads.last_before(conn, poll, poll.c.at, now - ages.bodies))
    pace = _Pace()
    for upto, outcomes in ((all_, None), (plain, reads.PLAIN)):
        after = 0
        while True:
            with database.read() as conn:
                ids = reads.poll_ids(conn, upto, outcomes, round(pace.rows), after)
            if not ids:
                break
            after = ids[-1]

            def drop(ids: list[int] = ids) -> None:
                with database.write() as conn:
                    done.polls += writes.drop_polls(conn, ids)

            yield _timed(pace, done, drop)


def _bodies(
    database: Database, ages: Ages, now: datetime, done: Forgotten
) -> Iterator[Callable[[], None]]:
    before = now - ages.bodies
    pace = _Pace(rows=8)
    after = 0
    with database.read() as conn:
        upto = stored.last_version_before(conn, before)
    while True:
        with database.read() as conn:
            found = reads.idle_bodies(conn, after, upto, before, round(pace.rows))
            versions = [v for v, _ in found]
            said = {
                version: (version, title, words)
                for version, title, words in said_of(conn, versions)
            }
            rest = _silent(reads.seen(conn, {a for _, a in found}))
        if not found:
            return
        after = versions[-1]
        owner = dict(found)

        def drop(
            owner: dict[int, int] = owner,
            said: dict[int, tuple[int, str, str]] = said,
            rest: dict[int, list[int]] = rest,
        ) -> None:
            with database.write() as conn:
                one_at_a_time(conn)  # another daemon may just be finding a copy of them
                idle = reads.still_idle(conn, list(owner), before)
                texts.drop_texts(conn, [said[v] for v in sorted(idle)])
                done.bodies += writes.drop_bodies(conn, idle)
                ids = sorted({i for v in idle for i in rest.get(owner[v], ())})
                done.sightings += writes.drop_sightings(conn, ids)

        yield _timed(pace, done, drop)


def _tidied(database: Database, done: Forgotten) -> Iterator[Callable[[], None]]:
    """The full text without the words that were dropped from it."""
    pace, begin, more = _Pace(rows=_LEAST), True, True

    def tidy() -> None:
        nonlocal begin, more
        with database.write() as conn:
            more = texts.tidy(conn, min(round(pace.rows), _PAGES), begin=begin)
        begin = False

    while more:
        yield _timed(pace, done, tidy)


def _silent(rows: list[SeenRow]) -> dict[int, list[int]]:
    """By article, the sightings that may go."""
    by_article: dict[int, list[SeenRow]] = defaultdict(list)
    for row in rows:
        by_article[row.article_id].append(row)
    return {article: retention.silent(mine, AHEAD) for article, mine in by_article.items()}
