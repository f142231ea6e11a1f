"""One polite, guarded HTTP GET; the only place that opens a socket to the outside.

Theory of operation: a GET is a chain of hops. Each hop checks its address (scheme, robots.txt
for pages, and on the socket itself the network address), waits for its turn at the host, and
reads one answer within bounds of time, wire bytes and decoded bytes. Redirects are followed by
hand, so that each target passes the same checks. The turn is held for one hop only: two chains
that cross cannot wait for each other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Literal, Self

import aiohttp
from aiohttp.abc import AbstractResolver

import watcher
from watcher.core.errors import FetchError
from watcher.core.values import Fetched
from watcher.fetch import robots as robots_txt
from watcher.fetch.address import Guard, Hop, current_hop, refused
from watcher.fetch.answer import PERMANENT, Answer, Response, read
from watcher.fetch.ask import Ask, allowed
from watcher.fetch.failures import failure
from watcher.fetch.hosts import Elsewhere, Turns
from watcher.fetch.proxy import Proxy, check_target
from watcher.fetch.proxy import proxy as taken_apart
from watcher.fetch.resolver import Resolver
from watcher.fetch.robots import Gate, NoRobots, Robots
from watcher.fetch.target import Target, target

__all__ = ["USER_AGENT", "Elsewhere", "Fetcher", "Gate", "NoRobots", "Robots"]

USER_AGENT: Final = (
    f"SyndicationWatch/{watcher.__version__} "
    "(+https://github.com/syndication-watch/syndication-watch)"
)
MAX_BYTES: Final = 10_000_000
MAX_REDIRECTS: Final = 5
KEEP_S: Final = 5.0  # an idle connection is kept so long, for the pages of a document
_ACCEPT: Final = {
    "feed": "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5",
    "page": "text/html, application/xhtml+xml, */*;q=0.5",
}

Accept = Literal["feed", "page"]


class Fetcher:
    """A shared session. Use as an async context manager; `get` may be called concurrently.

    `timeout`: seconds for one whole GET, redirects and body included, waiting for its turns not.
    `gap`: seconds between the end of one request to a host and the start of the next.
    `allow_hosts`: names, name:port, addresses or CIDR that may be private. `elsewhere`: what
    other machines ask of hosts.
    """

    def __init__(
        self,
        *,
        user_agent: str = USER_AGENT,
        timeout: float = 30.0,
        allow_hosts: tuple[str, ...] = (),
        gap: float = 1.0,
        robots: Gate | None = None,
        resolver: AbstractResolver | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._timeout = timeout
        self._guard = Guard(allow_hosts)
        self._turns = Turns(gap, sleep=sleep, clock=clock, elsewhere=elsewhere)
        self._clock = clock
        self._robots = robots or Robots(user_agent.partition("/")[0].strip())
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._resolver = self._resolver or Resolver()
        connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            socket_factory=self._guard.socket,
            limit=0,  # the caller bounds concurrency; waiting here would eat a GET's deadline
            limit_per_host=1,
            keepalive_timeout=KEEP_S,
            use_dns_cache=False,  # the resolver has one; aiohttp's costs a task for each request
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            response_class=Response,
            timeout=aiohttp.ClientTimeout(total=None),  # `_hop` has the deadline
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._resolver is not None:
            await self._resolver.close()

    async def get(
        self,
        url: str,
        *,
        now: datetime,
        accept: Accept = "feed",
        etag: str | None = None,
        last_modified: str | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        proxy: str | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Fetched:
        """The answer to a GET, after redirects.

        `etag` and `last_modified` are echoed exactly as they were received. `headers` are the
        feed's own; they, the credentials in `url` and those in `auth` (user, password: RFC 7617,
        in place of those in `url`) go to its origin only: another scheme, host or port that a
        redirect leads to is not told. `max_bytes` bounds the body on the wire and again when
        decoded.

        `proxy` is an http(s) address, with the proxy's own credentials in it where it wants
        some; every hop goes through it, robots.txt too. What is guarded then and what is not
        stands at the top of `watcher.fetch.proxy`.

        Raises FetchError (reasons: timeout, dns, connect, proxy, tls, protocol, truncated,
        encoding, toobig, redirects, gone, notfound, denied, throttled, unavailable, server,
        status, robots) and Refused (address, scheme, url, header, proxy, robots).
        """
        first = target(url)
        if auth is not None:
            first = first.with_credentials(*auth)
        common = {"User-Agent": self._user_agent, "Accept": _ACCEPT[accept]}
        if etag is not None:
            common["If-None-Match"] = etag
        if last_modified is not None:
            common["If-Modified-Since"] = last_modified
        ask = Ask(
            common=common,
            max_bytes=max_bytes,
            now=now,
            validated=etag is not None or last_modified is not None,
            private=allowed(headers),
            origin=first.origin,
            proxy=taken_apart(proxy) if proxy else None,
        )
        return await self._chain(first, ask, pages=accept == "page")

    async def _chain(self, here: Target, ask: Ask, *, pages: bool) -> Fetched:
        seen = {here.url}
        permanent: str | None = None
        unbroken = True
        spent = 0.0
        for _ in range(MAX_REDIRECTS + 1):
            delay = 0.0
            if pages:
                delay = await self._robots.check(here.url, self._load_robots(ask), ask.now)
            async with self._turns.turn(here.key, delay):
                started = self._clock()
                try:
                    answer = await self._hop(here, ask, self._timeout - spent)
                except FetchError as error:
                    error.asked = here.url
                    raise
                spent += self._clock() - started
            if answer.location is None:
                return replace(
                    answer.fetched,
                    permanent_to=permanent,
                    took_ms=round(spent * 1000),
                    crawl_delay=delay,
                )
            unbroken = unbroken and answer.fetched.status in PERMANENT
            before, here = here, here.follow(answer.location)
            if here.url in seen:
                raise FetchError("redirects", f"{before.shown} redirects in a circle")
            seen.add(here.url)
            if unbroken:
                permanent = here.url
        raise FetchError("redirects", f"{here.shown}: more than {MAX_REDIRECTS} redirects")

    def _load_robots(self, page: Ask) -> robots_txt.Load:
        async def load(url: str) -> bytes | None:
            ask = Ask(
                common={"User-Agent": self._user_agent, "Accept": "text/plain, */*;q=0.5"},
                max_bytes=4 * robots_txt.MAX_BYTES,
                now=page.now,
                proxy=page.proxy,
            )
            try:
                return (await self._chain(target(url), ask, pages=False)).body
            except FetchError as error:
                # RFC 9309, section 2.3.1.3: 4xx means no rules; 429 is a plea.
                if error.status and 400 <= error.status < 500 and error.status != 429:
                    return None
                raise

        return load

    async def _hop(self, here: Target, ask: Ask, seconds: float) -> Answer:
        if self._session is None or self._resolver is None:
            raise RuntimeError("use Fetcher as an async context manager")
        # The socket sees the proxy then, which the config names: it may be anywhere.
        hop = Hop(
            allowed=ask.proxy is not None or self._guard.names(here.host, here.port),
            # Mostly nothing follows in the next minutes, and ten thousand idle connections would
            # be a gigabyte of buffers. Behind a first document its pages may follow.
            last=ask.validated and not self._turns.wanted(here.key),
        )
        token = current_hop.set(hop)
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                headers = ask.sent_to(here)
                through: dict[str, Any] = {}
                if ask.proxy is not None:
                    await check_target(here, self._guard, self._resolver)
                    headers, through = self._through(ask.proxy, here, headers)
                async with self._session.get(
                    here.wire, headers=headers, allow_redirects=False, **through
                ) as response:
                    return await read(here, ask, response)
        except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as error:
            if hop.blocked and isinstance(error, aiohttp.ClientConnectorError):
                raise refused(here.host, hop.blocked[0]) from error
            proxy_name = ask.proxy.shown if ask.proxy else ""
            raise failure(here.shown, error, self._timeout, proxy=proxy_name) from None
        finally:
            current_hop.reset(token)

    def _through(
        self, proxy: Proxy, here: Target, headers: dict[str, str]
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """The request's headers and aiohttp's options on the way through a proxy."""
        tunnel = here.url.startswith("https:")
        # A tunnel is opened by a request of its own; without one the proxy reads the request.
        asking = {"User-Agent": self._user_agent, **(proxy.credentials() if tunnel else {})}
        if not tunnel:
            headers = headers | proxy.credentials()
        return headers, {"proxy": proxy.url, "proxy_headers": asking}
