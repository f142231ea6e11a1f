"""Reads the dates that outlets claim, from the raw string: right, or refused, never silently wrong.

RFC 822/2822/5322 and RFC 3339 in all the sloppy shapes that feeds have, names of months and
days in twenty languages, zone names, epoch seconds and milliseconds. A date is refused (`at` is
None, note `unparsed`) where a second reading is as good as the first: 03/04/2020 is refused
unless the weekday beside it settles which is the day. Only a date that is complete, to the day,
is read: `Nov. 2020` is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import timezone as fixed
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

from watcher.core.datenames import MONTHS, NOISE, WEEKDAYS, ZONES
from watcher.core.values import Date

# dateparser hangs and dateutil overflows on longer ones; no honest date comes near.
MAX_LENGTH: Final = 128
FIRST_YEAR: Final = 1990  # nothing on the web is older; epoch zero and year 1 are defects
YEARS_AHEAD: Final = 20
_FUTURE: Final = timedelta(days=1)  # covers every zone's clock

# Letters that do not decompose into a base letter and a mark.
_PLAIN: Final = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d", "ß": "ss", "æ": "ae"})

_COMMENT = re.compile(r"\([^()]*\)")
_REGION = re.compile(r"\b(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[\w/+-]+")
_COMPACT = re.compile(r"^(\d{4})(\d\d)(\d\d)(?:t?(\d\d)(\d\d)(\d\d)?)?(?!\d)")
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
_SEPARATORS: Final = frozenset(",.-–—|/·•'’;@")


@dataclass(frozen=True, slots=True)
class _Time:
    hour: int
    minute: int
    second: int
    micro: int
    meridiem: bool


class _UnreadError(Exception):
    """The string cannot be read with confidence."""


class _UnrealError(Exception):
    """It reads as a date, one that never was or never can be an article's."""


def read(raw: str | None, now: datetime) -> Date | None:
    """The date in `raw`; None where there is nothing to read.

    `at` is in UTC. Notes: `naive` (no zone was given, or one nobody knows: taken as UTC), `zone`
    (a zone name with several meanings; the commonest was taken), `future` (more than a day after
    `now`), `absurd` (before 1990, or no real date; `at` is None), `unparsed` (`at` is None). One
    note at most; `future` outweighs the others.
    """
    if raw is None or not (stripped := raw.replace("\\n", " ").strip()):
        return None
    kept = raw[:MAX_LENGTH]
    if len(raw) > MAX_LENGTH:
        return Date(kept, None, "unparsed")
    try:
        at, note = _read(stripped, now)
    except _UnreadError:
        return Date(kept, None, "unparsed")
    except _UnrealError:
        return Date(kept, None, "absurd")
    return Date(kept, at, "future" if at > now + _FUTURE else note)


def _read(raw: str, now: datetime) -> tuple[datetime, str | None]:
    if re.fullmatch(r"\d{10}(?:\.\d+)?|\d{13}", raw, re.ASCII):
        seconds = int(raw[:10])
        at = datetime.fromtimestamp(seconds, UTC)
        _bounds(at.year, now)
        return at, None
    if re.match(r"-\d", raw):
        raise _UnrealError  # a year before Christ: what an empty database field becomes
    zone, note, rest = _region(_COMMENT.sub(" ", raw))
    rest = _COMPACT.sub(_spread, fold(rest))
    time, before, after = _time(_GLUED_T.sub(" ", rest))
    if zone is None:
        zone, after = _offset(after) if time else (None, after)
    candidates, words = _date(f"{before} , {after}", time)
    if zone is None:
        zone, note = _zone(words)
    elif any(word not in ZONES and word not in NOISE for word in words):
        raise _UnreadError
    return _settle(candidates, time, zone, now), note


def _bounds(year: int, now: datetime) -> None:
    if not FIRST_YEAR <= year <= now.year + YEARS_AHEAD:
        raise _UnrealError


def fold(raw: str) -> str:
    """Lower case without accents: `DÉC.` and `dec.` are one word."""
    folded = unicodedata.normalize("NFKD", raw.casefold())
    return "".join(c for c in folded if not unicodedata.combining(c)).translate(_PLAIN)


def _spread(match: re.Match[str]) -> str:
    year, month, day, hour, minute, second = match.groups()
    clock = f" {hour}:{minute}:{second or '00'}" if hour else ""
    return f"{year}-{month}-{day}{clock} "


def _region(raw: str) -> tuple[tzinfo | None, str | None, str]:
    """An IANA zone name (Europe/Brussels), and the string without it."""
    found = _REGION.search(raw)
    if not found:
        return None, None, raw
    rest = raw[: found.start()] + raw[found.end() :]
    try:
        return ZoneInfo(found.group()), None, rest
    except (KeyError, ValueError, OSError):  # not found; not a name; a directory of names
        return UTC, "naive", rest


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


def _date(text: str, time: _Time | None) -> tuple[list[tuple[int, int, int, bool]], list[str]]:
    """All readings as (year, month, day, the weekday agrees), and the words not understood."""
    text = f" {text} "
    for pattern in (_YMD, _XXY, _XXY_BLANK):
        if found := pattern.search(text):
            dates = list(_numeric(pattern, found, time))
            rest = text[: found.start()] + " " + text[found.end() :]
            tokens = _TOKEN.findall(rest)
            if any(token.isdecimal() for token in tokens):
                raise _UnreadError
            return _combine(dates, [], tokens)
    tokens = _TOKEN.findall(_ORDINAL.sub(" ", text))
    return _combine(None, [token for token in tokens if token.isdecimal()], tokens)


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
    dates: list[tuple[int, int, int]] | None, numbers: list[str], tokens: list[str]
) -> tuple[list[tuple[int, int, int, bool]], list[str]]:
    """Every way of taking each word as a month, a weekday or neither that gives one date."""
    names: list[list[tuple[str, int]]] = []
    others: list[str] = []
    for token in tokens:
        if token.isdecimal() or token in _SEPARATORS:
            continue
        readings = [("month", m) for m in sorted(MONTHS.get(token, ()))]
        readings += [("weekday", d) for d in sorted(WEEKDAYS.get(token, ()))]
        if readings and token in NOISE:
            readings.append(("noise", 0))
        if readings:
            names.append(readings)
        elif token not in NOISE:
            others.append(token)
    if len(names) > 3:
        raise _UnreadError
    found: set[tuple[int, int, int, bool]] = set()
    impossible = False
    for choice in product(*names):
        months = [value for kind, value in choice if kind == "month"]
        weekdays = [value for kind, value in choice if kind == "weekday"]
        if len(months) != (dates is None) or len(weekdays) > 1:
            continue
        for year, month, day in dates if dates is not None else _named(months[0], numbers):
            try:
                weekday = datetime(year, month, day, tzinfo=UTC).weekday()
            except ValueError:
                impossible = True
                continue
            found.add((year, month, day, weekday in weekdays))
    if not found:
        raise _UnrealError if impossible else _UnreadError
    return sorted(found), others


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


def _zone(words: list[str]) -> tuple[tzinfo, str | None]:
    """The zone among the words that were neither month nor day; UTC and `naive` without one."""
    zones = [word for word in words if word in ZONES]
    unknown = [word for word in words if word not in ZONES]
    if len(zones) > 1 or len(unknown) > 1 or any(not 2 <= len(word) <= 5 for word in unknown):
        raise _UnreadError
    if unknown or not zones:
        if unknown and zones:
            raise _UnreadError
        return UTC, "naive"
    minutes, sure = ZONES[zones[0]]
    return fixed(timedelta(minutes=minutes)), None if sure else "zone"


def _settle(
    candidates: list[tuple[int, int, int, bool]],
    time: _Time | None,
    zone: tzinfo,
    now: datetime,
) -> datetime:
    """The one date that is left; a weekday decides between several, never against the only one."""
    agreeing = {c[:3] for c in candidates if c[3]}
    dates = agreeing or {c[:3] for c in candidates}
    if len(dates) > 1:
        raise _UnreadError
    year, month, day = dates.pop()
    _bounds(year, now)
    at = datetime(year, month, day, tzinfo=zone)
    if time:
        at = at.replace(
            hour=time.hour % 24, minute=time.minute, second=time.second, microsecond=time.micro
        )
        if time.hour == 24:
            at += timedelta(days=1)
    return at.astimezone(UTC)
