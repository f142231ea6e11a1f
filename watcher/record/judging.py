"""Two articles of different languages judged: the match that is suggested, with its evidence."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, MatchRow
from watcher.core.across import Verdict, by_meaning
from watcher.core.across.sentences import Span
from watcher.core.fingerprint import distance
from watcher.core.match import Kind
from watcher.core.spread import order
from watcher.core.text import spans
from watcher.record.settling import seen_of
from watcher.record.spoken import Meant, Spoken, texts_of


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A match to be stored, and the aligned sentences as word offsets in the two bodies."""

    row: MatchRow
    runs: npt.NDArray[np.int32] = field(repr=False)

    def stored(self) -> dict[str, object]:
        """Its columns."""
        row = {n: getattr(self.row, n) for n in MatchRow.__slots__ if n != "id"}
        return {**row, "runs": self.runs.astype("<i4").tobytes()}


def judge(
    conn: Connection, m: Meant, row: ArticleRow, theirs: Meant, other: ArticleRow, now: datetime
) -> Suggestion | None:
    """What an article, and what it means, is of another one; None: no translation of it."""
    known, swap = order(seen_of(other), seen_of(row))
    first, second = (row, other) if swap else (other, row)
    a, b = (m, theirs) if swap else (theirs, m)
    verdict = by_meaning(a.vectors, b.vectors, a.at, b.at)
    if not verdict.suggested:
        return None
    hashes = {v.id: v.simhash for v in store.versions(conn, [a.version, b.version])}
    runs, words, longest = _evidence(verdict, a, b, texts_of(conn, [a.version, b.version]))
    match = MatchRow(
        id=0,
        a_id=first.id,
        b_id=second.id,
        a_version=a.version,
        b_version=b.version,
        kind=str(Kind.TRANSLATION),
        paste=verdict.paste,
        cut=verdict.cut,
        distance=distance(hashes[a.version], hashes[b.version]),
        words=words,
        longest=longest,
        reason=f"{verdict.reason}; {a.lang} and {b.lang}, likeness {verdict.sure:.2f}",
        order_known=str(known),
        status="suggested",
        at=now,
        sure=verdict.sure,
    )
    return Suggestion(match, runs)


def _evidence(
    verdict: Verdict, a: Meant, b: Meant, texts: Mapping[int, Spoken]
) -> tuple[npt.NDArray[np.int32], int, int]:
    """The aligned sentences as word offsets in the bodies; the copy's words in them; the most in
    one pair. Headlines are evidence, but no part of the body."""
    at = {m.version: spans(texts[m.version].text[m.body_at :]) for m in (a, b)}
    rows = []
    for pair in verdict.pairs:
        ends = [*_words(at[a.version], a, pair.a), *_words(at[b.version], b, pair.b)]
        if ends[0] < ends[1] and ends[2] < ends[3]:
            rows.append(ends)
    runs = np.array(rows, np.int32).reshape(-1, 4)
    sizes = runs[:, 3] - runs[:, 2]
    return runs, int(sizes.sum()), int(sizes.max(initial=0))


def _words(at: list[Span], m: Meant, which: tuple[int, int]) -> tuple[int, int]:
    start, end = m.at[which[0]][0] - m.body_at, m.at[which[1] - 1][1] - m.body_at
    return (
        bisect_left(at, start, key=lambda s: s[0]),
        bisect_right(at, end, key=lambda s: s[1]),
    )
