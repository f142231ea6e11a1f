"""robots.txt for article pages, by RFC 9309.

The longest matching rule wins and an Allow wins a tie; `*` and `$` are understood (the standard
library's parser knows neither). A site without robots.txt (4xx) allows everything; one whose
robots.txt cannot be had (5xx, timeout) is left alone until it can.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import quote, urlsplit

from watcher.core.errors import FetchError, Refused

MAX_BYTES: Final = 500 * 1024  # RFC 9309, section 2.5: parse at least this much
MAX_DELAY: Final = (
    30.0  # seconds: a site that asks for more wants no reader, and would stall a poll
)
_TTL: Final = timedelta(hours=24)  # section 2.4
_RETRY: Final = timedelta(minutes=10)
_MAX_SITES: Final = 5_000
_MAX_RULES: Final = 2_000
_MAX_PATTERN: Final = 1_000
_SAFE: Final = "/?=&;:@!$'()*+,-._~%#[]"

Load = Callable[[str], Awaitable[bytes | None]]  # robots.txt's URL -> its body; None: there is none


class Gate(Protocol):
    """Decides whether a page may be fetched."""

    async def check(self, url: str, load: Load, now: datetime) -> float:
        """The seconds that the site wants between two pages; or raise Refused (or FetchError where
        nobody can know at the moment)."""


class NoRobots:
    """A gate that is always open, for hosts that are ours."""

    async def check(self, url: str, load: Load, now: datetime) -> float:
        """Every page may be fetched, at our own gap."""
        return 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one robots.txt that concern us: (length, allow, pattern), and its Crawl-delay
    in seconds, which no RFC has and many sites do."""

    rules: tuple[tuple[int, bool, re.Pattern[str]], ...] = ()
    delay: float = 0.0

    def allows(self, url: str) -> bool:
        """May this address be fetched?"""
        parts = urlsplit(url)
        path = _normal(parts.path or "/") + (f"?{_normal(parts.query)}" if parts.query else "")
        if path == "/robots.txt":
            return True
        best = max(
            ((length, allow) for length, allow, pattern in self.rules if pattern.match(path)),
            default=(0, True),
        )
        return best[1]


def parse(body: bytes, token: str) -> Rules:
    """The rules for product token `token` (compared without case), else those for `*`."""
    groups: dict[str, list[tuple[bool, str]]] = {}
    delays: dict[str, float] = {}
    agents: list[str] = []
    in_rules = True
    for raw in body[:MAX_BYTES].decode("utf-8-sig", "replace").splitlines():
        key, colon, value = raw.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon:
            continue
        if key == "user-agent":
            if in_rules:
                agents, in_rules = [], False
            name = re.match(r"[A-Za-z_-]+|\*", value)
            agents.append(name.group().lower() if name else "")
            groups.setdefault(agents[-1], [])
        elif key in ("allow", "disallow"):
            in_rules = True
            if value:
                for agent in agents:
                    groups[agent].append((key == "allow", value[:_MAX_PATTERN]))
        elif key == "crawl-delay":
            in_rules = True
            for agent in agents:
                delays[agent] = max(delays.get(agent, 0.0), _seconds(value))
    group = token.lower() if token.lower() in groups else "*"
    chosen = groups.get(group, [])[:_MAX_RULES]
    return Rules(tuple(_rule(allow, value) for allow, value in chosen), delays.get(group, 0.0))


def _seconds(value: str) -> float:
    """A Crawl-delay, at most `MAX_DELAY`; 0 for what is no number of seconds."""
    found = re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", value, re.ASCII)
    return min(float(value), MAX_DELAY) if found else 0.0


def _rule(allow: bool, value: str) -> tuple[int, bool, re.Pattern[str]]:
    value = _normal(value)
    anchored = value.endswith("$")
    # Runs of stars are one star: nested repetition would take for ever.
    pieces = re.split(r"\*+", value[:-1] if anchored else value)
    # Atomic groups: the first place where a literal fits is as good as any later one, so there
    # is no reason to ever come back, and no pattern that is slow.
    pattern = re.escape(pieces[0])
    last = len(pieces) - 1
    for number, piece in enumerate(pieces[1:], 1):
        if number == last and anchored:
            pattern += f".*{re.escape(piece)}"
        else:
            pattern += f"(?>.*?{re.escape(piece)})"
    return len(value), allow, re.compile(pattern + (r"\Z" if anchored else ""), re.DOTALL)


def _normal(path: str) -> str:
    """One spelling for one path: octets outside ASCII percent-encoded, escapes in upper case."""
    quoted = quote(path, safe=_SAFE)
    return re.sub("%[0-9a-fA-F]{2}", lambda m: m.group().upper(), quoted)


@dataclass(slots=True)
class _Site:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: Rules | None = None  # None: could not be had
    until: datetime | None = None


class Robots:
    """Asks each site's robots.txt once a day. `token` is our product token (RFC 9309, 2.2.1)."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._sites: dict[str, _Site] = {}

    async def check(self, url: str, load: Load, now: datetime) -> float:
        """Its Crawl-delay. Raises Refused("robots") where a rule forbids the page,
        FetchError("robots") where the rules are unknown."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        site = self._sites.get(origin)
        if site is None:
            if len(self._sites) >= _MAX_SITES:
                del self._sites[next(iter(self._sites))]
            site = self._sites[origin] = _Site()
        async with site.lock:
            if site.until is None or now >= site.until:
                await self._refresh(site, origin, load, now)
        if site.rules is None:
            raise FetchError("robots", f"{origin}/robots.txt cannot be had: not fetching its pages")
        if not site.rules.allows(url):
            raise Refused("robots", f"{origin}/robots.txt forbids {parts.path}")
        return site.rules.delay

    async def _refresh(self, site: _Site, origin: str, load: Load, now: datetime) -> None:
        try:
            body = await load(f"{origin}/robots.txt")
        except Refused:
            raise
        except FetchError:
            # Yesterday's rules are better than none, for a while (section 2.4).
            site.until = now + _RETRY
        else:
            site.rules = Rules() if body is None else parse(body, self._token)
            site.until = now + _TTL
