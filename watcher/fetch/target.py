"""An address to fetch: checked, with its credentials taken out of sight."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from yarl import URL

from watcher.core.errors import Refused

_MAX_LENGTH = 4096
_PLAIN = re.compile(r"[!-~]+")
_UNSAFE = re.compile(r"[\x00-\x20\x7f]")
_PORTS = {"http": 80, "https": 443}
# An address with nothing to check or to take out, which most are: scheme, host, port; path, query.
_USUAL = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)"
    r"(?::([1-9][0-9]{0,4}))?/[!-\"$->@-~]*(?:\?[!-\"$-~]+)?"
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes. `url` has neither credentials nor a fragment."""

    url: str
    host: str
    port: int
    origin: str
    wire: URL = field(compare=False, repr=False)  # as aiohttp sends it
    authorization: str | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """The host and port, for turns."""
        return f"{self.host}:{self.port}"

    @property
    def shown(self) -> str:
        """For messages and logs: no query, where feeds carry their tokens."""
        return self.url.partition("?")[0]

    def with_credentials(self, user: str, password: str) -> Target:
        """The same place, asked as `user` (RFC 7617). Raises Refused("header")."""
        if ":" in user:
            raise Refused("header", f"{self.shown}: a user name cannot have a colon in it")
        return replace(self, authorization=_basic(user, password))

    def follow(self, location: str) -> Target:
        """Where a Location header leads (RFC 9110, section 10.2.2). Raises Refused.

        Credentials stay with their origin; those that a Location brings are not used.
        """
        # Header bytes that are not ASCII arrive as surrogates; servers mean UTF-8 by them.
        location = location.encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip()
        try:
            there = urljoin(self.url, location)
        except ValueError as error:
            raise Refused("url", f"{self.shown} redirects to a broken address") from error
        found = target(there)
        kept = self.authorization if found.origin == self.origin else None
        return replace(found, authorization=kept)


def target(url: str) -> Target:
    """Check and take apart an http(s) address. Raises Refused("url") and Refused("scheme")."""
    url = url.strip()
    if len(url) > _MAX_LENGTH:
        raise Refused("url", f"an address of {len(url)} characters")
    usual = _USUAL.fullmatch(url)
    if usual and (number := int(usual[3] or _PORTS[usual[1]])) < 65_536:
        return _made(url, usual[1], usual[2], number, None)
    try:
        parts = urlsplit(_UNSAFE.sub(lambda m: f"%{ord(m.group()):02X}", url))
        host = (parts.hostname or "").rstrip(".")
        port = parts.port
    except ValueError as error:
        raise Refused("url", "a broken address") from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise Refused("scheme", f"{scheme or 'no scheme'}: only http and https are fetched")
    if not host or port == 0:
        raise Refused("url", "an address without a host")
    port = port or _PORTS[scheme]
    netloc = parts.netloc.rpartition("@")[2]
    authorization = None
    if parts.username is not None:
        authorization = _basic(unquote(parts.username), unquote(parts.password or ""))
    plain = urlunsplit((scheme, netloc, parts.path or "/", parts.query, ""))
    return _made(plain, scheme, host, port, authorization)


def _made(url: str, scheme: str, host: str, port: int, authorization: str | None) -> Target:
    try:
        # Octet for octet where it is plain ASCII.
        wire = URL(url, encoded=_PLAIN.fullmatch(url) is not None)
    except ValueError as error:
        raise Refused("url", f"{host[:100]}: not a host name") from error
    return Target(url, host, port, f"{scheme}://{host}:{port}", wire, authorization)


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode("utf-8", "replace")).decode()
