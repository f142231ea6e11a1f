"""Kinds of values: how each is written, read, explained to a person and to an editor.

A reader gets the text as written, with `${NAME}` replaced, and raises UnfitError. It never quotes
that text, which may come from the environment: it says `{found}`, and the walk puts in what the
file has.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from watcher.config import addresses, quiet
from watcher.config.faults import UnfitError
from watcher.core import urls

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:\d{1,9}[wdhms])+\Z", re.ASCII)
_DURATION_PART = re.compile(r"(\d+)([wdhms])", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")  # RFC 9110 section 5.6.2
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/{0,2}[^\s/]")
# Set for every request; a value from outside would break validators, framing or the byte bounds.
_OURS = frozenset(
    [
        *("host", "connection", "content-length", "transfer-encoding", "accept-encoding", "te"),
        *("upgrade", "expect", "range", "if-none-match", "if-modified-since"),
    ]
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_IN_PROSE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of scalar. `read` takes the text; `write` gives a default as YAML would have it."""

    expected: str  # completes "expected ..."
    read: Callable[[str], Any]
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    write: Callable[[Any], Any] = lambda value: value
    secret: bool = False  # read into a Secret, never shown
    address: bool = False  # a web address: shown with all but its login
    between: str = ""  # a list may stand in its place: what is put between the items


def duration_text(seconds: int) -> str:
    """The shortest way to write a duration: 5400 -> 1h30m. The inverse of `parse_duration`."""
    parts = []
    for unit, size in _UNITS.items():
        if unit == "w":  # 14d reads better than 2w
            continue
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_duration(text: str) -> int:
    """Seconds in `15m`, `2h`, `7d`, `1h30m` (units w d h m s). Raises ValueError."""
    text = text.strip()
    if not _DURATION.match(text):
        raise ValueError("expected a duration such as 15m, 2h or 7d")
    return sum(int(count) * _UNITS[unit] for count, unit in _DURATION_PART.findall(text))


def duration(least: str, most: str) -> Kind:
    """A duration within bounds, in seconds."""
    expected = "a duration such as 15m, 2h or 7d"
    low, high = parse_duration(least), parse_duration(most)

    def read(text: str) -> int:
        try:
            seconds = parse_duration(text)
        except ValueError:
            raise UnfitError(f"found {{found}}, expected {expected}") from None
        if not low <= seconds <= high:
            raise UnfitError(f"found {{found}}, expected a duration from {least} to {most}")
        return seconds

    schema = {"type": "string", "pattern": r"^([0-9]+[wdhms])+$", "examples": [least, most]}
    return Kind(expected, read, schema, duration_text)


def integer(least: int, most: int) -> Kind:
    """A whole number within bounds, in plain digits."""
    expected = f"a whole number from {least} to {most}"

    def read(text: str) -> int:
        # Ten digits at most: int() of a megabyte of digits takes seconds.
        if not re.fullmatch(r"-?[0-9]{1,10}", text) or not least <= int(text) <= most:
            raise UnfitError(f"found {{found}}, expected {expected}")
        return int(text)

    return Kind(expected, read, {"type": "integer", "minimum": least, "maximum": most})


_SIZES = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def size_text(count: int) -> str:
    """The shortest way to write a number of bytes exactly: 500000000 -> 500MB."""
    unit = next((u for u, n in reversed(_SIZES.items()) if count and not count % n), None)
    return f"{count // _SIZES[unit]}{unit}" if unit else f"{count // 1000}kB"


def _size(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,6}) ?([kMGT]B)|0", text.strip())
    if found is None:
        raise UnfitError(f"found {{found}}, expected {_A_SIZE}")
    return int(found[1] or 0) * _SIZES.get(found[2] or "", 0)


_A_SIZE = "a size such as 500MB or 2GB"
SIZE = Kind(_A_SIZE, _size, {"type": "string", "pattern": "^([0-9]+ ?[kMGT]B|0)$"}, size_text)


def number_above(least: float) -> Kind:
    """A finite number greater than a bound."""
    expected = f"a number above {least:g}"

    def read(text: str) -> float:
        if re.fullmatch(r"[0-9]{0,9}\.?[0-9]{1,9}", text) is None:
            raise UnfitError(f"found {{found}}, expected {expected}")
        value = float(text)
        if not (math.isfinite(value) and value > least):
            raise UnfitError(f"found {{found}}, expected {expected}")
        return value

    return Kind(expected, read, {"type": "number", "exclusiveMinimum": least})


def line(expected: str, most: int = 200) -> Kind:
    """One line of text, trimmed, without control characters."""

    def read(text: str) -> str:
        text = text.strip()
        if not text:
            raise UnfitError(f"found {{found}}, expected {expected}")
        if len(text) > most:
            raise UnfitError(f"found {{found}} ({len(text)} characters), expected at most {most}")
        if _CONTROL.search(text):
            raise UnfitError(
                "found {found}, which has a line break or control character: remove it"
            )
        return text

    return Kind(expected, read, {"type": "string", "minLength": 1, "maxLength": most})


def choice(*words: str) -> Kind:
    """One of a few words."""
    expected = ", ".join(words[:-1]) + f" or {words[-1]}" if len(words) > 1 else words[0]

    def read(text: str) -> str:
        if text not in words:
            raise UnfitError(f"found {{found}}, expected {expected}")
        return text

    return Kind(expected, read, {"enum": list(words)})


def _prose(text: str) -> str:
    if not text.strip():
        raise UnfitError("found {found}, expected some text")
    if _CONTROL_IN_PROSE.search(text):
        raise UnfitError("found {found}, which has a control character: remove it")
    return text.strip()


def _web_address(text: str) -> str:
    text = text.strip()
    if any(c.isspace() or ord(c) < 32 for c in text):
        raise UnfitError("found {found}, which holds a space: remove it, or write %20")
    if "://" not in text:
        raise UnfitError("found {found}, which has no scheme: begin with https:// or http://")
    scheme, _, rest = text.partition("://")
    if scheme.lower() not in ("http", "https"):
        raise UnfitError("found {found}, expected an address that begins with https:// or http://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        raise UnfitError(
            "found {found}, which holds a user name or password that would show in every table: "
            'remove it and write auth: "${NAME}"'
        )
    if not authority or not urls.is_http(text):
        raise UnfitError("found {found}, which has no valid host: write https://times.example/rss")
    return text


def _header_name(text: str) -> str:
    if not _TOKEN.match(text):
        raise UnfitError("{found} is no header name: use letters, digits and -")
    if text.lower() in _OURS:
        raise UnfitError("the header {found} is set by the program itself: remove it")
    return text


def _header_value(text: str) -> str:
    if not re.fullmatch(r"[\x20-\x7e]+", text):
        raise UnfitError(
            "the value has a line break or a character outside ASCII: write one plain line"
        )
    return text


def _login(text: str) -> str:
    user, colon, _ = text.partition(":")
    if not colon or not user:
        raise UnfitError("found {found}, expected user:password, with the colon between them")
    if _CONTROL.search(text):
        raise UnfitError("the value has a line break or control character: write one plain line")
    return text


DIRECT = "direct"  # what a feed writes that goes past the general proxy
_SOCKS = ("socks", "socks4", "socks4a", "socks5", "socks5h")


def _proxy(text: str) -> str:
    text = text.strip()
    scheme, mark, rest = text.partition("://")
    if mark and scheme.lower() in _SOCKS:
        raise UnfitError("SOCKS proxies are not spoken here: expected http:// or https://")
    if not mark or scheme.lower() not in ("http", "https"):
        raise UnfitError("found {found}, expected a proxy such as http://proxy.example:3128")
    authority, slash, path = rest.partition("/")
    login, _, place = authority.rpartition("@")
    if path or any(c in place for c in "?#"):
        raise UnfitError("found {found}, which goes on after the host: end it with the port")
    # As the address checks read it: a login holds characters that they would refuse.
    if _CONTROL.search(text) or " " in text or not urls.is_http(f"{scheme}://{place}/"):
        raise UnfitError("found {found}, which has no valid host: write http://proxy.example:3128")
    if login.startswith(":"):
        raise UnfitError("found {found}, which has a password without a user name")
    return text.removesuffix("/") if slash else text


def _feed_proxy(text: str) -> str:
    return DIRECT if text.strip().lower() == DIRECT else _proxy(text)


def _receiver_url(text: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise UnfitError(
            "the value has a line break or control character: write one URL on one line"
        )
    if not _SCHEME.match(text):
        raise UnfitError(
            "found {found} without a scheme, expected an Apprise URL such as "
            "slack://... or mailto://..., or ${NAME}, file:PATH, credential:NAME"
        )
    return text


def _user_agent(text: str) -> str:
    text = text.strip()
    if not re.fullmatch(r"[\x20-\x7e]{3,200}", text):
        raise UnfitError(
            "found {found}, expected one line of 3 to 200 ASCII characters with a contact"
        )
    return text


def _database(text: str) -> str:
    text = text.strip()
    scheme, mark, rest = text.partition(":")
    if scheme == "sqlite" and mark:
        if not rest.startswith("///") or rest in ("///", "///:memory:"):
            raise UnfitError(
                "found {found}, expected a file: sqlite:///var/watcher.db, or with four slashes "
                "for an absolute path"
            )
        return text
    if scheme == "postgres" and mark:
        raise UnfitError("found {found}, expected postgresql:// (postgres:// is not known here)")
    if scheme in ("postgresql", "postgresql+psycopg") and rest.startswith("//"):
        return text
    raise UnfitError(
        "found {found}, expected sqlite:///var/watcher.db or postgresql://user@host/database"
    )


_HTTP_SCHEMA = {"type": "string", "pattern": "^([Hh][Tt][Tt][Pp][Ss]?://|\\$\\{)"}

WEB = Kind("an address such as https://times.example/rss", _web_address, _HTTP_SCHEMA, address=True)
DOMAIN = Kind("a domain such as times.example", addresses.domain, address=True)
HOST = Kind("a host name, name:port, IP address or network", addresses.host, address=True)
LISTEN = Kind(addresses.LISTEN, addresses.listen)
NAME = line("a name", 100)
PROSE = Kind("some text", _prose, {"type": "string", "minLength": 1})
FILE = line("the path of a file", 4096)
QUIET_HOURS = Kind(quiet.EXPECTED, quiet.read, write=str)
HEADER_NAME = Kind("a header name", _header_name)
HEADER_VALUE = Kind("text, ${NAME}, file:PATH or credential:NAME", _header_value, secret=True)
LOGIN = Kind("user:password, ${NAME}, file:PATH or credential:NAME", _login, secret=True)
_A_PROXY = "a proxy such as http://proxy.example:3128"
PROXY = Kind(_A_PROXY, _proxy, secret=True)
FEED_PROXY = Kind(f"{_A_PROXY}, or {DIRECT}", _feed_proxy, secret=True)
RECEIVER_URL = Kind(
    "an Apprise URL, ${NAME}, file:PATH or credential:NAME", _receiver_url, secret=True
)
USER_AGENT = Kind("one line of text with a contact", _user_agent)
DATABASE = Kind("sqlite:///var/watcher.db or postgresql://user@host/database", _database)
