"""Reads the answer's headers that say when to come back. Pure; RFC 9110 and 9111."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)
_FOREVER = 366 * 86400  # a server that says more means "for ever"


def http_date(value: str, now: datetime) -> datetime | None:
    """The moment of an HTTP date; None where it is none. A missing zone is GMT."""
    try:
        at = parsedate_to_datetime(value[:64])
    except (ValueError, OverflowError, IndexError):
        return None
    return at.replace(tzinfo=now.tzinfo) if at.tzinfo is None else at


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, from seconds or an HTTP date (RFC 9110, section 10.2.3); None if absent."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:12]), _FOREVER))
    at = http_date(value, now)
    return None if at is None else min(max(0.0, (at - now).total_seconds()), _FOREVER)


def max_age(headers: Mapping[str, str], now: datetime) -> int | None:
    """Seconds this answer stays fresh: the larger of Cache-Control's max-age and Expires."""
    control = headers.get("Cache-Control", "")
    found: list[int] = []
    if match := _MAX_AGE.search(control):
        age = headers.get("Age", "").strip()
        spent = int(age[:12]) if age.isascii() and age.isdigit() else 0
        found.append(int(match[1]) - spent)
    if (expires := headers.get("Expires")) is not None:
        at = http_date(expires, now)
        # The server's own clock, where it sends one, cancels out its error.
        server = http_date(headers.get("Date", ""), now) or now
        found.append(int((at - server).total_seconds()) if at else 0)
    if not found:
        return None
    return min(max(0, *found), _FOREVER)
