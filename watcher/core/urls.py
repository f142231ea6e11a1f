"""Addresses: one spelling for the same page, and how to recognise one that moved.

Nothing here raises: what is not a web address comes back as it is, trimmed, because feeds put
anything where a link belongs. Normalisation follows RFC 3986 sections 6.2.2 and 6.2.3 (case,
percent-encoding, dot segments, default port); beyond it, only what marks a reader's way to the
page (tracking parameters, the fragment) is dropped, never what may choose the page.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Parameters that say how a reader came, not what the page is. Names are compared in lower case.
_TRACKING_PREFIXES = tuple(
    _words(
        "utm_ mc_ pk_ mtm_ matomo_ piwik_ hsa_ _hs vero_ oly_ stm_ itm_ at_ ns_ trk_ ga_ "
        "fb_action guce_ __tw _branch_ wt. wt_"
    )
)
_TRACKING_NAMES = _words(
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh "
    "li_fat_id rdt_cid epik ef_id s_kwcid mkt_tok srsltid _ga _gl _openstat guccounter wickedid "
    "rb_clickid ck_subscriber_id fb_source fb_ref __s cmp cmpid s_cid intcmp int_source icid ocid "
    "ncid mbid ito maca eref emc smid smtyp xtor xtmc xtcr xtref ftag wprss traffic_source "
    "sr_share spm scid tblci echobox action_object_map action_type_map action_ref_map"
)
# Parameters that choose a page on some sites and mark the way on others: the value decides.
_SOMETIMES = _words("ref source src from partner share via rss feed origin feature")
_WAYS = _words(
    "rss feed rssfeed feeds rss2 atom twitter facebook linkedin whatsapp telegram email "
    "newsletter homepage feedburner reddit"
)

_EDGE = "".join(map(chr, range(0x21))) + "\x7f\xa0\u200b\ufeff"
_INSIDE = re.compile(r"[\t\r\n]")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._~-]*[a-z0-9_])?\Z")
_IPV6 = re.compile(r"[0-9a-f:.]*:[0-9a-f:.]*\Z")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_IN_PATH = "%/:@!$&'()*+,;=~"
_IN_QUERY = _IN_PATH + "?"


class _Parts(NamedTuple):
    scheme: str
    host: str
    port: int | None  # None: the scheme's own
    path: str
    query: str


def canonical(url: str) -> str:
    """The address as it should be kept: one spelling, no fragment, no tracking parameters.

    Scheme and host in lower case (host in ASCII), default port, user name and password dropped,
    parameters kept in their order, no dangling `?` or `&`. Idempotent. Text that is not an
    http(s) address is returned trimmed and otherwise as it is.
    """
    parts = _split(url)
    if parts is None:
        return _trimmed(url)
    return f"{parts.scheme}://{_authority(parts)}{_path(parts.path)}{_query(parts.query)}"


def key(url: str) -> str:
    """The identity of an address: equal where only scheme, `www.` or a final slash differ.

    For recognising a known page or feed that moved to https or lost its `www.`; not an address,
    never to be fetched. Equal `canonical` forms have equal keys.
    """
    parts = _split(url)
    if parts is None:
        return _trimmed(url)
    authority = _authority(parts)
    if authority.startswith("www.") and "." in authority[4:]:
        authority = authority[4:]
    return f"{authority}{_path(parts.path).rstrip('/')}{_query(parts.query)}"


def host(url: str) -> str:
    """The host of an http(s) address, lower case, ASCII, no port, IPv6 without brackets; or ""."""
    parts = _split(url)
    return parts.host if parts else ""


def is_http(url: str) -> bool:
    """Whether this is an absolute http or https address with a well-formed host and port."""
    return _split(url) is not None


def join(base: str, ref: str) -> str:
    """The absolute address that `ref` means on a page at `base` (RFC 3986 section 5.2).

    "" where there is none: `ref` is blank, or the result is not http(s) (`mailto:`,
    `javascript:`, a relative `ref` without a usable `base`).
    """
    ref = _trimmed(ref)
    if not ref:
        return ""
    try:
        joined = urljoin(_trimmed(base), ref)
    except ValueError:  # such as "http://[", from either side
        return ""
    return joined if is_http(joined) else ""


def _trimmed(url: str) -> str:
    return _INSIDE.sub("", url).strip(_EDGE)


def _split(url: str) -> _Parts | None:
    try:
        split = urlsplit(_trimmed(url))
        name, port = split.hostname, split.port
    except ValueError:  # unbalanced brackets, a port beyond 65535, NFKC tricks in the host
        return None
    if split.scheme not in _DEFAULT_PORTS or not name:
        return None
    ascii_name = _ascii(name)
    if not (_HOST if ":" not in ascii_name else _IPV6).match(ascii_name):
        return None
    if port == _DEFAULT_PORTS[split.scheme]:
        port = None
    return _Parts(split.scheme, ascii_name, port, split.path, split.query)


def _ascii(name: str) -> str:
    name = name.lower().rstrip(".")
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii").rstrip(".")
    except UnicodeError:  # no such name can exist; the host pattern then refuses it
        return name


def _authority(parts: _Parts) -> str:
    name = f"[{parts.host}]" if ":" in parts.host else parts.host
    return name if parts.port is None else f"{name}:{parts.port}"


def _encoded(text: str, safe: str) -> str:
    """One percent-encoding for the same octets: unreserved ones bare, the rest in upper case."""

    def octet(found: re.Match[str]) -> str:
        digits = found[1]
        if digits is None:
            return "%25"  # a stray "%"; left alone, it could join what follows on a second pass
        char = chr(int(digits, 16))
        return char if char in _UNRESERVED else f"%{digits.upper()}"

    return quote(_PERCENT.sub(octet, text), safe=safe, errors="replace")


def _path(path: str) -> str:
    path = _encoded(path, _IN_PATH)
    if "/." not in path:
        return path or "/"
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    # Two repairs of what feeds do to links: "&" escaped once too often, and a second "?".
    pieces = query.replace("?utm_", "&utm_").split("&")
    kept = []
    for piece in pieces:
        while piece.startswith("amp;"):
            piece = piece[4:]
        piece = _encoded(piece, _IN_QUERY)
        if piece and not _tracks(piece):
            kept.append(piece)
    return "?" + "&".join(kept) if kept else ""


def _tracks(piece: str) -> bool:
    name, _, value = piece.lower().partition("=")
    return (
        name in _TRACKING_NAMES
        or name.startswith(_TRACKING_PREFIXES)
        or (name in _SOMETIMES and value in _WAYS)
    )
