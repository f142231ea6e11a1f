"""The machine that plays: a newsroom, the program, and the careful reader beside it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import select

from storage import models
from storage.rows import WatchSpec
from storage.writes.watches import add_watch, resolve_watch
from tests.fakes import T0, FakeClock
from tests.record.careful import FeedSeen, Reader, Story
from tests.record.pressroom import (
    AT_FIRST,
    FEEDS,
    OUTLETS,
    Daemon,
    Died,
    Piece,
    Press,
    carried,
    dying,
    rows,
    sync,
    text_of,
)
from watcher.archive import Database
from watcher.record import deciding

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BASES = (1, 2, 3)
RULES = ({"name": "resurfaced"}, {"name": "first_copy"}, {"name": "new_copy"})
HOW = ["verbatim", "verbatim", "edited", "wrapped", "roundup", "listing"]
DATES = ["now", "now", "now", "none", "3 days old", "40 days old", "future", "absurd"]
SHIFTS = [0.05, 13.0, 25.0, 200.0, 2000.0, -48.0]  # hours
WAITS = [0.3, 3.0, 20.0, 50.0, 24.0 * 6.5, 24.0 * 7, 24.0 * 9, 24.0 * 31]
TINKERING = ["edit", "guid", "address", "date", "undated", "absurd", "future", "drop"]


@dataclass
class Counts:
    """What has been played, for whoever asks."""

    examples: int = 0
    steps: int = 0
    polls: int = 0
    crashes: int = 0
    resurfaced: int = 0

    def __str__(self) -> str:
        return (
            f"{self.examples} histories, {self.steps} steps, {self.polls} polls,"
            f" {self.crashes} crashes, {self.resurfaced} returns of a resting story"
        )


COUNTS = Counts()


class Newsroom(RuleBasedStateMachine):
    """Subclasses say where a new database comes from."""

    at_once: ClassVar[bool] = False  # whether two writers may write at the same time

    def databases(self) -> Iterator[Database]:
        """The same new database, opened anew each time."""
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        COUNTS.examples += 1
        self.clock = FakeClock(T0)
        self.press = Press()
        self.reader = Reader()
        self._opened = self.databases()
        self.daemons = [Daemon(next(self._opened), self.press, self.clock) for _ in range(2)]
        self.origin: dict[int, Piece] = {}
        self.watched: set[int] = set()
        self.expected: Counter[int] = Counter()  # resurfaced, by watched text
        self.stale: set[int] = set()  # texts whose rest a watch has changed since
        self.told: dict[int, list[tuple[Any, ...]]] = {}
        self.merged = False

    def teardown(self) -> None:
        self._opened.close()  # type: ignore[attr-defined]

    @property
    def database(self) -> Database:
        return self.daemons[0].database

    # ------------------------------------------------------------ polls

    def poll(self, feed: str, daemon: int = 0) -> None:
        """A poll, and what the reader makes of it."""
        self.daemons[daemon].poll(feed)
        self._read(feed)

    def _read(self, feed: str) -> None:
        COUNTS.polls += 1
        now = self.clock()
        woken = self.reader.document(feed, now, [p.shown() for p in self.press.of(feed)])
        for story in woken:
            COUNTS.resurfaced += 1
            for base in self.watched:
                if self.reader.home[base] is story:
                    self.expected[base] += 1
        self._tell()

    def _tell(self) -> None:
        for base, story in self.reader.home.items():
            if len(story.members) > 1:
                self.told[base] = _told(story)

    def quiet(self, span: timedelta, down: frozenset[str] = frozenset()) -> None:
        """Time passes. Feeds are polled all the while and are as they were, but for those that
        are down."""
        self.clock.forward(seconds=span.total_seconds())
        self.press.frozen = True
        for feed in sorted(self.reader.feeds):
            if feed not in down:
                self.daemons[0].poll(feed)
                self.reader.unchanged(feed, self.clock())
        self.press.frozen = False
        self.clock.forward(minutes=15)

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

    def _add_feeds(self, feeds: set[str]) -> None:
        sync(self.database, feeds | set(self.reader.feeds), self.clock())
        for feed in sorted(feeds):
            self.reader.feeds[feed] = FeedSeen(FEEDS[feed])
            self.poll(feed)
        self.clock.forward(minutes=15)

    # ------------------------------------------------------------ what outlets do

    @rule(
        outlet=st.sampled_from(sorted(OUTLETS)),
        base=st.sampled_from(BASES),
        how=st.sampled_from(HOW),
        date=st.sampled_from(DATES),
        rested=st.sampled_from([0.0, 0.0, *WAITS]),
        at_once=st.booleans(),
        which=st.integers(0, 1),
    )
    def publish(
        self,
        outlet: str,
        base: int,
        how: str,
        date: str,
        rested: float,
        at_once: bool,
        which: int,
    ) -> None:
        """A new article, after a while; the first of a text is the report itself."""
        if rested:
            self.quiet(timedelta(hours=rested))
        if base not in self.origin:
            outlet = outlet if set(OUTLETS[outlet]) & set(self.reader.feeds) else "wire"
            how, date, at_once = "verbatim", "now", True
        elif how != "roundup" and any(
            p.outlet == outlet and p.base == base for p in self.press.pieces
        ):
            how = "edited"  # the same words again would be the same article
        n = len(self.press.pieces) + 1
        now = self.clock()
        at = {
            "now": now - timedelta(minutes=5),
            "3 days old": now - 3 * DAY,
            "40 days old": now - 40 * DAY,
            "future": now + 400 * DAY,
        }.get(date)
        if how == "roundup":
            text = "\n".join([text_of(1), text_of(2), text_of(400 + n)])
        else:
            text = carried(base, how, n)
        own = OUTLETS[outlet]
        feeds = {own[which % len(own)]} if base in self.origin else set(own)
        piece = self.press.add(outlet, base, how, text, at, feeds, absurd=date == "absurd")
        if base not in self.origin:
            self.origin[base] = piece
        if at_once:
            self._poll_of(piece)

    def _piece(self, number: int) -> Piece | None:
        ours = [p for p in self.press.pieces if p.base is not None]
        return ours[number % len(ours)] if ours else None

    @rule(
        number=st.integers(0, 20),
        what=st.sampled_from(TINKERING),
        hours=st.sampled_from(SHIFTS),
        at_once=st.booleans(),
    )
    def tinker(self, number: int, what: str, hours: float, at_once: bool) -> None:
        """Something happens to an entry that is, mostly, no return of its text."""
        piece = self._piece(number)
        if not piece:
            return
        match what:
            case "edit":
                self._edit(piece)
            case "guid":
                piece.guid += 1
            case "address":
                piece.url += 1
            case "date" if piece.date is not None:
                piece.date += timedelta(hours=hours)
            case "undated" | "absurd":
                piece.absurd, piece.date = what == "absurd", None
            case "future":
                piece.absurd, piece.date = False, self.clock() + 500 * DAY
            case "drop":
                piece.hidden = not piece.hidden
        if at_once:
            self._poll_of(piece)

    @rule(
        number=st.integers(0, 20),
        moved=st.booleans(),
        edited=st.booleans(),
        rested=st.sampled_from(WAITS),
    )
    def reissue(self, number: int, moved: bool, edited: bool, rested: float) -> None:
        """An old article as new, after a while: today's date, perhaps a new address, perhaps other
        words."""
        piece = self._piece(number)
        if not piece:
            return
        self.quiet(timedelta(hours=rested))
        piece.date, piece.absurd, piece.hidden = self.clock() - timedelta(minutes=3), False, False
        if moved:
            piece.url += 1
            piece.guid += number % 2
        if edited:
            self._edit(piece)
        self._poll_of(piece)

    def _edit(self, piece: Piece) -> None:
        if piece.how in ("verbatim", "edited") and piece.base is not None:
            piece.edits += 1
            piece.text = carried(piece.base, "edited", 1000 * piece.n + piece.edits)
            piece.how = "edited"

    def _poll_of(self, piece: Piece) -> None:
        for feed in sorted(piece.feeds & set(self.reader.feeds)):
            self.poll(feed, piece.n % 2)
        self.clock.forward(minutes=15)

    @rule(outlet=st.sampled_from(sorted(OUTLETS)), hours=st.sampled_from([5.0, 30.0, 300.0]))
    def date_all_anew(self, outlet: str, hours: float) -> None:
        """A site that moves, or that dates by the clock."""
        for piece in self.press.pieces:
            if piece.outlet == outlet and piece.date is not None:
                piece.date += timedelta(hours=hours)

    # ------------------------------------------------------------ what happens to the program

    @rule(which=st.integers(0, 1))
    def poll_all(self, which: int) -> None:
        for feed in sorted(self.reader.feeds):
            self.poll(feed, which)
        self.clock.forward(minutes=15)

    @rule(hours=st.sampled_from(WAITS))
    def wait(self, hours: float) -> None:
        self.quiet(timedelta(hours=hours))

    @rule(hours=st.sampled_from([3.0, 8.0, 24.0 * 8, 24.0 * 20]), down=st.sampled_from(AT_FIRST))
    def outage(self, hours: float, down: str) -> None:
        self.quiet(timedelta(hours=hours), frozenset({down}))

    @precondition(lambda self: len(self.reader.feeds) < len(FEEDS))
    @rule(pick=st.integers(0, 5))
    def add_feed(self, pick: int) -> None:
        missing = sorted(set(FEEDS) - set(self.reader.feeds))
        self._add_feeds({missing[pick % len(missing)]})

    @rule(which=st.integers(0, 1))
    def restart(self, which: int) -> None:
        self.daemons[which] = Daemon(next(self._opened), self.press, self.clock)

    @rule(hours=st.sampled_from([-72.0, -10.0, -0.5, 0.5, 10.0]))
    def step_clock(self, hours: float) -> None:
        self.clock.forward(hours=hours)

    @rule(feed=st.sampled_from(sorted(FEEDS)), after=st.integers(1, 40), which=st.integers(0, 1))
    def crash(self, feed: str, after: int, which: int) -> None:
        """The program dies in the middle, or at the commit, and starts again."""
        if feed not in self.reader.feeds:
            return
        before = self._everything()
        try:
            with dying(self.daemons[which].database, after):
                self.daemons[which].poll(feed)
        except Died:
            COUNTS.crashes += 1
            assert self._everything() == before
            self.restart(which)
            self.daemons[which].poll(feed)
        self._read(feed)

    @rule(pair=st.sampled_from([("w", "g"), ("g", "c"), ("c", "w"), ("h", "e"), ("g", "g2")]))
    def poll_two_at_once(self, pair: tuple[str, str]) -> None:
        """Two processes, each with a feed; the reader takes them as they were recorded."""
        if not self.at_once or not set(pair) <= set(self.reader.feeds):
            return
        errors: list[BaseException] = []

        def run(which: int) -> None:
            try:
                self.daemons[which].poll(pair[which])
            except BaseException as error:  # noqa: BLE001  raised below, in the test's thread
                errors.append(error)

        threads = [threading.Thread(target=run, args=(i,)) for i in (0, 1)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert errors == []
        for feed in self._as_recorded(pair):
            self._read(feed)

    def _as_recorded(self, pair: tuple[str, str]) -> list[str]:
        polls = rows(self.database, models.poll.c.id, models.poll.c.feed_id)
        urls = dict(rows(self.database, models.feed.c.id, models.feed.c.url))
        order = [urls[f].rsplit("/", 1)[1].removesuffix(".xml") for _, f in sorted(polls)[-2:]]
        assert sorted(order) == sorted(pair)
        return order

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

    def _article(self, piece: Piece) -> int:
        a = models.article.c
        with self.database.read() as conn:
            return int(conn.scalar(select(a.id).where(a.title == piece.title)))  # type: ignore[arg-type]

    def _story(self, base: int) -> int:
        article = self._article(self.origin[base])
        a = models.article.c
        return int(next(s for i, s in rows(self.database, a.id, a.story_id) if i == article))

    def _everything(self) -> dict[str, list[Any]]:
        tables = (models.article, models.version, models.sighting, models.match, models.story)
        more = (models.episode, models.alert, models.delivery, models.feed, models.poll)
        return {t.name: sorted(rows(self.database, *t.primary_key)) for t in (*tables, *more)}

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


def _told(story: Story) -> list[tuple[Any, ...]]:
    """The story's episodes as the archive keeps them."""
    return [
        (
            n,
            burst[0].subtype if n > 1 else "first",
            burst[0].at,
            burst[-1].at,
            len(burst) - (n == 1),
        )
        for n, burst in enumerate(story.episodes(), 1)
    ]
