"""Writes of many polls in few transactions: what comes within a moment of the last goes together.

A commit costs as much as a dozen unchanged polls. With one poll at a time each has a transaction
of its own; the more there are, the more share one. All or nothing still holds: a batch that
fails leaves no trace, and its writes are done again one by one, so that one feed's trouble is not
the others'.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from watcher.archive import Database
from watcher.archive.articles import Connection
from watcher.core.errors import StorageError
from watcher.record.recorder import Recorder

I = TypeVar("I")  # noqa: E741
R = TypeVar("R")

log = logging.getLogger("watcher.poll")

# Weights in one transaction: others who write to the database wait for its end.
MOST: Final = 100
# Seconds between two: SQLite keeps no queue, and other programs have to get in somewhere. They
# look every tenth of a second; what comes meanwhile shares the next transaction.
PAUSE_S: Final = 0.1
FEW: Final = 8  # polls under way: with fewer, nobody is worth waiting for


@dataclass(frozen=True, slots=True)
class _Write:
    work: Callable[[Connection, Sequence[Any]], Sequence[Any]]
    item: Any
    weight: int
    done: asyncio.Future[Any]


class Together:
    """Runs writes on the writer's thread. Belongs to one event loop at a time."""

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        writer: Executor,
        *,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._polls = 0
        self._pause_s = pause_s
        self._database = database
        self._recorder = recorder
        self._writer = writer
        self._waiting: deque[_Write] = deque()
        self._busy = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """A poll, which will have something to write before long."""
        self._polls += 1
        try:
            yield
        finally:
            self._polls -= 1

    async def write(
        self,
        work: Callable[[Connection, Sequence[I]], Sequence[R]],
        item: I,
        weight: int = 1,
    ) -> R:
        """`work` on this item and on all others that wait for the same `work`, in a transaction:
        this item's part of the answer. `work` may be called again after a failure.

        `weight`: how much it is, where an unchanged poll is 1. Raises what `work` raises,
        StorageError, StorageBusy.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # Another loop has ended, and with it its timers: nobody would start what waits here.
            self._loop, self._busy = loop, False
            self._waiting.clear()
        done: asyncio.Future[R] = loop.create_future()
        self._waiting.append(_Write(work, item, weight, done))
        if not self._busy:
            self._busy = True
            if self._polls < FEW:
                self._start()
            else:
                loop.call_later(self._pause_s, self._start)
        return await done

    def _start(self) -> None:
        batch: list[_Write] = []
        weight = 0
        while self._waiting and weight < MOST:
            write = self._waiting.popleft()
            if not write.done.done():  # a poll that was cut off has nothing to write
                batch.append(write)
                weight += write.weight
        self._busy = bool(batch)
        if not batch:
            return
        try:
            running = asyncio.get_running_loop().run_in_executor(self._writer, self._run, batch)
        except RuntimeError as error:  # the writer has been shut down
            self._busy = False
            _answer(batch, [error] * len(batch))
            return
        running.add_done_callback(lambda ran: self._ended(batch, ran))

    def _ended(self, batch: list[_Write], ran: asyncio.Future[list[Any]]) -> None:
        if ran.cancelled():
            for write in batch:
                write.done.cancel()
        else:
            error = ran.exception()
            _answer(batch, [error] * len(batch) if error else ran.result())
        if self._waiting:
            asyncio.get_running_loop().call_later(self._pause_s, self._start)
        else:
            self._busy = False

    # ------------------------------------------------------------ on the writer's thread

    def _run(self, batch: list[_Write]) -> list[Any]:
        """The answers, an exception for a write that failed."""
        if len(batch) > 1:
            try:
                return self._transaction(batch)
            except StorageError as error:
                if error.retry:  # busy: each of them would wait as long
                    return [error] * len(batch)
                log.warning("%d polls could not be recorded together: %s", len(batch), error)
            except Exception as error:  # noqa: BLE001 - raised again by the one it belongs to
                log.warning("%d polls could not be recorded together: %r", len(batch), error)
        answers: list[Any] = []
        for write in batch:
            try:
                answers += self._transaction([write])
            except Exception as error:  # noqa: BLE001 - raised where it is waited for
                answers.append(error)
        return answers

    def _transaction(self, batch: list[_Write]) -> list[Any]:
        groups: dict[Any, list[int]] = {}
        for place, write in enumerate(batch):
            groups.setdefault(write.work, []).append(place)
        answers: list[Any] = [None] * len(batch)
        with self._recorder.writing(self._database) as conn:
            for work, places in groups.items():
                got = work(conn, [batch[place].item for place in places])
                for place, answer in zip(places, got, strict=True):
                    answers[place] = answer
        return answers


def _answer(batch: list[_Write], answers: Sequence[Any]) -> None:
    for write, answer in zip(batch, answers, strict=True):
        if write.done.done():
            continue
        if isinstance(answer, BaseException):
            write.done.set_exception(answer)
        else:
            write.done.set_result(answer)
