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
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Final, Literal, Self

import aiohttp
from aiohttp.abc import AbstractResolver

import watcher
from watcher.core import clean
from watcher.core.errors import FetchError, Refused
from watcher.core.values import Fetched
from watcher.fetch import headers as answer_headers
from watcher.fetch import robots as robots_txt
from watcher.fetch.address import Guard, Hop, current_hop
from watcher.fetch.decode import ACCEPT_ENCODING, Decoder
from watcher.fetch.failures import failure, status_error
from watcher.fetch.hosts import Turns
from watcher.fetch.resolver import Resolver
from watcher.fetch.robots import Gate, NoRobots, Robots
from watcher.fetch.target import Target, target

__all__ = ["USER_AGENT", "Fetcher", "Gate", "NoRobots", "Robots"]

USER_AGENT: Final = (
    f"SyndicationWatch/{watcher.__version__} "
    "(+https://github.com/syndication-watch/syndication-watch)"
)
MAX_BYTES: Final = 10_000_000
MAX_REDIRECTS: Final = 5
_ACCEPT: Final = {
    "feed": "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5",
    "page": "text/html, application/xhtml+xml, */*;q=0.5",
}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PERMANENT: Final = frozenset({301, 308})
# Headers that the connection and this module own; a feed's config cannot set them.
_OUR_HEADERS: Final = (
    "accept-encoding connection content-length expect host if-modified-since if-none-match "
    "keep-alive proxy-authorization range te trailer transfer-encoding upgrade"
)
_OURS: Final = frozenset(_OUR_HEADERS.split())
_MAX_VALIDATOR: Final = 4096

Accept = Literal["feed", "page"]


@dataclass(frozen=True, slots=True)
class _Ask:
    """What stays the same over the hops of one GET."""

    headers: Mapping[str, str]  # sent to every hop
    private: Mapping[str, str]  # the config's own, sent to the first origin only
    origin: str
    validated: bool
    max_bytes: int
    now: datetime


@dataclass(frozen=True, slots=True)
class _Answer:
    fetched: Fetched
    location: str | None


class Fetcher:
    """A shared session. Use as an async context manager; `get` may be called concurrently.

    `timeout`: seconds for one whole GET, redirects and body included, waiting for its turns not.
    `gap`: seconds between the end of one request to a host and the start of the next.
    `allow_hosts`: names, name:port, addresses or CIDR that may be private.
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
    ) -> None:
        self._user_agent = user_agent
        self._timeout = timeout
        self._guard = Guard(allow_hosts)
        self._turns = Turns(gap, sleep=sleep, clock=clock)
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
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
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
        max_bytes: int = MAX_BYTES,
    ) -> Fetched:
        """The answer to a GET, after redirects.

        `etag` and `last_modified` are echoed exactly as they were received. `headers` are the
        feed's own; they and the credentials in `url` go to its origin only. `max_bytes` bounds
        the body on the wire and again when decoded. Raises FetchError (reasons: timeout, dns,
        connect, tls, protocol, truncated, encoding, toobig, redirects, gone, notfound, denied,
        throttled, unavailable, server, status, robots) and Refused (address, scheme, url,
        header, robots).
        """
        first = target(url)
        common = {"User-Agent": self._user_agent, "Accept": _ACCEPT[accept]}
        if etag is not None:
            common["If-None-Match"] = etag
        if last_modified is not None:
            common["If-Modified-Since"] = last_modified
        private = {k: v for k, v in (headers or {}).items() if k.lower() not in _OURS}
        ask = _Ask(
            headers=common,
            private=private,
            origin=first.origin,
            validated=etag is not None or last_modified is not None,
            max_bytes=max_bytes,
            now=now,
        )
        return await self._chain(first, ask, pages=accept == "page")

    async def _chain(self, here: Target, ask: _Ask, *, pages: bool) -> Fetched:
        seen = {here.url}
        permanent: str | None = None
        unbroken = True
        spent = 0.0
        for _ in range(MAX_REDIRECTS + 1):
            if pages:
                await self._robots.check(here.url, self._load_robots(ask.now), ask.now)
            async with self._turns.turn(here.key):
                started = self._clock()
                answer = await self._hop(here, ask, self._timeout - spent)
                spent += self._clock() - started
            if answer.location is None:
                return replace(answer.fetched, permanent_to=permanent, took_ms=round(spent * 1000))
            unbroken = unbroken and answer.fetched.status in _PERMANENT
            before, here = here, here.follow(answer.location)
            if here.url in seen:
                raise FetchError("redirects", f"{before.shown} redirects in a circle")
            seen.add(here.url)
            if unbroken:
                permanent = here.url
        raise FetchError("redirects", f"{here.shown}: more than {MAX_REDIRECTS} redirects")

    def _load_robots(self, now: datetime) -> robots_txt.Load:
        async def load(url: str) -> bytes | None:
            ask = _Ask(
                headers={"User-Agent": self._user_agent, "Accept": "text/plain, */*;q=0.5"},
                private={},
                origin="",
                validated=False,
                max_bytes=4 * robots_txt.MAX_BYTES,
                now=now,
            )
            try:
                return (await self._chain(target(url), ask, pages=False)).body
            except FetchError as error:
                # RFC 9309, section 2.3.1.3: 4xx means no rules; 429 is a plea.
                if error.status and 400 <= error.status < 500 and error.status != 429:
                    return None
                raise

        return load

    async def _hop(self, here: Target, ask: _Ask, seconds: float) -> _Answer:
        if self._session is None:
            raise RuntimeError("use Fetcher as an async context manager")
        sent = dict(ask.headers)
        if here.origin == ask.origin:
            # A feed's own header replaces ours of that name, whatever its case.
            own = {name.lower() for name in ask.private}
            sent = {k: v for k, v in sent.items() if k.lower() not in own} | dict(ask.private)
        sent["Accept-Encoding"] = ACCEPT_ENCODING
        if here.authorization and not any(k.lower() == "authorization" for k in sent):
            sent["Authorization"] = here.authorization
        hop = Hop(allowed=self._guard.names(here.host, here.port))
        token = current_hop.set(hop)
        try:
            async with (
                asyncio.timeout(max(0.0, seconds)),
                self._session.get(here.wire(), headers=sent, allow_redirects=False) as response,
            ):
                return await self._read(here, ask, response)
        except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as error:
            if hop.blocked and isinstance(error, aiohttp.ClientConnectorError):
                raise Refused(
                    "address",
                    f"{here.host} is at {hop.blocked[0]}, not a public address: "
                    "add it to polling.allow_hosts if it is meant",
                ) from error
            raise failure(here.shown, error, self._timeout) from None
        finally:
            current_hop.reset(token)

    async def _read(self, here: Target, ask: _Ask, response: aiohttp.ClientResponse) -> _Answer:
        status = response.status
        got = response.headers
        fetched = Fetched(
            url=here.url,
            status=status,
            body=None,
            content_type=clean.line(got.get("Content-Type", ""), 200),
            etag=_validator(got.get("ETag")),
            last_modified=_validator(got.get("Last-Modified")),
            max_age=answer_headers.max_age(got, ask.now),
        )
        if status in _REDIRECTS and (location := got.get("Location")):
            return _Answer(fetched, location)
        if status == 304 and ask.validated:
            return _Answer(fetched, None)
        if not 200 <= status < 300 or status == 206:
            response.close()  # the body of an error is not worth reading
            wait = answer_headers.retry_after(got.get("Retry-After"), ask.now)
            raise status_error(here.shown, status, wait)
        if (response.content_length or 0) > ask.max_bytes:
            response.close()
            raise FetchError(
                "toobig", f"{here.shown} announces a body of {response.content_length} bytes"
            )
        decoder = Decoder(got.get("Content-Encoding", ""), ask.max_bytes)
        wire = 0
        try:
            async for chunk in response.content.iter_any():
                wire += len(chunk)
                if wire > ask.max_bytes:
                    raise FetchError(
                        "toobig", f"{here.shown} sends more than {ask.max_bytes} bytes"
                    )
                decoder.feed(chunk)
        except FetchError:
            response.close()
            raise
        return _Answer(replace(fetched, body=decoder.finish(), wire_bytes=wire), None)


def _validator(value: str | None) -> str | None:
    """A validator as received; None where it could not be echoed exactly."""
    if value is None or len(value) > _MAX_VALIDATOR:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:  # bytes that were not UTF-8, kept as surrogates
        return None
    return value
