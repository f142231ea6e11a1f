"""The newsroom: one HTTP server an outlet on loopback, each with its feed and its pages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from types import TracebackType
from typing import Final

from aiohttp import web

from watcher.demo import feeds, pages
from watcher.demo.feeds import Posted
from watcher.demo.texts import Outlet, outlets

HOST: Final = "127.0.0.1"
FEED_PATH: Final = "/feed.xml"
_FEED_LENGTH: Final = 15
_TEASERS: Final = 3
_ROBOTS: Final = b"User-agent: *\nDisallow: /user/\nDisallow: /search\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request that an outlet answered. `conditional`: the client sent a validator."""

    outlet: str
    path: str
    status: int
    conditional: bool


class Newsroom:
    """Outlets that serve what was published so far, from `async with` until its end.

    Nothing here reads a clock: an entry appears when `publish` is called and carries the
    date that it was given.
    """

    def __init__(self, staff: Mapping[str, Outlet] | None = None) -> None:
        self.outlets: Final = dict(outlets() if staff is None else staff)
        self.requests: Final[list[Request]] = []
        self._posted: Final[dict[str, dict[str, Posted]]] = {key: {} for key in self.outlets}
        self._bases: Final[dict[str, str]] = {}
        self._open: Final = AsyncExitStack()

    async def __aenter__(self) -> Newsroom:
        async with AsyncExitStack() as stack:
            for key in self.outlets:
                self._bases[key] = await self._serve(key, stack)
            # From here on __aexit__ closes; a server that failed to start has closed the others.
            self._open.push_async_exit(stack.pop_all())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    def base(self, outlet: str) -> str:
        """The outlet's address, without a last slash: http://127.0.0.1:PORT."""
        return self._bases[outlet]

    def feed_url(self, outlet: str) -> str:
        return self.base(outlet) + FEED_PATH

    def publish(self, outlet: str, slug: str, at: datetime) -> str:
        """Let a text of the outlet appear in its feed and as a page; returns the page's address.

        `at` (aware) is the date that the outlet claims. A text published again keeps its
        address and is re-dated. Raises KeyError for an outlet or text that does not exist.
        """
        item = self.outlets[outlet].item(slug)
        before = self._posted[outlet].get(slug)
        address = before.url if before else f"{self.base(outlet)}/{at:%Y/%m}/{slug}.html"
        self._posted[outlet][slug] = Posted(item, address, at.astimezone(UTC))
        return address

    def posted(self, outlet: str) -> list[Posted]:
        """What the outlet has published so far, newest first."""
        return sorted(self._posted[outlet].values(), key=lambda post: post.at, reverse=True)

    async def _serve(self, key: str, stack: AsyncExitStack) -> str:
        async def answer(request: web.Request) -> web.Response:
            response = self._answer(key, request)
            conditional = bool(
                {"If-None-Match", "If-Modified-Since"} & {name.title() for name in request.headers}
            )
            self.requests.append(Request(key, request.path, response.status, conditional))
            return response

        app = web.Application()
        app.router.add_get("/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, HOST, 0).start()
        return f"http://{HOST}:{runner.addresses[0][1]}"

    def _answer(self, key: str, request: web.Request) -> web.Response:
        outlet, base, posted = self.outlets[key], self.base(key), self.posted(key)
        if request.path == FEED_PATH:
            body = feeds.render(outlet, base, posted[:_FEED_LENGTH])
            return _conditional(request, body, feeds.CONTENT_TYPES[outlet.feed], posted)
        if request.path == "/robots.txt":
            return web.Response(body=_ROBOTS, content_type="text/plain", charset="utf-8")
        for post in posted:
            if post.url == base + request.path:
                others = [other for other in posted if other is not post][:_TEASERS]
                body = pages.render(outlet, base, post, others)
                return _conditional(request, body, "text/html; charset=utf-8", [post])
        return web.Response(status=404, text="Not found")


def _conditional(
    request: web.Request, body: bytes, content_type: str, posted: list[Posted]
) -> web.Response:
    """200 with validators, or 304 where the client's still hold (RFC 9110, section 13.2.2)."""
    etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
    headers = {"ETag": etag, "Content-Type": content_type, "Cache-Control": "max-age=300"}
    changed = max((post.at for post in posted), default=None)
    if changed is not None:
        changed = changed.replace(microsecond=0)
        headers["Last-Modified"] = format_datetime(changed, usegmt=True)
    asked = request.headers.get("If-None-Match")
    since = request.headers.get("If-Modified-Since")
    if asked is not None:  # takes precedence, and then the date is not looked at
        fresh = etag in (tag.strip().removeprefix("W/") for tag in asked.split(","))
    else:
        fresh = since is not None and changed is not None and _not_after(changed, since)
    if fresh:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers)


def _not_after(changed: datetime, since: str) -> bool:
    try:
        return changed <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # not a date, or one without a zone: no condition
        return False
