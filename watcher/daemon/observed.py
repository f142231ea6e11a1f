"""The daemon as seen from outside: its figures, whether it is alive, whether it is ready."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime

from watcher.core.errors import StorageError
from watcher.deliver import DeliveryRound
from watcher.metrics import CONTENT_TYPE, Counted, Endpoint, Health, exposition
from watcher.report import Figures, open_reader

QUIET_S = 60.0  # without a tick; it looks each second
ANSWER_S = 5.0  # for the writer to answer: its transactions are short
_KEEP_S = 5.0  # figures that are asked for more often are not read anew


class Observed:
    """Counts, and answers for the daemon. `waits`: why it does not poll just now, "" if it does."""

    def __init__(
        self,
        url: str,
        clock: Callable[[], datetime],
        waits: Callable[[], str],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._clock = clock
        self._monotonic = monotonic
        self._waits = waits
        self.counted = Counted()
        self.endpoint = Endpoint(CONTENT_TYPE, self.document, self.alive, self.ready)
        self._ticked: float | None = None
        self._writer: Executor | None = None
        self.answer_s = ANSWER_S
        self._read: tuple[float, Figures] | None = None
        self._lock = asyncio.Lock()

    def started(self, writer: Executor) -> None:
        """The service is up; `writer` is its thread."""
        self._writer = writer
        self.counted.started.set(self._clock().timestamp())

    def ticked(self, under_way: int) -> None:
        """Feeds that are due were looked for."""
        self._ticked = self._monotonic()
        self.counted.last_tick.set(self._clock().timestamp())
        self.counted.under_way.set(under_way)

    def lane_ended(self, lane: asyncio.Task[DeliveryRound]) -> None:
        """Deliveries to one receiver were made."""
        if lane.cancelled() or lane.exception() is not None:
            return
        done = lane.result()
        results = ("sent", "retried", "dead", "held", "put_off", "lost")
        self.counted.delivered({name: getattr(done, name) for name in results})

    # ------------------------------------------------------------ what is asked

    async def document(self) -> bytes:
        """The document of /metrics. Raises StorageError."""
        return exposition(self.counted, await self._figures())

    async def alive(self) -> Health:
        """Whether the tick and the writer get things done: a restart mends what is wrong here."""
        if self._ticked is None or self._writer is None:
            return Health(False, "starting")
        silent = self._monotonic() - self._ticked
        if silent > QUIET_S:
            return Health(False, f"no feed was looked for in {silent:.0f} s")
        beat = asyncio.wrap_future(self._writer.submit(lambda: None))
        try:
            await asyncio.wait_for(beat, self.answer_s)
        except TimeoutError:
            return Health(False, f"the writer has been busy for {self.answer_s:.0f} s")
        return Health(True, "alive")

    async def ready(self) -> Health:
        """Whether all that the work needs is there."""
        health = await self.alive()
        if not health.ok:
            return health
        try:
            await self._figures()
        except StorageError as error:
            return Health(False, str(error))
        if why := self._waits():
            return Health(False, why)
        return Health(True, "ready")

    async def _figures(self) -> Figures:
        async with self._lock:  # many who ask at once share one reading
            now = self._monotonic()
            if self._read is None or now - self._read[0] >= _KEEP_S:
                self._read = (now, await asyncio.to_thread(self._ask))
            return self._read[1]

    def _ask(self) -> Figures:
        with open_reader(self._url) as reader:
            return reader.figures(now=self._clock())
