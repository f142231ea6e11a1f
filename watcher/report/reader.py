"""The reader: one answer a method, each from one consistent view of the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from storage.db import Database, StorageFault, open_database
from storage.reads import feeds, history, outbox, overview
from watcher.core.errors import StorageBusy, StorageError
from watcher.report import export, feed_rows, notice_rows, outlets, rows, search
from watcher.report.asking import SearchAnswer, StoriesAsked, TextsAsked
from watcher.report.figures import figures as figures_of
from watcher.report.notices import AlertHistory, AlertLine, SilenceLine, WatchLine
from watcher.report.outlet_values import OutletList, OutletProfile
from watcher.report.sources import (
    BoilerplateLine,
    FeedCoverage,
    FeedHistory,
    FeedLine,
    Figures,
    OutletLine,
    Status,
)
from watcher.report.spread_values import PARTS, StorySpread, VersionText
from watcher.report.values import (
    ArticleText,
    Event,
    StoryHistory,
    StoryLine,
)


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
        asked: StoriesAsked = StoriesAsked(),  # noqa: B008  # a frozen value
        *,
        now: datetime,
        after: int | None = None,
        limit: int = 50,
    ) -> list[StoryLine]:
        """Stories as asked for, the latest copy first; `after`: the last of the page before.

        Raises UsageError where an outlet or a family is asked for that there is not.
        """
        with self._database.read() as conn:
            followed = overview.tracked(conn)
            found = search.list_stories(conn, asked, followed, now=now, after=after, limit=limit)
            claimed = history.placed_by_claim(conn, [row.id for row in found])
            return [rows.story_line(row, now, followed, claimed) for row in found]

    def search(
        self,
        words: str,
        asked: TextsAsked = TextsAsked(),  # noqa: B008  # a frozen value
        *,
        now: datetime,
        after: int | None = None,
        limit: int = 20,
    ) -> SearchAnswer:
        """Texts that hold `words` (see watcher.core.search.parse), the best first, then the latest.

        `after`: the last article of the page before. At most search.RANKED hits, the newest, are
        ranked. Raises UsageError where there is nothing to look for.
        """
        with self._database.read() as conn:
            return search.find(conn, words, asked, now=now, after=after, limit=limit)

    def story(self, story_id: int, *, now: datetime) -> StoryHistory | None:
        """All that is known of a story, or of the one it was merged into; None: no such story."""
        from watcher.report import history as told

        with self._database.read() as conn:
            return told.story(conn, story_id, now)

    def spread(
        self, story_id: int, *, now: datetime, parts: Collection[str] = PARTS
    ) -> StorySpread | None:
        """A story with what is worked out from it; None: no such story.

        `parts`: of PARTS, what to work out; the others are empty. The origin is always there; with
        nothing but figures asked for, it is inferred from the story's first articles.
        """
        from watcher.report.spread import story_spread

        with self._database.read() as conn:
            return story_spread(conn, story_id, now, parts)

    def version_texts(self, story_id: int) -> list[VersionText]:
        """The text of every version of a story's articles, in order; []: no such story."""
        from watcher.report.spread import version_texts

        with self._database.read() as conn:
            return version_texts(conn, story_id)

    def timeline(self, story_id: int) -> list[Event]:
        """A story's sightings and the openings of its episodes, by our clock; []: no such story."""
        from watcher.report import history as told

        with self._database.read() as conn:
            row = told.unmerged(conn, story_id)
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

    def feeds(self, *, outlets: Collection[str] = ()) -> list[FeedLine]:
        """Every feed ever configured, by outlet.

        `outlets`: only those of outlets with one of these names, domains or families.
        """
        wanted = {name.strip().casefold() for name in outlets}
        with self._database.read() as conn:
            lines = [feed_rows.feed_line(row) for row in feeds.list_feeds(conn)]
        return [
            line
            for line in lines
            if not wanted
            or not wanted.isdisjoint(
                name.casefold() for name in (line.outlet, line.domain, line.family)
            )
        ]

    def coverage(self, *, now: datetime) -> FeedCoverage:
        """How much of what is configured was seen at all."""
        with self._database.read() as conn:
            counts = feeds.feed_counts(conn, now)
            return FeedCoverage(counts.polled, counts.failing, counts.never_ok)

    def feed(self, name: str, *, now: datetime, polls: int = 20) -> list[FeedHistory]:
        """The feeds that a name means, each with its last polls.

        `name`: a feed's address or id, or an outlet's name, domain or family, in whatever case.
        """
        with self._database.read() as conn:
            found, _ = feeds.select_feeds(conn, [name])
            paused = {host.name: host for host in feeds.paused_hosts(conn, now)}
            return [
                feed_rows.feed_history(row, feeds.last_polls(conn, row.id, polls), paused)
                for row in found
            ]

    # ------------------------------------------------------------ the whole

    def status(self, *, now: datetime) -> Status:
        """The whole at a glance, with what has gone wrong."""
        from watcher.report.glance import status

        with self._database.read() as conn:
            return status(self._database, conn, now)

    def figures(self, *, now: datetime) -> Figures:
        """How far behind the whole is, and how it did of late: cheap, to be asked often."""
        with self._database.read() as conn:
            return figures_of(self._database, conn, now)

    def tracked(self, *, now: datetime) -> list[WatchLine]:
        """The watches in force, each with the story that it follows."""
        with self._database.read() as conn:
            return [notice_rows.watch_line(conn, row, now) for row in overview.watches(conn)]

    def alerts(
        self, *, watch: str | None = None, limit: int = 50, **chosen: Any
    ) -> list[AlertLine]:
        """Alerts with their deliveries, the latest first (storage.reads.outbox.list_alerts names
        what they can be chosen by)."""
        with self._database.read() as conn:
            found = outbox.list_alerts(conn, watch_name=watch, limit=limit, **chosen)
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

    def outlets(self, name: str, *, part: bool = False) -> list[OutletLine]:
        """The outlets with this domain or name, or with `part` having it inside; in any case."""
        with self._database.read() as conn:
            found = (overview.outlets_like if part else overview.outlets_called)(conn, name)
            return [OutletLine(row.id, row.name, row.domain, row.family) for row in found]

    def outlet_list(self, *, top: int = 9, whole: bool = False) -> OutletList:
        """All outlets with their figures, and who takes from whom among the `top` busiest, or with
        `whole` among all."""
        with self._database.read() as conn:
            return outlets.figures(conn, top, whole=whole)

    def outlet_profile(self, outlet: int) -> OutletProfile:
        """One outlet (an id that `outlets` gave) with its habits."""
        with self._database.read() as conn:
            return outlets.profile(conn, outlet)

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

    def export_graph(
        self, by: str = "article", *, nodes: bool = True
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The graph: ("node", row) of every article that matches another, then ("edge", row) of
        every match; by "outlet" every outlet, and who took from whom how often."""
        with self._database.read() as conn:
            yield from export.graph(conn, by, nodes=nodes)

    def export_size(self, what: str) -> int:
        """About how many rows the export of `matches`, `stories` or `sightings` has."""
        with self._database.read() as conn:
            return export.size(conn, what)

    def export(
        self, what: str, *, now: datetime
    ) -> tuple[tuple[str, ...], Iterator[dict[str, Any]]]:
        """The field names and the rows of `matches`, `stories` or `sightings`."""
        if what == "matches":
            return export.MATCH_FIELDS, self.export_matches()
        if what == "stories":
            return export.STORY_FIELDS, self.export_stories(now=now)
        return export.SIGHTING_FIELDS, self.export_sightings()
