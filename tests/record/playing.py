"""A newsroom, the program and the careful reader beside it: what every rule of the play uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import select

from storage import models
from tests.fakes import T0, FakeClock
from tests.record.careful import FeedSeen, Reader, Story
from tests.record.pressroom import FEEDS, Daemon, Piece, Press, rows, sync
from watcher.archive import Database

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BASES = (1, 2, 3)
WAITS = [0.3, 3.0, 20.0, 50.0, 24.0 * 6.5, 24.0 * 7, 24.0 * 9, 24.0 * 31]


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


class Playing(RuleBasedStateMachine):
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

    def _add_feeds(self, feeds: set[str]) -> None:
        sync(self.database, feeds | set(self.reader.feeds), self.clock())
        for feed in sorted(feeds):
            self.reader.feeds[feed] = FeedSeen(FEEDS[feed])
            self.poll(feed)
        self.clock.forward(minutes=15)

    # ------------------------------------------------------------ looking

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
