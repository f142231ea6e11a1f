"""Recall, precision, stories and clusters, worked out from what the system exported."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

from corpora import CLASSES, Corpus, Pair, class_of, pair
from exact import Exact
from system import JOINING, Found


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """The share; 1 where there is nothing to find."""
        return self.part / self.whole if self.whole else 1.0

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.part} of {self.whole})"


def joined(corpus: Corpus, found: Found) -> list[Pair]:
    """Pairs of two outlets that were exported with a joining kind."""
    return [p for p, m in found.matches.items() if m["kind"] in JOINING and corpus.cross_outlet(p)]


def recall(corpus: Corpus, pairs: Collection[Pair]) -> dict[str, Share]:
    """Of the labelled pairs of each containment class, those that are among `pairs`."""
    whole: Counter[str] = Counter()
    part: Counter[str] = Counter()
    for p, containment in corpus.containment.items():
        name = class_of(containment)
        if name and corpus.cross_outlet(p):
            whole[name] += 1
            part[name] += p in pairs
    return {name: Share(part[name], whole[name]) for name, _, _ in CLASSES}


def precision(pairs: Collection[Pair], test: Callable[[Pair], bool]) -> Share:
    """The share of pairs that pass."""
    return Share(sum(map(test, pairs)), len(pairs))


def components(nodes: Iterable[str], edges: Iterable[Pair]) -> list[set[str]]:
    """What hangs together."""
    home = {n: {n} for n in nodes}
    for a, b in edges:
        if home[a] is not home[b]:
            home[a] |= home[b]
            for n in home[b]:
                home[n] = home[a]
    return list({id(s): s for s in home.values()}.values())


@dataclass(frozen=True)
class Broken:
    """A story that does not hold, or may not: its place in `Found.stories`, and what is wrong."""

    story: int
    pairs: tuple[Pair, ...]


def glued(found: Found, exact: Exact) -> list[Broken]:
    """Stories that fall apart once only joining matches with real text of their own count:
    what a repeated notice, a container or nothing at all held together. The pairs are one
    member of each part."""
    broken = []
    for n, members in enumerate(found.stories):
        edges = [
            p
            for p in (pair(a, b) for a, b in combinations(members, 2))
            if p in found.matches
            and found.matches[p]["kind"] in JOINING
            and (exact.real_news(p) or exact.containment(p) >= 0.8)
        ]
        parts = components(members, edges)
        if len(parts) > 1:
            first = [min(p) for p in parts]
            broken.append(Broken(n, tuple(pair(first[0], other) for other in first[1:])))
    return broken


def strangers(found: Found, exact: Exact) -> list[Broken]:
    """Stories with members that share no real text with each other, neither of which is an
    excerpt: they are together because of a third."""
    broken = []
    for n, members in enumerate(found.stories):
        inside = [pair(a, b) for a, b in combinations(members, 2)]
        excerpts = {
            m["b"] for p in inside if (m := found.matches.get(p)) and m["kind"] == "excerpt"
        }
        bad = [
            p
            for p in inside
            if not (excerpts & set(p)) and not exact.real_news(p) and not exact.real(p)
        ]
        if bad:
            broken.append(Broken(n, tuple(bad)))
    return broken


def adjusted_rand(a: Mapping[str, Hashable], b: Mapping[str, Hashable]) -> float:
    """Adjusted Rand index of two clusterings of the same items (Hubert, Arabie 1985)."""
    both = Counter((a[i], b[i]) for i in a)
    rows, columns = Counter(a.values()), Counter(b[i] for i in a)
    index = sum(comb(n, 2) for n in both.values())
    in_rows = sum(comb(n, 2) for n in rows.values())
    in_columns = sum(comb(n, 2) for n in columns.values())
    expected = in_rows * in_columns / max(1, comb(len(a), 2))
    highest = (in_rows + in_columns) / 2
    return (index - expected) / (highest - expected) if highest != expected else 1.0


def story_clusters(corpus: Corpus, found: Found) -> dict[str, Hashable]:
    """Each document's story; a document alone is a story of its own."""
    home = found.story_of()
    return {i: home.get(i, i) for i in corpus.docs}


def by_label(corpus: Corpus, found: Found) -> dict[str, tuple[Share, Share]]:
    """Of the pairs that people labelled so: found with any kind, and found as the same text."""
    groups: dict[str, list[Pair]] = defaultdict(list)
    for p, label in corpus.labels.items():
        groups[label].append(p)
    return {
        label: (
            Share(sum(p in found.matches for p in pairs), len(pairs)),
            Share(
                sum(p in found.matches and found.matches[p]["kind"] in JOINING for p in pairs),
                len(pairs),
            ),
        )
        for label, pairs in sorted(groups.items())
    }
