"""A scripted server for simulated weeks: it says what a script says, and keeps every byte asked.

The clock is the test's own, so that weeks pass in seconds: `weeks` moves it to each time that
something is due, and nothing sleeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Self

from tests.poll.newsroom import Item, Room, rss
from watcher.archive.feeds import next_due
from watcher.config import Feed, Outlet, Polling
from watcher.daemon import PollOutcome


@dataclass(frozen=True)
class Request:
    """A request as it arrived: its head, byte by byte, and when by the test's clock."""

    at: datetime
    raw: bytes
    host: str  # the address that it came to

    @property
    def path(self) -> str:
        """What was asked for."""
        return self.raw.split(b" ", 2)[1].decode("ascii")

    def lines(self, name: str) -> list[bytes]:
        """The values of a header, as they came; its name in whatever case."""
        found = []
        for line in self.raw.split(b"\r\n")[1:]:
            key, colon, value = line.partition(b": ")
            if colon and key.lower() == name.lower().encode("ascii"):
                found.append(value)
        return found

    def one(self, name: str) -> bytes | None:
        """The value of a header that comes once, or not at all."""
        found = self.lines(name)
        assert len(found) < 2, f"{name} was sent twice: {found}"
        return found[0] if found else None


@dataclass(frozen=True)
class Say:
    """An answer. `headers` are sent as they stand, in UTF-8."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def wire(self) -> bytes:
        """As it goes out."""
        lines = [f"HTTP/1.1 {self.status} So", *(f"{k}: {v}" for k, v in self.headers.items())]
        lines += [f"Content-Length: {len(self.body)}", "Connection: close", "", ""]
        return "\r\n".join(lines).encode() + self.body


Answer = Callable[[Request], Say]


def _missing(_: Request) -> Say:
    return Say(404)


class Script:
    """Servers at several addresses of the loopback net, one port, one script by host and path."""

    def __init__(self, clock: Callable[[], datetime], hosts: int = 1) -> None:
        self._clock = clock
        self.hosts = [f"127.0.1.{n + 1}" for n in range(hosts)]
        self.asked: list[Request] = []
        self.says: dict[tuple[str, str], Answer] = {}
        self.busiest: dict[str, int] = {}  # the most requests at once, by host
        self._open: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        first = await asyncio.start_server(self._serve, self.hosts[0], 0)
        self.port: int = first.sockets[0].getsockname()[1]
        self._servers = [first]
        for host in self.hosts[1:]:
            self._servers.append(await asyncio.start_server(self._serve, host, self.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()
        for server in self._servers:
            await server.wait_closed()

    def url(self, path: str, host: int = 0) -> str:
        """The address of a path."""
        return f"http://{self.hosts[host]}:{self.port}{path}"

    def on(self, path: str, answer: Answer | Say, host: int = 0) -> None:
        """What is said at a path from now on."""
        self.says[self.hosts[host], path] = (
            (lambda _: answer) if isinstance(answer, Say) else answer
        )

    def to(self, path: str, host: int = 0) -> list[Request]:
        """What was asked for there."""
        return [one for one in self.asked if (one.host, one.path) == (self.hosts[host], path)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        self._open[host] = self._open.get(host, 0) + 1
        self.busiest[host] = max(self.busiest.get(host, 0), self._open[host])
        try:
            raw = await reader.readuntil(b"\r\n\r\n")
            request = Request(self._clock(), raw, host)
            self.asked.append(request)
            answer = self.says.get((host, request.path), _missing)
            writer.write(answer(request).wire())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # it went away: its own affair
        finally:
            self._open[host] -= 1
            writer.close()


async def weeks(room: Room, **span: float) -> list[PollOutcome]:
    """Let that much time pass, polling whatever becomes due; the outcomes, in order."""
    end = room.clock() + timedelta(**span)
    outcomes: list[PollOutcome] = []
    while True:
        due = next_due(room.service.database, room.clock())
        if due is None or due > end:
            room.clock.at = end
            return outcomes
        room.clock.at = max(due, room.clock.at)
        polled = await room.service.tick()
        assert polled, f"something was due at {due}, and nobody polled it"
        outcomes.extend(polled)


def gaps(asked: Sequence[Request]) -> list[timedelta]:
    """The times between requests."""
    return [b.at - a.at for a, b in pairwise(asked)]


def document(*items: Item, extra: str = "") -> bytes:
    """An RSS document with more in its channel."""
    namespace = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    found = rss(items).replace(b"<rss ", b"<rss " + namespace.encode())
    return found.replace(b"<channel>", b"<channel>" + extra.encode())


def http_date(at: datetime) -> str:
    """A time as HTTP writes it."""
    return format_datetime(at, usegmt=True)


@asynccontextmanager
async def scripted(room: Room, *feeds: Feed, hosts: int = 1) -> AsyncIterator[Script]:
    """A script with an outlet of these feeds, whose addresses are paths of the first host."""
    async with Script(room.clock, hosts) as script:
        room.outlets.append(
            Outlet(
                "Valley",
                "valley.example",
                "Valley",
                tuple(replace(one, url=script.url(one.url)) for one in feeds),
            )
        )
        try:
            yield script
        finally:
            await room.close()


def quick() -> Polling:
    """Limits that leave the rules to the servers."""
    return Polling(
        min_interval=60, max_interval=86_400, allow_hosts=("127.0.0.0/8",), workers=1, timeout=5
    )
