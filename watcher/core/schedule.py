"""When a feed is polled next, and why (DESIGN section 8). Pure: the same facts, the same answer.

    wish    what we would like: the configured interval, else the feed's own rhythm
            (after a failure: a backoff that grows with the failures, never to a stop)
    floor   what the server asks: Retry-After, max-age, ttl, sy:update*
    bounds  min_interval .. max_interval
    spread  up to a tenth, by a stable hash, so that feeds neither start nor stay in step
    skips   skipHours and skipDays move the result on

Later wins over earlier, but for Retry-After, which only its own cap bounds.
"""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from watcher.core.values import Hints

DEFAULT_S = 900.0  # an unknown feed
RHYTHM_ENTRIES = 20  # publications that make the rhythm
POLLS_PER_ENTRY = 2.0  # half a gap: an entry is then seen a quarter of a gap late on average
CROWDED = 0.5  # under this share of known entries, some may have come and gone unseen
JITTER = 0.1
# Longer than this and Retry-After would be a permanent stop that nobody notices.
RETRY_AFTER_CAP_S = 2 * 86_400.0
_HOUR = timedelta(hours=1)


class Rule(StrEnum):
    """Which consideration set the time."""

    START = "start"
    CONFIGURED = "configured"
    RHYTHM = "rhythm"
    CROWDED = "crowded"
    QUIET = "quiet"
    MAX_AGE = "max_age"
    TTL = "ttl"
    UPDATE = "update"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SKIPPED = "skipped"
    BACKOFF = "backoff"
    RETRY_AFTER = "retry_after"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Feed:
    """What is known of a feed once a poll of it has ended. Seconds; times aware, in UTC."""

    key: str  # what the spread is hashed from: the feed's address
    last_interval_s: float = DEFAULT_S
    configured_s: float | None = None  # `interval:` in feeds.yaml
    published: Sequence[datetime] = ()  # recent publications, in any order
    known_share: float | None = None  # of the last document's entries, 0..1
    hints: Hints = field(default_factory=Hints)
    max_age_s: float | None = None
    failures: int = 0  # in a row, the last poll included
    lasting: bool = False  # the failure looks like more than a hiccup: 404, 403, not a feed
    retry_after_s: float | None = None
    gone: bool = False  # 410


@dataclass(frozen=True, slots=True)
class Limits:
    """`polling.min_interval` and `polling.max_interval`, in seconds."""

    min_s: float = 300.0
    max_s: float = 86_400.0

    def __post_init__(self) -> None:
        if not 0 < self.min_s <= self.max_s:
            raise ValueError(f"0 < min <= max does not hold: {self.min_s}, {self.max_s}")


@dataclass(frozen=True, slots=True)
class Next:
    """`seconds` from now. `stop`: not polled until a person acts; `at` is then only a reminder."""

    at: datetime
    seconds: float
    reason: str
    rule: Rule
    stop: bool = False


def next_poll(feed: Feed, now: datetime, limits: Limits = Limits()) -> Next:
    """The next poll of a feed. Raises ValueError for a naive `now`."""
    if now.tzinfo is None:
        raise ValueError(f"naive time: {now!r}")
    if feed.gone:
        reason = "the server says the feed is gone for good (410): polling stopped"
        return Next(
            now + timedelta(seconds=limits.max_s), limits.max_s, reason, Rule.GONE, stop=True
        )
    if feed.failures > 0:
        return _after_failure(feed, now, limits)
    seconds, rule, reason = _wish(feed, now)
    for floor_s, name, said in (
        (feed.max_age_s, Rule.MAX_AGE, "the server's cache headers"),
        (feed.hints.ttl, Rule.TTL, "the feed's ttl"),
        (feed.hints.update_every, Rule.UPDATE, "the feed's sy:update hints"),
    ):
        if floor_s is not None and floor_s > seconds:
            seconds, rule, reason = float(floor_s), name, f"not sooner than {said} allow"
    return _finish(feed, now, limits, seconds, rule, reason)


def first_poll(key: str, now: datetime, over_s: float) -> Next:
    """The first poll of a feed just added: somewhere in the next `over_s` seconds, so that a
    start with ten thousand feeds is not a burst."""
    seconds = max(0.0, over_s) * _fraction(key, "start")
    return Next(
        now + timedelta(seconds=seconds), seconds, "new feed: starts are spread", Rule.START
    )


# ---------------------------------------------------------------- wishes


def _wish(feed: Feed, now: datetime) -> tuple[float, Rule, str]:
    if feed.configured_s is not None:
        return feed.configured_s, Rule.CONFIGURED, "the interval in feeds.yaml"
    seconds, rule, reason = _rhythm(feed, now)
    share = feed.known_share
    if share is not None and share < CROWDED and feed.published:
        # The document turned over by more than half: read it at least that much sooner.
        crowded = feed.last_interval_s * max(share, 0.25) / CROWDED
        if crowded < seconds:
            return crowded, Rule.CROWDED, f"{1 - share:.0%} of its entries were new"
    return seconds, rule, reason


def _rhythm(feed: Feed, now: datetime) -> tuple[float, Rule, str]:
    """Half the median gap between publications. The silence since the last one counts as a gap
    once it is longer than they are: a feed that falls silent is read less and less."""
    times = sorted((at for at in feed.published if at <= now), reverse=True)[:RHYTHM_ENTRIES]
    if not times:
        return feed.last_interval_s * 1.5, Rule.QUIET, "no dated entries: a little later each time"
    gaps = [(a - b).total_seconds() for a, b in pairwise(times)]
    silence = (now - times[0]).total_seconds()
    usual = statistics.median(gaps) if gaps else silence
    if silence > 2 * usual:
        return silence / POLLS_PER_ENTRY, Rule.QUIET, f"nothing new for {_span(silence)}"
    return usual / POLLS_PER_ENTRY, Rule.RHYTHM, f"an entry every {_span(usual)} or so"


def _after_failure(feed: Feed, now: datetime, limits: Limits) -> Next:
    """Weighted backoff: a hiccup grows by half each time, a lasting fault by two and a half."""
    growth = 2.5 if feed.lasting else 1.5
    base = min(max(feed.configured_s or feed.last_interval_s, limits.min_s), 3_600.0)
    # Past twenty failures every base is at the cap; the bound keeps the power finite.
    seconds = base * growth ** min(feed.failures - 1, 20)
    kind = "lasting fault" if feed.lasting else "failure"
    reason = f"{kind} {feed.failures} in a row"
    asked = min(feed.retry_after_s or 0.0, RETRY_AFTER_CAP_S)
    if asked >= min(seconds, limits.max_s):
        # Jitter only adds: the server named the earliest time.
        seconds = asked * (1 + JITTER * _fraction(feed.key, now.isoformat()))
        reason = f"the server asked to wait {_span(asked)} (Retry-After)"
        return Next(now + timedelta(seconds=seconds), seconds, reason, Rule.RETRY_AFTER)
    return _finish(feed, now, limits, seconds, Rule.BACKOFF, reason)


# ---------------------------------------------------------------- bounds, spread, skips


def _finish(
    feed: Feed, now: datetime, limits: Limits, seconds: float, rule: Rule, reason: str
) -> Next:
    if seconds < limits.min_s:
        seconds, rule, reason = limits.min_s, Rule.MINIMUM, f"min_interval; {reason}"
    elif seconds > limits.max_s:
        seconds, rule, reason = limits.max_s, Rule.MAXIMUM, f"max_interval; {reason}"
    spread = JITTER * _fraction(feed.key, now.isoformat())
    # Away from a floor means later; at the cap there is only sooner.
    if seconds * (1 + JITTER) <= limits.max_s:
        seconds *= 1 + spread
    else:
        floors = (feed.max_age_s, feed.hints.ttl, feed.hints.update_every, limits.min_s)
        floor = min(seconds, max(one for one in floors if one is not None))
        seconds = max(floor, seconds * (1 - spread))
    at = now + timedelta(seconds=seconds)
    moved = _skip(at, feed)
    if moved != at:
        return Next(
            moved,
            (moved - now).total_seconds(),
            f"the feed asks not to be read at that hour or day; {reason}",
            Rule.SKIPPED,
        )
    return Next(at, seconds, reason, rule)


def _skip(at: datetime, feed: Feed) -> datetime:
    """The first time from `at` on that skipHours and skipDays allow (RSS 2.0; hours in UTC).
    A feed that skips everything is taken to mean nothing."""
    hours, days = set(feed.hints.skip_hours), set(feed.hints.skip_days)
    if not hours and not days:
        return at
    if hours >= set(range(24)) or days >= set(range(7)):
        return at
    moved = at
    while moved.hour in hours or moved.weekday() in days:
        moved = moved.replace(minute=0, second=0, microsecond=0) + _HOUR
    if moved == at:
        return at
    # All who wait for the same hour would else arrive on its first second.
    return moved + timedelta(seconds=300 * _fraction(feed.key, moved.isoformat()))


def _fraction(*parts: str) -> float:
    """A number in [0, 1) that these texts always give: spread without randomness."""
    digest = hashlib.blake2s("\0".join(parts).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / (1 << 56)


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"
