"""A hostile server and good ones beside it, polled together by the real poller."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from aiohttp.abc import AbstractResolver, ResolveResult

from tests import texts
from tests.fakes import T0
from tests.poll.newsroom import Item, Site, feed
from watcher.archive import Database, open_archive
from watcher.archive.feeds import PollRow, claim_feeds, list_feeds, polls_of, sync_feeds
from watcher.config import Feed, Outlet
from watcher.core import schedule
from watcher.fetch import Fetcher, NoRobots
from watcher.poll import Poller, PollOutcome
from watcher.record.recorder import Recorder
from watcher.workers import Workers

Writing = Callable[[asyncio.StreamWriter], Awaitable[None]]
GOOD = 3
DOMAIN = "wild.example"


class Names(AbstractResolver):
    """A resolver that knows the names under `DOMAIN`, and those it was told."""

    def __init__(self, host: str, told: Mapping[str, Sequence[str]]) -> None:
        self._host = host
        self._told = told
        self.answer = self.look_up

    def look_up(self, host: str) -> Sequence[str]:
        """The addresses of a name; a test may put something else in place of it."""
        return self._told.get(host, [self._host] if host.endswith(DOMAIN) else [])

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self.answer(host)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        pass


def answer(
    body: bytes = b"", status: str = "200 OK", kind: str = "application/rss+xml", **headers: str
) -> bytes:
    """An answer whole; `headers` with underscores for hyphens."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


class Wild:
    """A server that sends whatever bytes it likes, or keeps sending them."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.pages: dict[str, bytes | Writing] = {}
        self.asked: list[str] = []
        self.sent = 0  # bytes of endless answers
        self._tasks: set[asyncio.Task[Any]] = set()

    def url(self, path: str) -> str:
        """Where a page is: each at a host of its own, so that none waits for another's turn."""
        name = "".join(c if c.isalnum() else "-" for c in path.strip("/")) or "front"
        return f"http://{name}.{DOMAIN}:{self.port}{path}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ")[1]
            self.asked.append(path)
            page = self.pages.get(path, answer(status="404 Not Found"))
            if isinstance(page, bytes):
                writer.write(page)
                await writer.drain()
            else:
                await page(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    def endless(self, start: bytes, more: bytes) -> Writing:
        """An answer that goes on for as long as anybody reads it."""

        async def write(writer: asyncio.StreamWriter) -> None:
            writer.write(start)
            while True:
                writer.write(more)
                await writer.drain()
                self.sent += len(more)

        return write


def dripping(start: bytes, more: bytes) -> Writing:
    """An answer that comes byte by byte and never ends, each well within any time per read."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            for byte in more:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.02)

    return write


@dataclass
class Yard:
    """What one round of polls needs, and what became of it."""

    database: Database
    poller: Poller
    workers: Workers
    wild: Wild
    good: list[Site]
    names: Names
    done: list[PollOutcome] = field(default_factory=list)  # in the order in which they ended

    async def round(self) -> dict[str, PollOutcome]:
        """Poll everything at once, the hostile feeds first; the hostile ones' outcomes by path."""
        feeds = claim_feeds(self.database, T0 + timedelta(hours=1), 100, "test", 900.0)
        feeds.sort(key=lambda row: DOMAIN not in row.host)

        async def one(row: Any) -> None:
            self.done.append(await self.poller.poll(row))

        await asyncio.gather(*(one(row) for row in feeds))
        return {_path(o.feed): o for o in self.done if DOMAIN in o.feed}

    def last_polls(self) -> dict[str, PollRow]:
        """What is on record for the hostile feeds, by path."""
        rows = {f.url: polls_of(self.database, f.id, 1)[0] for f in list_feeds(self.database)}
        return {_path(url): row for url, row in rows.items() if DOMAIN in url}

    def good_ones_are_fine(self, *, before: str | None = None) -> None:
        """Every good feed was read; and before the hostile one at `before` had ended."""
        ours = {f"{site.base}/rss" for site in self.good}
        fine = [o for o in self.done if o.feed in ours]
        assert len(fine) == GOOD
        assert [(o.outcome, o.entries, o.error) for o in fine] == [("ok", 2, None)] * GOOD
        if before is not None:
            ended = [o.feed for o in self.done]
            last = max(ended.index(o.feed) for o in fine)
            assert last < ended.index(self.wild.url(before))


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@asynccontextmanager
async def yard(
    url: str,
    paths: list[str],
    *,
    timeout: float = 1.0,
    parse_s: float = 20.0,
    memory: int = 1 << 30,
    allow_hosts: tuple[str, ...] = ("127.0.0.0/8",),
    names: Mapping[str, Sequence[str]] | None = None,
    others: Sequence[str] = (),
) -> AsyncIterator[Yard]:
    """A database at `url`, good outlets, and a hostile one with a feed at each of `paths`.

    `others`: addresses of more feeds of the hostile outlet; `names`: what the DNS says of hosts.
    """
    async with Wild("127.0.0.66") as wild:
        good = [Site(f"127.0.0.{n + 2}") for n in range(GOOD)]
        for number, site in enumerate(good):
            await site.__aenter__()
            site.pages["/rss"] = feed(
                Item(f"Harbour {number}", texts.HARBOUR, guid=f"h{number}", date=T0),
                Item(f"Orchard {number}", texts.ORCHARD, guid=f"o{number}", date=T0),
            )
        outlets = [
            Outlet(f"Good {n}", f"good{n}.example", f"Good {n}", (Feed(site.base + "/rss"),))
            for n, site in enumerate(good)
        ]
        bad = [*map(wild.url, paths), *others]
        outlets.append(Outlet("Wild", "wild.example", "Wild", tuple(map(Feed, bad))))
        writer = ThreadPoolExecutor(1)
        fetcher = Fetcher(
            timeout=timeout,
            allow_hosts=allow_hosts,
            gap=0.0,
            robots=NoRobots(),
            resolver=(resolver := Names(wild.host, names or {})),
        )
        try:
            with open_archive(url) as database, Workers(2, memory=memory) as workers:
                sync_feeds(database, outlets, T0, spread_s=0.0)
                async with fetcher:
                    poller = Poller(
                        database,
                        fetcher,
                        workers,
                        Recorder(),
                        writer,
                        feeds={f.url: f for o in outlets for f in o.feeds},
                        limits=schedule.Limits(),
                        owner="test",
                        clock=lambda: T0 + timedelta(hours=1),
                        parse_s=parse_s,
                    )
                    yield Yard(database, poller, workers, wild, good, resolver)
        finally:
            writer.shutdown()
            for site in good:
                await site.__aexit__()
