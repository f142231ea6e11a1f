"""Versions side by side, and the copies that still carry words their source has given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from watcher.core.diff import word_diff
from watcher.core.lineage import Edge
from watcher.core.match import Sequence as WordSequence
from watcher.core.match import shared
from watcher.core.text import spans
from watcher.report.spread.gathered import Gathered, VersionSeen
from watcher.report.spread_values import Stale, VersionLine, Versions, Word

_OPS = {"same": "same", "move": "same", "del": "dropped", "add": "added"}
_AROUND = 2  # words shown at each side of the old ones
_MOST_WORDS = 8  # stretches of old words that are shown


def told_versions(found: Gathered) -> tuple[Versions, ...]:
    """Every article's versions, each with what it changed."""
    return tuple(
        Versions(
            a.article,
            a.outlet,
            tuple(_lines(found.versions.get(a.article, ()))),
            found.withdrawn.get(a.article),
        )
        for a in found.history.articles
    )


def _lines(versions: Sequence[VersionSeen]) -> list[VersionLine]:
    lines = []
    before: VersionSeen | None = None
    for v in versions:
        diff: tuple[Word, ...] = ()
        if before is not None and before.text is not None and v.text is not None:
            diff = tuple(Word(_OPS[op], text) for op, text in word_diff(before.text, v.text))
        lines.append(VersionLine(v.n, v.id, v.seen, v.title, v.size, v.silent, diff))
        before = v
    return lines


def stale_copies(found: Gathered, edges: Sequence[Edge], now: datetime) -> tuple[Stale, ...]:
    """The copies that still carry words that a source above them has given up, oldest change first.

    A copy is compared by its newest version with each version of the source that was given up.
    """
    parents = {e.child: e.parent for e in edges}
    taken = {e.child: e.parent_version for e in edges}
    told = []
    for copy in found.history.articles:
        source = parents.get(copy.article)
        direct = True
        seen = {copy.article}
        while source is not None and source not in seen:
            seen.add(source)
            versions = [v for v in found.versions.get(source, ()) if v.text is not None]
            mine = [v for v in found.versions.get(copy.article, ()) if v.text is not None]
            if len(versions) > 1 and mine and found.articles[source].outlet != copy.outlet:
                one = _stale(
                    found, copy.article, mine[-1], versions,
                    taken[copy.article] if direct else None, now,
                )  # fmt: skip
                if one is not None:
                    told.append(one)
            source, direct = parents.get(source), False
    return tuple(sorted(told, key=lambda s: (-s.age_s, s.article)))


def _stale(
    found: Gathered,
    article: int,
    mine: VersionSeen,
    versions: Sequence[VersionSeen],
    taken: int | None,
    now: datetime,
) -> Stale | None:
    copy = WordSequence.of(mine.words.hashes)
    sides = [WordSequence.of(v.words.hashes) for v in versions]
    held = [shared(side, copy).in_a for side in sides]
    if taken is None:
        sizes = [2 * int(h.sum()) - len(h) for h in held]
        taken = versions[int(np.argmax(sizes))].n
    newest = versions[-1]
    for i, old in enumerate(versions[:-1]):
        still = shared(sides[i], sides[-1]).in_a
        left = held[i] & ~still
        if not left.any():
            continue
        # Given up when the first later version came without them.
        gone = next(
            (
                v
                for j, v in enumerate(versions[i + 1 :], i + 1)
                if (left & ~shared(sides[i], sides[j]).in_a).any()
            ),
            newest,
        )
        return Stale(
            article,
            found.articles[article].outlet,
            old.article,
            taken,
            newest.n,
            max(0.0, (now - gone.seen.by).total_seconds()),
            _stretches(old.text or "", left),
        )
    return None


def _stretches(
    text: str, marks: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> tuple[str, ...]:
    """The marked words of a text, with a few around them, as the text has them."""
    at = spans(text)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marks, [False])).astype(np.int8)))
    found = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        first, last = max(0, start - _AROUND), min(len(at), end + _AROUND) - 1
        found.append(" ".join(text[at[first][0] : at[last][1]].split()))
    return tuple(dict.fromkeys(found))[:_MOST_WORDS]
