"""A newsroom on loopback: outlets that answer as a test wants, and the service that polls them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any, Self

from sqlalchemy import Table, select

from storage import models
from tests.fakes import T0, FakeClock
from watcher.archive.feeds import FeedRow, PollRow, list_feeds, poll_now, polls_of
from watcher.config import Config, Feed, Outlet, Polling, Receiver, Watch
from watcher.daemon import PollOutcome, Service

NEVER = "never"  # the answer of a server that takes the request and then says nothing


@dataclass(frozen=True)
class Reply:
    """An answer. One with an ETag answers 304 to who has that version already."""

    body: bytes = b""
    status: str = "200 OK"
    headers: Mapping[str, str] = field(default_factory=dict)
    conditional: bool = True


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


class Site:
    """A web site at an address of its own. What it has is in `pages`, by path."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.pages: dict[str, Reply | str] = {}
        self.asked: list[Asked] = []
        self.reached = asyncio.Event()  # somebody waits for an answer that never comes
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def base(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(one.path == path for one in self.asked)

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

    async def stop(self) -> None:
        """Answer nobody from now on: connections are refused."""
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value for name, value in (x.split(": ", 1) for x in head[1:] if x)
            }
            method, path, _ = head[0].split(" ")
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.asked.append(Asked(method, path, headers, body))
            reply = self.pages.get(path, Reply(status="404 Not Found"))
            if isinstance(reply, str):
                self.reached.set()
                await asyncio.Event().wait()
                return
            writer.write(_bytes(reply, headers))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)


def _bytes(reply: Reply, asked: Mapping[str, str]) -> bytes:
    body, status = reply.body, reply.status
    etag = reply.headers.get("ETag")
    if reply.conditional and etag and asked.get("if-none-match") == etag:
        body, status = b"", "304 Not Modified"
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in reply.headers.items())]
    lines += [f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


# ---------------------------------------------------------------- feeds and pages


@dataclass(frozen=True)
class Item:
    """A feed's entry. `text` is carried in full; without it there is only the teaser."""

    title: str
    text: str = ""
    teaser: str = ""
    guid: str | None = None
    link: str | None = None
    date: datetime | None = None


def paragraphs(text: str) -> str:
    """A text with one paragraph a line, as HTML."""
    return "".join(f"<p>{escape(line)}</p>" for line in text.strip().split("\n"))


def rss(items: Sequence[Item], title: str = "Valley News") -> bytes:
    """An RSS document."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{escape(title)}</title>{''.join(map(_item, items))}</channel></rss>"
    ).encode()


def _item(item: Item) -> str:
    parts = [f"<title>{escape(item.title)}</title>"]
    if item.guid is not None:
        parts.append(f'<guid isPermaLink="false">{escape(item.guid)}</guid>')
    if item.link is not None:
        parts.append(f"<link>{escape(item.link)}</link>")
    if item.date is not None:
        parts.append(f"<pubDate>{format_datetime(item.date)}</pubDate>")
    if item.teaser:
        parts.append(f"<description>{escape(item.teaser)}</description>")
    if item.text:
        parts.append(f"<content:encoded>{escape(paragraphs(item.text))}</content:encoded>")
    return f"<item>{''.join(parts)}</item>"


def feed(*items: Item, **headers: str) -> Reply:
    """A feed as a server sends it; `ETag="..."` and the like are its headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(rss(items), headers={"Content-Type": "application/rss+xml", **named})


def page(title: str, text: str) -> Reply:
    """An article page with a menu above and a footer below."""
    html = (
        f'<!doctype html><html lang="en"><head><title>{escape(title)}</title></head><body>'
        '<nav><a href="/">Home</a> <a href="/world">World</a></nav>'
        f"<main><article><h1>{escape(title)}</h1>{paragraphs(text)}</article></main>"
        "<footer><a href='/imprint'>Imprint</a></footer></body></html>"
    )
    return Reply(html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


# ---------------------------------------------------------------- the service over it


class Room:
    """Sites, a clock, a database, and a service that is restarted at will."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self.url = url
        self.clock = FakeClock(T0)
        self.outlets: list[Outlet] = []
        self.watches: list[Watch] = []
        self.receivers: list[Receiver] = []
        self.polling = Polling(allow_hosts=("127.0.0.0/8",), workers=1, timeout=5)
        self._stack = stack
        self._sites = 0
        self._service: Service | None = None

    # ------------------------------------------------------------ making

    async def site(self) -> Site:
        """A site at a host of its own: manners are owed to hosts."""
        self._sites += 1
        return await self._stack.enter_async_context(Site(f"127.0.0.{self._sites + 1}"))

    async def outlet(self, name: str, *paths: str, **settings: Any) -> Site:
        """An outlet with a site of its own and a feed at each path (default: /rss)."""
        site = await self.site()
        feeds = tuple(Feed(site.base + path, **settings) for path in paths or ("/rss",))
        self.outlets.append(Outlet(name, f"{name.lower()}.example", name, feeds))
        return site

    def config(self) -> Config:
        """What feeds.yaml would say."""
        return Config(
            outlets=tuple(self.outlets),
            receivers=tuple(self.receivers),
            watches=tuple(self.watches),
            polling=self.polling,
        )

    # ------------------------------------------------------------ running

    @property
    def service(self) -> Service:
        """The service that runs."""
        assert self._service is not None, "open it first"
        return self._service

    async def open(self, **options: Any) -> Service:
        """Start the service with the configuration of this moment."""
        await self.close()
        settings: dict[str, Any] = {"gap": 0.0, "spread_s": 0.0, "spacing_s": 0.0}
        service = Service(self.config(), self.url, clock=self.clock, **(settings | options))
        await service.start()
        self._service = service
        return service

    async def close(self) -> None:
        """Stop it, where it runs."""
        service, self._service = self._service, None
        if service is not None:
            await service.close()

    async def poll(self, minutes: float = 20) -> dict[str, PollOutcome]:
        """All feeds now, `minutes` after the last round: the outcomes by path."""
        if self._service is None:
            await self.open()
        self.clock.forward(minutes=minutes)
        feeds = list_feeds(self.service.database, states=("polled",))
        poll_now(self.service.database, [f.id for f in feeds], self.clock(), "a test asked")
        return by_path(await self.service.tick())

    # ------------------------------------------------------------ looking

    def rows(self, table: Table) -> list[Any]:
        """A table's rows, by id."""
        with self.service.database.read() as conn:
            return list(conn.execute(select(table).order_by(*table.primary_key.columns)))

    def articles(self) -> list[Any]:
        """The articles."""
        return self.rows(models.article)

    def fired(self) -> list[tuple[str, int]]:
        """The alerts that fired: condition and article."""
        found = self.rows(models.alert)
        return [(a.condition, a.article_id) for a in found if a.state == "fired"]

    def feeds(self) -> dict[str, FeedRow]:
        """The feeds by path."""
        return {_path(f.url): f for f in list_feeds(self.service.database)}

    def last_poll(self, path: str = "/rss") -> PollRow:
        """The last poll of the feed at this path."""
        return polls_of(self.service.database, self.feeds()[path].id, 1)[0]


def by_path(outcomes: Sequence[PollOutcome]) -> dict[str, PollOutcome]:
    """Outcomes by the paths of their feeds."""
    return {_path(o.feed): o for o in outcomes}


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


Scenario = Callable[[Room], Awaitable[None]]
Play = Callable[[Scenario], None]


def play(url: str, scenario: Scenario) -> None:
    """A scenario from an empty room to the last site closed."""

    async def whole() -> None:
        async with AsyncExitStack() as stack:
            room = Room(url, stack)
            try:
                await scenario(room)
            finally:
                await room.close()

    asyncio.run(whole())


def later(item: Item, **span: float) -> Item:
    """The same entry with a later date."""
    assert item.date is not None
    return replace(item, date=item.date + timedelta(**span))
