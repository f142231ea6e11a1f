"""Who took it from whom: the likeliest tree of a story, with the likelihood of each edge.

Each copy chooses among the articles that may have been there before it, and "none of them", by a
conditional logit (McFadden 1974) over the features of `features`; the choices are made one tree by
`branching`. The weights are learned on simulated newsrooms (benchmarks/lineage_fit.py prints
them), and so the likelihood of an edge is the share of such edges that are true, as far as real
newsrooms are like those.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from watcher.core.lineage import weights
from watcher.core.lineage.branching import best_tree
from watcher.core.lineage.features import PASSAGE, Table, tabulate
from watcher.core.lineage.shared import lengths, runs
from watcher.core.lineage.values import Edge, Evidence, Member
from watcher.core.match import Order

Floats = npt.NDArray[np.float64]

MOST = 300  # articles of one story that are compared
_SURE = 0.99  # nothing inferred is certain
_NAMED = 0.1  # likelihood of another parent that is worth naming
_MOST_ALSO = 3


def infer(members: Sequence[Member]) -> list[Edge]:
    """An edge for each article, in the order given; those beyond the first MOST by time, and those
    without a text, hang on nothing (confidence 0)."""
    ranked = sorted(range(len(members)), key=lambda i: (members[i].seen.at, members[i].article))
    chosen = [i for i in ranked if members[i].versions and len(members[i].versions[0].hashes) >= 4]
    chosen = chosen[:MOST]
    edges = [_nothing(member) for member in members]
    if chosen:
        for i, edge in zip(chosen, _infer([members[i] for i in chosen]), strict=True):
            edges[i] = edge
    return [_decided(member, edge, members) for member, edge in zip(members, edges, strict=True)]


def _nothing(member: Member) -> Edge:
    return Edge(
        member.article, None, member.versions[0].n if member.versions else 1, None, 0.0,
        Order.UNKNOWN, Evidence(0, 0, 0),
    )  # fmt: skip


def _infer(members: Sequence[Member]) -> list[Edge]:
    table = tabulate(members)
    parents, shares = solve(table)
    origin = _origin(table, parents)
    return [_edge(table, parents, shares, c, origin) for c in range(len(members))]


def solve(table: Table) -> tuple[list[int], Floats]:
    """The parent of each member (-1: none), and the likelihood of each: row 0 of none, row p + 1
    of member p."""
    shares = likelihoods(table, weights.PAIR, weights.NONE)
    return _tree(shares), shares


def likelihoods(table: Table, pair: Sequence[float], none: Sequence[float]) -> Floats:
    """How likely each parent of each copy is: columns sum to 1; row 0 is none of them."""
    scores = np.vstack([(table.none @ np.array(none))[None], table.pair @ np.array(pair)])
    scores[1:][~table.allowed] = -np.inf
    scores -= scores.max(axis=0)
    shares: Floats = np.exp(scores)
    shares /= shares.sum(axis=0)
    return shares


def _tree(shares: Floats) -> list[int]:
    n = shares.shape[1]
    scores = np.full((n + 1, n + 1), -np.inf)
    with np.errstate(divide="ignore"):
        scores[:, 1:] = np.log(shares)
    scores[0, 1:] = np.maximum(scores[0, 1:], -1e6)
    return [p - 1 for p in best_tree(scores)[1:]]


def _origin(table: Table, parents: Sequence[int]) -> int | None:
    """The member that the story begins with: of those without a parent the one from which most
    came, if no text outside its own branch has words of it that came down another way."""
    roots = [c for c, p in enumerate(parents) if p < 0]
    size = dict.fromkeys(roots, 0)
    for c in range(len(parents)):
        top = c
        while parents[top] >= 0:
            top = parents[top]
        size[top] += 1
    moment = [m.seen.at for m in table.members]
    top = max(roots, key=lambda c: (size[c], -moment[c].timestamp()))
    member = table.members[top]
    if member.outside and not member.credits:
        return None
    return top


def _edge(table: Table, parents: Sequence[int], shares: Floats, c: int, origin: int | None) -> Edge:
    child, p = table.members[c], parents[c]
    order = Order.UNKNOWN
    if p >= 0 and table.seen[p, c]:
        order = Order.SEEN
    elif p >= 0 and (table.claimed[p, c] or table.claimed[c, p]):
        order = Order.CLAIMED
    named = np.argsort(-shares[1:, c])[: _MOST_ALSO + 1].tolist()
    also = tuple(
        (table.members[q].article, round(float(shares[q + 1, c]), 2))
        for q in named
        if q != p and shares[q + 1, c] >= _NAMED
    )
    confidence = min(_SURE, round(float(shares[p + 1, c]), 2))
    mine = int(table.first[c])
    if p < 0:
        count = int(np.expm1(table.none[c, 2]).round())
        return Edge(
            child.article, None, table.versions[mine].n, None, confidence, order,
            Evidence(0, 0, count), origin=c == origin, also=also,
        )  # fmt: skip
    row = int(table.row[p, c])
    return Edge(
        child.article,
        table.members[p].article,
        table.versions[mine].n,
        table.versions[row].n,
        confidence,
        order,
        _evidence(table, parents, c, row),
        also=also,
        merged=_merged(table, parents, c, row),
    )


def _evidence(table: Table, parents: Sequence[int], c: int, row: int) -> Evidence:
    p, mine = parents[c], int(table.first[c])
    above = parents[p]
    carried = 0
    if above >= 0:
        has, at = table.shared.has, table.shared.order[row]
        source = int(table.row[above, p])
        # Words that the parent put in and the copy has; words that it left out and the copy lacks.
        put = ~has[source, at] & has[mine, at]
        at = table.shared.order[source]
        left = ~has[row, at] & ~has[mine, at]
        carried = int(max(runs(put[None])[0], runs(left[None])[0]))
    # A changed word is missing on both sides and is one edit.
    own = int(max(table.missing[mine, row], table.missing[row, mine]))
    count = int(np.expm1(table.pair[p, c, 4]).round())
    return Evidence(own, carried, count)


def _merged(table: Table, parents: Sequence[int], c: int, row: int) -> tuple[tuple[int, int], ...]:
    """The further sources of a copy: those that explain whole passages that its parent lacks."""
    mine = int(table.first[c])
    lacks = table.shared.lacking(mine)
    left = lacks[row].copy()
    found: list[tuple[int, int]] = []
    if lengths(left).max(initial=0) < PASSAGE:
        return ()
    while len(found) < _MOST_ALSO:
        best, most = -1, 0
        for q in np.flatnonzero(table.allowed[:, c]).tolist():
            if q == parents[c] or parents[q] == c:
                continue
            sizes = lengths(left & ~lacks[table.row[q, c]])
            words = int(sizes[sizes >= PASSAGE].sum())
            if words > most:
                best, most = q, words
        if best < 0:
            break
        found.append((table.members[best].article, most))
        left &= lacks[table.row[best, c]]
    return tuple(found)


def _decided(member: Member, edge: Edge, members: Sequence[Member]) -> Edge:
    """A copy that no text explains, but that a person has put beside another (a translation)."""
    if edge.parent is not None or edge.origin or not member.confirmed:
        return edge
    by_id = {m.article: m for m in members}
    before = [
        m
        for a in sorted(member.confirmed)
        if (m := by_id.get(a)) is not None
        and (m.seen.at, m.article) < (member.seen.at, member.article)
    ]
    if not before:
        return edge
    first = min(before, key=lambda m: (m.seen.at, m.article))
    there = [v.n for v in first.versions if v.by <= member.seen.by]
    return Edge(
        member.article, first.article, edge.child_version, max(there, default=1), _SURE,
        Order.UNKNOWN, edge.evidence, by_person=True,
    )  # fmt: skip
