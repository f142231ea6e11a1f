"""Whether a page that we know is still there: when to look again, and when it counts as removed.

Rules
- A page is looked at ever less often as it ages: within a day of its first sighting every 6 hours,
  within a week daily, within a month every 3 days, within half a year weekly, then monthly.
- 404 and 410 alone say that it is gone. One such answer proves nothing: a second look, at least
  6 hours after the first, has to find the same. Timeouts, refusals and 5xx say nothing.
- Nor does it count while its site is out of order as a whole: its front page answers no better, or
  other pages of its outlet are missing and none was found there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

APART = timedelta(hours=6)  # two looks that find it gone
SECOND_LOOK = timedelta(hours=8)
NOT_ALLOWED = timedelta(days=30)  # robots.txt keeps us away: rules change rarely
OTHERS = 2  # pages of the outlet missing besides, none there: its site is out of order
_STEPS = (
    (timedelta(days=1), timedelta(hours=6)),
    (timedelta(days=7), timedelta(days=1)),
    (timedelta(days=30), timedelta(days=3)),
    (timedelta(days=180), timedelta(days=7)),
)
_LAST = timedelta(days=30)
_SPREAD = 0.1  # of the time to the next look: pages that came together are not asked together
_MIX = 0x9E3779B1  # spreads neighbouring numbers (Knuth, TAOCP 3, 6.4: multiplicative hashing)


class Answer(StrEnum):
    """What a look at a page said."""

    THERE = "its page is there"
    MISSING = "its page is missing"
    UNKNOWN = "nothing was learned"
    REFUSED = "we may not look"


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a page. `missing_since`: the first of the `misses` in a row; `gone_at`:
    when that was settled."""

    misses: int = 0
    missing_since: datetime | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """How it stands after a look, when to look again, and why. `removed`: just now settled."""

    standing: Standing
    next_at: datetime
    reason: str
    removed: bool = False


def first_look(article: int, seen_at: datetime, now: datetime) -> datetime:
    """When to look at a page for the first time: never at once."""
    return now + _until_next(article, seen_at, now)


def judge(
    before: Standing,
    answer: Answer,
    *,
    article: int,
    seen_at: datetime,
    now: datetime,
    site_works: bool = True,
    others_missing: int = 0,
    others_there: int = 0,
    said: str = "",
) -> Judged:
    """What a look at `now` means for a page of an article first seen at `seen_at`.

    `site_works`: whether its front page answers; `others_...`: pages of its outlet at their last
    looks, within a day. `said`: the answer in words.
    """
    usual = now + _until_next(article, seen_at, now)
    told = said or answer.value
    if answer is Answer.THERE:
        back = before.gone_at is not None
        return Judged(Standing(), usual, f"{told}: it is back" if back else told)
    if answer is Answer.REFUSED:
        return Judged(before, now + NOT_ALLOWED, told)
    if answer is Answer.UNKNOWN:
        return Judged(before, usual, told)
    if before.gone_at is not None:
        return Judged(replace(before, misses=before.misses + 1), now + _LAST, f"{told}: still gone")
    if not site_works:
        return Judged(before, now + SECOND_LOOK, f"{told}, and so is its site's front page")
    if others_missing >= OTHERS and not others_there:
        return Judged(
            before, now + SECOND_LOOK, f"{told}, and {others_missing} others of its outlet are too"
        )
    since = before.missing_since or now
    missed = Standing(before.misses + 1, since, None)
    if missed.misses < 2 or now - since < APART:
        return Judged(missed, now + SECOND_LOOK, f"{told}: once, to be looked at again")
    gone = replace(missed, gone_at=now)
    return Judged(gone, now + _LAST, f"{told}: {missed.misses} times since {_when(since)}", True)


def _until_next(article: int, seen_at: datetime, now: datetime) -> timedelta:
    age = now - seen_at
    step = next((step for most, step in _STEPS if age < most), _LAST)
    place = (article * _MIX % (1 << 32)) / (1 << 32)
    return step * (1 + _SPREAD * place)


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
