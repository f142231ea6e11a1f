"""The polls under way: claimed, run side by side, accounted for whatever becomes of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from watcher.archive import Database
from watcher.archive.feeds import (
    FeedRow,
    PollResult,
    claim_feeds,
    finish_polls,
    release_dead,
    release_feed,
)
from watcher.core.errors import StorageError
from watcher.metrics import Counted
from watcher.poll import Poller, PollOutcome

log = logging.getLogger("watcher.daemon")

LEASE_S = 900.0  # a poll that takes longer has died
CONCURRENT = 256  # polls under way: a slow host costs a socket, and delays nobody else
# Of these, feeds whose last poll failed: however many are dead, there is room for the living.
FAILING = CONCURRENT // 2


class Polls:
    """What the daemon has claimed. `on_writer` runs a function on the writer's thread, `counted`
    is told how each poll went."""

    def __init__(
        self,
        database: Database,
        owner: str,
        clock: Callable[[], datetime],
        on_writer: Callable[[Callable[[], Any]], Awaitable[Any]],
        counted: Counted | None = None,
    ) -> None:
        self._database = database
        self._owner = owner
        self._clock = clock
        self._on_writer = on_writer
        self._counted = counted
        self._tasks: set[asyncio.Task[PollOutcome]] = set()
        self._hosts: set[str] = set()
        self._halved = asyncio.Event()
        self._full = False  # the last claim found as much as there was room for
        self._failing = 0  # polls under way of feeds whose last one failed
        self._owed: list[tuple[int, PollResult]] = []  # failures that are not recorded yet
        self._cut_off: set[int] = set()  # feeds whose polls were cancelled

    @property
    def tasks(self) -> set[asyncio.Task[PollOutcome]]:
        """Those under way."""
        return {task for task in self._tasks if not task.done()}

    def take_over(self, dead: Callable[[str], bool]) -> None:
        """Give back the leases of those who are `dead`: their feeds are due now. Runs anywhere."""
        for owner, feeds in release_dead(self._database, self._clock(), dead).items():
            log.warning("%s died in the middle of %d polls: they are due again", owner, feeds)

    async def claim(self, poller: Poller, stopping: asyncio.Event) -> int:
        """Claim what is due, as far as there is room, and start its polls; how many."""
        self._tasks = self.tasks
        if self._owed:
            await self._on_writer(self._settle)
        room = CONCURRENT - len(self._tasks)
        feeds: list[FeedRow] = []
        if room > 0:
            # On the writer's thread: SQLite lets whoever comes first write, and beside a writer
            # that goes from one transaction to the next, a second one may never be first.
            claim = partial(
                claim_feeds,
                self._database,
                self._clock(),
                room,
                self._owner,
                LEASE_S,
                tuple(self._hosts),
                failing=max(0, FAILING - self._failing),
            )
            feeds = await self._on_writer(claim)
        self._full = 0 < room == len(feeds)
        if stopping.is_set():
            self._cut_off.update(feed.id for feed in feeds)
            return 0
        self._halved.clear()
        for feed in feeds:
            log.debug("poll of %s: due at %s, %s", feed.url, feed.next_at, feed.next_reason)
            self._hosts.add(feed.host)
            self._failing += feed.failures > 0
            self._tasks.add(asyncio.create_task(self._poll(poller, feed)))
        return len(feeds)

    async def halved(self, most_s: float) -> bool:
        """After a claim that filled all the room: wait until half of it is free, for so long at
        most. Whether that is worth another claim."""
        if not self._full:
            return False
        try:
            async with asyncio.timeout(most_s):
                await self._halved.wait()
        except TimeoutError:
            return False
        return True

    async def next_done(self) -> list[PollOutcome]:
        """Wait for at least one of those under way; nothing where there is none."""
        if not self._tasks:
            return []
        done, self._tasks = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        return [task.result() for task in done]

    async def _poll(self, poller: Poller, feed: FeedRow) -> PollOutcome:
        begun = self._clock()
        outcome = await self._accounted(poller, feed)
        if self._counted is not None:
            late = (begun - feed.next_at).total_seconds()
            took = (self._clock() - begun).total_seconds()
            o = outcome
            self._counted.polled(
                o.outcome, o.entries, o.fresh, o.matches, o.alerts, late_s=late, took_s=took
            )
        return outcome

    async def _accounted(self, poller: Poller, feed: FeedRow) -> PollOutcome:
        try:
            outcome = await poller.poll(feed)
            _tell(feed, outcome)
            return outcome
        except asyncio.CancelledError:
            self._cut_off.add(feed.id)
            raise
        except StorageError as error:
            log.error("poll of %s could not be recorded: %s", feed.url, error)
            return self._owe(poller, feed, error)
        except Exception as error:
            log.exception("poll of %s broke off", feed.url)
            return self._owe(poller, feed, error)
        finally:
            self._hosts.discard(feed.host)
            if len(self._hosts) <= CONCURRENT // 2:  # a poll under way for each host
                self._halved.set()
            self._failing -= feed.failures > 0

    def _owe(self, poller: Poller, feed: FeedRow, error: Exception) -> PollOutcome:
        """Nothing of the poll is recorded: note that, as soon as the database takes it."""
        result = poller.broken_off(feed, error)
        self._owed.append((feed.id, result))
        return PollOutcome(
            feed.url, "failed", 0, 0, result.next_reason, result.error, result.next_at
        )

    def _settle(self) -> None:
        owed = list(self._owed)
        if owed:
            with self._database.write() as conn:
                finish_polls(conn, owed, owner=self._owner)
            del self._owed[: len(owed)]

    async def drop(self) -> None:
        """Let go of what is under way: others may have claimed it."""
        under_way = self.tasks
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self.give_back()
        self._cut_off.clear()

    async def give_back(self) -> None:
        """Leases of polls that were cut off, and failures not recorded yet: nobody else may
        know of them before the lease runs out."""

        def give() -> None:
            self._settle()
            for feed in self._cut_off:
                release_feed(self._database, feed, self._owner)

        try:
            await asyncio.to_thread(give)
        except StorageError as error:
            log.warning("feeds could not be given back, and are when their lease ends: %s", error)


def _tell(feed: FeedRow, outcome: PollOutcome) -> None:
    """A line in the log: for people where a poll brought something."""
    level = logging.INFO if outcome.fresh or outcome.alerts else logging.DEBUG
    if not log.isEnabledFor(level):
        return
    at = outcome.next_at.isoformat(timespec="seconds")
    log.log(
        level,
        "poll of %s %s: %d entries, %d new articles, %d alerts; next %s: %s",
        feed.url,
        outcome.outcome,
        outcome.entries,
        outcome.fresh,
        outcome.alerts,
        at,
        outcome.reason,
        extra={
            "fields": {
                "feed": feed.url,
                "outcome": outcome.outcome,
                "entries": outcome.entries,
                "fresh": outcome.fresh,
                "alerts": outcome.alerts,
                "next_at": at,
                "why": outcome.reason,
            }
        },
    )
