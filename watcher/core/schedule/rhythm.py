"""An outlet's publishing rhythm, learned from what its feed showed, and the wait that it asks for.

The method is that of Sia, Cho and Cho, "Efficient Monitoring Algorithm for Fast News Alerts" (IEEE
TKDE 19(7), 2007): publications are a Poisson process whose rate repeats daily and weekly, and a
given number of polls gives the least mean delay where polls are as dense as the square root of the
rate. How dense in all is set by an exchange rate, `POLL_WORTH_S`. Three things are added. What sets
off more of its kind (breaking news) raises the rate for a while, by the share of publications that
come so (Hawkes 1971; for the share, counts scatter: their variance over their mean tends to
1 / (1 - share)^2). A silence longer than the rhythm explains lowers it. And a slow feed is not
asked more than `POLLS_PER_ENTRY` times for each of its publications.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

POLL_WORTH_S = 300.0  # a poll is spent where it saves so many seconds of waiting, over all entries
POLLS_PER_ENTRY = 30.0
_SLOW = 1 / (2 * POLL_WORTH_S * POLLS_PER_ENTRY**2)  # a rate under which that bound holds
RECENT = 24  # publications whose wake is looked at
HISTORY = timedelta(weeks=26)  # nothing older counts
WAKE_S = 3_600.0  # how long a publication makes others likelier; fades by a factor of e
_HOUR_S = 3_600.0
_DAY_S = 24 * _HOUR_S
_WEEK_S = 7 * _DAY_S
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
_STEP_S = 600.0  # while a wake fades
# The rate is that of the last week, or of so many publications where a week has fewer.
_ENOUGH = 12
# Publications that each hour and each day is given beforehand, against chance.
_PRIOR = 1.5
# Before anything is known: half a publication in so many seconds, which makes 15 minutes.
_PRIOR_S = 0.5 * 900.0**2 / (2 * POLL_WORTH_S)
_USUAL_GAPS = 3.0  # a silence of so many is still in the rhythm
_MOST_WAKE = 0.8


class Seen(NamedTuple):
    """An entry's first sighting in a feed: its outlet's claim, and our interval."""

    claimed: datetime | None
    after: datetime | None  # None: censored
    by: datetime


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a feed publishes. `rate` is in publications a second, averaged over a week; `hours` (of
    the day, in UTC) and `days` (0 = Monday) are factors with a mean of 1; `wake` is the share of
    publications that follow from others, 0 to .8; `known` is how many it was learned from."""

    rate: float
    hours: tuple[float, ...] = (1.0,) * 24
    days: tuple[float, ...] = (1.0,) * 7
    wake: float = 0.0
    known: int = 0


class Wait(NamedTuple):
    """`seconds` until the next poll is worth its cost; `gap` the usual one between publications
    meanwhile; `silence` since the last one, where it stretched the wait. All in seconds."""

    seconds: float
    gap: float
    silence: float | None


def placed(seen: Iterable[Seen]) -> list[datetime]:
    """When entries came out, as well as can be told, oldest first.

    The outlet's claim where our own interval allows it, else that interval's nearer end. Undated
    entries are spread over theirs; censored ones without a date, or with one in the future, are
    left out.
    """
    found: list[datetime] = []
    undated: dict[tuple[datetime, datetime], int] = {}
    for one in seen:
        if one.after is None:
            if one.claimed is not None and one.claimed <= one.by:
                found.append(one.claimed)
        elif one.claimed is not None:
            found.append(min(max(one.claimed, one.after), one.by))
        else:
            undated[one.after, one.by] = undated.get((one.after, one.by), 0) + 1
    for (after, by), n in undated.items():
        found.extend(after + (by - after) * ((i + 0.5) / n) for i in range(n))
    return sorted(found)


def learn(published: Sequence[datetime], now: datetime, since: datetime | None = None) -> Rhythm:
    """The rhythm of a feed that published at these times, in any order.

    `since`: when watching began, so that a feed that showed nothing counts as silent and not as
    unknown. What is older than `HISTORY`, or in the future, is left out.
    """
    times = sorted(t for t in published if now - HISTORY <= t <= now)
    begins = [t for t in (times[0] if times else None, since) if t is not None]
    start = min(max(min(begins, default=now), now - HISTORY), now)
    flat = _Clock((1.0,) * 24, (1.0,) * 7)
    scatter = _scatter(flat, times)
    hours, days = _by_hour(times, scatter), _by_day(times, start, now, scatter)
    clock = _Clock(hours, days)
    scatter = _scatter(clock, times)
    wake = min(_MOST_WAKE, 1 - 1 / math.sqrt(scatter))
    first = max(start, now - timedelta(seconds=_WEEK_S))
    if len(times) - bisect_right(times, first) < _ENOUGH:
        first = times[-_ENOUGH] if len(times) > _ENOUGH else start
    n = len(times) - bisect_right(times, first)
    rate = (n + 0.5) / (clock.between(first, now) + _PRIOR_S)
    return Rhythm(rate, hours, days, wake, len(times))


def wait(
    rhythm: Rhythm, recent: Sequence[datetime], now: datetime, most_s: float, room: float = math.inf
) -> Wait:
    """How long to wait, at most `most_s`.

    `recent`: the latest publications, in any order; `room`: how many more may come before some
    would be missed.
    """
    past = sorted((t for t in recent if t <= now), reverse=True)[:RECENT]
    own = rhythm.rate * (1 - rhythm.wake)
    silence = None
    if past:
        usual = own * _Clock(rhythm.hours, rhythm.days).between(past[0], now)
        if usual > _USUAL_GAPS:
            own *= _USUAL_GAPS / usual
            silence = (now - past[0]).total_seconds()
    echo = sum(math.exp((t - now).total_seconds() / WAKE_S) for t in past) * rhythm.wake / WAKE_S
    hours, days = rhythm.hours, rhythm.days
    monday = (now - _MONDAY).total_seconds() % _WEEK_S
    due = expected = waited = 0.0
    while waited < most_s:
        # In seconds, and not in datetimes: a slow feed takes a step for each hour of its day.
        hour, into = divmod(round(monday + waited, 6), _HOUR_S)
        rate = own * (hours[int(hour) % 24] * days[int(hour) // 24 % 7])
        step = _HOUR_S - into
        if echo and (after := echo * math.exp(-waited / WAKE_S)) > rate / 100:
            rate, step = rate + after, min(step, _STEP_S)
        step = min(max(step, 1.0), most_s - waited)
        # The square root is the smaller one for all but the slowest.
        density = math.sqrt(rate / (2 * POLL_WORTH_S)) if rate > _SLOW else POLLS_PER_ENTRY * rate
        polls, come = density * step, rate * step
        if due + polls < 1 and expected + come < room:
            due, expected, waited = due + polls, expected + come, waited + step
            continue
        part = min(1.0, (1 - due) / polls, (room - expected) / come)
        expected += come * part
        waited += step * part
        break
    return Wait(waited, waited / expected if expected else math.inf, silence)


class _Clock:
    """Counts each second by its factor: a feed that sleeps at night has a short night."""

    def __init__(self, hours: Sequence[float], days: Sequence[float]) -> None:
        self._hours, self._days = hours, days
        self._day_upto = (0.0, *accumulate(days))
        self._hour_upto = (0.0, *accumulate(hours))

    def read(self, when: datetime) -> float:
        weeks, rest = divmod((when - _MONDAY).total_seconds(), _WEEK_S)
        day, rest = divmod(rest, _DAY_S)
        hour, rest = divmod(rest, _HOUR_S)
        d, h = min(int(day), 6), min(int(hour), 23)
        whole_days = (weeks * self._day_upto[7] + self._day_upto[d]) * self._hour_upto[24]
        today = self._days[d] * (self._hour_upto[h] + self._hours[h] * rest / _HOUR_S)
        return (whole_days + today) * _HOUR_S

    def between(self, start: datetime, end: datetime) -> float:
        return max(0.0, self.read(end) - self.read(start))


def _by_hour(times: Sequence[datetime], scatter: float) -> tuple[float, ...]:
    counts = [0] * 24
    for t in times:
        counts[t.hour] += 1
    mean, prior = len(times) / 24, _PRIOR * scatter
    # An hour lends to its neighbours: publication times are not cut to hours.
    smooth = [(counts[h - 1] + 2 * counts[h] + counts[(h + 1) % 24]) / 4 for h in range(24)]
    return tuple((c + prior) / (mean + prior) for c in smooth)


def _by_day(
    times: Sequence[datetime], start: datetime, now: datetime, scatter: float
) -> tuple[float, ...]:
    weeks = int((now - start).total_seconds() // _WEEK_S)
    if weeks < 2:
        return (1.0,) * 7
    counts = [0] * 7
    for t in times:
        if t > now - timedelta(weeks=weeks):
            counts[t.weekday()] += 1
    mean, prior = sum(counts) / 7, _PRIOR * scatter
    return tuple((c + prior) / (mean + prior) for c in counts)


def _scatter(clock: _Clock, times: Sequence[datetime]) -> float:
    """Variance over mean of the counts in windows of equal length by the clock; at least 1, and 1
    where chance explains it."""
    if len(times) < 16:
        return 1.0
    read = [clock.read(t) for t in times]
    whole = read[-1] - read[0]
    if whole <= 0:
        return 1.0
    size = max(4 * WAKE_S, whole / len(times))
    windows = int(whole // size)
    if windows < 16:
        return 1.0
    counts = [0] * windows
    for r in read:
        window = int((r - read[0]) // size)
        if window < windows:
            counts[window] += 1
    mean = sum(counts) / windows
    found = sum((c - mean) ** 2 for c in counts) / (windows - 1) / mean
    return found if found > 1 + 3 * math.sqrt(2 / windows) else 1.0
