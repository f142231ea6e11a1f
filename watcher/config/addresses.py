"""How hosts, domains and addresses to listen at are read."""

from __future__ import annotations

import ipaddress
import re

from watcher.config.faults import UnfitError
from watcher.core import urls

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\Z")
LISTEN = "an IP address and a port such as 127.0.0.1:9464"
_NO_HOST = "found {found}, expected a host name, name:port, IP address or network, without scheme"


def host(text: str) -> str:
    """A host name, name:port, IP address or network, in its usual form. Raises UnfitError."""
    text = text.strip()
    name, colon, port = text.partition(":")
    if colon and port.isascii() and port.isdigit() and 0 < int(port) < 65536:
        return f"{host(name)}:{int(port)}"
    if "/" in text:
        try:
            return str(ipaddress.ip_network(text))
        except ValueError as error:
            raise UnfitError(_NO_HOST) from error
    text = text.strip("[]")
    name = urls.host(f"http://[{text}]/" if text.count(":") > 1 else f"http://{text}/")
    if not name or text.count(":") == 1 or any(c in text for c in "/?#@"):
        raise UnfitError(_NO_HOST)
    return name


def domain(text: str) -> str:
    """A domain, without www. Raises UnfitError."""
    text = text.strip()
    if "/" in text or "@" in text or any(c.isspace() for c in text):
        raise UnfitError("found {found}, expected a domain alone, such as times.example")
    name = urls.host(f"http://{text}")
    if not _HOST.match(name) or ":" in text:
        raise UnfitError("found {found}, expected a domain such as times.example")
    return name.removeprefix("www.") if name.count(".") > 1 else name


def listen(text: str) -> str:
    """An IP address and a port, the address of IPv6 in brackets. Raises UnfitError."""
    name, colon, port = text.strip().rpartition(":")
    try:
        address = ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        address = None
    if address is None or not colon or not re.fullmatch("[0-9]{1,5}", port):
        raise UnfitError(f"found {{found}}, expected {LISTEN}")
    if not 0 < int(port) < 65536:
        raise UnfitError("found {found}, expected a port from 1 to 65535")
    return f"[{address}]:{int(port)}" if address.version == 6 else f"{address}:{int(port)}"
