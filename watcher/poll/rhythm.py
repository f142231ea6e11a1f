"""The rhythm of each feed, from what it showed first: learned anew about daily, kept in memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from watcher.archive import Database
from watcher.archive import articles as store
from watcher.archive.feeds import FeedRow
from watcher.core import schedule
from watcher.core.schedule import Rhythm, Seen

SIGHTINGS = 5_000  # of a feed, at most; a wire's week or two, most feeds' half a year
_KEPT = timedelta(days=1)
# While little is known, each new entry tells much.
_LITTLE = 40
_KEPT_WITH_LITTLE = timedelta(hours=2)


class Pace(NamedTuple):
    """How a feed publishes, and when it lately did. No rhythm: it was never read before."""

    rhythm: Rhythm | None
    recent: tuple[datetime, ...]


class Rhythms:
    """What was learned of each feed. An article counts for the feed that showed it first, so that
    of two feeds with the same entries neither is read at the pace of both."""

    def __init__(self) -> None:
        self._learned: dict[int, tuple[datetime, Rhythm]] = {}
        # Of feeds that showed nothing new since: seconds, at a tenth of what datetimes take. With
        # when they last did, for another daemon may have seen more.
        self._recent: dict[int, tuple[datetime | None, array[float]]] = {}

    def kept(self, feed: FeedRow, now: datetime) -> Pace | None:
        """The pace of a feed as far as it is kept: nobody else has seen more of it; None: ask."""
        learned, recent = self._learned.get(feed.id), self._recent.get(feed.id)
        if learned is None or recent is None or not _is_current(*learned, now):
            return None
        if recent[0] != feed.last_fresh_at:
            return None
        return Pace(learned[1], tuple(datetime.fromtimestamp(at, UTC) for at in recent[1]))

    def showed(
        self, feed: FeedRow, pace: Pace, brought: Iterable[Seen], last: datetime | None
    ) -> None:
        """A document of this feed was recorded. `pace`: before it; `brought`: the first sightings
        in it; `last`: when the feed showed anything not known before, from now on."""
        if pace.rhythm is None:
            self._recent.pop(feed.id, None)
        else:
            self._keep(feed, last, sorted((*pace.recent, *schedule.placed(brought))))

    def pace(self, database: Database, feed: FeedRow, now: datetime) -> Pace:
        """The pace of a feed at `now`. Reads the database."""
        found = self._pace(database, feed, now)
        if found.rhythm is not None:
            self._keep(feed, feed.last_fresh_at, found.recent)
        return found

    def _keep(self, feed: FeedRow, last: datetime | None, recent: Sequence[datetime]) -> None:
        seconds = array("d", [at.timestamp() for at in recent[-schedule.RECENT :]])
        self._recent[feed.id] = (last, seconds)

    def _pace(self, database: Database, feed: FeedRow, now: datetime) -> Pace:
        if feed.first_ok_at is None:
            return Pace(None, ())
        kept = self._learned.get(feed.id)
        with database.read() as conn:
            if kept is None or not _is_current(*kept, now):
                rows = store.first_sightings(conn, feed.id, SIGHTINGS)
                found = schedule.placed(Seen(*row) for row in rows)
                # Of a history that was cut, the start is where it was cut.
                since = feed.first_ok_at if len(rows) < SIGHTINGS else None
                kept = now, schedule.learn(found, now, since)
                self._learned[feed.id] = kept
                return Pace(kept[1], tuple(found[-schedule.RECENT :]))
            rows = store.first_sightings(conn, feed.id, schedule.RECENT)
        return Pace(kept[1], tuple(schedule.placed(Seen(*row) for row in rows)))


def _is_current(at: datetime, rhythm: Rhythm, now: datetime) -> bool:
    # A clock that was set back makes what was learned of the future useless.
    return timedelta(0) <= now - at < (_KEPT if rhythm.known >= _LITTLE else _KEPT_WITH_LITTLE)
