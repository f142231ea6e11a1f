"""Looks names up on threads of its own: a dozen dead hosts must not stall the living ones."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

# As many as there are polls under way, so that no look-up ever waits for another: a name whose
# servers are dead takes ten seconds or more. They are started as they are needed; asking the
# name servers ourselves would need fewer, but would not know the hosts file or the search domains.
THREADS: Final = 256
KEEP_S: Final = 10.0  # an answer serves so long: the pages of a document, one after the other
_KEPT: Final = 1_000  # answers

Lookup = Callable[[str, int, int, int], list[Any]]


class Resolver(AbstractResolver):
    """The system's resolver (hosts file, search domains and all) on a pool of threads.

    `lookup`: asks it, blocking, as socket.getaddrinfo does (host, port, family, type). `clock`:
    in seconds. What an answer leads to is checked at each connection, kept or not.
    """

    def __init__(
        self,
        lookup: Lookup = socket.getaddrinfo,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, int, int], tuple[float, list[ResolveResult]]] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dns")
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All addresses of `host`, in the system's order. Raises socket.gaierror."""
        key = (host, port, int(family))
        kept = self._kept.get(key)
        if kept is not None and self._clock() < kept[0]:
            return list(kept[1])
        try:
            infos = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._lookup, host, port, family, socket.SOCK_STREAM
            )
        except UnicodeError as error:  # a label that IDNA cannot encode
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error
        found = [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in infos
        ]
        self._kept.pop(key, None)
        while len(self._kept) >= _KEPT:
            del self._kept[next(iter(self._kept))]  # the oldest one
        self._kept[key] = (self._clock() + KEEP_S, found)
        return list(found)

    async def close(self) -> None:
        """Give up on look-ups that did not start."""
        self._threads.shutdown(wait=False, cancel_futures=True)
