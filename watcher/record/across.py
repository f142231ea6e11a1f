"""Translations among what is recorded: suggested after recording, in a pass of its own.

An import and a poll are no slower for it: the pass takes up the versions that came since it was
here last, a batch at a time, in the order of their ids. `read` takes a batch's texts, `mean` (in a
worker process) makes their sentences' vectors, `suggest` keeps the codes and writes the matches,
all in one transaction with the mark up to which it has come, so that a kill loses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime

import numpy as np

from watcher.archive import Database, across
from watcher.archive import articles as store
from watcher.archive.across import GistRow
from watcher.archive.articles import ArticleRow, Connection
from watcher.core.across import Codes, Verdict, by_meaning, code, gist, shortlist
from watcher.core.across.codes import WORDS, Code
from watcher.core.match import Kind
from watcher.record.abroad import raise_translations
from watcher.record.following import Following
from watcher.record.judging import Suggestion, judge
from watcher.record.retiring import Pair, others, pair_of, retire, stale
from watcher.record.settling import seen_of
from watcher.record.spoken import (
    MARK,
    WINDOW,
    Batch,
    Meant,
    mean,
    texts_of,
)

HELD = 600_000  # texts that the index holds at most, the latest
_WINDOW_S = int(WINDOW.total_seconds())
_SLACK_S = 2 * 86_400  # what is a little older than the others needs no loading anew
_LOADED = 4096  # rows that are read before they are packed
_CACHED = 512  # known texts whose sentences' vectors are kept for the next comparison


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _codes(data: bytes) -> Code:
    return np.frombuffer(data, "<u8").astype(np.uint64).reshape(-1, WORDS)


class Across:
    """The pass. Holds the gists of the window in memory (`Codes`); one a process."""

    def __init__(self) -> None:
        self._known: dict[str, Codes] = {}
        self._from: int | None = None  # seconds: what is held was first seen at this time or later
        self._cache: dict[int, Meant] = {}
        self._following = Following(self.meant)

    @property
    def codes(self) -> list[Codes]:
        """What is held, by language."""
        return list(self._known.values())

    @property
    def size(self) -> int:
        """Texts that are held."""
        return sum(len(codes) for codes in self._known.values())

    @property
    def nbytes(self) -> int:
        """Bytes that they take."""
        return sum(codes.nbytes for codes in self._known.values())

    def load(self, conn: Connection, now: datetime) -> None:
        """Hold what was first seen within a window before `now`, as a pass does by itself where
        nobody did: seconds at half a million texts, in which nobody should have to wait."""
        if self._from is None:
            self._load(conn, _seconds(now))

    def suggest(
        self, database: Database, batch: Batch, meant: Collection[Meant] | None, now: datetime
    ) -> int:
        """Keep what a batch means, and suggest its translations; how many new ones. None: what it
        means could not be told, and it is left as it is."""
        with database.write() as conn:
            store.one_at_a_time(conn)
            made = 0 if meant is None else self._suggest(conn, batch, list(meant), now)
            store.put_meta(conn, MARK, str(batch.mark))
        return made

    def ask(
        self, conn: Connection, asked: Meant, since: datetime
    ) -> list[tuple[ArticleRow, Meant, Verdict]]:
        """The articles that a text may be a translation of, among those first seen since then."""
        self._load(conn, _seconds(since) + _WINDOW_S)
        found = []
        for row, version in self._near(conn, asked, None):
            theirs = self.meant(conn, version)
            if theirs is not None:
                verdict = by_meaning(theirs.vectors, asked.vectors, theirs.at, asked.at)
                if verdict.suggested:
                    found.append((row, theirs, verdict))
        return found

    def _suggest(self, conn: Connection, batch: Batch, meant: list[Meant], now: datetime) -> int:
        looked = [one.version for one in batch.spoken]
        versions = {v.id: v for v in store.versions(conn, looked)}
        rows = {r.id: r for r in store.articles(conn, {v.article_id for v in versions.values()})}
        held = [(m, rows[versions[m.version].article_id]) for m in meant if m.version in versions]
        times = [_seconds(seen_of(r).at) for _, r in held]
        edited = [v.article_id for v in versions.values() if v.n > 1]
        known = stale(conn, edited) if edited else {}
        if held:
            self._load(conn, min(times))
            self._keep(conn, held, times)
        taken = _taken(conn, [row.id for _, row in held]) - known.keys()
        self._following.refresh(conn)
        found: dict[Pair, Suggestion] = {}
        for (m, row), at in zip(held, times, strict=True):
            near = self._near(conn, m, (at - _WINDOW_S, at + _WINDOW_S))
            before = others(conn, known, row.id)
            for other, version in [*near, *self._following.near(m), *before]:
                pair = pair_of(row.id, other.id)
                if other.outlet_id == row.outlet_id or pair in taken or pair in found:
                    continue
                theirs = self.meant(conn, version)
                if theirs is None or theirs.lang == m.lang:
                    continue
                if match := judge(conn, m, row, theirs, other, now):
                    found[pair] = match
        retire(conn, known, found)
        store.add_matches(conn, [one.stored() for one in found.values()])
        new = [one.row for pair, one in found.items() if pair not in known]
        raise_translations(conn, new, {row.id for _, row in held}, now)
        return len(new)

    def _keep(
        self, conn: Connection, held: list[tuple[Meant, ArticleRow]], times: list[int]
    ) -> None:
        """Hold what these articles mean, in memory and in the database, and let go of what their
        earlier versions meant."""
        kept = []
        for (m, row), at in zip(held, times, strict=True):
            codes = gist(m.vectors)
            self._hold(m.lang, [m.version], codes, [at])
            self._remember(m)
            known = GistRow(
                m.version, row.id, row.outlet_id, m.lang, seen_of(row).at, _bytes(codes)
            )
            kept.append((known, _bytes(code(m.vectors))))
        current = {row.version_id for _, row in held}
        mine = store.versions_of(conn, [row.id for _, row in held])
        across.drop(conn, [v.id for v in mine if v.id not in current])
        across.keep(conn, kept)

    def _load(self, conn: Connection, first: int) -> None:
        """Hold what was first seen since a window before `first`, the latest `HELD`."""
        low = first - _WINDOW_S
        # An archive comes in any order: more than is needed is held as long as there is room.
        if self._from is not None and self._from <= low and self.size <= HELD + HELD // 10:
            return
        low -= _SLACK_S
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

    def meant(self, conn: Connection, version: int) -> Meant | None:
        """What a version means; None: its text is gone, or in no language that is covered."""
        if version not in self._cache:
            for one in mean(list(texts_of(conn, [version]).values())):
                self._remember(one)
        return self._cache.get(version)


def _taken(conn: Connection, articles: Collection[int]) -> set[Pair]:
    """The pairs of these articles that are matched already, or that people have decided on. That
    two texts share a quotation does not speak against a translation."""
    pairs = [
        (m.a_id, m.b_id)
        for m in store.matches(conn, articles)
        if not (m.kind == Kind.PASSAGE and m.status == "auto")
    ]
    pairs += [(a, b) for _, a, b in store.decisions(conn, articles)]
    return {pair_of(*p) for p in pairs}


def _bytes(codes: Code) -> bytes:
    return codes.astype("<u8").tobytes()
