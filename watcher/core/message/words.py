"""Small texts that every message uses: cleaning, times, lengths of time, what happened."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

from watcher.core.message.facts import Facts

WORDS_CAP = 160

# Controls, line separators, and the invisible characters that reorder or hide text. The joiners
# (200C, 200D) stay: Persian and emoji are spelled with them. So do the marks 200E and 200F.
_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)

_WHAT = {
    "first_copy": "First copy",
    "new_copy": "New copy",
    "velocity": "Spreading fast",
    "credit_stripped": "Copy without a credit",
    "credit_wrong": "Copy credits somebody else",
    "missing_origin": "Copy credits a source never seen here",
    "redated": "Issued again with a new date",
    "origin_edited": "The origin was edited",
    "origin_withdrawn": "The origin was withdrawn",
    "copy_removed": "A copy was removed",
    "burst": "Copies in a coordinated burst",
    "new_mention": "Phrase found",
    "feed_bad": "A feed has gone bad",
}
# A feed_bad's step is the verdict on the feed (watcher.core.health).
_BAD = {
    "failing": "A feed fails",
    "gone": "A feed is gone",
    "html": "A feed turned into a web page",
    "empty": "A feed has no entries any more",
    "no_full_text": "A feed lost its full text",
    "silent": "A feed fell silent",
    "moved": "A feed moved to another site",
    "bad_dates": "A feed has absurd dates",
}
_SUBTYPE = {
    "new_outlet": "at a new outlet",
    "redated": "same outlet, new date",
    "readdressed": "same outlet, new address",
    "edited_return": "same outlet, edited text",
}


def clean(text: str, cap: int = WORDS_CAP) -> str:
    """One line without controls or characters that hide or reorder text, at most `cap` long."""
    line = " ".join(_UNSAFE.sub("", _BREAKS.sub(" ", text)).split())
    return line if len(line) <= cap else line[: cap - 1].rstrip() + "…"


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes (UAX 11: wide and full-width letters take two,
    combining marks and joiners none)."""
    return sum(
        0
        if unicodedata.category(c) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def folded(text: str, width: int, indent: str = "", first: str = "") -> list[str]:
    """`text` in lines of at most `width` columns, the first begun by `first`, others by `indent`.

    Broken at spaces. A word that is wider than a line stands on one of its own, uncut: as a rule
    it is an address, and people copy it. One without spaces, as Chinese has it, is broken.
    """
    lines: list[str] = []
    line, begun = first, False
    for word in text.split(" "):
        gap = " " if begun else ""
        if begun and cells(line) + 1 + cells(word) > width:
            lines.append(line)
            line, gap = indent, ""
        line, begun = f"{line}{gap}{word}", True
        while cells(line) > width and "://" not in word and (at := _break(line, width)):
            lines.append(line[:at])
            line = indent + line[at:]
    return [*lines, line]


def _break(line: str, width: int) -> int:
    """Where a line too wide is broken: after its last letter that fits; 0: nowhere."""
    size = 0
    for at, c in enumerate(line):
        size += cells(c)
        if size > width:
            return at if line[:at].strip() else 0
    return 0


def duration(seconds: float) -> str:
    """A length of time in its two largest units: `9 d 4 h`, `12 min`, `40 s`."""
    left = max(0, round(seconds))
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"


def instant(at: datetime) -> str:
    """A time in UTC to the minute."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def interval(after: datetime | None, by: datetime | None) -> str:
    """What we know of a first sighting (DESIGN section 3)."""
    if by is None:
        return "not seen in a feed"
    if after is None:
        return f"by {instant(by)}, start unknown"
    start, end = after.astimezone(UTC), by.astimezone(UTC)
    left = start.strftime("%Y-%m-%d %H:%M")
    if left == end.strftime("%Y-%m-%d %H:%M"):
        return instant(end)
    if (start.year, start.month, start.day) == (end.year, end.month, end.day):
        return f"{left} to {end.strftime('%H:%M UTC')}"
    return f"{left} to {instant(end)}"


def what(facts: Facts) -> str:
    """What happened, in a few words of ours."""
    how = " (translation, suggested)" * (
        facts.kind == "translation" and facts.status == "suggested"
    )
    if facts.condition == "resurfaced":
        rest = "" if facts.rested_for is None else f" after {duration(facts.rested_for)}"
        where = _SUBTYPE.get(facts.subtype or "", "")
        return f"Resurfaced{how}{rest}" + (f", {where}" if where else "")
    return f"{_what(facts)}{how}"


def _what(facts: Facts) -> str:
    if facts.condition == "reach":
        return f"Reached {clean(facts.step) or facts.totals.families} families"
    if facts.condition == "outlet":
        return f"Copied by {clean(facts.outlet, 60)}"
    if facts.condition == "family":
        return f"Copied in the family {clean(facts.family or facts.outlet, 60)}"
    if facts.condition == "feed_bad" and facts.step in _BAD:
        return _BAD[facts.step]
    return _WHAT.get(facts.condition, facts.condition.replace("_", " ").capitalize())
