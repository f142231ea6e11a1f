"""Writes that wait go together, and one that fails takes nobody with it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from storage.reads.articles import get_meta
from watcher.archive import Database, open_archive
from watcher.archive.articles import Connection, put_meta
from watcher.core.errors import StorageBusy
from watcher.poll.remembered import Remembered
from watcher.poll.together import FEW, MOST, Together
from watcher.record.recorder import Recorder


@pytest.fixture
def archive(database_url: str) -> Iterator[Database]:
    with open_archive(database_url) as opened:
        yield opened


class Desk:
    """A writer that is kept busy until the test lets go, and what it was asked to write."""

    def __init__(self, database: Database, executor: ThreadPoolExecutor) -> None:
        self.together = Together(database, Recorder(), executor)
        self.calls: list[tuple[str, ...]] = []
        self.transactions: list[int] = []
        self.go = threading.Event()

    def put(self, conn: Connection, names: Sequence[str]) -> list[str]:
        if names[0] == "first":
            self.go.wait(30)
        self.calls.append(tuple(names))
        self.transactions.append(id(conn))
        for name in names:
            put_meta(conn, name, name)
            if name.startswith("bad"):
                raise ValueError(f"no {name}")
        return [name.upper() for name in names]

    async def all_at_once(self, *names: str, weight: int = 1) -> list[str | BaseException]:
        """Write these while the writer is busy with "first"; what each call gave."""
        first = asyncio.ensure_future(self.together.write(self.put, "first"))
        await asyncio.sleep(0)
        rest = [
            asyncio.ensure_future(self.together.write(self.put, name, weight)) for name in names
        ]
        await asyncio.sleep(0)
        self.go.set()
        await first
        return await asyncio.gather(*rest, return_exceptions=True)


def test_what_waits_goes_in_one_call_and_one_transaction(archive: Database) -> None:
    with ThreadPoolExecutor(1) as executor:
        desk = Desk(archive, executor)
        assert asyncio.run(desk.all_at_once("a", "b", "c")) == ["A", "B", "C"]
        assert desk.calls == [("first",), ("a", "b", "c")]
    with archive.read() as conn:
        assert [get_meta(conn, name) for name in ("first", "a", "b", "c")] == [
            "first",
            "a",
            "b",
            "c",
        ]


def test_a_failure_is_the_one_s_it_belongs_to(archive: Database) -> None:
    with ThreadPoolExecutor(1) as executor:
        desk = Desk(archive, executor)
        a, bad, c = asyncio.run(desk.all_at_once("a", "bad", "c"))
        assert (a, c) == ("A", "C")
        assert isinstance(bad, ValueError)
        # Together first, which left no trace; then one by one.
        assert desk.calls[1:] == [("a", "bad", "c"), ("a",), ("bad",), ("c",)]
    with archive.read() as conn:
        assert [get_meta(conn, name) for name in ("a", "bad", "c")] == ["a", None, "c"]


def test_a_transaction_is_bounded(archive: Database) -> None:
    with ThreadPoolExecutor(1) as executor:
        desk = Desk(archive, executor)
        asyncio.run(desk.all_at_once("a", "b", "c", "d", weight=MOST // 2))
        assert desk.calls[1:] == [("a", "b"), ("c", "d")]


def test_a_busy_database_is_waited_for_once(archive: Database) -> None:
    class Busy(Recorder):
        tried = 0

        def writing(self, database: Database):  # type: ignore[no-untyped-def]
            if self.tried:
                self.tried += 1
                raise StorageBusy("others write")
            self.tried = 1
            return super().writing(database)

    with ThreadPoolExecutor(1) as executor:
        desk, recorder = Desk(archive, executor), Busy()
        desk.together = Together(archive, recorder, executor)
        got = asyncio.run(desk.all_at_once("a", "b", "c"))
        assert [type(one) for one in got] == [StorageBusy] * 3
        assert recorder.tried == 2


def test_what_was_cut_off_while_it_waited_is_not_written(archive: Database) -> None:
    async def work(desk: Desk) -> None:
        first = asyncio.ensure_future(desk.together.write(desk.put, "first"))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(desk.together.write(desk.put, "second"))
        await asyncio.sleep(0)
        second.cancel()
        desk.go.set()
        assert await first == "FIRST"
        with pytest.raises(asyncio.CancelledError):
            await second
        # And the next one does not wait for ever.
        assert await desk.together.write(desk.put, "third") == "THIRD"

    with ThreadPoolExecutor(1) as executor:
        desk = Desk(archive, executor)
        asyncio.run(work(desk))
        assert desk.calls == [("first",), ("third",)]


def test_a_writer_that_has_gone_home_says_so(archive: Database) -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    desk = Desk(archive, executor)

    async def work() -> None:
        for _ in range(2):
            with pytest.raises(RuntimeError):
                await desk.together.write(desk.put, "late")

    asyncio.run(work())


def test_what_is_remembered_has_its_bound_and_the_unused_go_first() -> None:
    held = Remembered(room=100)
    for feed in (1, 2, 3):
        held.keep(feed, bytes(30))
    assert held.of(1)  # used last now
    held.keep(4, bytes(30))
    assert [len(held.of(feed)) for feed in (1, 2, 3, 4)] == [30, 0, 30, 30]
    held.keep(1, b"")
    held.keep(3, bytes(60))
    assert [len(held.of(feed)) for feed in (1, 2, 3, 4)] == [0, 0, 60, 30]


def test_what_is_remembered_is_of_the_last_document_alone() -> None:
    held = Remembered()
    held.keep(1, b"entries", document=7)
    assert held.of(1, 7) == b"entries"
    assert held.of(1, 8) == b"", "another daemon has read a later one"
    assert held.of(1, 7) == b"entries"


def test_among_many_polls_the_first_waits_for_the_next(archive: Database) -> None:
    async def work(polls: int) -> list[tuple[str, ...]]:
        with ThreadPoolExecutor(1) as executor, ExitStack() as under_way:
            desk = Desk(archive, executor)
            desk.go.set()
            for _ in range(polls):
                under_way.enter_context(desk.together.under_way())
            first = asyncio.ensure_future(desk.together.write(desk.put, "one"))
            await asyncio.sleep(0)
            await asyncio.gather(first, desk.together.write(desk.put, "two"))
        return desk.calls

    assert asyncio.run(work(FEW - 1)) == [("one",), ("two",)]
    assert asyncio.run(work(FEW)) == [("one", "two")]
