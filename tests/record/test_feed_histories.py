"""Random histories of one feed, through the real poll and recorder.

A text that did not change never becomes new, and one that is new is never swallowed, whatever
happens to guids, links and dates.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from storage import models
from storage.db import open_database
from storage.rows import WatchSpec
from storage.writes.watches import add_watch, resolve_watch
from tests.fakes import T0, FakeClock
from tests.texts import made_up, reworded
from watcher.archive import Database
from watcher.archive.feeds import list_feeds, sync_feeds
from watcher.config import Feed, Outlet
from watcher.core.errors import FetchError
from watcher.core.schedule import Limits
from watcher.core.values import Fetched
from watcher.poll import Poller
from watcher.record.recorder import Recorder

SITE = "https://valley.example"
URL = f"{SITE}/rss"
# More than a test run has the time for are tried with HISTORIES=1000.
EXAMPLES = int(os.environ.get("HISTORIES", "20"))


@lru_cache(maxsize=256)
def body(n: int) -> str:
    """An article of three paragraphs, long enough to be one."""
    return made_up(n, 9, per_line=3)


def lead(text: str) -> str:
    """Its first sentences, as a feed's summary."""
    return " ".join(text.split(". ")[:2])


@dataclass(frozen=True)
class Style:
    """How an outlet makes its feed. Guids: stable, none, same (all), headline (in it), churn (new
    with every build), index (the place in the document), latest (the top one's, whatever it is).
    Links: own, none, front (one for all), parts (of one live page). Dates: own, none, clock (of
    the build). Content: full, lead, paged (the article is on its page)."""

    guids: str = "stable"
    links: str = "own"
    dates: str = "own"
    content: str = "full"

    @property
    def anchored(self) -> bool:
        """Whether an entry with other words can be known at all."""
        return self.guids == "stable" or self.links == "own"


@dataclass
class Article:
    """What an outlet published, as it stands now."""

    n: int
    at: datetime
    title: str
    text: str


@dataclass
class Press:
    """An outlet and the document that it serves."""

    style: Style
    clock: FakeClock
    articles: list[Article] = field(default_factory=list)  # newest first
    order: list[int] | None = None
    window: int = 30
    builds: int = 0
    host: str = "valley.example"
    scheme: str = "https"
    tracking: str = ""
    shift: timedelta = timedelta(0)
    epoch: int = 0
    pages_down: bool = False

    def publish(self, count: int) -> None:
        for _ in range(count):
            n = len(self.articles) + 1
            at = self.clock() - timedelta(minutes=1 + n % 7)
            self.articles.insert(0, Article(n, at, f"Report {n} of the harbour desk", body(n)))
        self.order = None

    def shown(self) -> list[Article]:
        known = {a.n: a for a in self.articles}
        ordered = [known[n] for n in self.order] if self.order else self.articles
        return ordered[: self.window]

    def document(self) -> bytes:
        self.builds += 1
        items = "".join(self._item(place, a) for place, a in enumerate(self.shown()))
        return f'<rss version="2.0"><channel><title>Valley</title>{items}</channel></rss>'.encode()

    def page(self, address: str) -> bytes:
        n = int(address.split("?")[0].rsplit("/", 1)[1])
        (article,) = (a for a in self.articles if a.n == n)
        told = "".join(f"<p>{line}</p>" for line in article.text.split("\n"))
        title = escape(article.title)
        return (
            f"<!doctype html><html><head><title>{title}</title></head><body><main><article>"
            f"<h1>{title}</h1>{told}</article></main></body></html>"
        ).encode()

    def _item(self, place: int, a: Article) -> str:
        guid, link, date = self._guid(place, a), self._link(a), self._date(a)
        text = a.text if self.style.content == "full" else lead(a.text)
        told = "".join(f"<p>{line}</p>" for line in text.split("\n"))
        parts = [f"<title>{escape(a.title)}</title><description>{escape(told)}</description>"]
        if guid:
            parts.append(f'<guid isPermaLink="false">{escape(guid)}</guid>')
        if link:
            parts.append(f"<link>{escape(link)}</link>")
        if date:
            parts.append(f"<pubDate>{format_datetime(date)}</pubDate>")
        return f"<item>{''.join(parts)}</item>"

    def _guid(self, place: int, a: Article) -> str | None:
        return {
            "stable": f"{self.epoch}/{a.n}",
            "none": None,
            "same": "valley",
            "headline": f"{self.epoch}/{a.title}",
            "churn": f"{self.builds}/{a.n}",
            "index": str(place),
            "latest": "latest" if place == 0 else f"{self.epoch}/{a.n}",
        }[self.style.guids]

    def _link(self, a: Article) -> str | None:
        base = f"{self.scheme}://{self.host}"
        return {
            "own": f"{base}/{a.n}{self.tracking}",
            "none": None,
            "front": f"{base}/",
            "parts": f"{base}/live{self.tracking}#{a.n}",
        }[self.style.links]

    def _date(self, a: Article) -> datetime | None:
        return {"own": a.at + self.shift, "none": None, "clock": self.clock()}[self.style.dates]


class Fetch:
    """Fetches from a press instead of the web."""

    def __init__(self, press: Press) -> None:
        self._press = press

    async def get(self, url: str, *, accept: str = "feed", **_: Any) -> Fetched:
        if accept == "feed":
            return Fetched(url, 200, self._press.document(), "application/rss+xml")
        if self._press.pages_down:
            raise FetchError("timeout", "the test took the pages down")
        return Fetched(url, 200, self._press.page(url), "text/html; charset=utf-8")


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


class Archive:
    """The feed's poller, over and over, and what the archive has of it."""

    def __init__(self, database: Database, press: Press) -> None:
        self.database = database
        self.press = press
        config = Feed(URL, full_text="never" if press.style.content == "lead" else "auto")
        sync_feeds(
            database, [Outlet("Valley", "valley.example", "Valley", (config,))], press.clock()
        )
        self._config = config
        self.restart()

    def restart(self) -> None:
        self._poller = Poller(
            self.database,
            cast("Any", Fetch(self.press)),
            cast("Any", Here()),
            Recorder(),
            Inline(1),
            feeds={URL: self._config},
            limits=Limits(),
            owner="test",
            clock=self.press.clock,
        )

    def poll(self) -> None:
        (feed,) = list_feeds(self.database)
        outcome = asyncio.run(self._poller.poll(feed))
        assert outcome.outcome in ("ok", "unchanged"), outcome

    def follow(self) -> None:
        """A watch on the first article, for whatever may happen to it."""
        rules = [{"name": c} for c in ("resurfaced", "new_copy", "first_copy", "origin_edited")]
        with self.database.write() as conn:
            made = add_watch(conn, WatchSpec("w", f"url:{SITE}/1", tuple(rules[:3]), ("d",)), T0)
            assert made is not None
            resolve_watch(conn, made, 1, None)

    def forget(self) -> None:
        """What retention takes: bodies and sketches, never what a text is known by."""
        with self.database.write() as conn:
            for table in (models.body, models.sketch):
                conn.execute(delete(table))
        self.restart()

    def rows(self, *columns: Any) -> list[Any]:
        with self.database.read() as conn:
            return list(conn.execute(select(*columns)))

    def check(self, published: int, at_first: int) -> None:
        """One article for each text that was shown, and each counts once, when it was new."""
        articles = self.rows(models.article.c.id, models.article.c.title)
        assert len(articles) == published, sorted(articles)
        s = models.sighting.c
        seen = self.rows(s.article_id, s.kind, s.counts)
        first = [a for a, kind, _ in seen if kind == "first"]
        assert len(first) == len(set(first)) == published
        counted = [(kind, counts) for _, kind, counts in seen if counts]
        assert set(counted) <= {("first", "new_outlet")}
        assert len(counted) <= published - at_first
        # What was held back is listed with its reason; nobody is told of it.
        alerts = self.rows(models.alert.c.key, models.alert.c.state)
        assert [key for key, state in alerts if state != "held"] == []


# ---------------------------------------------------------------- what may happen


@dataclass(frozen=True)
class Step:
    """One thing that happens between two polls. `n` is drawn for whatever takes a number."""

    what: str
    n: int = 0
    hours: float = 0.5


def happens(step: Step, press: Press, archive: Archive) -> None:
    """Do it, where the style allows it to leave the entries recognisable."""
    rng = random.Random(step.n)
    article = press.articles[step.n % len(press.articles)]
    match step.what:
        case "publish":
            press.publish(1 + step.n % 2)
        case "edit" if press.style.anchored:
            article.text = reworded(article.text, 9, seed=step.n)
        case "retitle" if press.style.anchored or press.style.content == "full":
            article.title = f"{article.title}, corrected {step.n}"
        case "reorder":
            press.order = [a.n for a in press.articles]
            rng.shuffle(press.order)
        case "truncate":
            press.window = 4 + step.n % 3
        case "restore":
            press.window = 30
        case "guids":
            press.epoch += 1
        case "host":
            press.host = f"valley{step.n % 3}.example"
        case "scheme":
            press.scheme = "http" if press.scheme == "https" else "https"
        case "tracking":
            press.tracking = f"?utm_source=rss&utm_campaign={step.n}"
        case "shift":
            press.shift = timedelta(hours=step.n % 27 - 13)
        case "pages":
            press.pages_down = not press.pages_down
        case "forget":
            archive.forget()
        case "restart":
            archive.restart()
        case _:
            assert step.what in ("edit", "retitle", "nothing"), step


WHAT = [
    *("publish", "publish", "edit", "retitle", "reorder", "truncate", "restore", "guids", "host"),
    *("scheme", "tracking", "shift", "pages", "forget", "restart", "nothing"),
]
STYLES = st.builds(
    Style,
    guids=st.sampled_from(["stable", "none", "same", "headline", "churn", "index", "latest"]),
    links=st.sampled_from(["own", "none", "front", "parts"]),
    dates=st.sampled_from(["own", "none", "clock"]),
    content=st.sampled_from(["full", "lead", "paged"]),
).filter(lambda style: style.content != "paged" or style.links == "own")  # pages of their own
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(WHAT),
        st.integers(0, 40),
        st.sampled_from([0.3, 0.5, 3.0, 26.0, 100.0]),
    ),
    min_size=1,
    max_size=7,
)


def play(database: Database, style: Style, steps: list[Step]) -> None:
    """A history from an empty archive, checked after every poll."""
    press = Press(style, FakeClock(T0))
    press.publish(4)
    archive = Archive(database, press)
    archive.poll()
    shown = {a.n for a in press.shown()}
    at_first = len(shown)
    archive.check(at_first, at_first)
    archive.follow()
    for step in steps:
        press.clock.forward(hours=step.hours)
        happens(step, press, archive)
        archive.poll()
        shown |= {a.n for a in press.shown()}
        archive.check(len(shown), at_first)


@contextmanager
def copied(template: Path) -> Iterator[Database]:
    """A database of its own for each example."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "watcher.db"
        shutil.copy(template, path)
        with open_database(f"sqlite:///{path}") as database:
            yield database


@pytest.fixture
def template(_sqlite_template: Path) -> Path:
    """A database with empty tables."""
    return _sqlite_template


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="HISTORIES" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STYLES, STEPS)
@example(Style(guids="index", links="none"), [Step("publish", 1), Step("reorder", 3)])
@example(Style(links="parts", content="lead"), [Step("edit")])
@example(Style(guids="none", links="parts"), [Step("publish")])
@example(Style(dates="clock"), [Step("publish"), Step("truncate", 0, 26.0), Step("reorder")])
def test_a_text_is_new_once(template: Path, style: Style, steps: list[Step]) -> None:
    with copied(template) as database:
        play(database, style, steps)


HISTORY = [
    Step("publish", 1),
    Step("guids"),
    Step("host", 2, 26.0),
    Step("edit", 1),
    Step("truncate", 1, 100.0),
    Step("restore", 0, 26.0),
    Step("forget"),
    Step("reorder", 5),
    Step("publish", 0),
]


@pytest.mark.parametrize(
    "style",
    [
        Style(),
        Style(guids="churn", dates="clock"),
        Style(guids="latest", links="none", dates="none"),
        Style(guids="same", links="parts", content="lead"),
    ],
    ids=lambda s: f"{s.guids}-{s.links}-{s.dates}-{s.content}",
)
def test_the_same_on_both_engines(database: Database, style: Style) -> None:
    play(database, style, HISTORY)
