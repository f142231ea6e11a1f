"""What outlets, desk and database have seen of several daemons (machines.py)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from storage import models
from tests.e2e.test_crash import consistent, rows
from watcher.archive import open_archive

# 30 s without a sign of life, 5 to the next look (watcher/daemon/crew.py), 5 for the claim, the
# host's turn and a busy machine.
BOUND_S = 40.0


@dataclass(frozen=True)
class Asked:
    """How much there was."""

    outlets: int
    hosts: int
    stories: int
    copies: int
    interval_s: int


def judge(press: Any, fleet: Any, url: str, asked: Asked) -> int:
    """Print what was seen; how much of it is not as it has to be."""
    deaths: list[tuple[float, list[int]]] = fleet.deaths
    consistent(url)
    with open_archive(url) as database:
        found = {table.name: rows(database, table) for table in
                 (models.article, models.poll, models.alert, models.delivery)}  # fmt: skip
    bad: dict[str, int] = {}
    spans: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    for outlet, begin, end in press.asked:
        spans["feed", outlet].append((begin, end))
        spans["host", outlet % asked.hosts].append((begin, end))
    pauses: dict[str, list[float]] = {"feed": [], "host": []}
    cut: list[float] = []
    for (kind, _), ones in spans.items():
        for (begin, end), (after, _) in pairwise(sorted(ones)):
            pauses[kind].append(after - end)
            if kind == "host" and any(begin - 1 < died < after for died, _ in deaths):
                cut.append(after - end)
    for kind, found_pauses in pauses.items():
        bad[f"requests of one {kind} at once"] = sum(p < 0 for p in found_pauses)
    others = sorted(pauses["host"])
    for one in cut:
        others.remove(one)
    print(f"{len(press.asked)} requests; shortest pause at a host {others[0]:.2f} s, where a daemon"
          f" was killed meanwhile {min(cut, default=0):.2f} s")  # fmt: skip
    polls: dict[int, list[float]] = defaultdict(list)
    for poll in sorted(found["poll"], key=lambda p: p.at):
        polls[poll.feed_id].append(poll.at.timestamp())
    gaps = [b - a for ones in polls.values() for a, b in pairwise(ones)]
    gaps.sort()
    failed = Counter(p.outcome for p in found["poll"])
    print(f"{len(found['poll'])} polls ({dict(failed)}) of {len(polls)} feeds every"
          f" {asked.interval_s} s; from one to the next: median {median(gaps):.1f} s, 99 of 100"
          f" within {gaps[len(gaps) * 99 // 100]:.1f} s, longest {gaps[-1]:.1f} s")  # fmt: skip
    waited: dict[bool, list[float]] = {True: [], False: []}
    for died, held in deaths:
        # Somebody was there to see it, and lived long enough to act.
        watched = any(begin <= died and end > died + BOUND_S for begin, end in fleet.lives)
        for one in held:
            again = min((t for t in polls[one] if t > died), default=died + 999)
            waited[watched].append(round(again - died, 1))
    print(f"{len(deaths)} kills, {sum(map(len, waited.values()))} polls cut off; polled again after"
          f" {sorted(waited[True])} s; where no other lived from then on for {BOUND_S:.0f} s,"
          f" {sorted(waited[False])} s")  # fmt: skip
    bad[f"feeds of a dead daemon that waited longer than {BOUND_S:.0f} s"] = sum(
        w > BOUND_S for w in waited[True]
    )
    bad["feeds never polled"] = asked.outlets - len(polls)
    titles = Counter(a.title for a in found["article"])
    bad["articles lost"] = sum(titles[t] == 0 for t in press.titles())
    bad["articles doubled"] = sum(titles[t] > 1 for t in press.titles())
    homes: dict[str, set[int]] = defaultdict(set)
    for article in found["article"]:
        if article.title.startswith("Copy "):
            homes[article.title.split(" at ")[0]].add(article.story_id)
    bad["stories split"] = sum(len(home) > 1 for home in homes.values())
    bad["stories run together"] = len(homes) - len(set().union(*homes.values()))
    keys = Counter(a.key for a in found["alert"] if a.state == "fired")
    bad["alerts doubled"] = sum(n > 1 for n in keys.values())
    bad["alerts lost"] = asked.stories * (asked.copies + 1) - len(keys)
    ends = Counter(d.state for d in found["delivery"])
    bad["deliveries not ended"] = sum(ends.values()) - ends["sent"] - ends["held"]
    plain = [t for t in press.told if "may be a repeat" not in t.lower()]
    plain = [t for t in plain if "second copy" not in t.lower()]
    bad["messages told twice"] = len(plain) - len(set(plain))
    print(f"{len(found['article'])} articles, {len(homes)} stories, {len(keys)} alerts; deliveries"
          f" {dict(ends)}; {len(press.told)} messages,"
          f" {len(press.told) - len(plain)} of them marked as possible repeats")  # fmt: skip
    for what, n in bad.items():
        print(f"{what}: {n}")
    return sum(bad.values())
