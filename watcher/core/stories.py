"""Which articles are one story.

The answer depends on the articles and the matches between them alone, never on the order in
which they came; so a story can be worked out again at any time from what is stored.

- Articles joined by *core* matches (verbatim, wrapped, edited, the outlet's own re-posts) share at
  least half of their words, both ways: their connected components are the cores.
- An excerpt belongs to the longer text that it was taken from, but two texts do not become one
  story because a third quotes both. So a core joins another, as excerpt, only where at least half
  of its members match members of that other core itself, only one, only an older one (a
  story's next copy, after a round-up that has the whole of it, does not make the story an
  excerpt of the round-up), and none that has joined a third: stories cannot chain.
- What a person decided comes first: two articles said to be together are, whatever the match;
  two said to be apart never come together, not through a third either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from watcher.core.match import CORE, Kind


@dataclass(frozen=True, slots=True)
class Node:
    """An article as stories see it. `key` orders articles the same whatever their ids."""

    id: int
    words: int
    key: tuple[int, int]  # (microseconds of its time, content hash)


@dataclass(frozen=True, slots=True)
class Edge:
    """A match between two articles; `a` is the source of `b`."""

    a: int
    b: int
    kind: Kind
    words: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """A story's root, and every member with its role: root, copy or excerpt."""

    root: int
    roles: Mapping[int, str]


def partition(
    nodes: Iterable[Node], edges: Iterable[Edge], apart: Collection[tuple[int, int]] = ()
) -> list[Story]:
    """Stories of these articles; every article is in exactly one.

    `apart`: pairs of articles that a person has parted.
    """
    by_id = {n.id: n for n in nodes}
    parent = {i: i for i in by_id}
    foes: dict[int, set[int]] = defaultdict(set)  # core -> articles that may not come into it
    mates: dict[int, set[int]] = {}  # core -> its articles, kept only where somebody is apart
    for a, b in apart:
        foes[a].add(b)
        foes[b].add(a)

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def join(a: int, b: int) -> None:
        if apart:
            if foes[a] & mates.get(b, {b}) or foes[b] & mates.get(a, {a}):
                return
            foes[b] |= foes[a]
            mates[b] = mates.get(b, {b}) | mates.get(a, {a})
        parent[a] = b

    inside = [e for e in edges if e.a in by_id and e.b in by_id]
    joins = [e for e in inside if e.kind in CORE or e.confirmed]
    if apart:
        # Which of two edges is left out may not depend on the order in which they came.
        joins.sort(key=lambda e: _strength(e, by_id))
    for edge in joins:
        a, b = find(edge.a), find(edge.b)
        if a != b:
            join(a, b)
    excerpts = [e for e in inside if e.kind is Kind.EXCERPT and not e.confirmed]
    cores: dict[int, list[Node]] = defaultdict(list)
    for node in by_id.values():
        cores[find(node.id)].append(node)
    key = {c: min(n.key for n in members) for c, members in cores.items()}
    size = {c: max(n.words for n in members) for c, members in cores.items()}

    # For each core, the cores it was excerpted from, the one it shares most words with first.
    # Most members of a core have to be excerpts for it to be one: a single edge between two large
    # cores is how an agency's successive reports run into each other.
    sources: dict[int, dict[int, int]] = defaultdict(dict)
    taken: dict[tuple[int, int], set[int]] = defaultdict(set)
    for edge in excerpts:
        source, copy = find(edge.a), find(edge.b)
        if source != copy:
            best = sources[copy].get(source, 0)
            sources[copy][source] = max(best, edge.words)
            taken[copy, source].add(edge.b)
    # Long texts settle first: an excerpt is shorter than its source, and later.
    joined: dict[int, int] = {}
    inhabitants = {c: list(members) for c, members in cores.items()}  # with their excerpts
    for core in sorted(cores, key=lambda c: (-size[c], key[c])):
        ranked = sorted(sources[core].items(), key=lambda kv: (-kv[1], key[kv[0]]))
        for source, _ in ranked:
            settled = (-size[source], key[source]) < (-size[core], key[core])
            if 2 * len(taken[core, source]) < len(cores[core]):
                continue
            if settled and key[source] < key[core] and source not in joined:
                if _parted(cores[core], inhabitants[source], apart):
                    continue
                joined[core] = source
                inhabitants[source] += cores[core]
                break
    stories: dict[int, dict[int, str]] = {}
    for core, members in cores.items():
        home = joined.get(core, core)
        roles = stories.setdefault(home, {})
        for node in members:
            roles[node.id] = "copy" if home == core else "excerpt"
    result = []
    for home, roles in stories.items():
        root = min(cores[home], key=lambda n: n.key).id
        roles[root] = "root"
        result.append(Story(root, roles))
    return result


def _strength(edge: Edge, nodes: Mapping[int, Node]) -> tuple[bool, int, list[tuple[int, int]]]:
    """What people confirmed first, then the longest matches; ties by the articles' own keys."""
    keys = sorted((nodes[edge.a].key, nodes[edge.b].key))
    return (not edge.confirmed, -edge.words, keys)


def _parted(a: Collection[Node], b: Collection[Node], apart: Collection[tuple[int, int]]) -> bool:
    if not apart:
        return False
    ids_a, ids_b = {n.id for n in a}, {n.id for n in b}
    return any((x in ids_a and y in ids_b) or (x in ids_b and y in ids_a) for x, y in apart)
