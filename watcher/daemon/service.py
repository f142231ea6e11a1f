"""The daemon's parts and jobs: poll what is due, empty the outbox, keep house.

What is due when is in the database alone, so a restart changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from watcher import follow
from watcher.archive import Database, index, open_archive
from watcher.archive import articles as store
from watcher.archive.feeds import (
    FeedRow,
    claim_feeds,
    sync_feeds,
    sync_watches,
)
from watcher.archive.outbox import Outbox
from watcher.config import Config
from watcher.core import schedule
from watcher.deliver import AppriseSender, DeliveryRound, deliver_due
from watcher.fetch import Fetcher
from watcher.poll import Poller, PollOutcome
from watcher.record.recorder import Recorder
from watcher.workers import Workers

log = logging.getLogger("watcher.daemon")

LEASE_S = 900.0  # a poll that takes longer has died
CONCURRENT = 32  # polls under way
HEARTBEAT = "heartbeat"


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Service:
    """The daemon's parts and jobs. `clock` gives the time, `endpoints` and `spacing_s` are for
    local receivers (see `AppriseSender`), `gap` seconds between requests to one host."""

    def __init__(
        self,
        config: Config,
        database_url: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        endpoints: Mapping[str, str] | None = None,
        spacing_s: float | None = None,
        gap: float = 1.0,
        spread_s: float = 300.0,
    ) -> None:
        self.config = config
        self.clock = clock
        self.owner = f"{socket.gethostname()}:{os.getpid()}"
        self._url = database_url
        self._endpoints = endpoints
        self._spacing_s = spacing_s
        self._gap = gap
        self._spread_s = spread_s
        self._polls: set[asyncio.Task[PollOutcome]] = set()
        self._hosts: set[str] = set()
        self._stopping = False
        self.progress = 0  # grows whenever the writer or the tick has got something done

    # ------------------------------------------------------------ life

    async def start(self) -> None:
        """Open the database, take over the configuration, start workers and the session."""
        self.database: Database = open_archive(self._url, create=True)
        self.recorder = Recorder()
        self.workers = Workers(self.config.polling.workers)
        self.writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self.fetcher = await self._fetcher(self.config).__aenter__()
        self.sender = AppriseSender(
            endpoints=self._endpoints, spacing_s=self._spacing_s, clock=self.clock
        )
        self._configure(self.config)
        await self.resolve_watches()

    def _fetcher(self, config: Config) -> Fetcher:
        return Fetcher(
            user_agent=config.polling.user_agent,
            timeout=config.polling.timeout,
            allow_hosts=config.polling.allow_hosts,
            gap=self._gap,
        )

    def _configure(self, config: Config) -> None:
        now = self.clock()
        feeds = sync_feeds(self.database, config.outlets, now, spread_s=self._spread_s)
        watches = sync_watches(self.database, config.watches, now)
        log.info(
            "configured: %d feeds new, %d kept, %d removed; %d watches new, %d removed",
            len(feeds.added),
            len(feeds.kept),
            len(feeds.removed),
            len(watches.added),
            len(watches.removed),
        )
        self.receivers = {r.name: r for r in config.receivers}
        polling = config.polling
        self.poller = Poller(
            self.database,
            self.fetcher,
            self.workers,
            self.recorder,
            self.writer,
            feeds={f.url: f for o in config.outlets for f in o.feeds},
            limits=schedule.Limits(float(polling.min_interval), float(polling.max_interval)),
            owner=self.owner,
            clock=self.clock,
        )

    async def reload(self, config: Config) -> None:
        """Take over a new configuration; polls under way end under the old one."""
        old = self.fetcher
        if config.polling != self.config.polling:
            self.fetcher = await self._fetcher(config).__aenter__()
        self._configure(config)
        self.config = config
        await self.resolve_watches()
        if old is not self.fetcher:
            if self._polls:
                await asyncio.wait(self._polls)
            await old.__aexit__(None, None, None)

    async def close(self, grace_s: float = 8.0) -> None:
        """Let polls end for `grace_s` seconds, then cut them off; nothing is half recorded."""
        self._stopping = True
        if self._polls:
            _, late = await asyncio.wait(self._polls, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self.fetcher.__aexit__(None, None, None)
        await asyncio.to_thread(self.workers.close)
        await asyncio.to_thread(self.writer.shutdown)
        self.database.close()

    # ------------------------------------------------------------ jobs

    async def dispatch(self) -> int:
        """Claim what is due, as far as there is room, and start its polls; how many."""
        self._polls = {t for t in self._polls if not t.done()}
        room = CONCURRENT - len(self._polls)
        self.progress += 1
        if self._stopping or room <= 0:
            return 0
        feeds = await asyncio.to_thread(
            claim_feeds, self.database, self.clock(), room, self.owner, LEASE_S, tuple(self._hosts)
        )
        for feed in feeds:
            self._hosts.add(feed.host)
            self._polls.add(asyncio.create_task(self._poll(feed)))
        return len(feeds)

    async def _poll(self, feed: FeedRow) -> PollOutcome:
        try:
            outcome = await self.poller.poll(feed)
            self.progress += 1
            return outcome
        except BaseException:
            # Whatever went wrong, the feed is due again, at the latest when its lease ends.
            if not self._stopping:
                log.exception("poll of %s broke off", feed.url)
            raise
        finally:
            self._hosts.discard(feed.host)

    async def tick(self) -> list[PollOutcome]:
        """Poll everything that is due now, and wait for it: for the demo and `watcher poll`."""
        outcomes: list[PollOutcome] = []
        while True:
            started = await self.dispatch()
            if not started and not self._polls:
                return outcomes
            done, self._polls = await asyncio.wait(self._polls, return_when=asyncio.FIRST_COMPLETED)
            outcomes.extend(t.result() for t in done)

    async def deliver(self) -> DeliveryRound:
        """Send what is due in the outbox."""
        round_ = await deliver_due(
            Outbox(self.database),
            self.receivers,
            now=self.clock,
            send=self.sender,
            owner=self.owner,
            stopping=lambda: self._stopping,
        )
        self.progress += 1
        return round_

    async def resolve_watches(self) -> list[tuple[str, str | None]]:
        """Look for the texts of watches that have none yet."""
        return await follow.resolve(
            self.database, self.recorder, self.fetcher, self.workers, self.clock()
        )

    async def housekeep(self) -> None:
        """Watches, the index, stories that have come to rest, the heartbeat."""
        await self.resolve_watches()
        await asyncio.get_running_loop().run_in_executor(self.writer, self._housekeep)

    def shift(self, step: timedelta) -> None:
        """The wall clock was set by `step`: move what is due with it, or a clock set back would
        keep every feed waiting that long, and one set forward would poll them all at once."""
        with self.database.write() as conn:
            store.shift_schedule(conn, step)

    def _housekeep(self) -> None:
        index.seal(self.database)
        now = self.clock()
        with self.database.write() as conn:
            store.rest_stories(conn, now)
            store.put_meta(conn, HEARTBEAT, now.isoformat())
        self.progress += 1
