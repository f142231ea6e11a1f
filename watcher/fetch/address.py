"""Which network addresses we may connect to: checked on the socket, where nothing can change.

A check before connecting loses to DNS rebinding. aiohttp's `socket_factory` sees the final
address of every connection: literals, redirects and each answer of the resolver.
"""

from __future__ import annotations

import ipaddress
import socket
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from watcher.core.errors import Refused

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Ranges that ipaddress calls global on some Python versions, or that lead to private ones.
_DENIED: Final[tuple[_Network, ...]] = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # shared address space, RFC 6598
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "240.0.0.0/4",
        "64:ff9b::/96",  # NAT64: any v4 address, RFC 6052
        "64:ff9b:1::/48",  # RFC 8215
        "2001::/32",  # Teredo: any v4 address, RFC 4380
        "2001:db8::/32",
        "2002::/16",  # 6to4: any v4 address, RFC 3056
        "3fff::/20",  # documentation, RFC 9637
    )
)
_GLOBAL_V6: Final = ipaddress.ip_network("2000::/3")


class BlockedAddressError(OSError):
    """An address that we do not connect to. An OSError, so that the host's next one is tried."""


@dataclass(slots=True)
class Hop:
    """One request: whether the config allows its host, whether the connection ends with it, and
    the addresses that were refused."""

    allowed: bool
    last: bool = False
    blocked: list[str] = field(default_factory=list)


# The socket factory and the response are not told for which request; their context is.
current_hop: ContextVar[Hop | None] = ContextVar("current_hop", default=None)


class Guard:
    """Decides by host name (`allow_hosts`: names, `name:port`, addresses, CIDR) and by address."""

    def __init__(self, allow_hosts: tuple[str, ...] = ()) -> None:
        self._names: set[str] = set()
        networks: list[_Network] = []
        for entry in allow_hosts:
            try:
                networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                self._names.add(entry.lower().rstrip("."))
        self._networks = tuple(networks)

    def names(self, host: str, port: int) -> bool:
        """Is the host allowed by its name, whatever its address?"""
        host = host.lower().rstrip(".")
        return host in self._names or f"{host}:{port}" in self._names

    def permits(self, address: str) -> bool:
        """May we connect to this address? True for global unicast and for allowed networks."""
        ip: _Address = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        if any(ip.version == net.version and ip in net for net in self._networks):
            return True
        return is_public(ip)

    def socket(self, info: tuple[Any, ...]) -> socket.socket:
        """aiohttp's socket_factory: a socket for (family, type, proto, name, address)."""
        family, kind, proto, _, sockaddr = info
        hop = current_hop.get()
        if not (hop and hop.allowed) and not self.permits(sockaddr[0]):
            if hop:
                hop.blocked.append(str(sockaddr[0]))
            raise BlockedAddressError(f"{sockaddr[0]} is not a public address")
        return socket.socket(family=family, type=kind, proto=proto)


def is_public(ip: _Address) -> bool:
    """Global unicast: no private, loopback, link-local, metadata or translated address."""
    if any(ip.version == net.version and ip in net for net in _DENIED):
        return False
    if ip.version == 6 and ip not in _GLOBAL_V6:
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def refused(host: str, address: str) -> Refused:
    """The error for a host that is at an address where we do not go."""
    return Refused(
        "address",
        f"{host} is at {address}, not a public address: "
        "add it to polling.allow_hosts if it is meant",
    )
