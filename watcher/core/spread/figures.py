"""The figures of a story or an episode (DESIGN section 6), each as exact as the intervals allow.

What we know of a first sighting is an interval. Every time here is therefore a `Span`: the least
and the most that the two intervals allow. For a quantile the bounds are those of order statistics:
the k-th smallest of the true values lies between the k-th smallest lower bound and the k-th
smallest upper bound, whatever the values are. Clocks are never mixed: an article that only its own
date places (an import) has no lag after one that was polled, and is left out of the times.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from watcher.core.spread.order import Seen
from watcher.core.values import Span

WINDOW = timedelta(hours=6)  # of velocity
STEPS = (2, 5, 10)  # families whose time is told


@dataclass(frozen=True, slots=True)
class Joined:
    """An article as the figures see it. `copy`: at another outlet than the story's root.

    `cut`: share of its words that come from its source; `verdict`: on its credit; `silent_edits`:
    its versions that changed the text under an unchanged date.
    """

    article: int
    outlet: str
    family: str
    lang: str | None
    seen: Seen
    copy: bool
    cut: float | None = None
    verdict: str = "none"
    silent_edits: int = 0


def in_order(joined: Iterable[Joined]) -> list[Joined]:
    """Articles by the moment that stands for each; ties by id, which claims no order."""
    return sorted(joined, key=lambda j: (j.seen.at, j.article))


def lag(first: Seen, other: Seen) -> Span | None:
    """Seconds from `first`'s first sighting to `other`'s; 0 where it was the earlier. None: the
    two are placed by different clocks.

    By our clock first is in (a, b] and other in (c, d]: the lag is at least c - b and at most
    d - a. `low` is None where other has no lower end, `high` where first has none. By claims it
    is the difference of the two dates, as exact as the outlets make them.
    """
    if first.clock != other.clock:
        return None
    if first.clock == "claimed":
        exact = max(0.0, (other.at - first.at).total_seconds())
        return Span(exact, exact)
    low = None if other.after is None else max(0.0, (other.after - first.by).total_seconds())
    if first.after is None:
        return Span(low, None)
    return Span(low, max(0.0, (other.by - first.after).total_seconds()))


def nth(spans: Sequence[Span], n: int) -> Span | None:
    """The n-th smallest (1, 2, ...) of values known up to these intervals; None: not so many."""
    if not 1 <= n <= len(spans):
        return None
    lows = sorted(-math.inf if s.low is None else s.low for s in spans)
    highs = sorted(math.inf if s.high is None else s.high for s in spans)
    low, high = lows[n - 1], highs[n - 1]
    return Span(None if low == -math.inf else low, None if high == math.inf else high)


def quantile(spans: Sequence[Span], q: float) -> Span | None:
    """The q-quantile, 0 < q <= 1, by the nearest rank (Hyndman and Fan 1996, type 1): always a
    value that occurs, hence an interval that is true. None: no values."""
    return nth(spans, math.ceil(q * len(spans)))


def copy_lags(first: Joined, joined: Iterable[Joined]) -> list[Span]:
    """The lag of each copy after `first`, by the clock of that; 0 of a copy that is the first."""
    zero = Span(0.0, 0.0)
    found = (
        zero if j.article == first.article else lag(first.seen, j.seen) for j in joined if j.copy
    )
    return [s for s in found if s is not None]


def half_life(first: Joined, joined: Sequence[Joined]) -> Span | None:
    """The time after `first` in which half of the copies had come, half of an odd number rounded
    up. Of a whole story this is the lower median of the lags; of an episode it counts from the
    article that opened it."""
    return quantile(copy_lags(first, joined), 0.5)


def reached(first: Joined, joined: Sequence[Joined], families: int) -> Span | None:
    """The time from `first` until that many families had it, its own included; None: not reached.

    A family's time is that of its earliest article: its bounds are the least of its articles'.
    """
    times: dict[str, Span] = {first.family: Span(0.0, 0.0)}
    for one in joined:
        span = lag(first.seen, one.seen)
        if span is None or one.family == first.family:
            continue
        before = times.get(one.family)
        times[one.family] = span if before is None else _earlier(before, span)
    return nth(list(times.values()), families)


def _earlier(a: Span, b: Span) -> Span:
    low = None if a.low is None or b.low is None else min(a.low, b.low)
    highs = [s.high for s in (a, b) if s.high is not None]
    return Span(low, min(highs) if highs else None)


def velocity(joined: Sequence[Joined]) -> tuple[float, float]:
    """New families an hour over the six hours in which most came: by the moments at which we saw
    them, and the least that is certain.

    A poll after a gap sees at once what came apart. Certain are only families whose whole interval
    lies within the six hours; a censored start lies within none.
    """
    earliest: dict[str, Seen] = {}
    for one in in_order(joined):
        earliest.setdefault(one.family, one.seen)
    seen = [(s.at, s.at) for s in earliest.values()]
    sure = [(start, s.at) for s in earliest.values() if (start := _start(s)) is not None]
    return _most(seen), _most(sure)


def _start(seen: Seen) -> datetime | None:
    return seen.at if seen.clock == "claimed" else seen.after


def _most(intervals: Sequence[tuple[datetime, datetime]]) -> float:
    """The most intervals that lie in one window, an hour."""
    hours = WINDOW / timedelta(hours=1)
    ends = sorted({end for _, end in intervals})
    counts = (sum(end - WINDOW <= a and b <= end for a, b in intervals) for end in ends)
    return max(counts, default=0) / hours


def share_copied(joined: Iterable[Joined]) -> float | None:
    """The median share of the copies' words that come from their source, 0..1; None: unknown."""
    cuts = [j.cut for j in joined if j.copy and j.cut is not None]
    return median(cuts) if cuts else None


def credit_counts(joined: Iterable[Joined]) -> tuple[tuple[str, int], ...]:
    """How many copies have each verdict on their credit, the commonest first."""
    return tuple(Counter(j.verdict for j in joined if j.copy).most_common())


def credit_rate(joined: Iterable[Joined]) -> float | None:
    """Of the copies whose credit could be judged, the share that is full or partial, 0..1; None:
    nothing to credit."""
    judged = [j.verdict for j in joined if j.copy and j.verdict != "none"]
    return sum(v in ("full", "partial") for v in judged) / len(judged) if judged else None
