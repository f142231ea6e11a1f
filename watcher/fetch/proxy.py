"""Fetching through a proxy, and what of the guard on private addresses is left then.

Without a proxy the guard stands on the socket, which sees where each connection really goes.
Behind a proxy the socket sees only the proxy; the proxy looks the name up once more, and goes
where its own answer says. So the target is checked beforehand, as well as that can be done:
an address written as such, and the addresses that our own look-up gives for a name. Not
guarded: a name that only the proxy can look up, and one that tells us and the proxy different
things (DNS rebinding). A proxy that reaches a private network must have rules of its own.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass, field

from aiohttp.abc import AbstractResolver
from yarl import URL

from watcher.core.errors import Refused
from watcher.fetch.address import Guard, refused
from watcher.fetch.target import Target, target


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy of the config. `shown` names it without its credentials."""

    url: URL
    shown: str
    authorization: str | None = field(default=None, repr=False)

    def credentials(self) -> dict[str, str]:
        """The header that the proxy reads and does not pass on."""
        return {"Proxy-Authorization": self.authorization} if self.authorization else {}


def proxy(url: str) -> Proxy:
    """Take a proxy's http(s) address apart. Raises Refused("proxy")."""
    try:
        found = target(url)
    except Refused as error:
        raise Refused("proxy", f"the proxy: {error}") from error
    return Proxy(URL(found.origin), found.origin, found.authorization)


async def check_target(here: Target, guard: Guard, resolver: AbstractResolver) -> None:
    """Refuse a target whose address is not public, before a proxy is asked to go there.

    A name that cannot be looked up here is left to the proxy. Raises Refused("address").
    """
    if guard.names(here.host, here.port):
        return
    try:
        ipaddress.ip_address(here.host.partition("%")[0])
    except ValueError:
        if here.host.endswith(".onion"):  # RFC 7686: never to be asked of the DNS
            return
        try:
            answers = await resolver.resolve(here.host, here.port, socket.AF_UNSPEC)
        except OSError:
            return
        addresses = [answer["host"] for answer in answers]
    else:
        addresses = [here.host]
    for address in addresses:
        if not guard.permits(address):
            raise refused(here.host, address)
