"""Made outlets for `rhythm.py`: when each published, from a Monday on, and what its feed shows."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MIN, HOUR, DAY, WEEK = 60.0, 3600.0, 86_400.0, 604_800.0  # seconds
END = 20 * WEEK


@dataclass(frozen=True)
class Outlet:
    """When it published, how many entries its feed holds, and how the server answers."""

    name: str
    times: list[float]
    room: int
    dated: bool = True
    max_age: float = 0.0  # and no document is made anew before that


def thinned(rng: random.Random, per_day: float, factor: Callable[[float], float]) -> list[float]:
    """A Poisson process whose rate is `per_day` times `factor`, which is at most 1."""
    at, found = 0.0, []
    while (at := at + rng.expovariate(per_day / DAY)) < END:
        if rng.random() < factor(at):
            found.append(at)
    return found


def cascaded(rng: random.Random, seeds: list[float], share: float, fades: float) -> list[float]:
    """A Hawkes process: each entry sets off `share` others, exponentially later."""
    found, queue = list(seeds), list(seeds)
    while queue:
        at = queue.pop()
        left = rng.random()
        while left > math.exp(-share):
            left *= rng.random()
            child = at + rng.expovariate(1 / fades)
            if child < END:
                found.append(child)
                queue.append(child)
    return sorted(found)


def office(night: float, weekend: float, opens: int = 7, closes: int = 19) -> Callable[..., float]:
    """The day of a newsroom."""

    def factor(at: float) -> float:
        open_ = opens <= at % DAY / HOUR < closes
        return (1.0 if open_ else night) * (weekend if at // DAY % 7 >= 5 else 1.0)

    return factor


def outlets(seed: int) -> Iterator[Outlet]:
    """One of each kind."""
    rng = random.Random(seed)
    wire = thinned(rng, 400, office(0.5, 0.7))
    yield Outlet("breaking wire", cascaded(rng, wire, 0.5, 900), 100)
    yield Outlet("national daily", thinned(rng, 210, office(0.08, 0.6)), 50)
    yield Outlet("local paper", thinned(rng, 30, office(0.03, 0.15, 8, 18)), 30)
    weekly = [3 * DAY + 8 * HOUR + n * WEEK + rng.gauss(0, 40 * MIN) for n in range(20)]
    yield Outlet("weekly", weekly, 20)
    monthly, at = [], rng.random() * 20 * DAY
    while at < END:
        monthly.append(at)
        at += 30 * DAY + rng.gauss(0, 2 * DAY)
    yield Outlet("monthly", monthly, 12)
    yield Outlet("blog", thinned(rng, 2 / 7, lambda at: 1.0), 10)
    sparks = thinned(rng, 1.6, lambda at: 1.0)
    yield Outlet("bursts", cascaded(rng, sparks, 0.8, HOUR), 25)
    yield Outlet("10 entries, fast", thinned(rng, 700, office(0.15, 0.8, 6, 22)), 10)
    half = thinned(rng, 70, office(0.1, 0.6))
    yield Outlet("max-age 30 min", half, 30, max_age=30 * MIN)
    yield Outlet("without dates", thinned(rng, 20, office(0.1, 0.4)), 20, dated=False)
    closing = thinned(rng, 24, lambda at: office(0.1, 0.4)(at) if at < 12 * WEEK else 0.0)
    yield Outlet("closes half-way", closing, 20)
    growing = thinned(rng, 12, lambda at: 1.0 if at > 12 * WEEK else 1 / 36)
    yield Outlet("blog, then daily", growing, 20)
