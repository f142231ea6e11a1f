"""Polls per second with one, two and four daemons on one PostgreSQL database (machines.py --speed).

Each feed has a host of its own on loopback, and a server in a process that does not count answers
at once: all 304 after the first round. Everything is made due at one moment, and the clock stops
when each feed was polled once more. CPU is that of all daemons with their workers, and of the
database's processes by name.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from machines import ANY
from polling import cpu
from sqlalchemy import func, select

from storage.models import poll
from tests.poll.newsroom import Item, rss
from tests.texts import made_up
from watcher.archive import open_archive
from watcher.archive.feeds import list_feeds, poll_now

HERE = Path(__file__).parent
ROUNDS = 3


def _serve(pipe: Any) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            status, body = b"304 Not Modified", b""
            if b"if-none-match" not in head.lower():
                n = int(head.split(b" ", 2)[1].rpartition(b"/")[2])
                status, body = b"200 OK", rss([Item(f"One {n}", made_up(n, 6), guid=str(n))])
            length = str(len(body)).encode()
            writer.write(
                b"HTTP/1.1 " + status + b'\r\nETag: "1"\r\nContent-Length: ' + length
                + b"\r\nConnection: close\r\n\r\n" + body
            )  # fmt: skip
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, ANY, 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.Event().wait()

    asyncio.run(run())


def _postgres() -> float:
    """CPU seconds of the server's processes: those of the wheel's or the system's program."""
    total = 0.0
    for one in Path("/proc").glob("[0-9]*/comm"):
        try:
            if one.read_text().startswith("postgres"):
                fields = (one.parent / "stat").read_text().rpartition(")")[2].split()
                total += sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            continue
    return total


def measure(server: Any, feeds: int, folder: Path) -> None:
    """Print the table."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    press = context.Process(target=_serve, args=(theirs,), daemon=True)
    press.start()
    port = ours.recv()
    print(f"{feeds} feeds, each at a host of its own; nothing new; {ROUNDS} rounds, the best")
    for daemons in (1, 2, 4):
        url = server.url(server.create())
        config = folder / f"feeds{daemons}.yaml"
        outlets = "".join(
            f"  - {{name: O{n}, domain: o{n}.example, feeds: [{{full_text: never,"
            f" url: 'http://127.{n % 200 + 20}.{n // 200}.1:{port}/{n}'}}]}}\n"
            for n in range(feeds)
        )
        config.write_text(
            f"outlets:\n{outlets}polling: {{allow_hosts: [127.0.0.0/8], workers: 1}}\n"
            f"storage: {{url: '{url}'}}\n"
        )
        _with(daemons, config, url, feeds)
    press.kill()


def _with(daemons: int, config: Path, url: str, feeds: int) -> None:
    command = [sys.executable, "-m", "watcher", "run", "--config", str(config)]
    open_archive(url, create=True).close()
    with (config.parent / "log").open("ab") as log:
        running = [subprocess.Popen(command, cwd=HERE.parent, stderr=log) for _ in range(daemons)]
    try:
        with open_archive(url) as database:

            def polled() -> int:
                with database.read() as conn:
                    return int(conn.scalar(select(func.count()).select_from(poll)) or 0)

            def until(wanted: int) -> None:
                while polled() < wanted:
                    time.sleep(0.1)

            while len(list_feeds(database)) < feeds:
                time.sleep(0.2)
            ids = [feed.id for feed in list_feeds(database)]
            poll_now(database, ids, datetime.now(UTC), "benchmark")
            until(feeds)
            time.sleep(5)
            found = []
            for _ in range(ROUNDS):
                before = polled()
                used, served = sum(cpu(p.pid) for p in running), _postgres()
                begun = time.monotonic()
                poll_now(database, ids, datetime.now(UTC), "benchmark")
                until(before + feeds)
                took = time.monotonic() - begun
                used = sum(cpu(p.pid) for p in running) - used
                found.append((feeds / took, 1000 * used / feeds, _postgres() - served))
                time.sleep(2)
            rate, own, served = max(found)
            print(f"{daemons} daemons: {rate:.0f} polls/s; CPU s per 1,000 polls: {own:.2f}, and"
                  f" {1000 * served / feeds:.2f} of the database", flush=True)  # fmt: skip
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(60)
