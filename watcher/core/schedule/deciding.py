"""The next poll of one feed: wish, floors, bounds, spread and skips, in that order."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta

from watcher.core.schedule.facts import Feed, Limits, Next, Rule
from watcher.core.schedule.rhythm import learn, wait

CROWDED = 0.5  # under this share of known entries, some may have come and gone unseen
ROOM = 0.25  # of a document may be expected to be new: bursts bring several times as much
JITTER = 0.1
# Longer than this and Retry-After would be a permanent stop that nobody notices.
RETRY_AFTER_CAP_S = 2 * 86_400.0
_HOUR = timedelta(hours=1)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LIMITS = Limits()


def next_poll(feed: Feed, now: datetime, limits: Limits = _LIMITS) -> Next:
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
    seconds, rule, reason = _wish(feed, now, limits)
    for floor_s, name, said in (
        (feed.max_age_s, Rule.MAX_AGE, "the server's cache headers say"),
        (feed.hints.ttl, Rule.TTL, "the feed's ttl says"),
        (feed.hints.update_every, Rule.UPDATE, "the feed's sy:update hints say"),
    ):
        if floor_s is not None and floor_s > seconds:
            seconds, rule = float(floor_s), name
            reason = f"not sooner than {said}, {_span(floor_s)}; {reason}"
    return _finish(feed, now, limits, seconds, rule, reason)


def first_poll(key: str, now: datetime, over_s: float) -> Next:
    """The first poll of a feed just added: somewhere in the next `over_s` seconds, so that a
    start with ten thousand feeds is not a burst."""
    seconds = max(0.0, over_s) * _fraction(key, "start")
    return Next(
        now + timedelta(seconds=seconds), seconds, "new feed: starts are spread", Rule.START
    )


# ---------------------------------------------------------------- wishes


def _wish(feed: Feed, now: datetime, limits: Limits) -> tuple[float, Rule, str]:
    if feed.configured_s is not None:
        return feed.configured_s, Rule.CONFIGURED, "the interval in feeds.yaml"
    seconds, rule, reason = _by_rhythm(feed, now, limits)
    share = feed.known_share
    if share is not None and share < CROWDED:
        # The document turned over by more than half: read it at least that much sooner.
        crowded = feed.last_interval_s * max(share, 0.25) / CROWDED
        if crowded < seconds:
            return crowded, Rule.CROWDED, f"{1 - share:.0%} of its entries were new"
    return seconds, rule, reason


def _by_rhythm(feed: Feed, now: datetime, limits: Limits) -> tuple[float, Rule, str]:
    rhythm = feed.rhythm or learn(feed.published, now)
    room = math.inf if feed.room is None else max(1.0, feed.room * ROOM)
    # A second beyond the cap tells a wait that was cut from one that was not.
    found = wait(rhythm, feed.published, now, limits.max_s + 1, room)
    if found.silence is not None:
        return found.seconds, Rule.QUIET, f"nothing new for {_span(found.silence)}"
    if not rhythm.known:
        return found.seconds, Rule.QUIET, "no entry of a known time yet"
    return found.seconds, Rule.RHYTHM, f"at this time of the week an entry every {_span(found.gap)}"


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
        steps = (reason, f"the server asked to wait {_span(asked)} (Retry-After)")
        at = now + timedelta(seconds=seconds)
        spread = _spread_words(asked, seconds)
        return Next(at, seconds, steps[-1], Rule.RETRY_AFTER, steps=(*steps, *spread))
    return _finish(feed, now, limits, seconds, Rule.BACKOFF, reason)


# ---------------------------------------------------------------- bounds, spread, skips


def _finish(
    feed: Feed, now: datetime, limits: Limits, seconds: float, rule: Rule, reason: str
) -> Next:
    if seconds < limits.min_s:
        reason = f"min_interval {_span(limits.min_s)}; {reason}"
        seconds, rule = limits.min_s, Rule.MINIMUM
    elif seconds > limits.max_s:
        reason = f"max_interval {_span(limits.max_s)}; {reason}"
        seconds, rule = limits.max_s, Rule.MAXIMUM
    wanted = seconds
    spread = JITTER * _fraction(feed.key, now.isoformat())
    # Away from a floor means later; at the cap there is only sooner.
    if seconds * (1 + JITTER) <= limits.max_s:
        seconds *= 1 + spread
    else:
        floors = (feed.max_age_s, feed.hints.ttl, feed.hints.update_every, limits.min_s)
        floor = min(seconds, max(one for one in floors if one is not None))
        seconds = max(floor, seconds * (1 - spread))
    # The reasons so far stand latest first.
    steps = (*reversed(reason.split("; ")), *_spread_words(wanted, seconds), *_page_words(feed))
    at = now + timedelta(seconds=seconds)
    moved = _skip(at, feed)
    if moved != at:
        return Next(
            moved,
            (moved - now).total_seconds(),
            f"the feed asks not to be read at that hour or day; {reason}",
            Rule.SKIPPED,
            steps=(*steps, f"{_skips(feed)}: from {at:%H:%M} moved to {moved:%a %H:%M} UTC"),
        )
    return Next(at, seconds, reason, rule, steps=steps)


def _spread_words(wanted: float, seconds: float) -> tuple[str, ...]:
    """How far the spread moved the time, where it did by a second or more."""
    by = seconds - wanted
    if abs(by) < 1:
        return ()
    way = "later" if by > 0 else "sooner"
    return (f"{_span(abs(by))} {way}, so that feeds do not stay in step",)


def _page_words(feed: Feed) -> tuple[str, ...]:
    """What holds inside a poll: far under any interval, it moves no time of a next one."""
    gap = feed.hints.page_gap
    return (f"its pages are read {gap:g} s apart, as robots.txt asks (Crawl-delay)",) if gap else ()


def _skips(feed: Feed) -> str:
    """What the feed asks to be spared, in words."""
    asked = []
    if feed.hints.skip_hours:
        asked.append("hours " + ", ".join(str(hour) for hour in sorted(feed.hints.skip_hours)))
    if feed.hints.skip_days:
        asked.append(", ".join(_DAYS[day] for day in sorted(feed.hints.skip_days)))
    return f"the feed asks not to be read at {' and on '.join(asked)}"


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
            n = seconds / size
            return f"{n:.0f} {unit}" if n >= 9.95 else f"{n:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"
