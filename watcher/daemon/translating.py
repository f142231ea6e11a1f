"""The daemon's look for translations: behind the polls, a few articles at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from watcher.archive import Database
from watcher.core.errors import WorkerError
from watcher.record.across import Across
from watcher.record.retiring import begin, judge_again, waiting
from watcher.record.spoken import Batch, Meant, mean, read
from watcher.tongues import available
from watcher.workers import Workers

log = logging.getLogger("watcher.daemon")

_ROUND = 4  # batches a round: the rest of the housekeeping waits for it
_MEAN_S = 120.0  # seconds for the vectors of one batch


class Translating:
    """One daemon's pass. `on_writer` runs a function on the writer's thread."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        on_writer: Callable[[Callable[[], Any]], Awaitable[Any]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_writer = on_writer
        self._across = Across()
        self._begun = False

    async def look(self, workers: Workers) -> None:
        """Look at what came in since the last round; nothing without the extra. A worker
        makes the vectors."""
        if not available():
            return
        if not self._begun:
            await self._on_writer(lambda: begin(self._database, self._clock()))
            await asyncio.to_thread(self._load)
            self._begun = True
        for _ in range(_ROUND):
            if not await asyncio.to_thread(waiting, self._database):
                break
            await self._on_writer(
                partial(judge_again, self._database, self._across.meant, self._clock())
            )
        for _ in range(_ROUND):
            batch = await asyncio.to_thread(read, self._database)
            if batch is None:
                return
            meant: list[Meant] | None
            try:
                meant = await workers.run(mean, list(batch.spoken), timeout=_MEAN_S)
            except WorkerError as error:
                log.warning("translations: %d articles left out: %s", len(batch.spoken), error)
                meant = None
            await self._on_writer(partial(self._suggest, batch, meant))

    def _load(self) -> None:
        with self._database.read() as conn:
            self._across.load(conn, self._clock())

    def _suggest(self, batch: Batch, meant: list[Meant] | None) -> None:
        found = self._across.suggest(self._database, batch, meant, self._clock())
        if found:
            log.info("translations: %d suggested", found)
