"""Spellings of a date brought to one before it is read: case, accents, compact ISO, East Asian."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

# Letters that do not decompose into a base letter and a mark.
_PLAIN: Final = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d", "ß": "ss", "æ": "ae"})

_COMMENT = re.compile(r"\([^()]*\)")
_REGION = re.compile(r"\b(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[\w/+-]+")
_COMPACT = re.compile(r"^(\d{4})(\d\d)(\d\d)(?:t?(\d\d)(\d\d)(\d\d)?)?(?!\d)")

# Year, month and day marked by a word each, as in Chinese, Japanese and Korean.
_MARKED_DATE = re.compile(
    r"(?<!\d)(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]"
    r"\s*(?:(?:星期|周|週)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일)?"
)
_MARKED_TIME = re.compile(
    r"(?:(上午|午前|오전)|(下午|午後|오후))?\s*(?<!\d)(\d{1,2})\s*[:時时点點시]\s*(\d{1,2})?(?!\d)"
    r"\s*[分분]?(?:\s*[:]?\s*(\d{1,2})(?!\d)\s*[秒초]?)?"
)


def region(raw: str) -> tuple[tzinfo | None, str | None, str]:
    """The zone of an IANA name (Europe/Brussels), a note, and the string without it.

    The note is `naive` where no such place is known: the zone is UTC then.
    """
    found = _REGION.search(raw)
    if not found:
        return None, None, raw
    rest = raw[: found.start()] + raw[found.end() :]
    try:
        return ZoneInfo(found.group()), None, rest
    except (KeyError, ValueError, OSError):  # not found; not a name; a directory of names
        return UTC, "naive", rest


def plain(raw: str) -> str:
    """`raw` without comments in brackets, folded, its date as 2019-05-15 where it was marked."""
    raw = _COMMENT.sub(" ", unicodedata.normalize("NFC", raw))
    if found := _MARKED_DATE.search(raw):
        rest = raw[: found.start()] + " " + raw[found.end() :]
        year, month, day = found.groups()
        raw = f"{year}-{month}-{day} {_MARKED_TIME.sub(_clock, rest)}"
    return _COMPACT.sub(_spread, fold(raw))


def fold(raw: str) -> str:
    """Lower case without accents: `DÉC.` and `dec.` are one word."""
    folded = unicodedata.normalize("NFKD", raw.casefold())
    return "".join(c for c in folded if not unicodedata.combining(c)).translate(_PLAIN)


def _clock(found: re.Match[str]) -> str:
    morning, afternoon, hour, minute, second = found.groups()
    half = " am" if morning else " pm" if afternoon else ""
    return f" {hour}:{minute or '00':0>2}:{second or '00':0>2}{half} "


def _spread(match: re.Match[str]) -> str:
    year, month, day, hour, minute, second = match.groups()
    clock = f" {hour}:{minute}:{second or '00'}" if hour else ""
    return f"{year}-{month}-{day}{clock} "
