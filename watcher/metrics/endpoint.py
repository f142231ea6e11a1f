"""Serves /metrics, /healthz and /readyz at one address."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from watcher.core.errors import StorageError

log = logging.getLogger("watcher.metrics")

_STOP_S: Final = 1.0  # for answers under way


@dataclass(frozen=True, slots=True)
class Health:
    """Whether it is well; `why`: what is, or what is not, in a line."""

    ok: bool
    why: str


class Endpoint:
    """`figures` gives the document of /metrics, `alive` and `ready` answer the other two.

    Alive: started over and over by a supervisor where it is not, so only what a restart mends
    belongs there. Ready: everything that the work needs.
    """

    def __init__(
        self,
        content_type: str,
        figures: Callable[[], Awaitable[bytes]],
        alive: Callable[[], Awaitable[Health]],
        ready: Callable[[], Awaitable[Health]],
    ) -> None:
        self._content_type = content_type
        self._figures = figures
        self._alive = alive
        self._ready = ready
        self._runner: web.AppRunner | None = None
        self.address: str | None = None
        """Where it listens, host:port; None: it does not."""

    async def listen(self, address: str | None) -> None:
        """Serve at `address` (IP:port, an IPv6 one in brackets) and nowhere else; None: nowhere.

        An address that cannot be had is logged: feeds are polled all the same.
        """
        if address == self.address:
            return
        await self.close()
        if address is None:
            return
        app = web.Application(client_max_size=1024)
        app.add_routes(
            [
                web.get("/metrics", self._serve_figures),
                web.get("/healthz", self._serve_alive),
                web.get("/readyz", self._serve_ready),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_S)
        await runner.setup()
        host, _, port = address.rpartition(":")
        try:
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        except OSError as error:
            await runner.cleanup()
            log.error(
                "metrics: nothing can be served at %s: %s. Choose another address under "
                "metrics.listen, then reload",
                address,
                error.strerror,
            )
            return
        self._runner, self.address = runner, address
        log.info("metrics at http://%s/metrics", address)

    async def close(self) -> None:
        """Serve nothing any more."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner, self.address = None, None

    async def _serve_figures(self, _: web.Request) -> web.Response:
        try:
            body = await self._figures()
        except StorageError as error:
            return web.Response(status=503, text=f"{error}\n")
        return web.Response(body=body, headers={"Content-Type": self._content_type})

    async def _serve_alive(self, _: web.Request) -> web.Response:
        return _answer(await self._alive())

    async def _serve_ready(self, _: web.Request) -> web.Response:
        return _answer(await self._ready())


def _answer(health: Health) -> web.Response:
    return web.Response(status=200 if health.ok else 503, text=f"{health.why}\n")
