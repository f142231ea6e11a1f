"""One good host among many that are dead or slow: how late its feed is polled, and alone.

    python benchmarks/neighbours.py [--dead 199] [--minutes 2] [--timeout 30]

The daemon polls the good feed every ten seconds; of the others a third never answer, a third send
their headers byte by byte, a third their body. Late is a poll by what passed since it was due.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

from polling import loopback
from press import DOMAIN, document

EVERY_S = 10


@contextmanager
def hosts() -> Iterator[int]:
    """A server that is good at the name `good`, and dead in three ways at all others; its port."""
    ready: list[int] = []
    loop = asyncio.new_event_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        name = head.partition("host: ")[2].partition(".")[0]
        start = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
        if name == "good":
            body = gzip.decompress(document(1, 0)).replace(b"<ttl>5</ttl>", b"")
            writer.write(start + b"Content-Length: %d\r\n" % len(body))
            writer.write(b"\r\n" + body)
            writer.close()
            return
        way = int(name.removeprefix("h")) % 3
        if way:
            writer.write(start + (b"X: " if way == 1 else b"Content-Length: 100000\r\n\r\n"))
        try:
            while True:
                await asyncio.sleep(1)
                if way:
                    writer.write(b"x")
                    await writer.drain()
                elif reader.at_eof():
                    return
        except ConnectionError:
            return
        finally:
            writer.close()

    async def start() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
        ready.append(server.sockets[0].getsockname()[1])

    def run() -> None:
        loop.run_until_complete(start())
        loop.run_forever()

    Thread(target=run, daemon=True).start()
    while not ready:
        time.sleep(0.01)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)


async def watched(urls: list[str], timeout_s: float, seconds: float, db: str) -> list[float]:
    """Seconds that each poll of the last of `urls` was late by."""
    from watcher import systemd
    from watcher.archive.feeds import list_feeds
    from watcher.config import Config, Feed, Outlet, Polling
    from watcher.daemon.run import Daemon
    from watcher.daemon.service import Service

    outlets = tuple(
        Outlet(f"Gazette {n}", f"g{n}.example", f"Gazette {n}",
               (Feed(url, full_text="never", interval=EVERY_S),))
        for n, url in enumerate(urls)
    )  # fmt: skip
    polling = Polling(
        workers=1, allow_hosts=("127.0.0.0/8",), timeout=int(timeout_s), min_interval=EVERY_S
    )
    service = Service(
        Config(outlets=outlets, polling=polling), db, spread_s=0.0, resolver=loopback()
    )
    notifier = systemd.Notifier.from_environment({}, pid=0, monotonic_us=lambda: 0)
    daemon = Daemon(service, lambda: (None, []), notifier)
    running = asyncio.create_task(daemon.run())
    late: list[float] = []
    due: tuple[datetime | None, datetime] | None = None
    end = time.monotonic() + seconds
    while time.monotonic() < end and not running.done():
        await asyncio.sleep(0.25)
        if not hasattr(service, "polls"):
            continue
        rows = await asyncio.to_thread(list_feeds, service.database)
        row: Any = next((one for one in rows if one.url == urls[-1]), None)
        if row is None:
            continue
        if due is not None and row.last_polled_at != due[0]:
            late.append((row.last_polled_at - due[1]).total_seconds())
        due = row.last_polled_at, row.next_at
    daemon.stop()
    await running
    return late


def main() -> int:
    """Parse, measure with the others and without."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--dead", type=int, default=199)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--timeout", type=float, default=30)
    asked = parser.parse_args()
    with hosts() as port:
        good = f"http://good.{DOMAIN}:{port}/feed.xml"
        dead = [f"http://h{n}.{DOMAIN}:{port}/feed.xml" for n in range(asked.dead)]
        for others in ([], dead):
            with tempfile.TemporaryDirectory(prefix="watcher-bench-") as folder:
                db = f"sqlite:///{Path(folder) / 'watcher.db'}"
                late = asyncio.run(watched([*others, good], asked.timeout, 60 * asked.minutes, db))
            print(
                f"beside {len(others)} dead or slow: {len(late)} polls, late by "
                f"{median(late):.2f} s (median), {max(late):.2f} s at most",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
