"""One connection at a time per host, and a minimum gap between two."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from watcher.fetch.robots import MAX_DELAY

_MANY = 10_000


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    ended_at: float = -math.inf


class Elsewhere(Protocol):
    """What other machines ask of hosts."""

    async def take(self, key: str) -> None:
        """Wait until none of them has the host `key`, and keep them from it."""

    def give(self, key: str, rest_s: float) -> None:
        """Let them have it, `rest_s` seconds from now."""


class Turns:
    """Hands out turns. `gap` is in seconds, counted from the end of the turn before; `elsewhere`:
    those that other machines have, where there may be some."""

    def __init__(
        self,
        gap: float,
        *,
        sleep: Callable[[float], Awaitable[None]],
        clock: Callable[[], float],
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._elsewhere = elsewhere
        self._gap = gap
        self._sleep = sleep
        self._clock = clock
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, key: str, least: float = 0.0) -> AsyncIterator[None]:
        """Wait for the host `key` (host:port) to be free, and hold it. `least`: seconds that the
        host wants since the turn before, if more than our own gap; at most `MAX_DELAY`."""
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = _Host()
        host.users += 1
        try:
            async with host.lock:
                if (wait := host.ended_at + max(self._gap, least) - self._clock()) > 0:
                    await self._sleep(wait)
                if self._elsewhere is not None:
                    await self._elsewhere.take(key)
                try:
                    yield
                finally:
                    host.ended_at = self._clock()
                    if self._elsewhere is not None:
                        self._elsewhere.give(key, max(self._gap, least))
        finally:
            host.users -= 1
            if len(self._hosts) > _MANY:
                self._forget()

    def wanted(self, key: str) -> bool:
        """Is somebody waiting for the turn after this one?"""
        host = self._hosts.get(key)
        return host is not None and host.users > 1

    def _forget(self) -> None:
        past = self._clock() - max(self._gap, MAX_DELAY)
        for key in [k for k, h in self._hosts.items() if not h.users and h.ended_at <= past]:
            del self._hosts[key]
