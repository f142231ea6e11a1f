"""One daemon among others on a PostgreSQL database: who lives, who keeps house, whose host it is.

Each daemon leaves a sign of life every `BEAT_S` seconds. One that left none for `GONE_S` is given
up: what it had claimed is due again, and what it was sending is sent again as a possible repeat. So
its feeds wait for `GONE_S + BEAT_S` at the most, and for a beat where it died on a machine that
another daemon runs on. Whoever has just begun, or could not leave a sign in time, judges nobody
for half of that: after an outage of the server all look dead to each other, until each has had the
time for a sign. One that comes back to life (a machine that was suspended) lets go of its polls.

The house is kept by whoever has the lock on it, and a host is asked by whoever has its lock, which
is given back when the pause after the request is over. PostgreSQL takes both from a process that
dies. On SQLite, which takes one daemon, all of this is idle.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from watcher.archive import Database, crew
from watcher.archive.crew import Kind, Locks
from watcher.core.errors import StorageError

log = logging.getLogger("watcher.daemon")

BEAT_S = 5.0
GONE_S = 30.0
_AGAIN_S = (0.02, 0.2)  # until a host that another machine is asking is looked at again


class Crew:
    """What a daemon knows of the others. `dead`: whether an owner is known to be no more."""

    def __init__(
        self,
        database: Database,
        owner: str,
        clock: Callable[[], datetime],
        dead: Callable[[str], bool],
        *,
        gone_s: float = GONE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._owner = owner
        self._clock = clock
        self._dead = dead
        self._gone_s = gone_s
        self._monotonic = monotonic
        self._shared = crew.shared(database)
        self._locks = Locks(database)
        self.hosts = HostTurns(self._locks) if self._shared else None
        """Turns at hosts, across machines."""
        self.others: tuple[str, ...] = ()
        """The others that live, as far as known."""
        self.leading = False
        """Whether we kept house when this was last asked."""
        self._steady: float | None = None  # since when our signs of life came in time
        self._begun = False

    def look(self) -> bool:
        """Leave a sign of life, and see to those of the others: whether we had been given up
        ourselves. Runs on any thread. Raises StorageError, StorageBusy."""
        if not self._shared:
            return False
        try:
            found = crew.beat(self._database, self._owner, first=not self._begun)
        except StorageError:
            self._steady = None
            raise
        now = self._monotonic()
        own = next((one.age_s for one in found if one.owner == self._owner), None)
        gone = self._begun and (own is None or own > self._gone_s)
        if self._steady is None or own is None or own > self._gone_s / 2:
            self._steady = now
        self._begun = True
        steady = now - self._steady >= self._gone_s / 2
        others = [one for one in found if one.owner != self._owner]
        silent = [
            one for one in others if self._dead(one.owner) or (steady and one.age_s > self._gone_s)
        ]
        if silent:
            for owner, feeds in crew.take_over(self._database, silent, self._clock()).items():
                log.warning("%s has died: what it held is due again (%d polls)", owner, feeds)
        self.others = tuple(one.owner for one in others if one not in silent)
        return gone

    def lead(self) -> bool:
        """Whether the house is ours to keep, now and until this is asked again. Runs on any
        thread. Raises StorageError, StorageBusy."""
        before, self.leading = self.leading, False
        self.leading = self._locks.keep(Kind.HOUSE)
        if self.leading and not before and self._shared:
            log.info("keeping house")
        return self.leading

    async def leave(self) -> None:
        """Say goodbye. What cannot be said is found out by the others."""
        if self.hosts is not None:
            self.hosts.close()
        await asyncio.to_thread(self._leave)

    def _leave(self) -> None:
        try:
            if self._shared and self._begun:
                crew.leave(self._database, self._owner)
        except StorageError as error:
            log.warning("the other daemons were not told that this one ends: %s", error)
        self._locks.close()


class HostTurns:
    """Hosts, one machine at a time (see `watcher.fetch.Elsewhere`)."""

    def __init__(self, locks: Locks) -> None:
        self._locks = locks
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="turns")
        self._giving: set[asyncio.Task[None]] = set()

    async def take(self, key: str) -> None:
        """Wait until no other machine has the host `key`, and have it."""
        try:
            while not await self._try(key):
                await asyncio.sleep(random.uniform(*_AGAIN_S))  # noqa: S311 - no secret
        except StorageError as error:
            # Nothing can be recorded then either; the pause of this machine holds all the same.
            log.warning("turn at %s: %s", key, error)

    async def _try(self, key: str) -> bool:
        loop = asyncio.get_running_loop()
        asked = loop.run_in_executor(self._thread, self._locks.take, Kind.HOST, key)
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            # Whoever wanted it has gone, and it may be ours all the same.
            asked.add_done_callback(lambda _: self._unwanted(key, asked))
            raise

    def _unwanted(self, key: str, asked: asyncio.Future[bool]) -> None:
        if not asked.cancelled() and asked.exception() is None and asked.result():
            self.give(key, 0.0)

    def give(self, key: str, rest_s: float) -> None:
        """Let others have the host, `rest_s` seconds from now."""
        task = asyncio.create_task(self._give(key, rest_s))
        self._giving.add(task)
        task.add_done_callback(self._giving.discard)

    async def _give(self, key: str, rest_s: float) -> None:
        await asyncio.sleep(rest_s)
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._locks.give, Kind.HOST, key)
        except StorageError as error:
            log.warning("turn at %s: %s", key, error)

    def close(self) -> None:
        """No more turns; the locks go with their connection."""
        for task in self._giving:
            task.cancel()
        self._thread.shutdown(cancel_futures=True)
