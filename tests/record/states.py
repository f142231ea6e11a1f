"""The machine that plays: outlets, the program and people, and what has to hold after each step."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from storage import models
from storage.rows import WatchSpec
from storage.writes.watches import add_watch, resolve_watch
from tests.fakes import T0
from tests.record.playing import BASES, COUNTS, DAY
from tests.record.playing_outlets import Outlets
from tests.record.playing_program import Program
from tests.record.pressroom import AT_FIRST, rows
from watcher.record import deciding

__all__ = ["COUNTS", "Newsroom"]

RULES = ({"name": "resurfaced"}, {"name": "first_copy"}, {"name": "new_copy"})


class Newsroom(Outlets, Program):
    """Subclasses say where a new database comes from."""

    @initialize()
    def begin(self) -> None:
        """Three texts, each with a copy somewhere else."""
        self._add_feeds(set(AT_FIRST))
        for base, (first, second) in zip(
            BASES, permutations(("wire", "gazette", "courier"), 2), strict=False
        ):
            for outlet in (first, second)[: 1 + base % 2]:
                self.publish(outlet, base, "verbatim", "now", rested=0.0, at_once=True, which=0)
        self.watch(1, own_rest=False)

    # ------------------------------------------------------------ what people do

    @rule(base=st.sampled_from(BASES), own_rest=st.booleans())
    def watch(self, base: int, own_rest: bool) -> None:
        if base in self.watched or base not in self.origin:
            return
        article = self._article(self.origin[base])
        rest = 2 * DAY if own_rest else None
        with self.database.write() as conn:
            made = add_watch(
                conn,
                WatchSpec(
                    f"w{base}",
                    f"url:{self.origin[base].address}",
                    RULES,
                    ("desk",),
                    int(rest.total_seconds()) if rest else None,
                ),
                self.clock(),
            )
            assert made is not None
            resolve_watch(conn, made, article, None)
        self.watched.add(base)
        if rest:
            story = self.reader.home[base]
            story.rest = rest
            self.stale |= {b for b, s in self.reader.home.items() if s is story}

    @rule(base=st.sampled_from(BASES), days=st.sampled_from([-20.0, 0.5, 2.0, 10.0]))
    def load(self, base: int, days: float) -> None:
        """An archive brings a copy of long ago, or of yesterday."""
        if base not in self.origin:
            return
        n = len(self.press.pieces) + 1
        at = T0 + days * DAY if days < 0 else self.clock() - days * DAY
        outlet = f"archive{n}"
        piece = self.press.add(outlet, base, "archived", "", at, set())
        self.daemons[n % 2].load(outlet, base, piece.n, at)
        self.reader.archived(piece.n, base, at)
        self._tell()

    @precondition(lambda self: not self.merged and {1, 2} <= set(self.origin))
    @rule()
    def merge(self) -> None:
        a, b = (self._story(base) for base in (1, 2))
        daemon = self.daemons[0]
        deciding.merge(
            daemon.database, daemon.recorder, a, b, author="me", note="", now=self.clock()
        )
        self.reader.merged(1, 2)
        self.merged = True
        self._tell()

    # ------------------------------------------------------------ what has to hold

    @invariant()
    def alerts_are_those_expected(self) -> None:
        COUNTS.steps += 1
        a = models.alert.c
        found = rows(self.database, a.key, a.condition, a.state, a.reason, a.article_id, a.at)
        assert len({key for key, *_ in found}) == len(found)
        fired: Counter[int] = Counter()
        for key, condition, state, reason, _, _ in found:
            assert reason
            if condition == "resurfaced" and state == "fired":
                fired[int(key[1])] += 1
        assert fired == +self.expected, f"fired {fired}, expected {self.expected}"
        s = models.sighting.c
        counted = {(i, by) for i, by, c in rows(self.database, s.article_id, s.by, s.counts) if c}
        for key, _, state, _, article, at in found:
            if state == "fired":
                assert (article, at) in counted, key

    @invariant()
    def episodes_are_those_expected(self) -> None:
        e = models.episode.c
        found: dict[int, list[tuple[Any, ...]]] = {}
        for row in sorted(
            rows(self.database, e.story_id, e.n, e.subtype, e.opened_at, e.last_at, e.copies)
        ):
            found.setdefault(row[0], []).append(tuple(row[1:]))
        for base, told in self.told.items():
            if base not in self.stale:
                kept = found.get(self._story(base), [])
                assert kept == told, f"text {base}: kept {kept}, expected {told}"
