"""From a document to drafts that are ready for the writer: all the slow steps, no transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from watcher import reading
from watcher.archive import Database
from watcher.archive import articles as store
from watcher.archive.feeds import FeedRow
from watcher.config import Feed as FeedConfig
from watcher.config import Secret
from watcher.core import urls
from watcher.core.credit import Addition
from watcher.core.values import Draft, Entry, ParsedFeed
from watcher.fetch import Fetcher
from watcher.parse.known import Known, remember
from watcher.poll import pages
from watcher.poll.remembered import Remembered
from watcher.record.drafting import Content, Source, entry_key, wants_page
from watcher.record.drafting import draft as draft_of
from watcher.record.prepare import Prepared, key
from watcher.workers import Workers

T = TypeVar("T")

PARSE_S = 20.0  # a worker is killed after this long over one document


@dataclass(frozen=True, slots=True)
class Parts:
    """What polls share, but for the writer. `proxy`: of feeds that name none of their own."""

    database: Database
    fetcher: Fetcher
    workers: Workers
    agencies: tuple[Addition, ...] = ()
    proxy: Secret | None = None
    parse_s: float = PARSE_S
    remembered: Remembered = field(default_factory=Remembered)
    # Documents that may keep a worker busy for long are read one at a time: the other workers
    # are there for the rest.
    suspects: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    def proxy_of(self, config: FeedConfig | None) -> str | None:
        """The proxy that a feed and its pages are asked through."""
        if config is None:
            return self.proxy.reveal() if self.proxy else None
        return config.proxy_url(self.proxy)


@dataclass(frozen=True, slots=True)
class Gathered:
    """A document's entries: the articles of those known, and the rest made ready."""

    parsed: ParsedFeed
    shown: tuple[int, ...]  # the keys of all entries
    known: dict[int, int]  # of those known already: their articles, by key
    fresh: int  # entries that were not known
    drafts: tuple[Draft, ...]
    keys: tuple[int, ...]  # of the entries that the drafts are of
    prepared: tuple[Prepared, ...]
    notes: tuple[str, ...]
    again: bool  # some page is to be tried again
    remember: bytes  # for the reading of the next document, once this one is recorded


async def gather(
    parts: Parts,
    feed: FeedRow,
    config: FeedConfig | None,
    news: reading.News,
    now: datetime,
    *,
    until: float,
    pause: pages.Pause,
) -> Gathered | None:
    """Look up a document's entries, and make articles of those not known. `until`: when pages
    have to be done, by the event loop's clock. None where an entry that was left out has gone
    from the archive: the document is to be read whole. Raises WorkerError."""
    read = news.read
    parsed = read.parsed
    page_gap = (feed.hints or {}).get("page_gap", 0.0)
    keyed = [(entry, entry_key(entry)) for entry in parsed.entries]
    numbers = [key("entry", k) for _, k in keyed]
    left_out = [one.key for one in read.known]
    known, articles_at = await off_loop(
        lambda: _known(parts.database, feed, keyed, [*numbers, *left_out])
    )
    if not known.keys() >= set(left_out):
        return None
    fresh = [place for place, n in enumerate(numbers) if n not in known]
    contents = await _contents(parts, news, fresh)
    rule = rule_of(config)
    wanted = {i: e for i in fresh if wants_page(rule, e := keyed[i][0], contents[i])}
    found = pages.Found()
    if wanted:
        found = await pages.fetch(
            parts.fetcher,
            parts.workers,
            wanted,
            now,
            seen_before={i for i, entry in wanted.items() if _address_key(entry) in articles_at},
            until=until,
            proxy=parts.proxy_of(config),
            feed_url=feed.url,
            pause=pause,
        )
    drafts: dict[int, Draft] = {}
    ready: dict[int, Prepared] = {}
    for i in fresh:
        if i < len(news.made) and (item := news.made[i][1]) is not None:
            drafts[i], ready[i] = item.draft, item
            continue
        entry, name = keyed[i]
        # An entry whose page may still be had is not known yet: the next poll looks again.
        known_as = "" if i in found.again else name
        page = found.pages.get(i)
        made = draft_of(source_of(feed), entry, known_as, contents[i], page, parsed, now)
        if made is None:
            found.notes.append(f"entry {entry.guid or entry.url or '?'}: neither title nor text")
        else:
            drafts[i] = made
    ready |= await _prepared(parts, {i: d for i, d in drafts.items() if i not in ready})
    settled = {key("entry", d.entry_key) for d in drafts.values() if d.entry_key} | known.keys()
    return Gathered(
        parsed=replace(
            parsed,
            entries=(*parsed.entries, *map(_dated, read.known)),
            # A document that needed no page says nothing new of them.
            hints=replace(parsed.hints, page_gap=found.gap if found.pages else page_gap),
        ),
        shown=(*numbers, *left_out),
        known=known,
        fresh=len(fresh),
        drafts=tuple(drafts.values()),
        keys=tuple(numbers[i] for i in drafts),
        prepared=tuple(ready[i] for i in drafts),
        notes=tuple(found.notes),
        again=bool(found.again),
        remember=remember(read, [n if n in settled else 0 for n in numbers]),
    )


async def _contents(parts: Parts, news: reading.News, fresh: Sequence[int]) -> dict[int, Content]:
    """What these entries carry by themselves, by their places."""
    found = {i: news.made[i][0] for i in fresh if i < len(news.made)}
    rest = [i for i in fresh if i not in found]
    if rest:
        entries = tuple(news.read.parsed.entries[i] for i in rest)
        got = await parts.workers.run(
            reading.read_entries, entries, timeout=parts.parse_s + len(rest)
        )
        found.update(zip(rest, got, strict=True))
    return found


async def _prepared(parts: Parts, drafts: Mapping[int, Draft]) -> dict[int, Prepared]:
    if not drafts:
        return {}
    got = await parts.workers.run(
        reading.prepare_drafts,
        tuple(drafts.values()),
        parts.agencies,
        timeout=parts.parse_s + len(drafts),
    )
    return dict(zip(drafts, got, strict=True))


def source_of(feed: FeedRow) -> Source:
    """What the making of an article has to know of a feed."""
    return Source(
        feed_id=feed.id,
        outlet_id=feed.outlet_id,
        outlet=feed.outlet,
        domain=feed.domain,
        read_before=feed.last_ok_at,
        first=feed.first_ok_at is None,
    )


def rule_of(config: FeedConfig | None) -> str:
    """When a feed's pages are read."""
    return config.full_text if config else "auto"


def _dated(one: Known) -> Entry:
    """What still counts of an entry that was left out: that it is there, and its date."""
    return Entry(guid=None, url=None, title="", html="", published=one.date)


async def off_loop(work: Callable[[], T]) -> T:
    """`work` on a thread: the database must not hold up the event loop."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


def _address_key(entry: Entry) -> int:
    return key("url", urls.key(entry.url or ""))


def _known(
    database: Database, feed: FeedRow, keyed: list[tuple[Entry, str]], numbers: list[int]
) -> tuple[dict[int, int], set[int]]:
    """The articles of the entries known as they are; and the addresses known in any form."""
    addresses = {_address_key(entry) for entry, _ in keyed if entry.url}
    with database.read() as conn:
        rows = store.identities(conn, {*numbers, *addresses}, {feed.outlet_id})
    ours = {row.key: row.article_id for row in rows}
    return {n: ours[n] for n in numbers if n in ours}, addresses & set(ours)
