"""Looks names up on threads of its own: a dozen dead hosts must not stall the living ones."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

# As many as there are polls under way, so that no look-up ever waits for another: a name whose
# servers are dead takes ten seconds or more. They are started as they are needed; asking the
# name servers ourselves would need fewer, but would not know the hosts file or the search domains.
THREADS: Final = 256

Lookup = Callable[[str, int, int, int], list[Any]]


class Resolver(AbstractResolver):
    """The system's resolver (hosts file, search domains and all) on a pool of threads.

    `lookup`: asks it, blocking, as socket.getaddrinfo does (host, port, family, type).
    """

    def __init__(self, lookup: Lookup = socket.getaddrinfo) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dns")
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All addresses of `host`, in the system's order. Raises socket.gaierror."""
        try:
            infos = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._lookup, host, port, family, socket.SOCK_STREAM
            )
        except UnicodeError as error:  # a label that IDNA cannot encode
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=found,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found, _, proto, _, address in infos
        ]

    async def close(self) -> None:
        """Give up on look-ups that did not start."""
        self._threads.shutdown(wait=False, cancel_futures=True)
