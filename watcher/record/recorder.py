"""Drafts into the archive: identified, matched, settled into stories, alerted, in one transaction.

An import and a poll go through the same `Recorder.record`; whoever calls it owns the transaction,
so that a poll's own row, its sightings and the alerts they raise are committed together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from watcher.archive import Database, questions, scheme
from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, MatchRow
from watcher.core.match import JOINING
from watcher.core.rules import Arrival
from watcher.record import alerting, crediting, renewing, writing
from watcher.record.arriving import Allocate, add_to_index, number
from watcher.record.borrowed import Borrowed
from watcher.record.comparing import Comparing
from watcher.record.foretold import Foretold
from watcher.record.identify import Resolved, What, resolve
from watcher.record.memory import Memory
from watcher.record.prepare import Prepared
from watcher.record.qualifying import marks_of
from watcher.record.settling import Plan, as_watched, closure, joins_of, plan
from watcher.record.writing import Matched


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one draft. `article` is its id in the archive."""

    what: What
    article: int
    story: int | None
    matches: int
    counts: str | None  # as what it continues or opens an episode
    reason: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one recording changed."""

    outcomes: tuple[Outcome, ...]
    alerts: int  # fired
    matches: int
    joined: frozenset[int]  # stories of more than one article that it touched
    kinds: Mapping[str, int] = field(default_factory=dict)  # the matches, by kind

    @property
    def fresh(self) -> int:
        """Articles that were not known before."""
        return sum(o.what is What.NEW for o in self.outcomes)


class Recorder:
    """The writer. Holds the index in memory; one a process, one recording at a time.

    `foretold`: comparisons that were made beforehand; they save time, and change nothing."""

    def __init__(self, foretold: Foretold | None = None) -> None:
        self._foretold = foretold
        self._memory: Memory | None = None
        self._in_database = False
        self._under_way: _Writing | None = None

    def keep_index(self, *, in_database: bool) -> None:
        """Where candidates are looked for: in a copy of the index in memory, or in PostgreSQL's
        tables, with next to nothing in memory."""
        if in_database != self._in_database:
            self._in_database = in_database
            self.forget()

    def memory(self, conn: Connection) -> Memory:
        """What is kept in memory, up to date with the database."""
        if self._memory is None or self._memory.outdated(conn):
            # Fingerprints that are being made anew are in no table yet.
            borrows = self._in_database and scheme.claim(conn) is None
            self._memory = Borrowed(conn) if borrows else Memory(conn)
            renewing.tracked(conn, self._memory)
        else:
            self._memory.refresh(conn)
        return self._memory

    @contextmanager
    def writing(self, database: Database) -> Iterator[Connection]:
        """A write transaction; the memory is dropped where it does not commit."""
        try:
            with database.write() as conn:
                under_way = self._under_way = _Writing(conn, store.Blocks(conn))
                yield conn
                under_way.ids.close()
        except BaseException:
            self.forget()
            raise
        finally:
            self._under_way = None

    def forget(self) -> None:
        """Drop what is in memory: a recording was rolled back, or boilerplate was changed."""
        self._memory = None

    def record(
        self,
        conn: Connection,
        items: Sequence[Prepared],
        *,
        now: datetime,
        arrivals: Mapping[int, Arrival] | None = None,
    ) -> Recorded:
        """Record `items` inside the caller's write transaction.

        `arrivals`: for the items (by place) that a poll brought, how they arrived. Items
        without one come from an archive and are placed in time by their own dates. Take
        the transaction from `writing`.
        """
        memory = self._alone(conn)
        renewing.ahead(conn, memory, items)
        resolved = resolve(conn, items, arrivals)
        memory.know_outlets(conn, {i.draft.outlet_id for i in items})
        return self._recording(conn, memory, now, self._foretold).run(resolved)

    def resettle(self, conn: Connection, articles: Collection[int], *, now: datetime) -> None:
        """Work out again the stories of these articles: a person has decided something."""
        self._recording(conn, self._alone(conn), now).resettle(articles)

    def rejudge(self, conn: Connection, versions: Collection[int], *, now: datetime) -> None:
        """Compare these versions anew with their candidates: their boilerplate has changed."""
        self._recording(conn, self._alone(conn), now).rejudge(versions)

    def _alone(self, conn: Connection) -> Memory:
        """The memory, up to date, with nobody else recording until the transaction ends."""
        here = self._under_way
        if here is None or here.conn is not conn:
            store.one_at_a_time(conn)
            return self.memory(conn)
        if not here.alone:
            store.one_at_a_time(conn)
            here.alone = True
        elif self._memory is not None and not self._in_database:
            # Since the recording before this one, nobody else can have recorded anything.
            return self._memory
        return self.memory(conn)

    def _recording(
        self, conn: Connection, memory: Memory, now: datetime, foretold: Foretold | None = None
    ) -> _Recording:
        here = self._under_way
        ids = here.ids.take if here and here.conn is conn else partial(store.allocate, conn)
        return _Recording(conn, memory, now, ids, foretold)


@dataclass(slots=True)
class _Writing:
    """A write transaction under way."""

    conn: Connection
    ids: store.Blocks
    alone: bool = False  # nobody else records until it ends


class _Recording:
    """One recording under way."""

    def __init__(
        self,
        conn: Connection,
        memory: Memory,
        now: datetime,
        allocate: Allocate,
        foretold: Foretold | None = None,
    ) -> None:
        self.conn = conn
        self.memory = memory
        self.now = now
        self.allocate = allocate
        self.rows: dict[int, ArticleRow] = {}  # articles, by id, as they will be
        self.content: dict[int, int] = {}  # their content hashes
        self.comparing = Comparing(conn, memory, now, self.rows, foretold)

    def run(self, resolved: Sequence[Resolved]) -> Recorded:
        """All steps, in order."""
        added = [r for r in resolved if r.what is What.NEW]
        versioned = [r for r in resolved if r.what is not What.NEW and r.new_version]
        fresh = added + versioned
        self.rows.update(number(self.allocate, self.now, added, versioned))
        self.content.update((r.article, r.item.content_hash) for r in fresh)
        matches: list[Matched] = []
        if fresh:
            add_to_index(self.memory, fresh, self.rows)
            if self.comparing.foretold is not None:
                for r in fresh:
                    self.comparing.foretold.note(self.rows[r.article].version_id, r.item)
            matches = self.comparing.match(fresh, self.comparing.learn(fresh))
        reissued = [r for r in resolved if r.what is What.REDATED]
        settled = self._settle(added, reissued, [m.row for m in matches])
        writing.store(
            self.conn, self.now, resolved, self.rows, self.comparing.again, matches, settled
        )
        crediting.add(self.conn, self.memory, fresh, self.rows, settled, self.comparing.foretold)
        self._keep(settled, {r.article for r in fresh})
        alerts = alerting.raise_alerts(
            self.conn,
            self.memory,
            self.now,
            [*added, *reissued],
            versioned,
            [m.row for m in matches],
            settled,
        )
        matched = Counter(i for m in matches for i in (m.row.a_id, m.row.b_id))
        return Recorded(
            tuple(self._outcome(r, settled, matched) for r in resolved),
            alerts,
            len(matches),
            frozenset(s for s, row in settled.stories.items() if row["articles"] > 1),
            dict(Counter(m.row.kind for m in matches)),
        )

    def resettle(self, articles: Collection[int]) -> None:
        """The last steps alone, with nothing new."""
        settled = self._settle([], [], [], articles)
        writing.store(self.conn, self.now, [], self.rows, (), [], settled)
        crediting.add(self.conn, self.memory, [], self.rows, settled)
        self._keep(settled, ())

    def rejudge(self, versions: Collection[int]) -> None:
        """The steps from matching on, for stored versions."""
        matches = self.comparing.match([], versions)
        settled = self._settle([], [], [m.row for m in matches])
        writing.store(self.conn, self.now, [], self.rows, self.comparing.again, matches, settled)
        crediting.add(self.conn, self.memory, [], self.rows, settled)
        self._keep(settled, ())

    def _keep(self, settled: Plan, changed: Collection[int]) -> None:
        """Bring what questions need up to date, of stories that are or were of several articles."""
        single = {s for s, row in settled.old.items() if row.articles == 1} | settled.new
        alone = {s for s, row in settled.stories.items() if row["articles"] == 1 and s in single}
        touched = (settled.stories.keys() | settled.merged.keys()) - alone
        questions.keep_stories(self.conn, touched, self.memory.outlets, changed)

    def _outcome(self, r: Resolved, settled: Plan, matched: Mapping[int, int]) -> Outcome:
        source = r.twin or r
        home = settled.home.get(source.article)
        story = home[0] if home else source.known.story_id if source.known else None
        n = matched.get(source.article, 0)
        q = source.qualification
        what = What.KNOWN if r.twin else r.what
        if q is None:
            return Outcome(what, source.article, story, n, None, "")
        return Outcome(what, source.article, story, n, q.subtype if q.ok else None, str(q.reason))

    def _settle(
        self,
        added: Sequence[Resolved],
        reissued: Sequence[Resolved],
        matches: Sequence[MatchRow],
        also: Collection[int] = (),
    ) -> Plan:
        conn = self.conn
        joins = [m for m in matches if m.kind in JOINING]
        # Whatever was joined to a text that is compared anew may leave it.
        again = self.comparing.again
        start = again | {r.article for r in reissued} | set(also)
        rows, stored = closure(conn, start, joins)
        kept = [
            m for m in stored if m.status != "auto" or not ({m.a_id, m.b_id} & self.comparing.again)
        ]
        edges, apart = joins_of([*kept, *joins], store.decisions(conn, set(rows)))
        rows.update(self.rows)
        missing = [a for a in rows if a not in self.content]
        by_article = {
            v.article_id: v.content_hash
            for v in store.versions(conn, {rows[a].version_id for a in missing})
        }
        self.content.update(by_article)
        watches = self.memory.watches(conn)
        own_rest = {
            w.article_id: float(w.dormant_after_s)
            for w in watches
            if w.article_id and w.dormant_after_s
        }
        known = store.stories(conn, {r.story_id for r in rows.values()} - {0})
        before = as_watched(known, rows.values(), own_rest)
        marks = marks_of(conn, self.now, rows, self.content, added, reissued, before, edges)
        return plan(
            conn,
            rows,
            self.content,
            edges,
            apart,
            marks,
            self.memory.outlets,
            own_rest,
            {w.article_id for w in watches if w.article_id},
            lambda n: self.allocate(store.story, n),
            self.now,
        )
