"""`watcher feeds discover`: asks a site for its feeds, polls each and shows what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from watcher.cli.base import Nothing, Setup, command, pass_setup
from watcher.cli.progress import progress
from watcher.cli.render import Column, Output, listing, visible
from watcher.core.errors import FetchError, ParseError, UsageError, WorkerError

if TYPE_CHECKING:
    from watcher.core.values import Fetched, ParsedFeed
    from watcher.fetch import Fetcher
    from watcher.workers import Workers

_SECONDS: Final = 20.0  # for a worker to read one document
_MOST: Final = 24  # candidates that are polled
_MOST_ENTRIES_SHARED: Final = 0.8  # above it, two documents are one feed in two formats
_MAX_BYTES: Final = 8_000_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that was found and read. `newest`: its entries' latest date that is not to come."""

    url: str
    format: str
    entries: int
    newest: datetime | None
    title: str
    note: str = ""  # why it is not among those to paste
    found: str = ""  # advertised | robots.txt | usual place | given


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a site has. `failed`: what it advertises and cannot be read, a sentence each."""

    site: str  # after redirects
    candidates: tuple[Candidate, ...]
    failed: tuple[str, ...]

    @property
    def usable(self) -> tuple[Candidate, ...]:
        """Those to follow."""
        return tuple(each for each in self.candidates if not each.note)


_COLUMNS: tuple[Column[Candidate], ...] = (
    Column("FORMAT", lambda c: c.format),
    Column("ENTRIES", lambda c: c.entries, right=True),
    Column("NEWEST", lambda c: c.newest and c.newest.date().isoformat()),
    Column("URL", lambda c: c.url, wide=True),
    Column("NOTE", lambda c: c.note),
)


@command("discover")
@click.argument("site")
@listing
@pass_setup
def feeds_discover(setup: Setup, site: str, out: Output) -> None:
    """The feeds of SITE: each is polled once, none is followed yet.

    Looks at what the page advertises and links to, at the sitemaps in robots.txt and, where that
    gives nothing, in the usual places. Prints lines ready for feeds.yaml.
    """
    found = asyncio.run(_discovered(setup, site))
    for sentence in found.failed:
        click.echo(visible(f"not a feed: {sentence}"), err=True)
    if not out.rows(found.candidates, _COLUMNS):
        raise Nothing(f"No feed was found at {visible(found.site)}.")
    if out.people and found.usable:
        click.echo()
        click.echo(_pasted(found.site, found.usable), nl=False)
    if not found.usable:
        raise Nothing("None of them has entries to follow.")


def _pasted(site: str, usable: Iterable[Candidate]) -> str:
    from watcher.config import amend
    from watcher.core.opml import Subscription, group
    from watcher.domains import registrable

    feeds = list(usable)
    name = min((each.title for each in feeds if each.title), key=len, default="")
    wanted = [Subscription(each.url, outlet=name, domain=registrable(site)) for each in feeds]
    return amend.add("", group(wanted, (), registrable).joining)


async def _discovered(setup: Setup, site: str) -> Discovered:
    from watcher.config import Polling
    from watcher.core import urls
    from watcher.fetch import Fetcher
    from watcher.workers import Workers

    address = site if "://" in site else f"https://{site}"
    if not urls.is_http(address):
        raise UsageError(f"{visible(site)} is no site: write times.example or its address.")
    config = setup.usable_config()
    polling = Polling() if config is None else config.polling
    async with Fetcher(
        user_agent=polling.user_agent,
        timeout=polling.timeout,
        allow_hosts=polling.allow_hosts,
    ) as fetcher:
        with Workers(2) as workers, progress("Asking") as tell:
            return await discover(address, fetcher, workers, setup.clock(), tell)


async def discover(
    site: str,
    fetcher: Fetcher,
    workers: Workers,
    now: datetime,
    tell: Callable[[int, int | None], None] = lambda done, total: None,
) -> Discovered:
    """The feeds of the site at address `site`.

    Raises FetchError where the site itself cannot be had.
    """
    from watcher.parse import site as places

    looking = _Looking(fetcher, workers, now, tell)
    page = await fetcher.get(site, now=now, accept="page", max_bytes=_MAX_BYTES)
    body = page.body or b""
    try:
        looking.take(await looking.read(page), page.url, "given")
        return Discovered(page.url, tuple(looking.found), ())
    except (ParseError, WorkerError):
        advertised = await workers.run(
            places.links, body, page.url, page.content_type, timeout=_SECONDS
        )
    await looking.poll(advertised, "advertised")
    await looking.poll(await looking.sitemaps(page.url), "robots.txt")
    if not looking.found:
        from urllib.parse import urljoin

        usual = [urljoin(page.url, place) for place in places.USUAL]
        await looking.poll(usual, "usual place")
    return Discovered(page.url, tuple(looking.found), tuple(looking.failed))


class _Looking:
    """What was asked and found so far."""

    def __init__(
        self,
        fetcher: Fetcher,
        workers: Workers,
        now: datetime,
        tell: Callable[[int, int | None], None],
    ) -> None:
        self.found: list[Candidate] = []
        self.failed: list[str] = []
        self._fetcher, self._workers, self._now, self._tell = fetcher, workers, now, tell
        self._asked: set[str] = set()
        self._entries: list[frozenset[str]] = []

    async def poll(self, candidates: Iterable[str], how: str) -> None:
        """Poll each once; a host is asked one at a time, hosts side by side."""
        new = [url for url in dict.fromkeys(candidates) if url not in self._asked]
        new = new[: _MOST - len(self._asked)]
        self._asked |= set(new)
        self._tell(len(self._asked) - len(new), len(self._asked))
        answers = await asyncio.gather(*(self._poll(url) for url in new))
        for url, answer in zip(new, answers, strict=True):
            if isinstance(answer, Exception):
                # Nobody said that there is something in the usual places.
                if how != "usual place":
                    self.failed.append(f"{url}: {answer}")
            else:
                self.take(answer[1], answer[0].url, how)
        self._tell(len(self._asked), len(self._asked))

    async def _poll(self, url: str) -> tuple[Fetched, ParsedFeed] | Exception:
        try:
            got = await self._fetcher.get(url, now=self._now, max_bytes=_MAX_BYTES)
            return got, await self.read(got)
        except (FetchError, ParseError, WorkerError) as error:
            return error

    async def read(self, got: Fetched) -> ParsedFeed:
        """The feed in an answer. Raises ParseError, WorkerError."""
        from watcher.reading import read_feed

        return await self._workers.run(
            read_feed, got.body or b"", got.url, got.content_type, self._now, timeout=_SECONDS
        )

    async def sitemaps(self, site: str) -> tuple[str, ...]:
        """The news sitemaps that robots.txt names, also through an index."""
        from urllib.parse import urljoin

        from watcher.parse import site as places

        robots = urljoin(site, "/robots.txt")
        try:
            got = await self._fetcher.get(robots, now=self._now)
        except FetchError:
            return ()  # most small sites have none
        found: list[str] = []
        for url in places.sitemaps(got.body or b"", got.url)[:3]:
            self._asked.add(url)
            try:
                index = await self._fetcher.get(url, now=self._now, max_bytes=_MAX_BYTES)
                inside = await self._workers.run(
                    places.listed,
                    index.body or b"",
                    index.url,
                    index.content_type,
                    timeout=_SECONDS,
                )
                if not inside:
                    self.take(await self.read(index), index.url, "robots.txt")
                found += inside
            except (FetchError, ParseError, WorkerError) as error:
                self.failed.append(f"{url}: {error}")
        return tuple(found[:4])

    def take(self, feed: ParsedFeed, url: str, how: str) -> None:
        """Keep a feed that was read, with what speaks against following it."""
        if any(url == each.url for each in self.found):
            return
        keys = frozenset(entry.url or entry.title for entry in feed.entries)
        self.found.append(
            Candidate(
                url=url,
                format=feed.format,
                entries=len(feed.entries),
                newest=_newest(feed, self._now),
                title=feed.title,
                note=self._note(feed, url, keys),
                found=how,
            )
        )
        self._entries.append(keys)

    def _note(self, feed: ParsedFeed, url: str, keys: frozenset[str]) -> str:
        if not feed.entries:
            return "no entries"
        if "comments" in url.lower().split("?", maxsplit=1)[0]:
            return "comments"
        if feed.format == "sitemap" and not any(entry.title for entry in feed.entries):
            return "no headlines"
        for known in self._entries:
            if known and len(keys & known) >= _MOST_ENTRIES_SHARED * len(keys):
                return "same as above"  # in another format, or under another address
        return ""


def _newest(feed: ParsedFeed, now: datetime) -> datetime | None:
    dates = (entry.published or entry.updated for entry in feed.entries)
    return max((d.at for d in dates if d and d.at and d.at <= now), default=None)
