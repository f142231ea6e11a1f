"""Outlets that publish, edit, re-date and move what they like, and the archive that polls them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any, cast

from sqlalchemy import event, insert, select

from storage import models
from tests.fakes import T0, FakeClock
from tests.record.careful import Shown
from tests.texts import FRENCH_HEAD, FRENCH_TAIL, made_up, reworded
from watcher.archive import Database
from watcher.archive.feeds import list_feeds, sync_feeds
from watcher.config import Feed, Outlet
from watcher.core.schedule import Limits
from watcher.core.values import Date, Draft, Fetched
from watcher.poll import Poller
from watcher.record.prepare import prepare
from watcher.record.recorder import Recorder

OUTLETS = {"wire": ["w"], "gazette": ["g", "g2"], "courier": ["c"], "herald": ["h"], "echo": ["e"]}
FEEDS = {feed: outlet for outlet, feeds in OUTLETS.items() for feed in feeds}
AT_FIRST = ("w", "g", "c")  # the others are added later
FILLERS = 6  # of each feed: texts that nobody watches, and that stay


def url_of(feed: str) -> str:
    """Where a feed is."""
    return f"https://{FEEDS[feed]}.example/{feed}.xml"


def text_of(base: int) -> str:
    """A watched text: long enough that an edited copy is found whatever its words."""
    return made_up(base, 28)


def carried(base: int, how: str, seed: int) -> str:
    """A text as an outlet carries it."""
    text = text_of(base)
    match how:
        case "verbatim" | "listing":
            return text
        case "edited":
            return reworded(text, 23, seed=seed)
        case "wrapped":
            return FRENCH_HEAD + text + "\n" + FRENCH_TAIL
    raise ValueError(how)


@dataclass
class Piece:
    """An article of an outlet, as its document has it now."""

    outlet: str
    n: int
    base: int | None
    how: str
    text: str
    date: datetime | None
    feeds: set[str]
    absurd: bool = False
    guid: int = 0
    url: int = 0
    hidden: bool = False
    edits: int = 0

    def shown(self) -> Shown:
        return Shown(
            self.n,
            None if self.how == "roundup" else self.base,
            f"{self.n}.{self.guid}",
            self.address,
            self.text,
            self.date,
            absurd=self.absurd,
            listing=self.how == "listing",
        )

    @property
    def address(self) -> str:
        place = "tag" if self.how == "listing" else "news"
        return f"https://{self.outlet}.example/{place}/{self.n}-{self.url}"

    @property
    def title(self) -> str:
        return f"{'Tag: r' if self.how == 'listing' else 'R'}eport {self.n} of the {self.outlet}"

    def item(self) -> str:
        told = "".join(f"<p>{line}</p>" for line in self.text.split("\n"))
        date = "Mon, 01 Jan 0001 00:00:00 GMT" if self.absurd else ""
        if not self.absurd and self.date is not None:
            date = format_datetime(self.date)
        dated = f"<pubDate>{date}</pubDate>" if date else ""
        return (
            f"<item><title>{self.title}</title><link>{self.address}</link>"
            f'<guid isPermaLink="false">{self.n}.{self.guid}</guid>{dated}'
            f"<description>{escape(told)}</description></item>"
        )


class Press:
    """All outlets, and what their feeds say."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.served: dict[str, bytes] = {}
        self.frozen = False
        for feed, outlet in FEEDS.items():
            for i in range(FILLERS):
                text = made_up(1000 + 50 * list(FEEDS).index(feed) + i, 4)
                self.add(outlet, None, "filler", text, T0 - timedelta(days=1, hours=i), {feed})

    def add(
        self,
        outlet: str,
        base: int | None,
        how: str,
        text: str,
        date: datetime | None,
        feeds: set[str],
        *,
        absurd: bool = False,
    ) -> Piece:
        piece = Piece(outlet, len(self.pieces) + 1, base, how, text, date, feeds, absurd=absurd)
        self.pieces.append(piece)
        return piece

    def of(self, feed: str) -> list[Piece]:
        """What a feed shows now, newest first."""
        return [p for p in reversed(self.pieces) if feed in p.feeds and not p.hidden]

    async def get(self, url: str, *, accept: str = "feed", **_: Any) -> Fetched:
        """As the fetcher does."""
        assert accept == "feed", "every entry carries its whole text"
        feed = url.rsplit("/", 1)[1].removesuffix(".xml")
        if not (self.frozen and feed in self.served):
            items = "".join(p.item() for p in self.of(feed))
            document = f'<rss version="2.0"><channel><title>{feed}</title>{items}</channel></rss>'
            self.served[feed] = document.encode()
        return Fetched(url, 200, self.served[feed], "application/rss+xml")


class Here:
    """Workers that work where they are asked."""

    async def run(self, work: Callable[..., Any], *args: Any, timeout: float) -> Any:
        assert timeout > 0
        return work(*args)


class Inline(ThreadPoolExecutor):
    """A writer's thread that is the caller's: the order of things is the test's."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  an executor hands on what was raised
            done.set_exception(error)
        return done


class Died(RuntimeError):
    """The process was killed in the middle of a transaction."""


@contextmanager
def dying(database: Database, after: int) -> Iterator[None]:
    """The process dies instead of its `after`-th change to the database, or of the commit."""
    left = after

    def change(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal left
        if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            left -= 1
            if left <= 0:
                raise Died

    def commit(conn: Any) -> None:
        if left < after:
            raise Died

    event.listen(database.engine, "before_cursor_execute", change)
    event.listen(database.engine, "commit", commit)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", change)
        event.remove(database.engine, "commit", commit)


@dataclass
class Daemon:
    """A process that polls: its own connection to the database, its own memory."""

    database: Database
    press: Press
    clock: FakeClock
    recorder: Recorder = field(default_factory=Recorder)

    def poll(self, feed: str) -> None:
        """One poll of a feed, from its request to the commit."""
        config = Feed(url_of(feed), interval=900, full_text="never")
        poller = Poller(
            self.database,
            cast("Any", self.press),
            cast("Any", Here()),
            self.recorder,
            Inline(1),
            feeds={config.url: config},
            limits=Limits(),
            owner=f"test {threading.get_ident()}",
            clock=self.clock,
        )
        (row,) = (r for r in list_feeds(self.database) if r.url == config.url)
        outcome = asyncio.run(poller.poll(row))
        assert outcome.outcome in ("ok", "unchanged"), outcome

    def load(self, outlet: str, base: int, n: int, at: datetime) -> None:
        """A copy from an archive."""
        with self.database.write() as conn:
            found = conn.scalar(
                insert(models.outlet)
                .values(domain=f"{outlet}.example", name=outlet, family=outlet)
                .returning(models.outlet.c.id)
            )
        draft = Draft(
            outlet_id=int(str(found)),
            title=f"Archived {n}",
            text=text_of(base),
            external_id=f"archived {n}",
            published=Date(at.isoformat(), at),
            alerts=False,
        )
        with self.recorder.writing(self.database) as conn:
            self.recorder.record(conn, [prepare(draft)], now=self.clock())


def sync(database: Database, feeds: set[str], now: datetime) -> None:
    """Feeds as feeds.yaml lists them."""
    sync_feeds(
        database,
        [
            Outlet(
                name,
                f"{name}.example",
                name,
                tuple(Feed(url_of(f), interval=900, full_text="never") for f in own if f in feeds),
            )
            for name, own in OUTLETS.items()
            if feeds & set(own)
        ],
        now,
    )


def rows(database: Database, *columns: Any) -> list[Any]:
    """A question to the database."""
    with database.read() as conn:
        return list(conn.execute(select(*columns)))
