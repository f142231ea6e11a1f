"""The daemon's parts and jobs: poll what is due, empty the outbox, keep house.

What is due when is in the database alone, so a restart changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from watcher import follow
from watcher.archive import Database, open_archive
from watcher.archive import articles as store
from watcher.config import Config
from watcher.daemon.crew import GONE_S, Crew
from watcher.daemon.deliveries import log_fault
from watcher.daemon.diskroom import DiskRoom
from watcher.daemon.housekeeping import House, take_over
from watcher.daemon.instance import Machine
from watcher.daemon.observed import Observed
from watcher.daemon.parts import deliverer_of, fetcher_of, poller_of, sender_of
from watcher.daemon.polls import Polls
from watcher.daemon.pulse import Pulse
from watcher.deliver import AlertFeed, DeliveryRound
from watcher.fetch import Fetcher
from watcher.poll import PAGES_S, PollOutcome
from watcher.record.recorder import Recorder
from watcher.workers import Workers

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

T = TypeVar("T")

log = logging.getLogger("watcher.daemon")

GRACE_S = 6.0  # what is under way may take this long to end when we are told to stop
SEEK_AGAIN = timedelta(minutes=15)  # pages of watches that could not be read
SPREAD_S, SPREAD_FEED_S = 300.0, 0.5  # first polls of new feeds: over this long, at the most


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Service:
    """The daemon's parts and jobs. `clock` gives the time, `endpoints` and `spacing_s` are for
    local receivers (see `AppriseSender`), `gap` seconds between requests to one host, `gone_s`
    after which a silent daemon is given up, `resolver` for names that the system has not."""

    def __init__(
        self,
        config: Config,
        database_url: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        endpoints: Mapping[str, str] | None = None,
        spacing_s: float | None = None,
        gap: float = 1.0,
        spread_s: float | None = None,
        busy_ms: int = 10_000,
        pages_s: float = PAGES_S,
        gone_s: float = GONE_S,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self.config = config
        self.clock = clock
        self._machine = Machine.here()
        self.owner = self._machine.holder()
        self.url = database_url
        self._endpoints = endpoints
        self._spacing_s = spacing_s
        self._gap = gap
        # Starts are spread so that ten thousand feeds are no burst, and one feed does not wait.
        feeds = sum(len(outlet.feeds) for outlet in config.outlets)
        self._spread_s = min(SPREAD_S, SPREAD_FEED_S * feeds) if spread_s is None else spread_s
        self._busy_ms = busy_ms
        self._pages_s = pages_s
        self._gone_s = gone_s
        self._resolver = resolver
        self._parts = AsyncExitStack()
        self._jobs: set[asyncio.Task[Any]] = set()  # the other things under way
        self._sought_at: datetime | None = None
        self._stopping = asyncio.Event()
        self._pulse = Pulse()
        self._room = DiskRoom()
        self.observed = Observed(database_url, clock, lambda: self._room.waits)

    # ------------------------------------------------------------ life

    async def start(self) -> None:
        """Open the database, take over the configuration, start workers and the session.

        Raises StorageError, StorageBusy; nothing is left open then.
        """
        async with AsyncExitStack() as parts:
            self.database: Database = parts.enter_context(
                open_archive(self.url, create=True, busy_ms=self._busy_ms)
            )
            self.crew = Crew(
                self.database, self.owner, self.clock, self._machine.dead, gone_s=self._gone_s
            )
            parts.push_async_callback(self.crew.leave)
            self.polls = Polls(
                self.database, self.owner, self.clock, self._on_writer, self.observed.counted
            )
            parts.push_async_callback(self.polls.give_back)
            self.recorder = Recorder()
            self.workers = Workers(self.config.polling.workers)
            parts.push_async_callback(asyncio.to_thread, self.workers.close)
            self.writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
            parts.push_async_callback(asyncio.to_thread, self.writer.shutdown)
            self.fetcher = await self._fetcher(self.config).__aenter__()
            parts.push_async_callback(lambda: self.fetcher.__aexit__(None, None, None))
            self.sender = sender_of(
                self.database, self.url, self.clock, self._endpoints, self._spacing_s
            )
            self.deliverer = await parts.enter_async_context(
                deliverer_of(
                    self.database, self.sender, self.clock, self.owner, self._stopping.is_set
                )
            )
            self.house = House(self.database, self.recorder, self.clock, self._on_writer)
            await self._sync(self.config)
            await asyncio.to_thread(self.polls.take_over, self._machine.dead)
            self._assemble(self.config)
            # Pages are left to `seek`: a slow one must not hold up the start.
            await self.resolve_watches(fetch="none")
            self.observed.started(self.writer)
            parts.push_async_callback(self.observed.endpoint.close)
            await self.observed.endpoint.listen(self.config.metrics.listen)
            self._parts = parts.pop_all()

    def _fetcher(self, config: Config) -> Fetcher:
        return fetcher_of(config, self._gap, self._resolver, self.crew.hosts)

    async def _sync(self, config: Config) -> None:
        told = self.database, self.recorder, config, self.clock(), self._spread_s
        await self._on_writer(lambda: take_over(*told))

    def _assemble(self, config: Config) -> None:
        self.config = config
        self.receivers = {r.name: r for r in config.receivers}
        self.feed = AlertFeed(Path(config.alerts.feed)) if config.alerts.feed else None
        self.poller = poller_of(
            config,
            self.database,
            self.fetcher,
            self.workers,
            self.recorder,
            self.writer,
            owner=self.owner,
            clock=self.clock,
            pages_s=self._pages_s,
        )

    async def reload(self, config: Config) -> None:
        """Take over a new configuration; polls under way end under the old one.

        Raises StorageError, StorageBusy; the old configuration goes on then.
        """
        with self._under_way():
            await self._sync(config)
            before, old = self.config, self.fetcher
            if config.polling.workers != before.polling.workers or config.storage != before.storage:
                log.warning("polling.workers and storage are read at the start: restart for them")
            if config.polling != before.polling:
                self.fetcher = await self._fetcher(config).__aenter__()
            self._assemble(config)
            await self.observed.endpoint.listen(config.metrics.listen)
            await self.resolve_watches(fetch="none")
        if old is not self.fetcher:
            self._keep(asyncio.create_task(self._retire(old, {*self.polls.tasks, *self._jobs})))

    async def _retire(self, old: Fetcher, users: set[asyncio.Task[Any]]) -> None:
        try:
            if users:
                await asyncio.wait(users)
        finally:
            await old.__aexit__(None, None, None)

    async def close(self, grace_s: float = GRACE_S) -> None:
        """Let what is under way end for `grace_s` seconds, then cut it off.

        Nothing is half recorded, and feeds whose polls were cut off are due again at once.
        """
        self._stopping.set()
        under_way = {*self.polls.tasks, *self._jobs} - {asyncio.current_task()}
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        await self._parts.aclose()

    async def _on_writer(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.writer, work)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        """What stands in it is waited for when we are told to stop."""
        task = asyncio.current_task()
        added = {task} - self._jobs if task is not None else set()
        self._jobs |= added
        try:
            yield
        finally:
            self._jobs -= added

    def alive(self) -> bool:
        """Whether dispatch and the writer both got something done since this was last asked."""
        return self._pulse.alive(self.writer)

    # ------------------------------------------------------------ jobs

    async def dispatch(self) -> int:
        """Claim what is due, as far as there is room, and start its polls; how many."""
        if self._stopping.is_set():
            return 0
        with self._under_way():
            started = 0
            if self._room.enough(self.database, self.config.storage.min_free):
                started = await self.polls.claim(self.poller, self._stopping)
            self._pulse.ticks += 1
            self.observed.counted.killed(self.workers.kills)
            self.observed.ticked(len(self.polls.tasks))
        return started

    async def tick(self) -> list[PollOutcome]:
        """Poll everything that is due now, and wait for it: for the demo and `watcher poll`."""
        outcomes: list[PollOutcome] = []
        while True:
            started = await self.dispatch()
            done = await self.polls.next_done()
            if not started and not done:
                return outcomes
            outcomes.extend(done)

    async def deliver(self) -> DeliveryRound:
        """Send what is due in the outbox, and wait for it: for the demo and `watcher poll`.

        Groups do not wait for more of their story: nobody would come back for them.
        """
        with self._under_way():
            return await self.deliverer.run(self.receivers, flush=True)

    async def start_deliveries(self) -> int:
        """Begin to send what is due in the outbox, to each receiver by itself; to how many."""
        with self._under_way():
            lanes = await self.deliverer.start(self.receivers)
            for lane in lanes:
                self._keep(lane)
                lane.add_done_callback(log_fault)
                lane.add_done_callback(self.observed.lane_ended)
        return len(lanes)

    async def beat(self) -> None:
        """Leave a sign of life for the other daemons, take over what the dead had claimed."""
        if await asyncio.to_thread(self.crew.look):
            log.warning("others gave this daemon up, for it was silent: its polls are let go")
            await self.polls.drop()

    async def seek(self) -> None:
        """Look for the texts of watches; pages that could not be read wait a while in between."""
        if not await asyncio.to_thread(self.crew.lead):
            return
        now = self.clock()
        if again := self._sought_at is None or abs(now - self._sought_at) >= SEEK_AGAIN:
            self._sought_at = now
        await self.resolve_watches(fetch="all" if again else "new")

    async def resolve_watches(self, *, fetch: follow.Fetch = "all") -> list[tuple[str, str | None]]:
        """Look for the texts of watches that have none yet."""
        with self._under_way():
            return await follow.resolve(
                self.database,
                self.recorder,
                self.fetcher,
                self.workers,
                self.writer,
                self.clock(),
                fetch=fetch,
            )

    async def housekeep(self) -> None:
        """The index, stories that have come to rest, the heartbeat, pages of tracked stories: what
        one daemon of a database does for all."""
        with self._under_way():
            if await asyncio.to_thread(self.crew.lead):
                await self.house.keep(self.config, self.fetcher, self.workers)
            else:
                await self.house.follow()
            if self.feed:
                await asyncio.to_thread(self.feed.refresh, self.database)

    async def renew(self) -> None:
        """A turn at fingerprints of another making."""
        if self.crew.leading:
            await self.house.renew()

    def shift(self, step: timedelta) -> None:
        """The wall clock was set by `step`: move what is due with it, or a clock set back would
        keep every feed waiting that long, and one set forward would poll them all at once. Not
        where others go by the same schedule, and their clocks were right."""
        if self.crew.others:
            return
        with self.database.write() as conn:
            store.shift_schedule(conn, step)
