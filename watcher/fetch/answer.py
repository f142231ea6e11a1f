"""Reads one answer within its bounds: status, headers, and the body as it was before encoding."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import aiohttp
from aiohttp.connector import Connection

from watcher.core import clean
from watcher.core.errors import FetchError
from watcher.core.values import Fetched
from watcher.fetch import headers
from watcher.fetch.address import current_hop
from watcher.fetch.ask import Ask
from watcher.fetch.decode import Decoder
from watcher.fetch.failures import status_error
from watcher.fetch.target import Target

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
PERMANENT: Final = frozenset({301, 308})
_MAX_VALIDATOR: Final = 4096


class Response(aiohttp.ClientResponse):
    """An answer whose connection is seen off: an answer without a body gives its connection back
    before anybody else gets to see it."""

    async def start(self, connection: Connection) -> Response:
        """Read the headers."""
        hop = current_hop.get()
        if hop is not None and hop.last and connection.protocol is not None:
            connection.protocol.force_close()
        await super().start(connection)
        return self


@dataclass(frozen=True, slots=True)
class Answer:
    """What one hop gave: a document, or the `location` where it is."""

    fetched: Fetched
    location: str | None = None


async def read(here: Target, ask: Ask, response: aiohttp.ClientResponse) -> Answer:
    """The answer to `ask` at `here`. Raises FetchError, and closes the connection then."""
    status = response.status
    got = response.headers
    fetched = Fetched(
        url=here.url,
        status=status,
        body=None,
        content_type=clean.line(got.get("Content-Type", ""), 200),
        etag=_validator(got.get("ETag")),
        last_modified=_validator(got.get("Last-Modified")),
        max_age=headers.max_age(got, ask.now),
    )
    if status in _REDIRECTS and (location := got.get("Location")):
        return Answer(fetched, location)
    if status == 304 and ask.validated:
        return Answer(fetched)
    if not 200 <= status < 300 or status == 206:
        response.close()  # the body of an error is not worth reading
        wait = headers.retry_after(got.get("Retry-After"), ask.now)
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
                raise FetchError("toobig", f"{here.shown} sends more than {ask.max_bytes} bytes")
            decoder.feed(chunk)
    except FetchError:
        response.close()
        raise
    return Answer(replace(fetched, body=decoder.finish(), wire_bytes=wire))


def _validator(value: str | None) -> str | None:
    """A validator as received; None where it could not be echoed exactly."""
    if value is None or len(value) > _MAX_VALIDATOR:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:  # bytes that were not UTF-8, kept as surrogates
        return None
    return value
