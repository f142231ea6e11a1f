"""Does anything grow? A simulated year of many feeds, or real minutes at full load, on loopback.

    python benchmarks/endurance.py [--feeds 500] [--days 365] [--interval 24h] [--within SECONDS]
    python benchmarks/endurance.py --real-minutes N --days 0 [--feeds 500] [--interval 30s]

The feeds are answered by a process of its own, each at an address of its own, with validators; each
publishes now and then, every fifth article is another outlet's, changed a little. The daemon's
parts poll, record, match, tell and keep house as they always do. In the simulated year its clock is
moved six hours at a time and nobody sleeps; in real minutes it ticks each second, and an outlet's
day passes in a minute. With `--days` before them those days are simulated first, so that what is
kept of the past in memory is there when the minutes begin. Printed: memory, open files, WAL,
database, lateness of ticks, and how they change: slopes over the last three quarters, and over the
last one. `--within SECONDS` ends a year early, and says how far it came.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from scale import descendants

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.texts import made_up, reworded
from watcher.archive.feeds import list_feeds
from watcher.config import load
from watcher.daemon import Service

T0 = datetime(2026, 1, 1, tzinfo=UTC)
SHOWN = 10  # entries of a feed
SAMPLES = 40
SENTENCES = 30  # of a text: some 400 words, as news has
HURRY = 1440  # times faster than theirs the outlets' clock runs in real minutes


def article(feed: int, n: int) -> tuple[str, str]:
    """Title and text of a feed's n-th article."""
    copied = n % 5 == 4 and feed > 0
    source = (feed - 1, n) if copied else (feed, n)
    seed = source[0] * 10_007 + source[1]
    text = made_up(seed, SENTENCES)
    return f"Report {seed}", reworded(text, 25, seed=feed) if copied else text


def document(feed: int, count: int, period: float, hurried_s: float) -> bytes:
    items = []
    for n in range(max(0, count - SHOWN), count):
        title, text = article(feed, n)
        passed = n * period
        passed = min(passed, hurried_s) + max(0.0, passed - hurried_s) / HURRY
        at = format_datetime(T0 + timedelta(seconds=passed))
        items.append(
            f"<item><title>{title}</title><guid>{feed}-{n}</guid><pubDate>{at}</pubDate>"
            f"<link>http://o{feed}.example/{n}</link><description>{text}</description></item>"
        )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet {feed}</title>'
        f"{''.join(items)}</channel></rss>"
    ).encode()


def serve(port: Any, now: Any, hurried: Any) -> None:
    """Answers for all feeds; `now`: seconds since T0 by the outlets' clock, which is in a hurry
    from second `hurried` on."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                path = line.split()[1].decode()
                tag = b""
                while (header := await reader.readline()).strip():
                    name, _, value = header.partition(b":")
                    if name.lower() == b"if-none-match":
                        tag = value.strip()
                if not path.startswith("/f"):  # the receiver: it has heard enough
                    await reader.read(1 << 20)
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                    break
                feed = int(path[2:])
                period = 86_400.0 * (2 + feed % 13)
                count = 1 + int(now.value / period)
                mine = f'"{feed}-{count}"'.encode()
                if tag == mine:
                    writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: " + mine + b"\r\n\r\n")
                else:
                    body = document(feed, count, period, hurried.value)
                    writer.write(
                        b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: %s\r\n"
                        b"Content-Length: %d\r\n\r\n%s" % (mine, len(body), body)
                    )
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(answer, "0.0.0.0", 0, backlog=1000)  # noqa: S104
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(main())


def memory(pids: list[int]) -> int:
    """Bytes that these processes hold, what they share with others by parts."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(x.split()[1]) for x in text.splitlines() if x.startswith("Pss:"))
    return total * 1024


@dataclass
class Seen:
    """What is looked at again and again; `at` in simulated days or real minutes."""

    file: Path
    press: int
    rows: list[dict[str, float]] = field(default_factory=list)
    late: list[float] = field(default_factory=list)

    def look(self, at: float, articles: int) -> None:
        wal = self.file.with_name(self.file.name + "-wal")
        children = [p for p in descendants(os.getpid()) if p not in (os.getpid(), self.press)]
        self.rows.append(
            {
                "at": at,
                "memory MB": memory([os.getpid()]) / 1e6,
                "workers MB": memory(children) / 1e6,
                "open files": len(os.listdir("/proc/self/fd")),
                "WAL MB": wal.stat().st_size / 1e6 if wal.exists() else 0.0,
                "database MB": self.file.stat().st_size / 1e6,
                "tick ms": median(self.late) if self.late else 0.0,
                "worst tick ms": max(self.late, default=0.0),
                "articles": articles,
            }
        )
        self.late.clear()

    def tell(self, unit: str) -> None:
        names = [n for n in self.rows[0] if n != "at"]
        print(
            f"{'':16}{'first':>10}{'middle':>10}{'last':>10}  slope a {unit} over the last 3/4, 1/4"
        )
        for name in names:
            values = [row[name] for row in self.rows]
            slopes = [
                np.polyfit([r["at"] for r in part], [r[name] for r in part], 1)[0]
                for part in (self.rows[len(values) // 4 :], self.rows[-len(values) // 4 :])
            ]
            print(
                f"{name:16}{values[0]:10.1f}{values[len(values) // 2]:10.1f}{values[-1]:10.1f}"
                f"  {slopes[0]:+.4f} {slopes[1]:+.4f}"
            )


def config(folder: Path, feeds: int, port: int, interval: str) -> Path:
    texts = [article(n, 4 + 5 * k)[1] for n in range(0, min(feeds, 100), 10) for k in range(2)]
    outlets = "".join(
        f"  - {{name: Outlet {n}, domain: o{n}.example, feeds:"
        f" [{{url: 'http://127.1.{n // 250}.{1 + n % 250}:{port}/f{n}', interval: {interval},"
        " full_text: never}]}\n"
        for n in range(feeds)
    )
    watches = "".join(
        f"  - {{name: w{i}, text: {json.dumps(text)}, alert_on: [first_copy], notify: [none]}}\n"
        for i, text in enumerate(texts)
    )
    made = folder / "feeds.yaml"
    made.write_text(
        f"outlets:\n{outlets}watches:\n{watches}"
        f"receivers: [{{name: none, url: 'json://127.0.0.1:{port}/none'}}]\n"
        "polling: {allow_hosts: [127.0.0.0/8], workers: 2, min_interval: 10s, max_interval: 7d}\n"
    )
    return made


async def year(
    service: Service,
    seen: Seen,
    now: Any,
    days: int,
    move: Callable[..., None],
    within: float,
    step: int,
) -> tuple[int, float]:
    polls = 0
    end = time.monotonic() + within
    every = max(1, days * 24 // step // SAMPLES)
    for n in range(days * 24 // step):
        hour = (n + 1) * step
        if time.monotonic() > end:
            break
        move(hours=step)
        now.value += 3600 * step
        begun = time.perf_counter()
        polls += len(await service.tick())
        await service.deliver()
        seen.late.append(1000 * (time.perf_counter() - begun))
        await service.housekeep()
        if n % every == every - 1:
            seen.look(hour / 24, await asyncio.to_thread(articles, service))
            if sys.stderr.isatty():
                print(f"\r{hour / 24:6.0f} days, {polls:,} polls", end="", file=sys.stderr)
    return polls, now.value / 86_400


async def real(
    service: Service, seen: Seen, now: Any, minutes: float, move: Callable[..., None]
) -> int:
    """Ticks each second; lateness is how long after its second a tick began."""
    begun, already = time.monotonic(), now.value
    end, due, looked = begun + 60 * minutes, begun, begun
    count, moved = 0, 0.0
    while time.monotonic() < end:
        due += 1
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        seen.late.append(1000 * (time.monotonic() - due))
        passed = time.monotonic() - begun
        now.value = already + HURRY * passed
        move(seconds=passed - moved)
        moved = passed
        count += await service.dispatch()
        await service.start_deliveries()
        if time.monotonic() - looked >= 60 * minutes / SAMPLES:
            looked = time.monotonic()
            await service.housekeep()
            seen.look((looked - begun) / 60, await asyncio.to_thread(articles, service))
    return count


def articles(service: Service) -> int:
    with service.database.read() as conn:
        return int(conn.exec_driver_sql("SELECT count(*) FROM article").scalar() or 0)


async def main() -> None:
    asks = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asks.add_argument("--feeds", type=int, default=500)
    asks.add_argument("--days", type=int, default=365, help="simulated; before real minutes, too")
    asks.add_argument("--interval", default=None)
    asks.add_argument("--real-minutes", type=float, default=0)
    asks.add_argument("--within", type=float, default=float("inf"))
    asked = asks.parse_args()
    is_real = asked.real_minutes > 0
    port, now = multiprocessing.Value("i", 0), multiprocessing.Value("d", 0.0)
    hurried = multiprocessing.Value("d", float("inf"))
    press = multiprocessing.Process(target=serve, args=(port, now, hurried), daemon=True)
    press.start()
    while not port.value:
        await asyncio.sleep(0.01)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        file = folder / "watcher.db"
        interval = asked.interval or ("30s" if is_real else "24h")
        yaml = config(folder, asked.feeds, port.value, interval)
        at = [T0]

        def move(**span: float) -> None:
            at[0] += timedelta(**span)

        url = f"sqlite:///{file}"
        service = Service(load(yaml, {}), url, gap=0.0, spread_s=20.0, clock=lambda: at[0])
        await service.start()
        seen = Seen(file, press.pid or 0)
        days = 0.0
        begun, cpu = time.perf_counter(), time.process_time()
        try:
            await service.resolve_watches()
            polls, days = await year(
                service, seen, now, asked.days, move, asked.within, 120 if is_real else 6
            )
            if is_real:
                seen.rows.clear()
                begun, cpu = time.perf_counter(), time.process_time()
                hurried.value = now.value
                polls = await real(service, seen, now, asked.real_minutes, move)
            failed = sum(f.failures > 0 for f in list_feeds(service.database))
        finally:
            await service.close()
            press.terminate()
        took, used = time.perf_counter() - begun, time.process_time() - cpu
        span = f"{days:.0f} days simulated"
        if is_real:
            span = f"{asked.real_minutes:g} real minutes after {span}"
        print(
            f"{span}, {asked.feeds} feeds: {polls:,} polls, {failed} feeds failing at the end,"
            f" {took:.0f} s, {used:.0f} s of the daemon's own CPU; load {os.getloadavg()[0]:.1f}"
        )
        seen.tell("minute" if is_real else "day")


if __name__ == "__main__":
    asyncio.run(main())
