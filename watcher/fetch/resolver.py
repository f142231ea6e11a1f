"""Looks names up on threads of its own: a dozen dead hosts must not stall the living ones."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

_THREADS = 32


class Resolver(AbstractResolver):
    """The system's resolver (hosts file, search domains and all) on a pool of threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All addresses of `host`, in the system's order. Raises socket.gaierror."""
        try:
            infos = await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
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
