"""What pictures say in words: times, spans, kinds, credits, lengths that are cut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from watcher.core.message.words import clean, duration
from watcher.report.spread_values import Span
from watcher.report.values import ArticleLine, Claim, Coverage, Interval, StoryHistory

KINDS: Final[dict[str, str]] = {
    "root": "root: the story's first text here",
    "verbatim": "verbatim: word for word",
    "wrapped": "wrapped: whole, in another site's frame",
    "edited": "edited",
    "excerpt": "excerpt: a part of it",
    "repost": "repost: the same outlet again",
    "translation": "translation",
    "copy": "put here by a person",
}
CREDITS: Final[dict[str, str]] = {
    "full": "full: names the origin",
    "partial": "partial: names the one between",
    "stripped": "stripped: names nobody",
    "wrong": "wrong: names somebody else",
    "none": "nothing to credit",
}
_ORIGIN_KINDS: Final[dict[str, tuple[str, str]]] = {
    "seen": ("First seen", "by our own clock"),
    "claimed": ("First claimed", "by the outlets' dates"),
    "credited": ("Credited", "by the copies' own words"),
    "canonical": ("Canonical", "by what the pages' markup names"),
    "inferred": ("Inferred", "from shared edits and times"),
}
_EPISODES: Final[dict[str, str]] = {
    "first": "the first",
    "new_outlet": "a new outlet had it",
    "redated": "same outlet, new date",
    "readdressed": "same outlet, new address",
    "edited_return": "same outlet, edited text",
}


def origin_kind(kind: str) -> tuple[str, str]:
    """One of the five origin answers: its name, and by what it goes."""
    return _ORIGIN_KINDS.get(kind, (kind.capitalize(), ""))


def episode_kind(subtype: str) -> str:
    """What opened an episode."""
    return _EPISODES.get(subtype, subtype.replace("_", " "))


def credit(verdict: str) -> str:
    """A verdict on credits in two words."""
    return "nothing to credit" if verdict == "none" else f"credit {verdict}"


def stamp(at: datetime) -> str:
    """A moment in UTC to the minute: `2 Mar 2026, 08:18`."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M}"


def day(at: datetime) -> str:
    """`2 Mar 2026`."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y}"


def short_day(at: datetime) -> str:
    """`2 Mar`."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b}"


def clock(at: datetime) -> str:
    """`08:18`."""
    return f"{at.astimezone(UTC):%H:%M}"


def interval(seen: Interval) -> str:
    """What we know of a first sighting (DESIGN section 3), in UTC."""
    if seen.after is None:
        return f"by {stamp(seen.by)} UTC, start unknown"
    after, by = stamp(seen.after), stamp(seen.by)
    if after == by:
        return f"{by} UTC"
    if day(seen.after) == day(seen.by):
        return f"{day(seen.by)}, after {clock(seen.after)}, by {clock(seen.by)} UTC"
    return f"after {after}, by {by} UTC"


def claim(claimed: Claim) -> str:
    """What the outlet says of its article's time."""
    if claimed.at is not None:
        return f"{stamp(claimed.at)} UTC" + (f" ({claimed.note})" if claimed.note else "")
    if claimed.raw:
        return f"“{clean(claimed.raw, 60)}” ({claimed.note or 'unread'})"
    return "gives no date"


def when(article: ArticleLine) -> str:
    """When an article was first there, and by whose clock."""
    if article.clock == "claimed":
        return f"says {claim(article.claimed)}; imported"
    return interval(article.seen)


def span(value: Span | None) -> str:
    """A duration that is known up to an interval: `18 min to 40 min`."""
    if value is None:
        return "–"
    low = None if value.low is None else duration(value.low)
    high = None if value.high is None else duration(value.high)
    if high is None:
        return "unknown" if low is None else f"at least {low}"
    if low is None or not value.low:
        return f"at most {high}" if value.high else high
    return low if low == high else f"{low} to {high}"


def counted(n: int, one: str, many: str | None = None) -> str:
    """`1 copy`, `12,000 copies`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def share(value: float | None) -> str:
    """A share of 0..1 in per cent; `–` where there is none."""
    return "–" if value is None else f"{value:.0%}"


def rest(length: timedelta) -> str:
    """How long a story rested."""
    return f"rest, {duration(length.total_seconds())}"


def coverage(cover: Coverage) -> str:
    """What stands behind a story's figures, in one sentence."""
    words = (
        f"Seen in {counted(cover.feeds, 'feed')} of {cover.polled} polled, with"
        f" {counted(cover.gaps, 'failed poll')} since it was first seen;"
        f" {counted(cover.unknown_starts, 'article')} there before we looked"
    )
    if cover.imported:
        words += f"; {counted(cover.imported, 'article')} imported, placed by their own dates"
    return words + "."


def in_short(history: StoryHistory) -> str:
    """How far the story went, in one sentence."""
    line = history.line
    words = (
        f"{counted(line.articles, 'article')} at {counted(line.outlets, 'outlet')}"
        f" of {counted(line.reach, 'family', 'families')}"
    )
    if line.languages > 1:
        words += f", in {line.languages} languages"
    rests = [
        b.opened - a.last
        for a, b in zip(history.episodes, history.episodes[1:], strict=False)
        if b.opened > a.last
    ]
    if rests:
        longest = duration(max(rests).total_seconds())
        once = len(rests) == 1
        words += f"; it came back {'once' if once else f'{len(rests)} times'}, after"
        words += f" a rest of {longest}" if once else f" rests of up to {longest}"
    return words + "."


def credits_in_short(history: StoryHistory) -> str:
    """What the copies' credits come to; empty where there is nothing to say."""
    verdicts = [a.verdict for a in history.articles if a.article != history.root]
    judged = [v for v in verdicts if v != "none"]
    if not judged:
        return ""
    full = counted(judged.count("full"), "copy", "copies")
    parts = [f"{full} of {len(judged)} credit{'s' * (judged.count('full') == 1)} the origin"]
    if judged.count("partial"):
        parts.append(f"{judged.count('partial')} only the one between")
    if judged.count("stripped"):
        parts.append(f"{judged.count('stripped')} nobody")
    if judged.count("wrong"):
        parts.append(f"{judged.count('wrong')} somebody else")
    return ", ".join(parts) + "."
