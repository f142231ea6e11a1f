"""Workers die at their deadline or limit, alone, and errors come home as what they are."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator

import pytest

from watcher.core.errors import FetchError, ParseError, WorkerError
from watcher.workers import Workers


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(2, memory=1 << 30, warm=()) as pool:
        yield pool


def double(number: int) -> int:
    return 2 * number


def spin() -> None:
    while True:
        pass


def devour() -> int:
    return len(bytearray(4 << 30))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def complain(reason: str) -> None:
    raise ParseError(reason, "this is a shopping list")


def throttle() -> None:
    raise FetchError("throttled", "slow down", status=429, retry_after=30.0)


def stumble() -> None:
    raise ZeroDivisionError("by nothing")


def unpicklable() -> object:
    return lambda: None


def whoami(_: int) -> int:
    return os.getpid()


def fail_at(number: int) -> int:
    if number == 3:
        raise ParseError("notfeed", "the third")
    return number


def run(workers: Workers, *call: object, timeout: float = 30.0) -> object:
    return asyncio.run(workers.run(*call, timeout=timeout))  # type: ignore[arg-type]  # a test's short cut


def test_a_value_comes_back(workers: Workers) -> None:
    assert run(workers, double, 21) == 42


@pytest.mark.parametrize(
    ("func", "timeout", "reason"),
    [
        (spin, 0.2, "timeout"),
        (devour, 30, "memory"),
        (die, 30, "died"),
        (stumble, 30, "crash"),
        (unpicklable, 30, "crash"),
    ],
)
def test_each_way_to_fail_has_its_reason_and_leaves_the_pool_whole(
    workers: Workers, func: object, timeout: float, reason: str
) -> None:
    with pytest.raises(WorkerError) as caught:
        run(workers, func, timeout=timeout)
    assert caught.value.reason == reason
    assert run(workers, double, 4) == 8


def test_our_errors_come_back_as_themselves(workers: Workers) -> None:
    with pytest.raises(ParseError, match="shopping list") as caught:
        run(workers, complain, "notfeed")
    assert caught.value.reason == "notfeed"
    with pytest.raises(FetchError) as late:
        run(workers, throttle)
    assert (late.value.retry_after, late.value.status, late.value.retry) == (30.0, 429, True)


def test_one_bad_input_does_not_disturb_the_others(workers: Workers) -> None:
    async def work() -> list[object]:
        bad = workers.run(spin, timeout=0.3)
        good = [workers.run(double, n, timeout=30) for n in range(20)]
        return await asyncio.gather(bad, *good, return_exceptions=True)

    first, *rest = asyncio.run(work())
    assert isinstance(first, WorkerError)
    assert rest == [2 * n for n in range(20)]


def test_cancelling_a_call_is_a_cancellation(workers: Workers) -> None:
    async def work() -> None:
        task = asyncio.create_task(workers.run(spin, timeout=60))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await workers.run(double, 3, timeout=30) == 6

    asyncio.run(work())


def test_map_chunks_keeps_order_and_reads_little_ahead(workers: Workers) -> None:
    read: list[int] = []

    def source() -> Iterator[int]:
        for number in range(10):
            read.append(number)
            yield number

    got = workers.map_chunks(double, source(), ahead=3)
    assert next(got) == 0
    assert read == [0, 1, 2]
    assert list(got) == [2 * n for n in range(1, 10)]


def test_map_chunks_raises_the_first_error(workers: Workers) -> None:
    got = workers.map_chunks(fail_at, range(10))
    assert [next(got) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ParseError, match="the third"):
        next(got)
    assert run(workers, double, 1) == 2


def test_work_happens_elsewhere_and_workers_are_replaced() -> None:
    with Workers(1, max_tasks=2, warm=()) as pool:
        pids = list(pool.map_chunks(whoami, range(4), ahead=1))
    assert os.getpid() not in pids
    assert len(set(pids)) == 2


def test_an_idle_worker_that_is_killed_costs_nobody_anything(workers: Workers) -> None:
    """As the kernel does where memory is short: it takes whom it likes, not who is to blame."""

    async def work() -> None:
        for _ in range(5):
            pids = await asyncio.gather(*(workers.run(whoami, 0, timeout=30) for _ in range(8)))
            for pid in set(pids):
                os.kill(pid, signal.SIGKILL)
            # At once, before anybody has noticed, and a little later.
            for _ in range(2):
                calls = [workers.run(double, n, timeout=30) for n in range(6)]
                assert await asyncio.gather(*calls) == [0, 2, 4, 6, 8, 10]
                await asyncio.sleep(0.15)

    asyncio.run(work())


def test_closing_ends_what_runs_and_refuses_more() -> None:
    pool = Workers(1, warm=())

    async def work() -> None:
        running = asyncio.create_task(pool.run(spin, timeout=60))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(pool.close)
        with pytest.raises(WorkerError, match="closed"):
            await running
        with pytest.raises(WorkerError, match="closed"):
            await pool.run(double, 1, timeout=1)

    started = time.monotonic()
    asyncio.run(work())
    pool.close()
    assert time.monotonic() - started < 30  # the task itself would take a minute
