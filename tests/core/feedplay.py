"""Feeds that live for years in a moment: how a database would keep one, and when they publish."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from watcher.core.health import Finding, Health, Judged, Memory, Seen, judge

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TIMEOUT: dict[str, Any] = {"error": "timeout", "told": "no answer within 30 s"}


@dataclass
class Played:
    """A feed as the database would keep it from poll to poll. Its clock is `at`."""

    at: datetime = MONDAY
    url: str = "https://times.example/rss"
    first_ok_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_fresh_at: datetime | None = None
    last_polled_at: datetime | None = None
    failures: int = 0
    interval_s: float = 3_600.0
    moved_to: str | None = None
    moving_to: str | None = None
    moving_since: datetime | None = None
    moving_seen: int = 0
    memory: Memory = field(default_factory=Memory)
    begun: list[Finding] = field(default_factory=list)

    def poll(self, after: timedelta = HOUR, **seen: Any) -> Judged:
        """One poll, `after` the one before; what it saw as `Seen` has it."""
        self.at += after
        one = Seen(self.at, **({"site": "times.example"} | seen))
        # Through JSON each time, as the database keeps it.
        memory = Memory.from_plain(json.loads(json.dumps(self.memory.to_plain())))
        judged = judge(self, memory, one)
        self.memory = judged.memory
        self.begun += judged.begun
        self._keep(one)
        return judged

    def _keep(self, seen: Seen) -> None:
        self.last_polled_at = seen.at
        if seen.error:
            self.failures += 1
            return
        self.failures, self.last_ok_at = 0, seen.at
        if seen.entries:
            self.first_ok_at = self.first_ok_at or seen.at
        if seen.fresh:
            self.last_fresh_at = seen.at
        same = seen.permanent_to == self.moving_to
        self.moving_seen = self.moving_seen + 1 if same else 1
        self.moving_since = self.moving_since if same else seen.at
        self.moving_to = seen.permanent_to

    def read(self, fresh: int = 0, after: timedelta = HOUR, **seen: Any) -> Judged:
        """A document of 20 entries."""
        return self.poll(after, **({"entries": 20, "fresh": fresh} | seen))

    def raised(self) -> list[str]:
        """What became grave, in order."""
        return [str(one.health) for one in self.begun]


def started(**known: Any) -> Played:
    """A feed that was read once, with all of its entries new."""
    feed = Played(**known)
    feed.read(20)
    return feed


# ---------------------------------------------------------------- rhythms: hours from a Monday


Rhythm = Callable[[random.Random, int], Iterator[float]]


def wire(rng: random.Random, days: int) -> Iterator[float]:
    """Day and night, five an hour by day and one in two hours at night."""
    hours = 0.0
    while hours < 24 * days:
        hours += rng.expovariate(5 if 6 <= hours % 24 < 22 else 0.5)
        yield hours


def paper(rng: random.Random, days: int) -> Iterator[float]:
    """Twenty on each working day from seven to seven, nothing at the weekend or over Easter."""
    for day in range(days):
        if day % 7 < 5 and day % 365 not in (95, 98):
            yield from sorted(24 * day + rng.uniform(7, 19) for _ in range(20))


def morning(rng: random.Random, days: int) -> Iterator[float]:
    """One at eight in the morning, but for Sundays."""
    return (24 * day + rng.gauss(8, 0.5) for day in range(days) if day % 7 != 6)


def weekly(rng: random.Random, days: int) -> Iterator[float]:
    return (24 * day + rng.gauss(36, 6) for day in range(0, days, 7))


def monthly(rng: random.Random, days: int) -> Iterator[float]:
    return (24 * day + rng.gauss(240, 48) for day in range(0, days, 30))


def by_chance(mean_h: float) -> Rhythm:
    def times(rng: random.Random, days: int) -> Iterator[float]:
        hours = 0.0
        while hours < 24 * days:
            hours += rng.expovariate(1 / mean_h)
            yield hours

    return times


def live(
    feed: Played, times: list[float], days: float, every: float
) -> list[tuple[datetime, Judged]]:
    """Polls every so many hours for so many days; those that called it silent, and when."""
    silent = []
    place, hours = 0, 0.0
    feed.interval_s = every * 3_600
    while hours < 24 * days:
        hours += every
        before = place
        while place < len(times) and times[place] <= hours:
            place += 1
        new = place - before
        judged = feed.read(new, every * HOUR) if new else feed.poll(every * HOUR)
        if judged.verdict.health is Health.SILENT:
            silent.append((feed.at, judged))
    return silent
