"""When a feed is called silent: how often wrongly over simulated years, and how soon once dead."""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.core.feedplay import (
    DAY,
    by_chance,
    live,
    monthly,
    morning,
    paper,
    started,
    weekly,
    wire,
)

# What it is, when it publishes, hours from poll to poll.
RHYTHMS = (
    ("wire, day and night", wire, 2),
    ("paper, rests at weekends", paper, 2),
    ("one each morning", morning, 3),
    ("weekly", weekly, 8),
    ("monthly", monthly, 24),
    ("by chance, one in 6 h", by_chance(6), 3),
    ("by chance, one a day", by_chance(24), 6),
    ("by chance, one a week", by_chance(168), 12),
)
DEAD_DAYS = 150


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=6, help="feeds of each rhythm (default: 6)")
    parser.add_argument("--days", type=int, default=1500, help="days each lives (default: 1500)")
    asked = parser.parse_args()
    began, polls = time.process_time(), 0.0
    print("| rhythm | wrongly silent, a year | told after its death |")
    print("| --- | --- | --- |")
    for name, rhythm, every in RHYTHMS:
        wrong, late = 0, []
        for seed in range(asked.runs):
            feed = started()
            live(feed, list(rhythm(random.Random(100 + seed), asked.days)), asked.days, every)
            wrong += feed.raised().count("silent")
            last = feed.memory.fresh_at
            assert last is not None
            (told, _), *_ = live(feed, [], DEAD_DAYS, every)
            late.append((told - last) / DAY)
            polls += (asked.days + DEAD_DAYS) * 24 / every
        years = asked.runs * asked.days / 365
        print(f"| {name} | {wrong / years:.2f} | {statistics.median(late):.1f} d |")
    each = (time.process_time() - began) / polls
    print(f"\n{polls:,.0f} polls judged, {each * 1e6:.0f} us of CPU each, the simulation included.")


if __name__ == "__main__":
    main()
