"""Reads the dates that outlets claim, from the raw string: right, or refused, never silently wrong.

RFC 822/2822/5322 and RFC 3339 in all the sloppy shapes that feeds have, names of months and
days in 35 languages, zone names, epoch seconds and milliseconds. A date is refused (`at` is
None, note `unparsed`) where a second reading is as good as the first: 03/04/2020 is refused
unless the weekday beside it settles which is the day. Only a date that is complete, to the day,
is read: `Nov. 2020` is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import timezone as fixed
from itertools import product
from typing import Final

from watcher.core import dateforms
from watcher.core.datenames import NOISE, OUT_OF_SEASON, WEEKDAYS, ZONES, months
from watcher.core.values import Date

# dateparser hangs and dateutil overflows on longer ones; no honest date comes near.
MAX_LENGTH: Final = 128
FIRST_YEAR: Final = 1990  # nothing on the web is older; epoch zero and year 1 are defects
YEARS_AHEAD: Final = 20
_FUTURE: Final = timedelta(days=1)  # covers every zone's clock

_GLUED_T = re.compile(r"(?<=\d)t(?=\d)")
_MERIDIEM: Final = r"(?:\s*([ap])\.?\s?m\b\.?)?"
_TIME = re.compile(
    r"(?<![\d:.+])(?<!\d-)(?<![a-z]-)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    + _MERIDIEM
    + r"(?![\d:])"
)
_TIME_LETTER = re.compile(r"(?<![\d:.+-])(\d{1,2})\s?h\s?(\d\d)\b()()()")
_TIME_HOUR = re.compile(r"(?<![\d:.+/-])(\d{1,2})()()()\s*([ap])\.?\s?m\b\.?")
_TIME_DOT = re.compile(r"(?<![\d:.+-])(\d{1,2})\.(\d\d)()()()(?:\s*uhr|\s*$)")
_OFFSET = re.compile(r"^\s*[a-z]{0,5}\s*([+-])(\d{1,2})(?::?(\d\d))?(?:\s?z)?(?![\d:])")
_YMD = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_XXY = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?!\d)")
_XXY_BLANK = re.compile(r"(?<!\d)(\d{1,2})( )(\d{1,2}) (\d{4})(?!\d)")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|o|a|e)\b|(?<=\d)[.ºª°](?!\d)")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\w\s]|_")
_ZONE = re.compile(r"[a-z]{3,5}\Z")
_SEPARATORS: Final = frozenset(",.-–—|/·•'’;@")


@dataclass(frozen=True, slots=True)
class _Time:
    hour: int
    minute: int
    second: int
    micro: int
    meridiem: bool


# Year, month, day; whether the weekday beside them is theirs, None where there is none.
_Reading = tuple[int, int, int, bool | None]


class _UnreadError(Exception):
    """The string cannot be read with confidence."""


class _UnrealError(Exception):
    """It reads as a date, one that never was or never can be an article's."""


def read(raw: str | None, now: datetime, lang: str | None = None) -> Date | None:
    """The date in `raw`, written in language `lang` if in one; None where there is nothing to read.

    `at` is in UTC. Notes: `naive` (no zone was given, or one nobody knows: taken as UTC), `zone`
    (a zone name with several meanings: the commonest was taken; or one that is not in force in
    that month, as EST in July: it was taken at its word), `weekday` (the day's name beside it is
    that of another date), `future` (more than a day after `now`), `absurd` (before 1990, or no
    real date; `at` is None), `unparsed` (`at` is None). One note at most: `future` outweighs
    `weekday`, and that the others.
    """
    if raw is None or not (stripped := raw.replace("\\n", " ").strip()):
        return None
    kept = raw[:MAX_LENGTH]
    if len(raw) > MAX_LENGTH:
        return Date(kept, None, "unparsed")
    try:
        at, note = _read(stripped, now, lang)
    except _UnreadError:
        return Date(kept, None, "unparsed")
    except _UnrealError:
        return Date(kept, None, "absurd")
    return Date(kept, at, "future" if at > now + _FUTURE else note)


def _read(raw: str, now: datetime, lang: str | None) -> tuple[datetime, str | None]:
    if re.fullmatch(r"\d{10}(?:\.\d+)?|\d{13}", raw, re.ASCII):
        seconds = int(raw[:10])
        at = datetime.fromtimestamp(seconds, UTC)
        _bounds(at.year, now)
        return at, None
    if re.match(r"-\d", raw):
        raise _UnrealError  # a year before Christ: what an empty database field becomes
    zone, note, rest = dateforms.region(raw)
    time, before, after = _time(_GLUED_T.sub(" ", dateforms.plain(rest)))
    if zone is None:
        zone, after = _offset(after) if time else (None, after)
    candidates, words = _date(f"{before} , {after}", time, lang)
    # What names a zone is written in capitals; `3:00 sore` is an afternoon in Indonesian.
    if any(word not in ZONES and word.upper() not in raw for word in words):
        raise _UnreadError
    named = None
    if zone is None:
        zone, note, named = _zone(words)
    elif any(word not in ZONES for word in words):
        raise _UnreadError
    at, (_, month, _, agrees) = _settle(candidates, time, zone, now)
    if agrees is False:
        note = "weekday"
    elif named and month in OUT_OF_SEASON.get(named, ()):
        note = "zone"
    return at, note


def _bounds(year: int, now: datetime) -> None:
    if not FIRST_YEAR <= year <= now.year + YEARS_AHEAD:
        raise _UnrealError


def _time(text: str) -> tuple[_Time | None, str, str]:
    """The clock time in `text`, and what stands before and after it."""
    found = _TIME.search(text) or _TIME_LETTER.search(text) or _TIME_HOUR.search(text)
    if not found:
        found = _TIME_DOT.search(_blank_dates(text))
    if not found:
        return None, text, ""
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    micro = int((found[4] or "0")[:6].ljust(6, "0"))
    half = found[5]
    if half:
        if hour == 0 and half == "p":
            raise _UnreadError  # half past midnight or past noon?
        if hour == 12:
            hour = 12 if half == "p" else 0
        elif hour < 12 and half == "p":
            hour += 12
        elif hour > 12 and half == "a":
            raise _UnreadError
    midnight = hour == 24 and minute == second == micro == 0
    if minute > 59 or second > 60 or not (hour < 24 or midnight):
        raise _UnrealError
    time = _Time(hour, minute, min(second, 59), micro, bool(half))
    return time, text[: found.start()], text[found.end() :]


def _blank_dates(text: str) -> str:
    return _XXY.sub(lambda m: "x" * len(m.group()), text)


def _offset(after: str) -> tuple[tzinfo | None, str]:
    """A numeric offset directly behind the time: +0200, -07:00, GMT+1, +0000Z."""
    found = _OFFSET.match(after)
    if not found:
        return None, after
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    if found[1] == "-":
        minutes = -minutes
    if int(found[3] or 0) > 59 or not -12 * 60 <= minutes <= 14 * 60:
        raise _UnreadError  # no clock on earth; perhaps a range of times
    delta = timedelta(minutes=minutes)
    return fixed(delta), after[found.end() :]


def _date(text: str, time: _Time | None, lang: str | None) -> tuple[list[_Reading], list[str]]:
    """All readings, and the words not understood."""
    text = f" {text} "
    for pattern in (_YMD, _XXY, _XXY_BLANK):
        if found := pattern.search(text):
            dates = list(_numeric(pattern, found, time))
            rest = text[: found.start()] + " " + text[found.end() :]
            tokens = _TOKEN.findall(rest)
            if any(token.isdecimal() for token in tokens):
                raise _UnreadError
            return _combine(dates, [], tokens, lang)
    tokens = _TOKEN.findall(_ORDINAL.sub(" ", text))
    numbers = [token for token in tokens if token.isdecimal()]
    return _combine(None, numbers, tokens, lang)


def _numeric(
    pattern: re.Pattern[str], found: re.Match[str], time: _Time | None
) -> Iterator[tuple[int, int, int]]:
    if pattern is _YMD:
        yield int(found[1]), int(found[3]), int(found[4])
        return
    first, mark, second, last = int(found[1]), found[2], int(found[3]), found[4]
    year = _year(last)
    yield year, second, first
    # Points between the numbers are European, day first, unless the clock is American.
    if mark != "." or (time and time.meridiem):
        yield year, first, second
        if len(last) == 2:
            yield _year(found[1].zfill(2)), second, int(last)


def _year(digits: str) -> int:
    """RFC 5322, section 4.3: two digits are 2000-2049 or 1950-1999."""
    year = int(digits)
    if len(digits) == 4:
        return year
    if len(digits) != 2:
        raise _UnreadError
    return year + (2000 if year < 50 else 1900)


def _combine(
    dates: list[tuple[int, int, int]] | None,
    numbers: list[str],
    tokens: list[str],
    lang: str | None,
) -> tuple[list[_Reading], list[str]]:
    """Every way of taking each word as a month, a weekday or neither that gives one date."""
    names: list[list[tuple[str, int]]] = []
    others: list[str] = []
    for token in tokens:
        if token.isdecimal() or token in _SEPARATORS:
            continue
        readings = [("month", m) for m in sorted(months(token, lang))]
        readings += [("weekday", d) for d in sorted(WEEKDAYS.get(token, ()))]
        if readings and token in NOISE:
            readings.append(("noise", 0))
        if readings:
            names.append(readings)
        elif token not in NOISE:
            others.append(token)
    if len(names) > 3:
        raise _UnreadError
    found: set[_Reading] = set()
    impossible = False
    for choice in product(*names):
        named = [value for kind, value in choice if kind == "month"]
        weekdays = [value for kind, value in choice if kind == "weekday"]
        if len(named) != (dates is None) or len(weekdays) > 1:
            continue
        for year, month, day in dates if dates is not None else _named(named[0], numbers):
            try:
                weekday = datetime(year, month, day, tzinfo=UTC).weekday()
            except ValueError:
                impossible = True
                continue
            found.add((year, month, day, weekday in weekdays if weekdays else None))
    if not found:
        raise _UnrealError if impossible else _UnreadError
    return list(found), others


def _named(month: int, numbers: list[str]) -> list[tuple[int, int, int]]:
    """Day and year beside a month's name: a year of two digits stands last (RFC 822)."""
    if len(numbers) != 2:
        raise _UnreadError
    first, second = numbers
    if len(first) == 4 and len(second) <= 2:
        return [(int(first), month, int(second))]
    if len(first) <= 2:
        return [(_year(second), month, int(first))]
    raise _UnreadError


def _zone(words: list[str]) -> tuple[tzinfo, str | None, str | None]:
    """The zone among the words that were neither month nor day, a note, and its name.

    UTC and `naive` without one.
    """
    zones = [word for word in words if word in ZONES]
    unknown = [word for word in words if word not in ZONES]
    if len(zones) > 1 or len(unknown) > 1 or any(not _ZONE.match(word) for word in unknown):
        raise _UnreadError
    if unknown or not zones:
        if unknown and zones:
            raise _UnreadError
        return UTC, "naive", None
    minutes, sure = ZONES[zones[0]]
    return fixed(timedelta(minutes=minutes)), None if sure else "zone", zones[0]


def _settle(
    candidates: list[_Reading], time: _Time | None, zone: tzinfo, now: datetime
) -> tuple[datetime, _Reading]:
    """The one date that is left, as an instant and as read.

    A weekday decides between several, never against the only one.
    """
    left = [c for c in candidates if c[3]] or candidates
    if len({c[:3] for c in left}) > 1:
        raise _UnreadError
    # The same date, and a word beside it that may be a weekday or may mean nothing.
    year, month, day, _ = reading = max(left, key=lambda c: (c[3] is not False, c[3] is True))
    _bounds(year, now)
    at = datetime(year, month, day, tzinfo=zone)
    if time:
        at = at.replace(
            hour=time.hour % 24, minute=time.minute, second=time.second, microsecond=time.micro
        )
        if time.hour == 24:
            at += timedelta(days=1)
    return at.astimezone(UTC), reading
