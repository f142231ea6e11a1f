"""Everything of a poll before the writer's turn: request, answer, drafts; within its time.

A poll that outlived its lease would be done twice, so both bounds here lie clearly under it.
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

import xxhash

from watcher import reading
from watcher.archive.feeds import FeedRow
from watcher.config import Feed as FeedConfig
from watcher.core.errors import FetchError
from watcher.core.values import Fetched
from watcher.poll import answer, pages
from watcher.poll.gather import Gathered, Parts, gather, rule_of, source_of

# Seconds from a poll's start.
PAGES_S = 600.0  # its article pages are over; the others are read next time
POLL_S = 780.0  # if it is not ready for the writer by then, it has failed
LARGE = 1_000_000  # bytes: few feeds are, and what takes long to read mostly is


@dataclass(frozen=True, slots=True)
class Found:
    """An answer, the hash of its body, and what was in it; None: nothing new."""

    fetched: Fetched
    body_hash: int | None = None
    gathered: Gathered | None = None


async def look(
    parts: Parts,
    feed: FeedRow,
    config: FeedConfig | None,
    now: datetime,
    *,
    pages_s: float,
    poll_s: float,
    pause: pages.Pause,
) -> Found:
    """What a feed has to say. Raises FetchError, ParseError, WorkerError."""
    start = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(poll_s):
            proxy = parts.proxy_of(config)
            fetched = await answer.fetch(parts.fetcher, feed, config, proxy, now)
            if fetched.body is None:
                return Found(fetched)
            body_hash = xxhash.xxh3_64_intdigest(fetched.body)
            if body_hash == feed.body_hash:
                return Found(fetched, body_hash)
            until = start + pages_s
            gathered: Gathered | None = None
            # The second time without: what was left out is not in the archive any more.
            for remembered in dict.fromkeys((parts.remembered.of(feed.id, feed.body_hash), b"")):
                got = await _read(parts, feed, config, fetched.body, fetched, now, remembered)
                gathered = await gather(parts, feed, config, got, now, until=until, pause=pause)
                if gathered is not None:
                    break
            return Found(fetched, body_hash, gathered)
    except TimeoutError as error:
        told = f"not done after {poll_s:g} s: too much to do at once"
        raise FetchError("timeout", told) from error


async def _read(
    parts: Parts,
    feed: FeedRow,
    config: FeedConfig | None,
    body: bytes,
    fetched: Fetched,
    now: datetime,
    remembered: bytes,
) -> reading.News:
    """The document. One that may keep its reader busy waits for the others of its kind."""
    suspect = len(body) > LARGE or feed.failures > 0
    async with parts.suspects if suspect else nullcontext():
        return await parts.workers.run(
            reading.read_news,
            body,
            fetched.url,
            fetched.content_type,
            now,
            remembered,
            reading.Making(source_of(feed), rule_of(config), parts.agencies),
            timeout=parts.parse_s,
        )
