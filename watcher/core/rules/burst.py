"""Coordinated bursts: many outlets of a list at once, against their own normal lag.

The statistic. Of the outlets of a list that took a text, m were seen within half an hour. How
often would that be chance? Each outlet's past lags (seconds from a story's first sighting to the
outlet's copy) say how often it comes in that very half hour after a story's start:
p = (r + 1/2) / (n + 1), r of its n past lags lying there (Krichevsky and Trofimov 1981: never 0
or 1). No shape of a distribution is assumed, and one absurd lag moves p by 1/n at the most.
If outlets chose their times apart from each other, the number in the half hour would be a sum of
unequal coin throws (Poisson binomial; Hong 2013), whose tail P(X >= m) is computed exactly. As
each arrival may begin a half hour, the tail is multiplied by their number (Bonferroni). Outlets
that always copy within minutes, as a family's titles do, have p near 1: they are no burst.

An outlet with fewer than 5 past lags is given the lags of the whole list; a list with fewer than
20 in all cannot be judged, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=30)
CHANCE = 0.01  # at most this, and it is no chance
OWN_LAGS = 5
LIST_LAGS = 20
NAMED = 5  # outlets that the sentence names


@dataclass(frozen=True, slots=True)
class Burst:
    """The densest half hour. `chance`: 0..1; None where it could not be judged, or need not."""

    met: bool
    outlets: tuple[str, ...]
    chance: float | None
    detail: str


def burst(
    came: Sequence[tuple[str, datetime]],
    lags: Mapping[str, Sequence[float]],
    start: datetime,
    least: int,
) -> Burst:
    """Whether `least` outlets came within half an hour, less often than chance would have it.

    `came`: (outlet, when it was first seen) of those of the list that took the text, in any order;
    the source is not among them. `lags`: each outlet's past lags, in seconds. `start`: when the
    story, or its episode, began. Raises ValueError where `least` is below 2.
    """
    if least < 2:
        raise ValueError(f"one outlet is no burst: {least}")
    first: dict[str, datetime] = {}
    for outlet, at in came:
        first[outlet] = min(at, first.get(outlet, at))
    ordered = sorted(first.items(), key=lambda pair: (pair[1], pair[0]))
    within: list[str] = []
    since = start
    for i, (_, begin) in enumerate(ordered):
        inside = [o for o, at in ordered[i:] if at - begin <= WINDOW]
        if len(inside) > len(within):
            within, since = inside, begin
    many = f"{len(within)} of {len(ordered)} outlets within {_minutes(WINDOW)}"
    many += f" ({', '.join(within[:NAMED])}{' …' if len(within) > NAMED else ''})"
    if len(within) < least:
        return Burst(False, tuple(within), None, f"{many}; asked for {least}")
    pooled = [lag for o in first for lag in lags.get(o, ())]
    if len(pooled) < LIST_LAGS:
        return Burst(
            False,
            tuple(within),
            None,
            f"{many}, but only {len(pooled)} past lags of them are known: too few to judge"
            f" (at least {LIST_LAGS})",
        )
    low = (since - start).total_seconds()
    high = low + WINDOW.total_seconds()
    # In one order, whatever order they came in: sums of floats depend on it.
    shares = [
        _share(own if len(own := lags.get(o, ())) >= OWN_LAGS else pooled, low, high)
        for o in sorted(first)
    ]
    chance = min(1.0, len(ordered) * tail(shares, len(within)))
    met = chance <= CHANCE
    verdict = "by their own usual lags the chance of it is"
    return Burst(met, tuple(within), chance, f"{many}; {verdict} {_percent(chance)}")


def tail(shares: Sequence[float], least: int) -> float:
    """P(at least `least` of independent events happen), each with its own probability.

    The exact distribution by convolution: n^2 steps, all terms positive, so nothing cancels.
    """
    counts = [1.0]
    for p in shares:
        grown = [0.0] * (len(counts) + 1)
        for k, share in enumerate(counts):
            grown[k] += share * (1 - p)
            grown[k + 1] += share * p
        counts = grown
    return min(1.0, sum(counts[least:]))


def _share(own: Sequence[float], low: float, high: float) -> float:
    return (sum(low <= lag <= high for lag in own) + 0.5) / (len(own) + 1)


def _minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:.0f} min"


def _percent(chance: float) -> str:
    return "below 0.1 %" if chance < 0.001 else f"{100 * chance:.2g} %"
