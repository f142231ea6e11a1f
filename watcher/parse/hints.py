"""What a feed document says about polling it: ttl, sy:update*, skipHours, skipDays."""

from __future__ import annotations

import re
from typing import Final

from watcher.core.values import Hints

_PERIODS: Final = {
    "hourly": 3600,
    "daily": 86400,
    "weekly": 7 * 86400,
    "monthly": 30 * 86400,
    "yearly": 365 * 86400,
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST: Final = 366 * 86400

_TTL = re.compile(r"<ttl>\s*(\d{1,9})\s*</ttl>", re.IGNORECASE)
_PERIOD = re.compile(r"<sy:updatePeriod[^>]{0,200}>\s*(\w{1,10})\s*<", re.IGNORECASE)
_FREQUENCY = re.compile(r"<sy:updateFrequency[^>]{0,200}>\s*(\d{1,6})\s*<", re.IGNORECASE)
_SKIP_HOURS = re.compile(r"<skipHours>(.{0,2000}?)</skipHours>", re.IGNORECASE | re.DOTALL)
_SKIP_DAYS = re.compile(r"<skipDays>(.{0,2000}?)</skipDays>", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(r"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(r"<day>\s*([A-Za-z]{6,9})\s*</day>", re.IGNORECASE)


def read(text: str) -> Hints:
    """The hints of an RSS or RDF document (RSS 2.0; the syndication module of RSS 1.0).

    Elements are looked for by name anywhere in the text: items do not have them.
    """
    ttl = _TTL.search(text)
    return Hints(
        ttl=min(int(ttl[1]) * 60, _LONGEST) if ttl else None,
        update_every=_update_every(text),
        skip_hours=_skipped_hours(text),
        skip_days=_skipped_days(text),
    )


def _update_every(text: str) -> int | None:
    period, frequency = _PERIOD.search(text), _FREQUENCY.search(text)
    if not period and not frequency:
        return None
    # Defaults of the module: daily, once.
    seconds = _PERIODS.get(period[1].lower() if period else "daily")
    times = int(frequency[1]) if frequency else 1
    return seconds // times if seconds and 0 < times <= seconds else None


def _skipped_hours(text: str) -> tuple[int, ...]:
    found = _SKIP_HOURS.search(text)
    if not found:
        return ()
    # RSS 0.92 counts 1 to 24, 2.0 counts 0 to 23: 24 is midnight in both.
    hours = {int(hour) % 24 for hour in _HOUR.findall(found[1]) if int(hour) <= 24}
    # All hours skipped is a feed that must never be polled: a mistake, not a wish.
    return tuple(sorted(hours)) if len(hours) < 24 else ()


def _skipped_days(text: str) -> tuple[int, ...]:
    found = _SKIP_DAYS.search(text)
    if not found:
        return ()
    days = {_DAYS.index(day.lower()) for day in _DAY.findall(found[1]) if day.lower() in _DAYS}
    return tuple(sorted(days)) if len(days) < 7 else ()
