"""A desk to record at: drafts in, stories and matches out, by names that tests give articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from storage import models
from watcher.archive import Database
from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, StoryRow
from watcher.core.rules import Arrival
from watcher.core.values import Date, Draft
from watcher.record.prepare import prepare
from watcher.record.recorder import Outcome, Recorded, Recorder

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLL = timedelta(minutes=15)


def claim(at: datetime) -> Date:
    """A date that an outlet claimed."""
    return Date(at.isoformat(), at)


@dataclass
class Item:
    """An article on its way in, by its outlet's name. `name` is its external id, where it comes
    from an archive, and its title."""

    outlet: str
    name: str
    text: str
    at: datetime | None = None
    url: str | None = None
    guid: str | None = None
    title: str | None = None


@dataclass
class Desk:
    """Records into a database with a recorder of its own."""

    database: Database
    recorder: Recorder = field(default_factory=Recorder)

    def outlet(self, name: str, family: str | None = None) -> int:
        """The id of the outlet of that name, made where it is new."""
        domain = f"{name}.example"
        with self.database.write() as conn:
            found = conn.scalar(select(models.outlet.c.id).where(models.outlet.c.domain == domain))
            if found is None:
                found = conn.scalar(
                    insert(models.outlet)
                    .values(domain=domain, name=name, family=family or name)
                    .returning(models.outlet.c.id)
                )
        return int(str(found))

    def draft(self, item: Item) -> Draft:
        """An item as a draft of an archive."""
        return Draft(
            outlet_id=self.outlet(item.outlet),
            title=item.title or item.name,
            text=item.text,
            url=item.url,
            guid=item.guid,
            external_id=item.name,
            published=claim(item.at) if item.at else None,
            own_names=(item.outlet,),
            alerts=False,
        )

    def record(
        self, drafts: Sequence[Draft], now: datetime, arrivals: dict[int, Arrival] | None = None
    ) -> Recorded:
        """One recording in one transaction; as the poller does, forgets when it fails."""
        prepared = [prepare(d) for d in drafts]
        try:
            with self.database.write() as conn:
                return self.recorder.record(conn, prepared, now=now, arrivals=arrivals)
        except BaseException:
            self.recorder.forget()
            raise

    def load(self, items: Iterable[Item], now: datetime = T0 + 365 * DAY) -> Recorded:
        """As an import does."""
        return self.record([self.draft(i) for i in items], now)

    def poll(
        self, *items: Item, now: datetime, first: bool = False, since: timedelta = POLL
    ) -> tuple[Outcome, ...]:
        """As a poll at `now` does that found these entries; the last one was `since` before."""
        after = None if first else now - since
        drafts = [
            replace(
                self.draft(i),
                external_id=None,
                feed_id=1,
                seen_after=after,
                seen_by=now,
                alerts=not first,
            )
            for i in items
        ]
        arrivals = {
            n: Arrival(seen_after=after, seen_by=now, claimed_at=i.at, first_poll=first)
            for n, i in enumerate(items)
        }
        return self.record(drafts, now, arrivals).outcomes

    # ------------------------------------------------------------ what came of it

    def articles(self) -> dict[int, ArticleRow]:
        """All articles."""
        with self.database.read() as conn:
            ids = list(conn.scalars(select(models.article.c.id)))
            return {r.id: r for r in store.articles(conn, ids)}

    def names(self) -> dict[int, str]:
        """What tests call each article."""
        return {i: r.external_id or r.title for i, r in self.articles().items()}

    def stories(self) -> dict[str, dict[str, str]]:
        """Root -> members with their roles, of all stories."""
        rows, names = self.articles(), self.names()
        by_id = self.story_rows()
        found: dict[str, dict[str, str]] = {}
        for row in rows.values():
            root = by_id[row.story_id].root_id
            found.setdefault(names[root], {})[names[row.id]] = row.role
        return found

    def together(self) -> set[frozenset[str]]:
        """The stories of more than one article, as sets of names."""
        return {frozenset(s) for s in self.stories().values() if len(s) > 1}

    def story_rows(self) -> dict[int, StoryRow]:
        """The live stories."""
        with self.database.read() as conn:
            ids = list(
                conn.scalars(select(models.story.c.id).where(models.story.c.merged_into.is_(None)))
            )
            return {s.id: s for s in store.stories(conn, ids)}

    def story_of(self, name: str) -> StoryRow:
        """The story that an article is in."""
        rows, names = self.articles(), self.names()
        return self.story_rows()[next(r.story_id for i, r in rows.items() if names[i] == name)]

    def kinds(self) -> dict[tuple[str, str], str]:
        """(source, copy) -> kind, of all matches."""
        return {pair: kind for pair, (kind, *_) in self.matches().items()}

    def matches(self) -> dict[tuple[str, str], tuple[str, float, float, int, str]]:
        """(source, copy) -> kind, paste, cut, words, status, of all matches."""
        names = self.names()
        with self.database.read() as conn:
            rows = store.matches(conn, list(names))
        found = {
            (names[m.a_id], names[m.b_id]): (m.kind, m.paste, m.cut, m.words, m.status)
            for m in rows
        }
        assert len({frozenset(pair) for pair in found}) == len(rows)
        return found

    def boilerplate(self) -> set[tuple[str, str]]:
        """(outlet, sample) of what has been learned."""
        with self.database.read() as conn:
            outlets = {o.id: o.name for o in store.outlets(conn)}
            return {
                (outlets[b.outlet_id], b.sample)
                for b in store.learned(conn)
                if b.state == "learned"
            }

    def sightings(self, name: str) -> list[tuple[str, str | None]]:
        """(kind, what it counts as) of an article's sightings, in order."""
        ids = [i for i, n in self.names().items() if n == name]
        s = models.sighting
        with self.database.read() as conn:
            return [
                (kind, counts)
                for kind, counts in conn.execute(
                    select(s.c.kind, s.c.counts).where(s.c.article_id.in_(ids)).order_by(s.c.id)
                )
            ]

    def count(self, table: str) -> int:
        """Rows of a table."""
        with self.database.read() as conn:
            return len(conn.execute(select(*models.metadata.tables[table].primary_key)).all())

    def sound(self) -> None:
        """Checks what has to hold after any recording."""
        rows, stories = self.articles(), self.story_rows()
        with self.database.read() as conn:
            episodes = store.episodes(conn, list(stories))
            _sound(conn, rows)
        for row in rows.values():
            assert row.story_id in stories, f"{row.title} is in a story that is gone"
        for story in stories.values():
            members = [r for r in rows.values() if r.story_id == story.id]
            assert len(members) == story.articles
            assert len({r.outlet_id for r in members}) == story.outlets
            assert [r.id for r in members if r.role == "root"] == [story.root_id]
            told = sorted(e.n for e in episodes if e.story_id == story.id)
            assert told == (list(range(1, story.episodes + 1)) if story.articles > 1 else [])


def _sound(conn: Connection, rows: dict[int, ArticleRow]) -> None:
    versions = store.versions(conn, [r.version_id for r in rows.values()])
    assert len(versions) == len(rows)
    assert all(v.article_id in rows and rows[v.article_id].version_id == v.id for v in versions)
