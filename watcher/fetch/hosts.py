"""One connection at a time per host, and a minimum gap between two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_MANY = 10_000


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    free_at: float = 0.0


class Turns:
    """Hands out turns. `gap` is in seconds, counted from the end of the turn before."""

    def __init__(
        self,
        gap: float,
        *,
        sleep: Callable[[float], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._gap = gap
        self._sleep = sleep
        self._clock = clock
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Wait for the host `key` (host:port) to be free, and hold it."""
        host = self._hosts.setdefault(key, _Host())
        host.users += 1
        try:
            async with host.lock:
                if (wait := host.free_at - self._clock()) > 0:
                    await self._sleep(wait)
                try:
                    yield
                finally:
                    host.free_at = self._clock() + self._gap
        finally:
            host.users -= 1
            if len(self._hosts) > _MANY:
                self._forget()

    def _forget(self) -> None:
        now = self._clock()
        for key in [k for k, h in self._hosts.items() if not h.users and h.free_at <= now]:
            del self._hosts[key]
