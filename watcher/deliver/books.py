"""What senders tell the outbox and ask of it, gathered into few transactions.

Each message takes a transaction before it is sent and one after it. With twenty receivers at work
that is hundreds of commits a second, in which polls would have to queue. So one thread writes for
all of them: what is asked while it commits goes into its next transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from watcher.archive.outbox import Answer, Outbox, Turn

_MOST = 32  # turns in one transaction


class Books:
    """One writer for all receivers of `outbox`. Use from one event loop; close it at the end."""

    def __init__(
        self, outbox: Outbox, *, now: Callable[[], datetime], owner: str, lease_s: float
    ) -> None:
        self._outbox = outbox
        self._now = now
        self._owner = owner
        self._lease_s = lease_s
        # A thread of its own: the loop's shared ones are for the polls, and may all be waiting.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._asked: list[tuple[Turn, asyncio.Future[Answer]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def due(self) -> list[str]:
        """The receivers for whom something is due now. Raises StorageError, StorageBusy."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._outbox.due, self._now())

    async def turn(self, turn: Turn) -> Answer:
        """A receiver's turn, committed. Raises StorageError, StorageBusy; nothing is recorded
        then."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked.append((turn, answer))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await answer

    async def close(self) -> None:
        """Ends when what was asked is written."""
        if self._writing is not None:
            await self._writing
        await asyncio.to_thread(self._thread.shutdown)

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._asked:
            batch, self._asked = self._asked[:_MOST], self._asked[_MOST:]
            turns = [turn for turn, _ in batch]
            try:
                answers = await loop.run_in_executor(
                    self._thread,
                    self._outbox.turns,
                    turns,
                    self._now(),
                    self._owner,
                    self._lease_s,
                )
            except Exception as error:  # noqa: BLE001 - whatever it is, those who asked raise it
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
            else:
                for (_, future), answer in zip(batch, answers, strict=True):
                    if not future.done():
                        future.set_result(answer)
