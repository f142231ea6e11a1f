"""Which articles are one story.

The answer depends on the articles and the matches between them alone, never on the order in
which they came; so a story can be worked out again at any time from what is stored.

- Articles joined by *core* matches (verbatim, wrapped, edited, the outlet's own re-posts) share at
  least half of their words, both ways: their connected components are the cores.
- An excerpt belongs to the longer text that it was taken from, but two texts do not become one
  story because a third quotes both. So a core joins another, as excerpt, only by a match with
  a member of that other core itself, only one, and no core joins one that has joined a third:
  stories cannot chain.
- What a person decided comes first: rejected matches do not count, confirmed ones join.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
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


def partition(nodes: Iterable[Node], edges: Iterable[Edge]) -> list[Story]:
    """Stories of these articles; every article is in exactly one. Leave rejected edges out."""
    by_id = {n.id: n for n in nodes}
    parent = {i: i for i in by_id}

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    excerpts: list[Edge] = []
    for edge in edges:
        if edge.a not in by_id or edge.b not in by_id:
            continue
        if edge.kind in CORE or edge.confirmed:
            parent[find(edge.a)] = find(edge.b)
        elif edge.kind is Kind.EXCERPT:
            excerpts.append(edge)
    cores: dict[int, list[Node]] = defaultdict(list)
    for node in by_id.values():
        cores[find(node.id)].append(node)
    key = {c: min(n.key for n in members) for c, members in cores.items()}
    size = {c: max(n.words for n in members) for c, members in cores.items()}

    # For each core, the cores it was excerpted from, the one it shares most words with first.
    sources: dict[int, dict[int, int]] = defaultdict(dict)
    for edge in excerpts:
        source, copy = find(edge.a), find(edge.b)
        if source != copy:
            best = sources[copy].get(source, 0)
            sources[copy][source] = max(best, edge.words)
    # Long texts settle first: an excerpt is shorter than its source.
    joined: dict[int, int] = {}
    for core in sorted(cores, key=lambda c: (-size[c], key[c])):
        ranked = sorted(sources[core].items(), key=lambda kv: (-kv[1], key[kv[0]]))
        for source, _ in ranked:
            settled = (-size[source], key[source]) < (-size[core], key[core])
            if settled and source not in joined:
                joined[core] = source
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
