"""Many feeds, few of them well: what dead hosts cost the good one, and 50,000 feeds the daemon.

    python benchmarks/crowd.py [--seconds 60] [--feeds 50000]

Dead hosts: one daemon with 200 feeds, each at a host of its own, all with `interval: 5s`. One is
good; of the others a third never answer, a third have names whose look-up takes 20 s and fails,
a third refuse. How late the good one is asked, by its own interval, alone and among the others.

Feeds at rest: a daemon that has them and none is due: memory, and CPU seconds a minute. Then all
are due at once: milliseconds of CPU a feed to claim them and to record a poll of each, without
network.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from polling import child, cpu
from scale import memory

OTHERS = 199
EVERY_S = 5
LOOKUP_S = 20.0


def lookup(host: str, port: int, family: int, kind: int) -> list[Any]:
    """What the DNS says: slowly nothing of some names, this machine of the others."""
    if host.startswith("lost"):
        time.sleep(LOOKUP_S)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")
    # A host of its own each, at an address of its own.
    number = int("".join(filter(str.isdigit, host.partition(".")[0])) or 0)
    return socket.getaddrinfo(f"127.0.1.{number}", port, family, kind)


async def _lateness(others: int, seconds: float) -> list[float]:
    """How late each poll of the good feed was, in seconds after its interval."""
    from watcher.config import Config, Feed, Outlet, Polling
    from watcher.daemon.run import Daemon
    from watcher.daemon.service import Service
    from watcher.fetch.resolver import Resolver
    from watcher.systemd import Notifier

    asked: list[float] = []
    answered: list[float] = []
    never = asyncio.Event()

    async def good(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.append(time.monotonic())
        body = b"<rss version='2.0'><channel><title>T</title></channel></rss>"
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()
        answered.append(time.monotonic())

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await never.wait()
        writer.close()

    fine = await asyncio.start_server(good, "127.0.1.0", 0)
    mute = await asyncio.start_server(silent, [f"127.0.1.{n}" for n in range(1, 200, 3)], 8199)
    port = fine.sockets[0].getsockname()[1]
    feeds = [f"http://good0.example:{port}/rss"]
    for n in range(1, others + 1):
        name = ("mute", "lost", "shut")[(n - 1) % 3]
        feeds.append(f"http://{name}{n}.example:{8199 if name == 'mute' else 9}/rss")
    outlets = tuple(
        Outlet(f"O{n}", f"o{n}.example", f"O{n}", (Feed(url, interval=EVERY_S),))
        for n, url in enumerate(feeds)
    )
    polling = Polling(min_interval=1, allow_hosts=("127.0.0.0/8",), workers=1)
    with tempfile.TemporaryDirectory(prefix="watcher-bench-") as folder:
        service = Service(
            Config(outlets=outlets, polling=polling),
            f"sqlite:///{folder}/watcher.db",
            spread_s=0.0,
            resolver=Resolver(lookup),
        )
        notifier = Notifier.from_environment({}, pid=0, monotonic_us=lambda: 0)
        daemon = Daemon(service, lambda: (None, []), notifier)
        running = asyncio.create_task(daemon.run())
        await asyncio.sleep(seconds)
        daemon.stop()
        await running
    never.set()
    for server in (fine, mute):
        server.close()
    # The interval counts from an answer; up to a tenth more is the spread that keeps feeds apart.
    return [b - a - EVERY_S for a, b in zip(answered, asked[1:], strict=False)]


def run_resting(db: str, feeds: int, pipe: Connection) -> None:
    """A daemon that has nothing to do for now."""
    from watcher.config import Config, Feed, Outlet
    from watcher.daemon.run import Daemon
    from watcher.daemon.service import Service
    from watcher.systemd import Notifier

    outlets = tuple(
        Outlet(f"O{n}", f"o{n}.example", f"O{n}", (Feed(f"https://o{n}.example/feed.xml"),))
        for n in range(feeds)
    )

    async def main() -> None:
        service = Service(Config(outlets=outlets), db, spread_s=30 * 86_400.0)
        notifier = Notifier.from_environment({}, pid=0, monotonic_us=lambda: 0)
        daemon = Daemon(service, lambda: (None, []), notifier)
        asyncio.get_running_loop().add_reader(pipe.fileno(), daemon.stop)
        await daemon.run()

    asyncio.run(main())


@contextmanager
def resting(db: str, feeds: int) -> Iterator[int]:
    """The process of such a daemon, once it rests."""
    with child(run_resting, db, feeds) as (process, _):
        before = -1.0
        # It looks what is due each second, and never uses nothing at all.
        while (now := cpu(process.pid)) - before > 0.5 or now < 2:
            before = now
            time.sleep(3)
            if not process.is_alive():
                raise SystemExit("the daemon has ended")
        yield process.pid


def _at_rest(feeds: int, seconds: float) -> None:
    from watcher.archive import open_archive
    from watcher.archive.feeds import PollResult, claim_feeds, finish_polls, list_feeds, poll_now

    with tempfile.TemporaryDirectory(prefix="watcher-bench-") as folder:
        db = f"sqlite:///{Path(folder) / 'watcher.db'}"
        with resting(db, feeds) as pid:
            started = cpu(pid)
            time.sleep(seconds)
            used = (cpu(pid) - started) * 60 / seconds
            print(f"{feeds} feeds at rest: {memory(pid) >> 20} MB, {used:.2f} s CPU a minute")
        with open_archive(db) as database:
            now = datetime.now(UTC)
            poll_now(database, [feed.id for feed in list_feeds(database)], now, "benchmark")
            spent = {"claim": 0.0, "record": 0.0}
            done = 0
            while True:
                mark = time.process_time()
                claimed = claim_feeds(database, now, 256, "benchmark", 900.0)
                spent["claim"] += time.process_time() - mark
                if not claimed or done >= 20 * 256:
                    break
                end = PollResult(
                    at=now, outcome="unchanged", next_at=now + timedelta(hours=1), next_reason="-"
                )
                mark = time.process_time()
                with database.write() as conn:
                    finish_polls(conn, [(feed.id, end) for feed in claimed])
                spent["record"] += time.process_time() - mark
                done += len(claimed)
            each = {name: 1000 * seconds / done for name, seconds in spent.items()}
            print(
                f"all due at once, 256 at a time: {each['claim']:.3f} ms a feed to claim, "
                f"{each['record']:.3f} ms to record"
            )


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--feeds", type=int, default=50_000)
    asked = parser.parse_args()
    for others in (0, OTHERS):
        late = asyncio.run(_lateness(others, asked.seconds))
        print(
            f"the good feed with {others} bad ones: {len(late)} polls, late by "
            f"{median(late):.2f} s in the middle, {max(late):.2f} s at most"
        )
    for feeds in (10_000, asked.feeds):
        _at_rest(feeds, min(asked.seconds, 30.0))


if __name__ == "__main__":
    main()
