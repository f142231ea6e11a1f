"""Translations among what is recorded: suggested after recording, in a pass of its own.

An import and a poll are no slower for it: the pass takes up the versions that came since it was
here last, a batch at a time, in the order of their ids. `read` takes a batch's texts, `mean` (in a
worker process) makes their sentences' vectors, `suggest` keeps the codes and writes the matches,
all in one transaction with the mark up to which it has come, so that a kill loses nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from watcher.archive import Database, across
from watcher.archive import articles as store
from watcher.archive.across import GistRow
from watcher.archive.articles import ArticleRow, Connection, MatchRow
from watcher.core.across import Codes, Verdict, by_meaning, code, gist, shortlist
from watcher.core.across.codes import WORDS, Code
from watcher.core.across.sentences import Span
from watcher.core.fingerprint import distance
from watcher.core.match import Kind
from watcher.core.spread import order
from watcher.core.text import spans
from watcher.record.abroad import raise_translations
from watcher.record.following import Following
from watcher.record.settling import seen_of
from watcher.record.spoken import (
    MARK,
    WINDOW,
    Batch,
    Meant,
    Spoken,
    mean,
    texts_of,
)

HELD = 600_000  # texts that the index holds at most, the latest
_WINDOW_S = int(WINDOW.total_seconds())
_LOADED = 4096  # rows that are read before they are packed
_CACHED = 512  # known texts whose sentences' vectors are kept for the next comparison


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _codes(data: bytes) -> Code:
    return np.frombuffer(data, "<u8").astype(np.uint64).reshape(-1, WORDS)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A match to be stored, and the aligned sentences as word offsets in the two bodies."""

    row: MatchRow
    runs: npt.NDArray[np.int32] = field(repr=False)

    def stored(self) -> dict[str, object]:
        """Its columns."""
        row = {n: getattr(self.row, n) for n in MatchRow.__slots__ if n != "id"}
        return {**row, "runs": self.runs.astype("<i4").tobytes()}


class Across:
    """The pass. Holds the gists of the window in memory (`Codes`); one a process."""

    def __init__(self) -> None:
        self._known: dict[str, Codes] = {}
        self._from: int | None = None  # seconds: what is held was first seen at this time or later
        self._cache: dict[int, Meant] = {}
        self._following = Following(self._meant)

    def suggest(
        self, database: Database, batch: Batch, meant: Collection[Meant], now: datetime
    ) -> int:
        """Keep what a batch means, and suggest its translations; how many."""
        with database.write() as conn:
            store.one_at_a_time(conn)
            made = self._suggest(conn, list(meant), now) if meant else 0
            store.put_meta(conn, MARK, str(batch.mark))
        return made

    def ask(
        self, conn: Connection, asked: Meant, since: datetime
    ) -> list[tuple[ArticleRow, Meant, Verdict]]:
        """The articles that a text may be a translation of, among those first seen since then."""
        self._load(conn, _seconds(since) + _WINDOW_S)
        found = []
        for row, version in self._near(conn, asked, None):
            theirs = self._meant(conn, version)
            if theirs is not None:
                verdict = by_meaning(theirs.vectors, asked.vectors, theirs.at, asked.at)
                if verdict.suggested:
                    found.append((row, theirs, verdict))
        return found

    def _suggest(self, conn: Connection, meant: list[Meant], now: datetime) -> int:
        versions = {v.id: v for v in store.versions(conn, [m.version for m in meant])}
        rows = {r.id: r for r in store.articles(conn, {v.article_id for v in versions.values()})}
        held = [(m, rows[versions[m.version].article_id]) for m in meant if m.version in versions]
        if not held:
            return 0
        times = [_seconds(seen_of(r).at) for _, r in held]
        self._load(conn, min(times))
        kept = []
        for (m, row), at in zip(held, times, strict=True):
            codes = gist(m.vectors)
            self._hold(m.lang, [m.version], codes, [at])
            self._remember(m)
            known = GistRow(
                m.version, row.id, row.outlet_id, m.lang, seen_of(row).at, _bytes(codes)
            )
            kept.append((known, _bytes(code(m.vectors))))
        across.keep(conn, kept)
        taken = _taken(conn, [row.id for _, row in held])
        self._following.refresh(conn)
        found: dict[tuple[int, int], Suggestion] = {}
        for (m, row), at in zip(held, times, strict=True):
            near = self._near(conn, m, (at - _WINDOW_S, at + _WINDOW_S))
            for other, version in [*near, *self._following.near(m)]:
                if other.outlet_id == row.outlet_id:
                    continue
                pair = (min(row.id, other.id), max(row.id, other.id))
                if pair in taken or pair in found:
                    continue
                if match := self._judge(conn, m, row, other, version, now):
                    found[pair] = match
        store.add_matches(conn, [one.stored() for one in found.values()])
        fresh = {row.id for _, row in held}
        raise_translations(conn, [one.row for one in found.values()], fresh, now)
        return len(found)

    def _load(self, conn: Connection, first: int) -> None:
        """Hold what was first seen since a window before `first`, the latest `HELD`."""
        low = first - _WINDOW_S
        held = sum(len(codes) for codes in self._known.values())
        fits = self._from is not None and self._from <= low <= self._from + _WINDOW_S
        if fits and held <= HELD + HELD // 10:
            return
        self._known, self._from = {}, low
        waiting: dict[str, list[GistRow]] = defaultdict(list)
        for row in across.gists(conn, datetime.fromtimestamp(low, UTC), HELD):
            mine = waiting[row.lang]
            mine.append(row)
            if len(mine) == _LOADED:
                self._take(mine)
                mine.clear()
        for mine in waiting.values():
            self._take(mine)

    def _take(self, rows: list[GistRow]) -> None:
        if rows:
            codes = np.concatenate([_codes(r.codes) for r in rows])
            self._hold(
                rows[0].lang, [r.version_id for r in rows], codes, [_seconds(r.at) for r in rows]
            )

    def _hold(self, lang: str, versions: list[int], codes: Code, at: list[int]) -> None:
        known = self._known.setdefault(lang, Codes())
        known.add(np.array(versions, np.int64), codes, np.array(at, np.int64))

    def _remember(self, m: Meant) -> None:
        self._cache[m.version] = m
        while len(self._cache) > _CACHED:
            self._cache.pop(next(iter(self._cache)))

    def _near(
        self, conn: Connection, m: Meant, time: tuple[int, int] | None
    ) -> list[tuple[ArticleRow, int]]:
        """The articles worth comparing, as they stand, and their versions."""
        short = shortlist(
            gist(m.vectors),
            code(m.vectors),
            [codes for lang, codes in self._known.items() if lang != m.lang],
            lambda ids: {v: _codes(c) for v, c in across.codes_of(conn, ids).items()},
            time,
        )
        owners = {v.id: v.article_id for v in store.versions(conn, [v for _, v in short])}
        rows = {r.id: r for r in store.articles(conn, set(owners.values()))}
        found = [(rows[owners[v]], v) for _, v in short if owners.get(v) in rows]
        return [(r, v) for r, v in found if r.version_id == v]

    def _meant(self, conn: Connection, version: int) -> Meant | None:
        if version not in self._cache:
            for one in mean(list(texts_of(conn, [version]).values())):
                self._remember(one)
        return self._cache.get(version)

    def _judge(
        self,
        conn: Connection,
        m: Meant,
        row: ArticleRow,
        other: ArticleRow,
        version: int,
        now: datetime,
    ) -> Suggestion | None:
        theirs = self._meant(conn, version)
        if theirs is None:
            return None
        known, swap = order(seen_of(other), seen_of(row))
        first, second = (row, other) if swap else (other, row)
        a, b = (m, theirs) if swap else (theirs, m)
        verdict = by_meaning(a.vectors, b.vectors, a.at, b.at)
        if not verdict.suggested:
            return None
        hashes = {v.id: v.simhash for v in store.versions(conn, [a.version, b.version])}
        texts = texts_of(conn, [a.version, b.version])
        runs, words, longest = _evidence(verdict, a, b, texts)
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


def _taken(conn: Connection, articles: Collection[int]) -> set[tuple[int, int]]:
    """The pairs of these articles that are matched already, or that people have decided on."""
    pairs = [(m.a_id, m.b_id) for m in store.matches(conn, articles)]
    pairs += [(a, b) for _, a, b in store.decisions(conn, articles)]
    return {(min(p), max(p)) for p in pairs}


def _bytes(codes: Code) -> bytes:
    return codes.astype("<u8").tobytes()


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
