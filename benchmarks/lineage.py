"""Who copied from whom, on simulated newsrooms with known truth: against two guesses, calibrated.

python benchmarks/lineage.py              the tables, on settings and seeds never learned from
python benchmarks/lineage.py --fit        learn the weights of watcher/core/lineage/weights.py
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from newsrooms import HELD_OUT, Copy, Setting, story

from watcher.core.lineage import Member, Version, infer
from watcher.core.lineage.features import Table, tabulate
from watcher.core.spread import Seen
from watcher.core.text import words

_BINS = (0.0, 0.3, 0.5, 0.7, 0.9, 0.97, 1.01)


@dataclass(frozen=True)
class Truth:
    """Of each seen copy: the nearest seen ancestor and its version (None: the origin, or an
    unseen text from which several seen ones came), and the second source of a merger."""

    parent: dict[int, int | None]
    version: dict[int, int]
    merged: dict[int, int]


def truth(copies: list[Copy]) -> Truth:
    """What can be known of a story by those who saw only some of it.

    An unseen copy from which one seen line came is passed over; so is one whose text is its
    parent's, word for word. One from which several came is a parent that nobody can name.
    """
    lines = _lines(copies)
    parent: dict[int, int | None] = {}
    version: dict[int, int] = {}
    for i, one in enumerate(copies):
        if not one.seen:
            continue
        p, v = one.parent, one.parent_version
        while p is not None and not copies[p].seen:
            above = copies[p].parent
            same = above is not None and (
                copies[p].texts[v][1] == copies[above].texts[copies[p].parent_version][1]
            )
            if len(lines[p]) > 1 and not same:
                p = None
                break
            v, p = copies[p].parent_version, above
        parent[i], version[i] = p, v
    merged = {i: c.merged for i, c in enumerate(copies) if c.seen and c.merged is not None}
    return Truth(parent, version, {i: m for i, m in merged.items() if copies[m].seen})


def _lines(copies: list[Copy]) -> list[list[int]]:
    """Of each copy, its children that are seen or from which a seen one came."""
    alive = [c.seen for c in copies]
    lines: list[list[int]] = [[] for _ in copies]
    for i in range(len(copies) - 1, 0, -1):
        alive[i] = alive[i] or bool(lines[i])
        above = copies[i].parent
        if alive[i] and above is not None:
            lines[above].append(i)
    return lines


@dataclass(frozen=True)
class Case:
    """A story as the program sees it, and the truth. Articles go by their place in the story."""

    members: list[Member]
    truth: Truth
    texts: dict[int, str]


def case(setting: Setting, seed: int) -> Case:
    """One simulated story."""
    copies = story(setting, seed)
    by_outlet = {c.outlet: i for i, c in enumerate(copies)}
    members = [_member(setting, copies, i, by_outlet) for i, c in enumerate(copies) if c.seen]
    texts = {i: _text(c.texts[0][1]) for i, c in enumerate(copies) if c.seen}
    return Case(members, truth(copies), texts)


def _text(paragraphs: list[list[str]]) -> str:
    return "\n".join(" ".join(p) for p in paragraphs)


def _member(setting: Setting, copies: list[Copy], i: int, by_outlet: dict[int, int]) -> Member:
    one = copies[i]
    named = None if one.named is None else by_outlet.get(one.named)
    known = named is not None and copies[named].seen and named != i
    clock = "claimed" if setting.archive and one.claimed else "seen"
    intervals = [(None, copies[-1].at)] * len(one.texts) if setting.archive else one.intervals
    texts = one.texts[:1] if setting.archive else one.texts
    return Member(
        i,
        str(one.outlet),
        Seen(*intervals[0], one.claimed, clock),
        tuple(
            Version(n, words(_text(text)).hashes, *interval)
            for n, ((_, text), interval) in enumerate(zip(texts, intervals, strict=False), 1)
        ),
        frozenset([named] if known and named is not None else []),
        outside=named is not None and not known and named != i,
    )


def cases(settings: tuple[Setting, ...], seeds: range) -> Iterator[tuple[Setting, Case]]:
    """Stories of three seen articles or more."""
    for setting in settings:
        for seed in seeds:
            found = case(setting, seed)
            if len(found.members) > 2:
                yield setting, found


# ---------------------------------------------------------------- the guesses


def nearest(table: Table) -> list[int]:
    """Whatever was seen last before it."""
    at = np.array([m.seen.at.timestamp() for m in table.members])
    return [
        max(
            (p for p in range(len(at)) if table.allowed[p, c] and (at[p], p) < (at[c], c)),
            key=lambda p: (at[p], p),
            default=-1,
        )
        for c in range(len(at))
    ]


def overlap(table: Table) -> list[int]:
    """Whatever earlier text shares most with it (Jaccard over word 4-grams)."""
    at = [m.seen.at.timestamp() for m in table.members]
    has = table.shared.has[table.first].astype(np.float32)
    both = has @ has.T
    size = has.sum(axis=1)
    score = both / (size[:, None] + size[None, :] - both)
    return [
        max(
            (p for p in range(len(at)) if table.allowed[p, c] and (at[p], p) < (at[c], c)),
            key=lambda p: (score[p, c], -at[p]),
            default=-1,
        )
        for c in range(len(at))
    ]


# ---------------------------------------------------------------- the measure


@dataclass
class Count:
    """Edges said and true, and copies said and known to be of a text never seen."""

    right: int = 0
    alike: int = 0  # right, or another version or copy with the very words of the true parent
    said: int = 0
    true: int = 0
    none_right: int = 0
    none_said: int = 0
    none_true: int = 0

    def row(self) -> str:
        """The six shares of a line."""

        def share(a: int, b: int) -> str:
            return f"{a / b:9.3f}" if b else "        -"

        return (
            share(self.right, self.said) + share(self.right, self.true)
            + share(self.alike, self.said) + share(self.alike, self.true)
            + share(self.none_right, self.none_said) + share(self.none_right, self.none_true)
        )  # fmt: skip


def count(into: Count, found: Case, parents: dict[int, int | None]) -> None:
    """Add what was said of a story; a copy of which nothing was said counts as missed."""
    for child, true in found.truth.parent.items():
        if child not in parents:
            into.true += true is not None
            into.none_true += true is None
            continue
        said = parents[child]
        into.said += said is not None
        into.true += true is not None
        into.none_said += said is None
        into.none_true += true is None
        into.none_right += said is None and true is None
        if said is not None and true is not None:
            into.right += said == true
            into.alike += said == true or found.texts[said] == found.texts[true]


def measure(settings: tuple[Setting, ...], seeds: range) -> None:
    """Print the tables."""
    started, cpu = time.monotonic(), time.process_time()
    table: dict[tuple[str, str], Count] = defaultdict(Count)
    bins: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    versions: Counter[bool] = Counter()
    merges: Counter[str] = Counter()
    origins: Counter[str] = Counter()
    stories = 0
    for setting, found in cases(settings, seeds):
        stories += 1
        first = min(found.members, key=lambda m: (m.seen.at, m.article)).article
        origins["first"] += first == 0
        ids = [m.article for m in found.members]
        t = tabulate(found.members)
        guesses: dict[str, dict[int, int | None]] = {
            name: {ids[c]: (ids[p] if p >= 0 else None) for c, p in enumerate(guess(t))}
            for name, guess in (("nearest in time", nearest), ("best overlap", overlap))
        }
        edges = infer(found.members)
        guesses["lineage"] = {e.child: e.parent for e in edges}
        guesses["lineage, >= .7"] = {e.child: e.parent for e in edges if e.confidence >= 0.7}
        for name, parents in guesses.items():
            for key in (setting.name, "all"):
                count(table[key, name], found, parents)
        for e in edges:
            true = found.truth.parent[e.child]
            origins["seen"] += e.child == 0
            bins["parent" if e.parent is not None else "none"].append(
                (e.confidence, e.parent == true)
            )
            if e.parent is not None and e.parent == true:
                versions[e.parent_version == found.truth.version[e.child] + 1] += 1
            second = {a for a, _ in e.merged}
            real = found.truth.merged.get(e.child)
            merges["said"] += len(second)
            merges["true"] += real is not None
            pair = {e.parent} | second
            merges["right"] += bool(second) and real is not None and {real, true} <= pair
            origins["said"] += e.origin and e.child == 0
    print(
        f"{stories} stories, {time.monotonic() - started:.0f} s"
        f" ({time.process_time() - cpu:.0f} s of one core)\n"
    )
    print(f"{'':26}{'edges':>18}{'up to same words':>18}{'none of them':>18}")
    print(f"{'':26}" + f"{'precision':>9}{'recall':>9}" * 3)
    for setting in (*(s.name for s in settings), "all"):
        for name in guesses:
            print(f"{setting:9}{name:17}{table[setting, name].row()}")
    for kind, said in bins.items():
        print(f"\nconfidence in {'an edge' if kind == 'parent' else 'no parent seen'}, and truth")
        for low, high in pairwise(_BINS):
            inside = [(c, ok) for c, ok in said if low <= c < high]
            if inside:
                print(
                    f"  {low:.2f}-{min(high, 1):.2f} {len(inside):6}"
                    f"  said {np.mean([c for c, _ in inside]):.2f}"
                    f"  true {np.mean([ok for _, ok in inside]):.2f}"
                )
    print(
        f"\nthe origin, where it was seen ({origins['seen']} stories): inferred"
        f" {origins['said'] / origins['seen']:.3f}, whatever was seen first"
        f" {origins['first'] / origins['seen']:.3f}"
    )
    print(f"the right version, of the right edges: {versions[True] / versions.total():.3f}")
    print(
        f"second sources: precision {merges['right'] / max(1, merges['said']):.3f},"
        f" recall {merges['right'] / max(1, merges['true']):.3f} of {merges['true']}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=80, help="of each setting")
    count_ = parser.parse_args().stories
    measure(HELD_OUT, range(100_000, 100_000 + count_))
