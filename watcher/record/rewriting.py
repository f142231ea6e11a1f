"""A change of the way of fingerprinting, carried through: newest texts first, in small steps.

A step is one short transaction: what was done and how far that is are committed together, so that
a killed process goes on where it stopped. Polls go on in between. What they bring meanwhile misses
the old texts that have not had their turn; when an old text has it, it is compared with what came
since the change began. So in the end the same articles are matched as if it had never been. Tracked
texts, and those a poll may be about, come first (`renewing`), so that alerts need not wait.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import numpy as np

from watcher.archive import Database, index, scheme
from watcher.archive import articles as store
from watcher.archive.articles import Connection
from watcher.archive.codec import unpack_hashes
from watcher.core.index import Postings
from watcher.record import renewing
from watcher.record.matching import SHARED
from watcher.record.memory import Memory
from watcher.record.recorder import Recorder

log = logging.getLogger("watcher.record")

_TEXTS = 25  # in one transaction: some tens of milliseconds
_TURN_S = 0.5  # of the writer's time, before polls have theirs

Tell = Callable[[int, int | None], None]


def begin(database: Database) -> scheme.Change | None:
    """Begin the change that a database needs; the one under way, None: it needs none."""
    with database.write() as conn:
        return scheme.claim(conn)


def turn(database: Database, recorder: Recorder, clock: Callable[[], datetime]) -> int:
    """Some steps; how many texts were done. 0: nothing is left to do."""
    if begin(database) is None:
        return 0
    end = time.monotonic() + _TURN_S
    done = 0
    while some := step(database, recorder, clock()):
        done += some
        if time.monotonic() > end:
            break
    return done


def rewrite(database: Database, clock: Callable[[], datetime], tell: Tell) -> int:
    """All of it; how many versions have no text any more."""
    recorder = Recorder()
    gone = 0
    while True:
        with database.read() as conn:
            change = scheme.changing(conn)
        if change is None:
            return gone
        gone = change.gone
        tell(change.done, change.total)
        step(database, recorder, clock())


def step(database: Database, recorder: Recorder, now: datetime) -> int:
    """One step, a transaction; how many texts were done. 0: nothing is left to do."""
    with recorder.writing(database) as conn:
        store.one_at_a_time(conn)
        memory = recorder.memory(conn)
        change = memory.change
        if change is None:
            return 0
        page = store.versions_below(conn, min(change.below, change.last + 1), _TEXTS)
        if not page:
            scheme.finish(conn)
            log.info(
                "all %d texts have fingerprints of scheme %s, %d had no text any more",
                change.total,
                change.to,
                change.gone,
            )
            done = 0
        else:
            gone = renewing.renew(conn, memory, page)
            missed = _missed(conn, memory, page, change.last)
            if missed:
                recorder.rejudge(conn, missed, now=now)
            change = replace(
                change, below=min(page), done=change.done + len(page), gone=change.gone + gone
            )
            scheme.keep(conn, change)
            memory.change = change
            done = len(page)
    if not done:
        recorder.forget()  # its index still has postings of the old fingerprints
    return done


def _missed(conn: Connection, memory: Memory, page: list[int], last: int) -> list[int]:
    """Which of these versions share something with a version that came since the change began."""
    since = Postings([index.tail(conn, "sketch", last)])
    near = Postings([index.tail(conn, "simhash", last)])
    if not len(since):
        return []
    found = []
    for row in store.sketches(conn, page):
        shared = sum(int((hi - lo).sum()) for _, lo, hi in since.find(unpack_hashes(row.data)))
        keys = index.postings([row], "simhash")
        alike = any((hi > lo).any() for _, lo, hi in near.find(np.asarray(keys)))
        if shared >= SHARED or alike:
            found.append(row.version_id)
    return found
