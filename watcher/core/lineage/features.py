"""What speaks for and against one article being another's parent, as numbers.

Three things carry the inference. (1) Edits: a copy has its parent's words, edits included, so of
two candidates the one that needs fewer edits is the likelier, and an edit that two texts share was
made once (the common-error principle of textual criticism, Maas 1927; as least evolution, Camin
and Sokal 1965). (2) Words that a copy has and its supposed parent lacks, although other texts have
them that did not take them from the copy: nobody writes the same words twice, so they came down
another way. (3) Time: an interval that forbids an edge forbids it; the outlets' own dates and
credits weigh, no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from watcher.core.lineage.shared import Shared, lengths, runs
from watcher.core.lineage.values import Member, Version
from watcher.core.spread.order import CLAIM_RESOLUTION
from watcher.core.text import Ints

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

PAIR = (
    "edits to drop", "edits to make", "words to make", "unexplained, by time",
    "unexplained, by kin", "claimed before", "claimed after", "seen before",
    "seen later", "credits it", "credits another", "hours between", "same outlet", "the earliest",
    "share kept",
)  # fmt: skip
NONE = (
    "any", "least unexplained, by time", "least unexplained, by kin", "least edits",
    "a source not seen here", "nothing earlier", "earliest",
)  # fmt: skip

_SURE = 2  # grams in a row that make words unexplained: one alone is chance
PASSAGE = 20  # grams in a row that make a passage
_COMMON = 12  # grams that a copy has of its source, at least
_RESTORED = 3  # grams of its source that a copy gave up and another text has
_LIKELY = 12  # candidates of one copy whose kin are looked at
_MOST_VERSIONS = 8  # of one article


@dataclass(slots=True)
class Table:
    """All candidates of all copies. `pair[p, c]` are the PAIR features of the edge p to c, with the
    best version of p, `row[p, c]`; `allowed[p, c]`: no interval forbids it."""

    members: Sequence[Member]
    versions: list[Version]
    owner: Ints  # of each version, its member
    first: Ints  # of each member, its first version: as it was taken
    shared: Shared = field(repr=False)
    missing: Ints = field(repr=False)  # runs of version i that version j lacks
    allowed: Bools = field(repr=False)
    row: Ints = field(repr=False)
    seen: Bools = field(repr=False)  # our clock has p before c
    claimed: Bools = field(repr=False)  # the outlets' dates have
    pair: Floats = field(repr=False)
    none: Floats = field(repr=False)


def kept_versions(member: Member) -> list[Version]:
    """The first version of an article, and its latest ones."""
    every = list(member.versions)
    return [*every[:1], *every[1:][1 - _MOST_VERSIONS :]]


def tabulate(members: Sequence[Member]) -> Table:
    """The table of these articles, each with a text of four words or more."""
    versions: list[Version] = []
    owner: list[int] = []
    first: list[int] = []
    for m, member in enumerate(members):
        first.append(len(versions))
        kept = kept_versions(member)
        versions += kept
        owner += [m] * len(kept)
    shared = Shared([v.hashes for v in versions])
    missing, _ = shared.missing()
    n = len(members)
    table = Table(
        members, versions, np.array(owner), np.array(first), shared, missing,
        np.zeros((n, n), dtype=bool), np.zeros((n, n), np.int64), *_orders(members),
        np.zeros((n, n, len(PAIR))), np.zeros((n, len(NONE))),
    )  # fmt: skip
    _fill(table)
    return table


def _orders(members: Sequence[Member]) -> tuple[Bools, Bools]:
    """What `core.spread.order` says of each two articles, all at once."""
    polled = np.array([m.seen.clock == "seen" for m in members])
    after = _instants(m.seen.after for m in members)
    by = _instants(m.seen.by for m in members)
    claims = _instants(m.seen.claimed for m in members)
    seen = (by[:, None] <= after[None, :]) & polled[:, None] & polled[None, :]  # NaN: never
    claimed = (claims[None, :] - claims[:, None]) >= CLAIM_RESOLUTION.total_seconds()
    return seen, claimed & ~seen & ~seen.T


def _instants(moments: Iterable[datetime | None]) -> Floats:
    return np.array([np.nan if at is None else at.timestamp() for at in moments])


def _fill(table: Table) -> None:
    members = table.members
    n = len(members)
    moment = _instants(m.seen.at for m in members)
    earliest = int(np.argmin(moment))
    table.allowed[:] = ~table.seen.T & ~np.eye(n, dtype=bool)
    pair = table.pair
    pair[:, :, 5], pair[:, :, 6] = table.claimed, table.claimed.T
    pair[:, :, 7] = table.seen
    pair[:, :, 8] = ~table.seen & (moment[:, None] > moment[None, :])
    pair[:, :, 11] = np.log1p(np.abs(moment[:, None] - moment[None, :]) / 3600)
    outlets = np.array([m.outlet for m in members])
    pair[:, :, 12] = outlets[:, None] == outlets[None, :]
    pair[earliest, :, 13] = 1.0
    place = {m.article: i for i, m in enumerate(members)}
    for c, child in enumerate(members):
        named = [place[a] for a in child.credits if a in place]
        pair[named, c, 9] = 1.0
        pair[:, c, 10] = bool(child.credits) - pair[:, c, 9]
    n_of = np.array([v.n for v in table.versions])
    after, by = (_instants(getattr(v, name) for v in table.versions) for name in ("after", "by"))
    size = np.array([max(1, len(o)) for o in table.shared.order])
    for c in range(n):
        mine = int(table.first[c])
        # Versions certainly there before the copy, and those certainly not.
        before = (by <= after[mine]) & (table.owner != c)
        by_claim = table.claimed[table.owner, c]
        before = np.where(by_claim, n_of == 1, before)
        late = (by[mine] <= after) & (n_of > 1)
        _texts(table, c, before, late, size)
    for c, child in enumerate(members):
        _kin(table, c)
        table.none[c, 4] = child.outside
        table.none[c, 5] = not table.allowed[:, c].any()
    table.none[earliest, 6] = 1.0
    table.none[:, 0] = 1.0


def _texts(table: Table, c: int, before: Bools, late: Bools, size: Ints) -> None:
    """The features of the texts, and which version of each candidate is the best."""
    v = int(table.first[c])
    lacks = table.shared.lacking(v)
    carried = table.shared.has[before][:, table.shared.order[v]].any(axis=0)
    borrowed = runs(lacks & carried, _SURE)
    drop, make = table.missing[:, v], table.missing[v]
    short = lacks.sum(axis=1)
    # Of each candidate the version with the least to edit, the latest of several.
    number = np.arange(len(table.versions))
    ranked = np.lexsort((-number, drop + make + 2 * borrowed, late, table.owner))
    _, at = np.unique(table.owner[ranked], return_index=True)
    best = ranked[at]
    total = lacks.shape[1]
    table.allowed[:, c] &= total - short[best] >= min(_COMMON, total)
    table.row[:, c] = best
    found = table.pair[:, c]
    found[:, 0] = np.log1p(drop[best])
    found[:, 1] = np.log1p(make[best])
    found[:, 2] = np.log1p(short[best])
    found[:, 3] = np.log1p(borrowed[best])
    kept = table.shared.has[best][:, table.shared.order[v]].sum(axis=1) / size[best]
    found[:, 14] = np.minimum(1.0, kept)
    open_ = table.allowed[:, c]
    if open_.any():
        table.none[c, 1] = found[open_, 3].min()
        table.none[c, 3] = (found[open_, 0] + found[open_, 1]).min()


def _kin(table: Table, c: int) -> None:
    """What each likely parent leaves unexplained: words of the copy that it lacks and that stand
    in texts which did not take them from the copy.

    A text that has the parent's words where the copy has others did not: who copies does not
    restore what he never saw. Nor did one that was there before. A whole passage is no edit: it may
    have gone from one to the other as a further source.
    """
    has, v = table.shared.has, int(table.first[c])
    at = table.shared.order[v]
    open_ = np.flatnonzero(table.allowed[:, c])
    edits = table.pair[open_, c, 0] + table.pair[open_, c, 1]
    credited = table.pair[open_, c, 9] > 0
    likely = open_[np.argsort(edits - 9 * credited, kind="stable")[:_LIKELY]]
    table.pair[open_, c, 4] = table.pair[open_, c, 3]
    apart = table.seen[:, c][table.owner] & (table.owner != c)
    for p in likely.tolist():
        row = int(table.row[p, c])
        given_up = np.flatnonzero(has[row] & ~has[v])
        own = at[~has[row, at]]
        if not len(own):
            continue
        restored = has[:, given_up].sum(axis=1) >= _RESTORED
        others = (apart | restored) & (table.owner != c) & (table.owner != p)
        carried = np.zeros(has.shape[1], dtype=bool)
        carried[own] = has[others][:, own].any(axis=0)
        sizes = lengths(carried[at])
        count = int(((sizes >= _SURE) & (sizes < PASSAGE)).sum())
        table.pair[p, c, 4] = np.log1p(count)
    if len(open_):
        table.none[c, 2] = table.pair[likely, c, 4].min()
