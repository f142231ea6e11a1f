"""The end of a run: one writer records all articles, with the workers' comparisons at hand.

They go through the recorder of any import, in the order and in the batches of one by one process.
How far that is stands in the database, in the transaction of each batch: begun again, a landing
goes on behind the last batch that was committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from watcher.archive import Database, landed
from watcher.archive.articles import Connection
from watcher.cluster import parts
from watcher.cluster.joining import Joined
from watcher.cluster.verifying import read
from watcher.garbage import seldom_sought
from watcher.load import BATCH, CHUNK, MOST_FAULTS, Landing
from watcher.record.foretold import Foretold


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive's name, and its parts as numbers in the run."""

    name: str
    parts: range


@dataclass(frozen=True, slots=True)
class Landed:
    """What a landing did. `skipped`: articles that an earlier run had landed."""

    landing: Landing
    foretold: Foretold
    faults: tuple[str, ...]
    refused: int
    skipped: int


def land(
    database: Database,
    shared: Joined,
    archives: Sequence[Archive],
    now: datetime,
    progress: Callable[[int, int | None], None],
) -> Landed:
    """Record all articles."""
    total = sum(len(parts.head(shared.scratch, name)) for name in shared.parts)
    wanted = {d for n in range(len(shared.parts)) for d in read(shared, n)[1]}
    foretold = Foretold(lambda n: read(shared, n)[0], wanted)
    landing = Landing(database, now, foretold)
    with database.read() as conn:
        before = landed.so_far(conn, shared.run)
    begun = passed = skipped = 0

    def note(conn: Connection) -> None:
        landed.note(conn, shared.run, begun)

    with seldom_sought():
        for archive in archives:
            for batch in _batches(shared, archive, foretold):
                begun += 1
                passed += len(batch)
                if begun <= before:
                    skipped += len(batch)
                    continue
                landing.batch.extend(batch)
                landing.flush(note)
                progress(passed, total)
    landing.close()
    with database.write() as conn:
        landed.forget(conn, shared.run)
    faults, refused = _faults(shared, archives)
    return Landed(landing, foretold, tuple(faults), refused, skipped)


def _batches(shared: Joined, archive: Archive, foretold: Foretold) -> Iterator[list[parts.Item]]:
    """An archive's articles in the batches of an import by one process."""
    batch: list[parts.Item] = []
    lines = 0
    first = archive.parts.start
    for n in archive.parts:
        name = shared.parts[n]
        found = parts.articles(shared.scratch, name)
        for full in parts.head(shared.scratch, name).full:
            if full:
                batch.append(next(found))
            lines += 1
            if lines % CHUNK == 0 and len(batch) >= BATCH:
                foretold.span = range(first, n + 1)
                yield batch
                batch, first = [], n
    if batch:
        foretold.span = range(first, archive.parts.stop)
        yield batch


def _faults(shared: Joined, archives: Sequence[Archive]) -> tuple[list[str], int]:
    """What was wrong with which lines, a hundred of them, and how many there were."""
    told: list[str] = []
    refused = 0
    for archive in archives:
        before = 0
        for n in archive.parts:
            head = parts.head(shared.scratch, shared.parts[n])
            refused += head.full.count(False)
            told.extend(f"{archive.name}:{before + at}: {fault}" for at, fault in head.faults)
            before += head.lines
    return told[:MOST_FAULTS], refused
