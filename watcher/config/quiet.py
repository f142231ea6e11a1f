"""Quiet hours: a daily stretch of local time in which a receiver is left alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from watcher.config.faults import UnfitError, suggestion

EXPECTED = "hours such as 22:00-07:00 Europe/Paris"
_FORM = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) ?[-–] ?([01]?\d|2[0-3]):([0-5]\d)(?: +(\S+))?\Z")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` local time in `zone` (an IANA name), over midnight if end < start."""

    start: time
    end: time
    zone: str = "UTC"

    def ends(self, at: datetime) -> datetime | None:
        """When the quiet hours around `at` (aware) end, in UTC; None outside of them.

        The start belongs to them, the end does not. On the days the clocks change they are as
        long as the local clock makes them.
        """
        from zoneinfo import ZoneInfo

        zone = ZoneInfo(self.zone)
        today = at.astimezone(zone).date()
        for day in (today - timedelta(days=1), today):
            last = day if self.start < self.end else day + timedelta(days=1)
            begins = datetime.combine(day, self.start, zone).astimezone(UTC)
            ends = datetime.combine(last, self.end, zone).astimezone(UTC)
            if begins <= at < ends:
                return ends
        return None

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone}"


def read(text: str) -> QuietHours:
    """`22:00-07:00 Europe/Paris`; without a zone, UTC. Raises UnfitError."""
    form = _FORM.match(text.strip())
    if not form:
        raise UnfitError(f"found {{found}}, expected {EXPECTED}")
    start, end = time(int(form[1]), int(form[2])), time(int(form[3]), int(form[4]))
    if start == end:
        raise UnfitError("the quiet hours {found} begin and end at the same time: write two times")
    zone = form[5] or "UTC"
    _check_zone(zone)
    return QuietHours(start, end, zone)


def _check_zone(name: str) -> None:
    import zoneinfo  # late: only a receiver with quiet hours needs it

    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        if not known and name != "UTC":
            raise UnfitError(
                "this machine has no time zone data: install the tzdata package"
            ) from None
        near = suggestion(name, known)
        meant = f"did you mean {near}?" if near else "expected a name such as Europe/Paris"
        raise UnfitError(f"unknown time zone in {{found}}, {meant}") from None
