"""An import of archives whose work is done on a Dask cluster, with the stories of any import.

    cut -> read -> join -> compare -> land

Workers cut and read the archives (parse, clean, fingerprint: `parts`), bring the articles that
share a sketch value, a piece of a simhash or a paragraph together (`joining`) and compare them
(`verifying`). Then one writer records all articles as an import by one process would, in its order,
batch by batch (`landing`): it decides everything, and where it would compare two texts it finds
that done (`record.foretold`). So the stories are the same by construction.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import xxhash

from watcher.archive import Database
from watcher.cluster import cutting, parts
from watcher.cluster.joining import Joined, join
from watcher.cluster.landing import Archive, Landed, land
from watcher.cluster.running import Cluster, Tell, connected
from watcher.cluster.verifying import verify
from watcher.core.errors import UsageError
from watcher.load import LoadResult

__all__ = ["ClusterResult", "import_archives"]

Stage = Callable[[str], AbstractContextManager[Tell]]
_POSTINGS = 16 << 20  # values that one task joins, about
_FOLDER = "watcher-import"


@dataclass(frozen=True, slots=True)
class ClusterResult:
    """What an import did. `foretold`: comparisons that the landing found done, `compared_here`:
    that it made itself; `seconds_of`: wall time of each stage; `cpu_of`: CPU seconds, of the
    workers, and for the landing of this process."""

    load: LoadResult
    workers: int
    parts: int
    skipped: int  # articles that an earlier run had landed
    foretold: int
    compared_here: int
    seconds_of: dict[str, float] = field(default_factory=dict)
    cpu_of: dict[str, float] = field(default_factory=dict)


def import_archives(
    database: Database,
    archives: Sequence[Path],
    *,
    cluster: str,
    workers: int,
    scratch: Path,
    stage: Stage,
    now: datetime,
    piece: int = cutting.PIECE,
) -> ClusterResult:
    """Import JSON Lines, plain or packed, or WARC files, on the cluster at the address `cluster`.

    "local": `workers` processes of this machine. `scratch`: a folder that all machines see, and
    that keeps what is finished until all is; `stage` names a stage and gives what hears of its
    progress; `piece`: bytes of lines a task, at least. Raises UsageError where an archive cannot
    be read or the cluster cannot be used.
    """
    started = time.monotonic()
    packed = [cutting.is_packed(path) for path in archives]
    with _scratch(scratch) as folder, connected(cluster, workers) as at_work:
        home = _home(folder, archives)
        at_work.check(home)
        run = _Run(at_work, home, stage, _begun(home, now))
        pieces = run.cut(archives, packed, cutting.size_of_pieces(archives, piece))
        shared, listed = run.read(archives, pieces)
        run.join(shared)
        run.compare(shared)
        count = at_work.workers()
        with run.timed("Landing") as tell:
            done = land(database, shared, listed, run.now, tell)
        shutil.rmtree(home)  # what others have begun here stays
    return _result(done, shared, count, run, time.monotonic() - started)


class _Run:
    """The stages of one run. `now`: when it was begun first."""

    def __init__(self, cluster: Cluster, scratch: Path, stage: Stage, now: datetime) -> None:
        self._cluster = cluster
        self._scratch = scratch
        self._stage = stage
        self.now = now
        self.seconds_of: dict[str, float] = {}
        self.cpu_of: dict[str, float] = {}

    @contextmanager
    def timed(self, what: str) -> Iterator[Tell]:
        """A stage, shown and timed."""
        begun, cpu, own = time.monotonic(), self._cluster.cpu, time.process_time()
        with self._stage(what) as tell:
            yield tell
        there, here = self._cluster.cpu - cpu, time.process_time() - own
        self.seconds_of[what.lower()] = round(time.monotonic() - begun, 3)
        self.cpu_of[what.lower()] = round(there or here, 3)

    def cut(
        self, archives: Sequence[Path], packed: Sequence[bool], piece: int
    ) -> list[list[cutting.Piece]]:
        """Each archive in pieces."""
        paths = [path for path, is_packed in zip(archives, packed, strict=True) if is_packed]
        unpacked: Iterator[list[cutting.Piece]] = iter(())
        if paths:
            calls = [(path.absolute(), self._scratch, self.now, piece) for path in paths]
            with self.timed("Unpacking") as tell:
                unpacked = iter(self._cluster.each(cutting.unpack, calls, tell))
        return [
            next(unpacked) if is_packed else cutting.cut(path.absolute(), piece)
            for path, is_packed in zip(archives, packed, strict=True)
        ]

    def read(
        self, archives: Sequence[Path], pieces: Sequence[Sequence[cutting.Piece]]
    ) -> tuple[Joined, list[Archive]]:
        """The parts that the pieces become, and which of them each archive is."""
        calls = [(p, self._scratch, self.now) for mine in pieces for p in mine]
        with self.timed("Reading") as tell:
            made = self._cluster.each(parts.make, calls, tell)
        listed: list[Archive] = []
        at = 0
        for path, mine in zip(archives, pieces, strict=True):
            listed.append(Archive(str(path), range(at, at + len(mine))))
            at += len(mine)
        names = tuple(name for name, _ in made)
        values = 48 * sum(count for _, count in made)  # a sketch has about 40, a simhash 4
        buckets = max(1, 2 * self._cluster.workers(), values // _POSTINGS)
        run = xxhash.xxh3_64_hexdigest(" ".join(names).encode())
        kept = self._scratch / f"run-{run}"
        kept.mkdir(exist_ok=True)
        buckets = _once(kept / "buckets", buckets)
        return Joined(self._scratch, names, buckets, run), listed

    def join(self, shared: Joined) -> None:
        """Articles that share values, brought together."""
        calls = [(shared, f, b) for f in parts.FAMILIES for b in range(shared.buckets)]
        with self.timed("Joining") as tell:
            self._cluster.each(join, calls, tell)

    def compare(self, shared: Joined) -> None:
        """All pairs compared."""
        calls = [(shared, n, self.now) for n in range(len(shared.parts))]
        with self.timed("Comparing") as tell:
            self._cluster.each(verify, calls, tell)


def _once(path: Path, value: int) -> int:
    """A number as it was when a run was begun first: another count of workers changes nothing."""
    if not path.exists():
        path.write_text(str(value))
    return int(path.read_text())


def _home(folder: Path, archives: Sequence[Path]) -> Path:
    """The folder of the import of these archives, as they are."""
    told = []
    for path in archives:
        stat = path.stat()
        told.append(f"{path.absolute()} {stat.st_size} {stat.st_mtime_ns}")
    home = folder / xxhash.xxh3_64_hexdigest("\n".join(told).encode())
    home.mkdir(mode=0o700, exist_ok=True)
    return home


def _begun(home: Path, now: datetime) -> datetime:
    """When this import was begun first: begun again, it makes the same of its archives."""
    kept = home / "begun"
    if not kept.exists():
        kept.write_text(now.isoformat())
    return datetime.fromisoformat(kept.read_text())


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    """The folder, for this run alone."""
    folder = parent.absolute() / _FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise UsageError(f"cannot write in {parent}: {error.strerror}") from error
    with lock:
        found = folder.stat()
        if found.st_uid != os.getuid() or found.st_mode & 0o022:
            # What lies there is taken for our own, and unpickled.
            raise UsageError(f"{folder} is not ours alone to write in; name another with --scratch")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(f"another import is at work in {parent}") from error
        yield folder


def _result(done: Landed, shared: Joined, workers: int, run: _Run, seconds: float) -> ClusterResult:
    made = done.landing
    return ClusterResult(
        LoadResult(
            made.done,
            made.new,
            made.matches,
            len(made.stories),
            seconds,
            done.faults,
            done.refused,
        ),
        workers,
        len(shared.parts),
        done.skipped,
        done.foretold.hits,
        done.foretold.misses,
        run.seconds_of,
        run.cpu_of,
    )
