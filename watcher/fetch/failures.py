"""Turns what aiohttp raises, and statuses that are no success, into one FetchError each.

The original is not chained: its repr carries the request's headers, credentials among them.
What it had to say is in the message.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

import aiohttp

from watcher.core import clean
from watcher.core.errors import FetchError, Refused

_REASONS: Final = {
    401: "denied",
    403: "denied",
    404: "notfound",
    407: "proxy",  # only a proxy answers so
    410: "gone",
    429: "throttled",
    503: "unavailable",
}
_WAITS: Final = frozenset({429, 503})


def status_error(shown: str, status: int, retry_after: float | None) -> FetchError:
    """The error for an answer without a usable body. 410 is final; anything else may pass."""
    reason = _REASONS.get(status, "server" if status >= 500 else "status")
    return FetchError(
        reason,
        f"{shown} answers {status}",
        retry=status != 410,
        status=status,
        retry_after=retry_after if status in _WAITS else None,
    )


def failure(shown: str, error: Exception, timeout: float, *, proxy: str = "") -> FetchError:
    """The error for an exchange that broke off; `proxy`: what stood between, for people."""
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return FetchError("proxy", f"{shown}: the proxy {proxy}: {_said(error.os_error)}")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return FetchError("proxy", f"{shown}: the proxy {proxy} answers {error.status}")
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return FetchError("timeout", f"{shown} took longer than {timeout:g} s")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return FetchError("dns", f"{shown}: the host name has no address")
    if isinstance(error, ssl.SSLError | ssl.CertificateError | aiohttp.ClientSSLError):
        return FetchError("tls", f"{shown}: {_said(error)}")
    if isinstance(error, aiohttp.ClientConnectorError):
        return FetchError("connect", f"{shown}: {_said(error.os_error)}")
    if isinstance(error, aiohttp.ClientPayloadError | asyncio.IncompleteReadError):
        return FetchError("truncated", f"{shown}: the body ends before its announced length")
    if isinstance(error, aiohttp.ClientResponseError):
        return FetchError("protocol", f"{shown}: not HTTP: {clean.line(error.message, 200)}")
    if isinstance(error, aiohttp.InvalidURL):
        return Refused("url", f"{shown} is not an address")
    if isinstance(error, ValueError) and not isinstance(error, aiohttp.ClientError):
        # Its text may quote the value of a header.
        return Refused("header", f"{shown}: a configured header cannot be sent")
    return FetchError("connect", f"{shown}: {_said(error)}")


def _said(error: BaseException) -> str:
    return clean.line(str(error), 200) or type(error).__name__
