"""The reader: one answer a method, each from one consistent view of the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from storage.db import Database, StorageFault, open_database
from storage.reads import feeds, history, outbox, overview
from watcher.core.errors import StorageBusy, StorageError
from watcher.report import export, notice_rows, rows
from watcher.report import history as story
from watcher.report.notices import AlertHistory, AlertLine, SilenceLine, WatchLine
from watcher.report.sources import (
    BoilerplateLine,
    FeedCoverage,
    FeedHistory,
    FeedLine,
    OutletLine,
    Status,
)
from watcher.report.values import (
    ArticleText,
    Event,
    StoryHistory,
    StoryLine,
)

# `meta` rows that the daemon writes.
_HEARTBEAT = "heartbeat"


def _translated(fault: StorageFault) -> StorageError:
    return StorageBusy(str(fault)) if fault.busy else StorageError(str(fault))


class Reader:
    """Read-only answers. Use as a context manager, or call `close`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str) -> Self:
        """See `watcher.report.open_reader`."""
        database = open_database(url, readonly=True, translate=_translated)
        try:
            database.check()
        except StorageError:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ------------------------------------------------------------ stories

    def stories(
        self,
        *,
        now: datetime,
        since: datetime | None = None,
        state: str | None = None,
        reach: int = 2,
        tracked: bool = False,
        after: int | None = None,
        limit: int = 50,
    ) -> list[StoryLine]:
        """Stories that at least `reach` families carry, the latest copy first.

        `since` bounds the latest copy; `state` is one of STATES; `after` is the last story of the
        page before. Constant time in the number of stories stored.
        """
        with self._database.read() as conn:
            followed = overview.tracked(conn)
            found = history.stories(
                conn,
                now=now,
                since=since,
                state=state,
                reach=reach,
                only=followed if tracked else None,
                after=after,
                limit=limit,
            )
            claimed = history.placed_by_claim(conn, [row.id for row in found])
            return [rows.story_line(row, now, followed, claimed) for row in found]

    def story(self, story_id: int, *, now: datetime) -> StoryHistory | None:
        """All that is known of a story, or of the one it was merged into; None: no such story."""
        with self._database.read() as conn:
            return story.story(conn, story_id, now)

    def timeline(self, story_id: int) -> list[Event]:
        """A story's sightings and the openings of its episodes, by our clock; []: no such story."""
        with self._database.read() as conn:
            row = story.unmerged(conn, story_id)
            if row is None:
                return []
            return rows.timeline(
                history.sightings_of(conn, row.id), history.episodes_of(conn, row.id)
            )

    def article(self, article_id: int) -> ArticleText | None:
        """One article with its text; None: no such article."""
        with self._database.read() as conn:
            row = history.article_text(conn, article_id)
            return None if row is None else rows.article_text(row)

    # ------------------------------------------------------------ feeds

    def feeds(self) -> list[FeedLine]:
        """Every feed ever configured, by outlet."""
        with self._database.read() as conn:
            return [rows.feed_line(row) for row in feeds.list_feeds(conn)]

    def coverage(self, *, now: datetime) -> FeedCoverage:
        """How much of what is configured was seen at all."""
        with self._database.read() as conn:
            counts = feeds.feed_counts(conn, now)
            return FeedCoverage(counts.polled, counts.failing, counts.never_ok)

    def feed(self, name: str, *, polls: int = 20) -> list[FeedHistory]:
        """The feeds that a name means, each with its last polls.

        `name`: a feed's address or id, or an outlet's name, domain or family, in whatever case.
        """
        with self._database.read() as conn:
            found, _ = feeds.select_feeds(conn, [name])
            return [
                FeedHistory(
                    rows.feed_line(row),
                    tuple(rows.poll_line(p) for p in feeds.last_polls(conn, row.id, polls)),
                )
                for row in found
            ]

    # ------------------------------------------------------------ the whole

    def status(self, *, now: datetime) -> Status:
        """The whole at a glance, with what has gone wrong."""
        with self._database.read() as conn:
            lines = [rows.feed_line(row) for row in feeds.list_feeds(conn)]
            counts = overview.counts(conn)
            waiting = outbox.outbox_counts(conn, now)
            return Status(
                database=self._database.url,
                schema=self._database.newest(),
                size=overview.size(conn),
                outlets=counts["outlet"],
                articles=counts["article"],
                matches=counts["match"],
                stories=overview.story_count(conn),
                feeds=rows.feed_states(lines),
                failing=tuple(f for f in lines if f.state in ("failing", "gone")),
                deliveries=rows.delivery_states(waiting),
                oldest_due=waiting.oldest_due,
                dead=tuple(
                    notice_rows.dead_line(row) for row in overview.dead_deliveries(conn, 10)
                ),
                heartbeat=rows.moment(overview.facts(conn).get(_HEARTBEAT)),
            )

    def tracked(self, *, now: datetime) -> list[WatchLine]:
        """The watches in force, each with the story that it follows."""
        with self._database.read() as conn:
            return [notice_rows.watch_line(row, now) for row in overview.watches(conn)]

    def alerts(
        self, *, since: datetime | None = None, watch: str | None = None, limit: int = 50
    ) -> list[AlertLine]:
        """Alerts with their deliveries, the latest first."""
        with self._database.read() as conn:
            found = outbox.list_alerts(conn, since=since, watch_name=watch, limit=limit)
            told = overview.deliveries_of(conn, [row.id for row in found])
            return notice_rows.alert_lines(found, told)

    def alert(self, alert_id: int) -> AlertHistory | None:
        """One alert with what it says, its deliveries and attempts; None: no such alert."""
        with self._database.read() as conn:
            found = outbox.show_alert(conn, alert_id)
            return None if found is None else notice_rows.alert_history(found)

    def silences(self, *, now: datetime, ended: bool = False) -> list[SilenceLine]:
        """The silences that hold, the one that ends first first; with `ended`, all."""
        with self._database.read() as conn:
            found = outbox.list_silences(conn, now, ended=ended)
            return [notice_rows.silence_line(row, now) for row in found]

    # ------------------------------------------------------------ outlets

    def outlets(self, name: str) -> list[OutletLine]:
        """The outlets with this domain or name, in whatever case."""
        with self._database.read() as conn:
            found = overview.outlets_called(conn, name)
            return [OutletLine(row.id, row.name, row.domain, row.family) for row in found]

    def boilerplate(self, outlet: int | None = None) -> list[BoilerplateLine]:
        """The paragraphs that an outlet, or any of them, repeats; the commonest first."""
        with self._database.read() as conn:
            return [rows.boilerplate_line(row) for row in overview.boilerplate_of(conn, outlet)]

    # ------------------------------------------------------------ exports

    def export_matches(self) -> Iterator[dict[str, Any]]:
        """Every match as DESIGN section 9 has it, streamed in constant memory."""
        with self._database.read() as conn:
            yield from export.matches(conn)

    def export_stories(self, *, now: datetime) -> Iterator[dict[str, Any]]:
        """Every story as DESIGN section 9 has it, those of one article too, streamed."""
        with self._database.read() as conn:
            yield from export.stories(conn, now)

    def export_sightings(self) -> Iterator[dict[str, Any]]:
        """Every sighting, streamed in constant memory."""
        with self._database.read() as conn:
            yield from export.sightings(conn)

    def export(
        self, what: str, *, now: datetime
    ) -> tuple[tuple[str, ...], Iterator[dict[str, Any]]]:
        """The field names and the rows of `matches`, `stories` or `sightings`."""
        if what == "matches":
            return export.MATCH_FIELDS, self.export_matches()
        if what == "stories":
            return export.STORY_FIELDS, self.export_stories(now=now)
        return export.SIGHTING_FIELDS, self.export_sightings()
