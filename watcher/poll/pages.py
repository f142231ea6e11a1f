"""The article pages that a poll reads, for entries that carry too little themselves.

However they hang, they are over when the poll's time is: new articles come first, a host that
keeps failing is left for the next poll, and so is whatever there was no time for.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import xxhash

from watcher import reading
from watcher.archive.feeds import host_of
from watcher.core.errors import FetchError, ParseError, Refused, WorkerError
from watcher.core.values import Entry, Page
from watcher.fetch import Fetcher
from watcher.workers import Workers

log = logging.getLogger("watcher.poll")

PAGES = 60  # article pages fetched in one poll; the next one fetches more
FAILURES = 3  # passing failures of one host's pages in a row, and it is left alone
PAGE_S = 20.0  # a worker is killed after this long over one page
WAIT = (429, 503)  # answers that may ask us to wait
# What may be over by the next poll; an article is tried for this long after its own date.
_PASSING = frozenset(
    {"timeout", "dns", "connect", "tls", "truncated", "throttled", "unavailable", "server"}
)
_PASSING_UNLESS_REFUSED = frozenset({"robots", "proxy"})  # they cannot be had; or they forbid it
_TRY_FOR = timedelta(days=1)

# A host that asked us to wait: its name, the error that says how long, the address, the time.
Pause = Callable[[str, FetchError, str, datetime], Awaitable[None]]


@dataclass(slots=True)
class Found:
    """The pages by their entries' numbers, what to tell people, and which to try again."""

    pages: dict[int, Page] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    again: set[int] = field(default_factory=set)
    gap: float = 0.0  # seconds that their sites want between two pages, the longest


async def fetch(
    fetcher: Fetcher,
    workers: Workers,
    wanted: Mapping[int, Entry],
    now: datetime,
    *,
    seen_before: Collection[int],
    until: float,
    proxy: str | None,
    feed_url: str,
    pause: Pause,
) -> Found:
    """The pages of the entries `wanted`, one after the other, until the event loop's time `until`.

    `seen_before`: those of articles that are known already. A page that fails leaves the entry
    with its summary: nothing is lost, and it says so.
    """
    found = Found(again={i for i, entry in wanted.items() if _is_young(entry, now)})
    order = _order(wanted, seen_before, now)
    failed: Counter[str] = Counter()  # passing failures in a row, by host
    waiting: dict[str, str] = {}  # hosts left alone, and why
    for n, i in enumerate(order):
        url = wanted[i].url or ""
        host = host_of(url)
        left = len(order) - n
        if n >= PAGES or asyncio.get_running_loop().time() >= until:
            why = f"more than {PAGES} new" if n >= PAGES else "the time of this poll was over"
            found.notes.append(f"{left} pages were not fetched, and are next time: {why}")
            found.again.update(order[n:])
            break
        if host in waiting:
            found.notes.append(f"page {url}: not fetched, {waiting[host]}")
            continue
        try:
            found.pages[i], gap = await _page(fetcher, workers, url, now, until, proxy)
            found.gap = max(found.gap, gap)
            found.again.discard(i)
            failed[host] = 0
        except (FetchError, ParseError, WorkerError) as error:
            found.notes.append(f"page {url}: {error.reason}: {error}")
            log.warning("page %s of %s: %s: %s", url, feed_url, error.reason, error)
            if not _passes(error):
                found.again.discard(i)
                failed[host] = 0
                continue
            failed[host] += 1
            if isinstance(error, FetchError) and error.status in WAIT:
                waiting[host] = "its host asked us to wait"
                await pause(host_of(error.asked or url), error, url, now)
            elif failed[host] >= FAILURES:
                waiting[host] = f"{FAILURES} pages of its host failed in a row"
    return found


def _order(wanted: Mapping[int, Entry], seen_before: Collection[int], now: datetime) -> list[int]:
    """New articles as the document has them, then those tried before: in another order each time,
    so that the same few that hang do not always stand before the others."""

    def place(i: int) -> tuple[bool, int]:
        if i not in seen_before:
            return False, i
        text = f"{wanted[i].url} {now.isoformat()}"
        return True, xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))

    return sorted(wanted, key=place)


async def _page(
    fetcher: Fetcher, workers: Workers, url: str, now: datetime, until: float, proxy: str | None
) -> tuple[Page, float]:
    try:
        async with asyncio.timeout_at(until):
            fetched = await fetcher.get(url, now=now, accept="page", proxy=proxy)
            if fetched.body is None:
                raise FetchError("status", "304 without having been asked")
            page = await workers.run(
                reading.read_page,
                fetched.body,
                fetched.url,
                fetched.content_type,
                now,
                timeout=PAGE_S,
            )
            return page, fetched.crawl_delay
    except TimeoutError as error:
        raise FetchError("timeout", "the time of this poll was over") from error


def _passes(error: FetchError | ParseError | WorkerError) -> bool:
    if error.reason in _PASSING_UNLESS_REFUSED:
        return not isinstance(error, Refused)
    return error.reason in _PASSING


def _is_young(entry: Entry, now: datetime) -> bool:
    """Whether an entry's page is worth another try: a dead one must not be asked for for ever."""
    at = entry.published.at if entry.published else None
    return at is not None and abs(now - at) < _TRY_FOR
