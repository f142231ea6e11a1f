"""Names whose servers are dead keep nobody else waiting."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from watcher.fetch.resolver import THREADS, Resolver


def test_a_good_name_is_found_while_every_other_look_up_hangs() -> None:
    dead, asked = threading.Event(), threading.Semaphore(0)

    def lookup(host: str, port: int, family: int, kind: int) -> list[Any]:
        if host.startswith("dead"):
            asked.release()
            dead.wait(60)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return socket.getaddrinfo("127.0.0.1", port, family, kind)

    async def work() -> None:
        resolver = Resolver(lookup)
        hanging = [asyncio.ensure_future(resolver.resolve(f"dead{n}")) for n in range(199)]
        for _ in hanging:  # until each of them hangs
            await asyncio.to_thread(asked.acquire)
        [found] = await resolver.resolve("good.example", 80)
        assert (found["host"], found["port"], found["hostname"]) == (
            "127.0.0.1",
            80,
            "good.example",
        )
        assert not any(one.done() for one in hanging)
        dead.set()
        for one in hanging:
            with pytest.raises(socket.gaierror):
                await one
        await resolver.close()

    asyncio.run(work())


def test_an_answer_serves_for_ten_seconds_and_few_are_kept() -> None:
    asked: list[str] = []
    now = 0.0

    def lookup(host: str, port: int, family: int, kind: int) -> list[Any]:
        asked.append(host)
        if host == "gone.example":
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return socket.getaddrinfo("127.0.0.1", port, family, kind)

    async def work() -> None:
        nonlocal now
        resolver = Resolver(lookup, clock=lambda: now)
        first = await resolver.resolve("a.example", 443)
        first.clear()  # aiohttp may turn the list round
        now = 9.9
        assert await resolver.resolve("a.example", 443)
        assert asked == ["a.example"]
        now = 10.0
        await resolver.resolve("a.example", 443)
        await resolver.resolve("a.example", 80)
        assert asked == ["a.example"] * 3
        for _ in range(2):  # a failure is not kept
            with pytest.raises(socket.gaierror):
                await resolver.resolve("gone.example", 443)
        assert asked[3:] == ["gone.example"] * 2
        for n in range(1_000):
            await resolver.resolve(f"n{n}.example", 443)
        assert len(resolver._kept) == 1_000
        await resolver.resolve("a.example", 443)
        assert asked[-1] == "a.example"
        await resolver.close()

    asyncio.run(work())


def test_there_is_a_thread_for_every_poll_under_way() -> None:
    from watcher.daemon.polls import CONCURRENT

    assert THREADS >= CONCURRENT
