"""When to poll: how late entries are seen and what it costs, against three other rules.

    python benchmarks/rhythm.py [--seeds 101,102,103]

Made outlets over 16 weeks, the last 12 of them measured; the rules see what a poller sees. Delay is
from publication to sighting. `swing` is the coefficient of variation of watcher's successive
intervals that begin in the same three hours of the same day of the week: what a rhythm does not
explain. Exit code 1 where watcher's mean delay is not below miniflux's and a fixed 15 minutes' with
no more polls than either, or where it misses more than one entry in 10,000.

The rules as published, facts only, each without the delays of its own queue:
- miniflux, POLLING_SCHEDULER=entry_frequency: a week divided by the weekly count, which is the week
  by the mean gap of the entries of the last seven days, rounded up (0 for fewer than two); between
  5 minutes and 24 hours, factor 1; not sooner than ttl or cache headers say (its defaults).
- Media Cloud's rss-fetcher: starts at 6 hours; a poll with 67 % known entries or more, or without
  change, adds 10 minutes (60 after 31 days without news); one with under 33 % takes off 60, or
  returns to 6 hours from above; between 10 minutes and 24 hours (its defaults).
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from corpora import HERE
from made_outlets import DAY, END, HOUR, MIN, WEEK, Outlet, outlets

sys.path.insert(0, str(HERE.parent))
from watcher.core import schedule
from watcher.core.schedule import Feed, Seen

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
START, WARM = 4 * WEEK, 8 * WEEK  # first poll; measured from there to the end


def instant(seconds: float) -> datetime:
    return MONDAY + timedelta(seconds=seconds)


# ---------------------------------------------------------------- rules


@dataclass(frozen=True)
class View:
    """What a poll showed."""

    now: float
    fresh: list[float | None]  # the dates of entries not seen before; None: without
    entries: int
    max_age: float


@dataclass
class Fixed:
    """Every 15 minutes."""

    def __call__(self, view: View) -> float:
        return 15 * MIN


@dataclass
class Miniflux:
    """Entry frequency."""

    dates: list[float] = field(default_factory=list)

    def __call__(self, view: View) -> float:
        self.dates.extend(view.now if date is None else date for date in view.fresh)
        self.dates.sort()
        week = self.dates[bisect_left(self.dates, view.now - WEEK) :]
        minutes = 1440
        if len(week) > 1 and week[-1] > week[0]:
            count = math.ceil(WEEK / ((week[-1] - week[0]) / (len(week) - 1)))
            minutes = max(5, min(1440, round(10_080 / count)))
        return max(minutes * MIN, view.max_age)


@dataclass
class MediaCloud:
    """Share of known entries."""

    minutes: int = 360
    polls: int = 0
    last_news: float | None = None

    def __call__(self, view: View) -> float:
        self.polls += 1
        if view.fresh:
            self.last_news = view.now
        known = 1 - len(view.fresh) / max(1, view.entries)
        if self.polls > 1 and known >= 0.67:
            long = self.last_news is not None and view.now - self.last_news >= 32 * DAY
            self.minutes = min(1440, self.minutes + (60 if long and known == 1 else 10))
        elif self.polls > 1 and known < 0.33:
            self.minutes = 360 if self.minutes > 360 else max(10, self.minutes - 60)
        return self.minutes * MIN


class Watcher:
    """Ours, told what `watcher.poll` tells it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: list[Seen] = []
        self._before: datetime | None = None
        self._first: datetime | None = None
        self._learned: tuple[float, schedule.Rhythm] | None = None
        self._interval = schedule.DEFAULT_S

    def __call__(self, view: View) -> float:
        now = instant(view.now)
        new = [Seen(None if d is None else instant(d), self._before, now) for d in view.fresh]
        answer = schedule.next_poll(
            Feed(
                key=self._name,
                last_interval_s=self._interval,
                published=schedule.placed([*self._seen[-schedule.RECENT :], *new]),
                rhythm=self._rhythm(view.now),
                room=view.entries,
                known_share=None if self._first is None else 1 - len(new) / max(1, view.entries),
                max_age_s=view.max_age or None,
            ),
            now,
        )
        self._seen.extend(new)
        self._before, self._interval = now, answer.seconds
        self._first = self._first or now
        return answer.seconds

    def _rhythm(self, now: float) -> schedule.Rhythm | None:
        if self._first is None:
            return None
        if self._learned is not None:
            at, kept = self._learned
            if now - at < (DAY if kept.known >= 40 else 2 * HOUR):
                return kept
        seen = self._seen[-5000:]
        since = self._first if len(seen) < 5000 else None
        self._learned = now, schedule.learn(schedule.placed(seen), instant(now), since)
        return self._learned[1]


RULES: dict[str, Callable[[str], Callable[[View], float]]] = {
    "watcher": Watcher,
    "15 minutes": lambda name: Fixed(),
    "miniflux": lambda name: Miniflux(),
    "Media Cloud": lambda name: MediaCloud(),
}


# ---------------------------------------------------------------- playing


@dataclass
class Run:
    """A rule at an outlet. `delays` in seconds; `intervals`: (begin, length)."""

    delays: list[float] = field(default_factory=list)
    missed: int = 0
    intervals: list[tuple[float, float]] = field(default_factory=list)

    @property
    def polls(self) -> float:
        """A day."""
        return len(self.intervals) / ((END - WARM) / DAY)

    def swing(self) -> float:
        """See above; 0 where no time of the week has three."""
        bins = defaultdict(list)
        for at, length in self.intervals:
            bins[int(at % WEEK // (3 * HOUR))].append(length)
        told = [b for b in bins.values() if len(b) > 2]
        squares = sum(len(b) * (statistics.pstdev(b) / statistics.mean(b)) ** 2 for b in told)
        return math.sqrt(squares / sum(map(len, told))) if told else 0.0


def play(outlet: Outlet, rule: Callable[[View], float], offset: float) -> Run:
    """From the first poll to the end."""
    run, at, seen = Run(), START + offset, 0
    while at < END:
        made = at // outlet.max_age * outlet.max_age if outlet.max_age else at
        upto = bisect_right(outlet.times, made)
        oldest = max(0, upto - outlet.room)
        if at > START + offset:
            run.missed += sum(outlet.times[i] >= WARM for i in range(seen, min(oldest, upto)))
        new = outlet.times[max(oldest, seen) : upto]
        run.delays.extend(at - t for t in new if t >= WARM)
        seen = upto
        fresh: list[float | None] = list(new) if outlet.dated else [None] * len(new)
        length = rule(View(at, fresh, upto - oldest, outlet.max_age))
        if at >= WARM:
            run.intervals.append((at, length))
        at += length
    return run


def quantile(values: list[float], share: float) -> float:
    """In minutes; 0 for none."""
    return sorted(values)[int(share * len(values))] / MIN if values else 0.0


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", default="101,102,103")
    seeds = [int(s) for s in parser.parse_args().seeds.split(",")]
    start = time.process_time()
    runs: dict[str, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for seed in seeds:
        for outlet in outlets(seed):
            for name, rule in RULES.items():
                offset = random.Random(seed).random() * 5 * MIN
                runs[outlet.name][name].append(play(outlet, rule(outlet.name), offset))
    print("Delay in minutes, median / p90 (polls a day)\n")
    print("| outlet | entries a day |", " | ".join(RULES), "| missed | swing |")
    print("|", " | ".join(["---"] * (len(RULES) + 4)), "|")
    delays: dict[str, list[float]] = defaultdict(list)
    polls, missed = defaultdict(float), defaultdict(int)
    means: dict[str, list[float]] = defaultdict(list)
    for kind, by_rule in runs.items():
        cells = []
        for name, found in by_rule.items():
            late = [d for run in found for d in run.delays]
            spent = statistics.mean(run.polls for run in found)
            cells.append(f"{quantile(late, 0.5):.1f} / {quantile(late, 0.9):.1f} ({spent:.1f})")
            delays[name] += late
            polls[name] += spent
            missed[name] += sum(run.missed for run in found)
            means[name].append(statistics.mean(late) / MIN if late else 0.0)
        ours = by_rule["watcher"]
        entries = sum(len(r.delays) + r.missed for r in ours) / len(seeds) / ((END - WARM) / DAY)
        lost = " ".join(str(sum(r.missed for r in by_rule[name])) for name in RULES)
        swing = statistics.mean(r.swing() for r in ours)
        print("|", " | ".join([kind, f"{entries:.3g}", *cells, lost, f"{swing:.2f}"]), "|")
    mean = {name: statistics.mean(late) / MIN for name, late in delays.items()}
    for title, told in (
        ("all entries", [f"{quantile(delays[n], 0.5):.1f} / {quantile(delays[n], 0.9):.1f} "
                         f"({polls[n]:.0f})" for n in RULES]),
        ("mean of all entries", [f"{mean[n]:.1f}" for n in RULES]),
        ("mean of the outlets' means", [f"{statistics.mean(means[n]):.0f}" for n in RULES]),
    ):  # fmt: skip
        lost = " ".join(str(missed[n]) for n in RULES) if title == "all entries" else ""
        print("|", " | ".join([title, "", *told, lost, ""]), "|")
    print(f"\n{len(seeds)} seeds, {time.process_time() - start:.0f} s of CPU")
    good = all(
        mean["watcher"] < mean[n] and polls["watcher"] <= polls[n]
        for n in ("15 minutes", "miniflux")
    )
    rare = missed["watcher"] <= len(delays["watcher"]) / 10_000
    return 0 if good and rare else 1


if __name__ == "__main__":
    raise SystemExit(main())
