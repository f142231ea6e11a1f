"""What has to be done now and then: to the database, and for the pages of tracked stories."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from watcher.archive import Database, index, postings, retention
from watcher.archive import articles as store
from watcher.archive.feeds import sync_feeds, sync_watches
from watcher.config import Config, Storage
from watcher.core.errors import StorageBusy
from watcher.daemon.translating import Translating
from watcher.fetch import Fetcher
from watcher.poll import proxies, recheck
from watcher.record import rewriting
from watcher.record.recorder import Recorder
from watcher.workers import Workers

log = logging.getLogger("watcher.daemon")

RECHECK_AGAIN = timedelta(minutes=10)  # small rounds over the pages of tracked stories
FORGET_AGAIN = timedelta(hours=6)
FORGET_S = 20.0
HEARTBEAT, DAEMON = "heartbeat", "daemon"


def take_over(
    database: Database, recorder: Recorder, config: Config, now: datetime, spread_s: float
) -> None:
    """Bring the feeds and watches of the database in line with the configuration, and the index to
    the place that it names; first polls of new feeds are spread over `spread_s` seconds."""
    in_database = config.storage.index == "database"
    recorder.keep_index(in_database=in_database)
    if in_database and (posted := postings.prepare(database)):
        log.info("posted %d versions: candidates come from the database", posted)
    feeds = sync_feeds(database, config.outlets, now, spread_s=spread_s)
    watches = sync_watches(database, config.watches, now)
    log.info(
        "configured: %d feeds new, %d kept, %d removed; %d watches new, %d removed",
        len(feeds.added) + len(feeds.returned),
        len(feeds.kept),
        len(feeds.removed),
        len(watches.added) + len(watches.returned),
        len(watches.removed),
    )


class House:
    """One daemon's housekeeping. `on_writer` runs a function on the writer's thread."""

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        clock: Callable[[], datetime],
        on_writer: Callable[[Callable[[], Any]], Awaitable[Any]],
    ) -> None:
        self._database = database
        self._translating = Translating(database, clock, on_writer)
        self._recorder = recorder
        self._clock = clock
        self._on_writer = on_writer
        self._since = clock()
        self._rechecked_at: datetime | None = None
        self._forgot_at: datetime | None = None
        self._expired: int | None = None
        self._renewed = False  # all fingerprints are of this program's making

    async def keep(self, config: Config, fetcher: Fetcher, workers: Workers) -> None:
        """One round. What `workers` were killed for is told to those who ask.

        What takes long has short transactions, and runs beside the writer's thread.
        """
        now, told = self._clock(), dict(workers.kills)
        await self._on_writer(lambda: self._rest(now, told))
        await asyncio.to_thread(index.seal, self._database)
        old = now - timedelta(seconds=config.storage.index_age)
        if await asyncio.to_thread(index.expire, self._database, old):
            # The recorder's copy of the index still has what has left it.
            await self._on_writer(self._recorder.forget)
        if config.storage.index == "database":
            await asyncio.to_thread(self._tend_tables, old)
        rested = self._forgot_at is None or abs(now - self._forgot_at) >= FORGET_AGAIN
        if rested and await self.forget(config, now):
            self._forgot_at = now
        if self._rechecked_at is None or abs(now - self._rechecked_at) >= RECHECK_AGAIN:
            self._rechecked_at = now
            await recheck(self._database, fetcher, self._on_writer, now, proxy_of=proxies(config))
        await self._translating.look(workers)

    async def follow(self) -> None:
        """What is left to do where another daemon keeps house: forget what has left the index."""
        upto = await asyncio.to_thread(index.expired_up_to, self._database)
        if self._expired not in (None, upto):
            await self._on_writer(self._recorder.forget)
        self._expired = upto

    async def renew(self) -> None:
        """A turn at fingerprints of another making, where the database has such."""
        if not self._renewed:
            turn = partial(rewriting.turn, self._database, self._recorder, self._clock)
            self._renewed = not await self._on_writer(turn)

    def _tend_tables(self, old: datetime) -> None:
        """Room ahead in the index's tables, and what is old out of them."""
        for work in (postings.keep_ahead, partial(postings.expire, before=old)):
            try:
                work(self._database)
            except StorageBusy as error:
                log.info("the index's tables are in use and wait for the next round: %s", error)

    def _rest(self, now: datetime, kills: Mapping[str, int]) -> None:
        """Let stories come to rest, leave a sign of life."""
        with self._database.write() as conn:
            store.rest_stories(conn, now)
            store.put_meta(conn, HEARTBEAT, now.isoformat())
            told = {"started": self._since.isoformat(), "kills": dict(kills)}
            store.put_meta(conn, DAEMON, json.dumps(told))

    async def forget(self, config: Config, now: datetime) -> bool:
        """Forget what is old, for `FORGET_S` at the most: polls get their turn in between.
        Whether that was all."""
        done = retention.Forgotten()
        ends = time.monotonic() + FORGET_S
        work = retention.batches(self._database, ages(config.storage), now, done)
        while (batch := await asyncio.to_thread(next, work, None)) is not None:
            await self._on_writer(batch)
            if time.monotonic() >= ends:
                break
        if done.batches:
            log.info(
                "forgot %d texts, %d sightings and %d polls, in steps of %.0f ms at the most",
                done.bodies,
                done.sightings,
                done.polls,
                1000 * done.held_s,
            )
        return batch is None


def ages(storage: Storage) -> retention.Ages:
    """How old what is kept may become."""
    return retention.Ages(
        timedelta(seconds=storage.keep_bodies), timedelta(seconds=storage.keep_polls)
    )
