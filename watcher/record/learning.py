"""Boilerplate learned as articles come in, and unlearned where it turns out to be news."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from watcher.archive import articles as store
from watcher.archive.articles import Connection
from watcher.core import boilerplate
from watcher.core.index import carriers
from watcher.core.text import U64, Words, paragraphs
from watcher.record.memory import Memory

_SAMPLE = 300  # characters of a paragraph kept for people to read


@dataclass(frozen=True, slots=True)
class Fresh:
    """A version just added to the index."""

    version: int
    outlet: int
    text: str
    words: Words
    paragraphs: U64  # a hash a paragraph


def learn(conn: Connection, memory: Memory, fresh: Sequence[Fresh], now: datetime) -> set[int]:
    """Judge the paragraphs of new versions. Returns the versions, old ones among them, whose
    boilerplate is other than before: their matches have to be made again."""
    owner: dict[int, int] = {}  # paragraph -> index into fresh
    for n, item in enumerate(fresh):
        for h in item.paragraphs.tolist():
            owner.setdefault(h, n)
    if not owner:
        return set()
    values = np.fromiter(owner, dtype=np.uint64, count=len(owner))
    which, docs = carriers(values, memory.paragraph.find(values), boilerplate.MOST_CARRIERS)
    repeated = np.flatnonzero(np.bincount(which, minlength=len(values)) > 1)
    samples = _samples(fresh, {h: owner[h] for h in values[repeated].tolist()})
    repeated = repeated[np.isin(values[repeated], np.array(list(samples), np.uint64))]
    if not len(repeated):
        return set()
    changed: set[int] = set()
    rows = []
    keep = np.isin(which, repeated)
    which, docs = which[keep], docs[keep]
    by_value: dict[int, set[int]] = defaultdict(set)
    for w, d in zip(which.tolist(), docs.tolist(), strict=True):
        by_value[w].add(d)
    for w, found in by_value.items():
        h = int(values[w])
        homes: dict[int, list[int]] = defaultdict(list)
        for d in sorted(found):
            homes[int(memory.outlet_of(np.array([d]))[0])].append(d)
        homes.pop(0, None)
        for outlet, own in homes.items():
            if len(own) < boilerplate.DISTINCT or h in memory.forgotten.get(outlet, ()):
                continue
            elsewhere = sum(
                len(v) for o, v in homes.items() if memory.family(o) != memory.family(outlet)
            )
            learned = memory.boilerplate.get(outlet, ())
            if h in learned and (not elsewhere or len(own) >= boilerplate.MOST_CARRIERS):
                continue
            known = memory.carriers(conn, own)
            is_it, _ = boilerplate.is_boilerplate([known[d] for d in own if d in known], elsewhere)
            if is_it and h not in learned:
                memory.learn(outlet, h)
                rows.append(
                    {
                        "outlet_id": outlet,
                        "hash": h,
                        "sample": samples[h],
                        "articles": len(own),
                        "learned_at": now,
                        "state": "learned",
                    }
                )
                changed.update(found)
            elif h in learned and not is_it:
                memory.unlearn(outlet, h)
                store.unlearn(conn, outlet, h)
                changed.update(found)
    store.learn(conn, rows)
    return changed


def _samples(fresh: Sequence[Fresh], owner: Mapping[int, int]) -> dict[int, str]:
    """What those of the paragraphs say that are long enough to be evidence of anything."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for h, n in owner.items():
        wanted[n].add(h)
    found: dict[int, str] = {}
    for n, mine in wanted.items():
        lines_of = fresh[n].text.split("\n")
        for h, line, size in zip(*(x.tolist() for x in paragraphs(fresh[n].words)), strict=True):
            if h in mine and size >= boilerplate.LEAST_WORDS:
                found[h] = lines_of[line][:_SAMPLE]
    return found
