"""Drafts into the archive: identified, matched, settled into stories, alerted, in one transaction.

An import and a poll go through the same `Recorder.record`; whoever calls it owns the transaction,
so that a poll's own row, its sightings and the alerts they raise are committed together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, MatchRow, StoryRow, VersionRow
from watcher.archive.index import LEAST_WORDS
from watcher.core.boilerplate import Carrier
from watcher.core.fingerprint import distance
from watcher.core.index import pack, simhash_keys
from watcher.core.match import JOINING
from watcher.core.rules import Arrival, Qualification, Why, qualifies
from watcher.core.spread import Mark
from watcher.core.stories import Edge
from watcher.core.text import U64
from watcher.record import alerting, crediting, writing
from watcher.record.identify import Resolved, What, resolve
from watcher.record.learning import Fresh, learn
from watcher.record.matching import Asked, Found, Text, judge, mark_known, pairs
from watcher.record.memory import Memory
from watcher.record.prepare import Prepared
from watcher.record.settling import Plan, closure, joins_of, plan, seen_of, state_before
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

    @property
    def fresh(self) -> int:
        """Articles that were not known before."""
        return sum(o.what is What.NEW for o in self.outcomes)


class Recorder:
    """The writer. Holds the index in memory; one a process, one recording at a time."""

    def __init__(self) -> None:
        self._memory: Memory | None = None

    def memory(self, conn: Connection) -> Memory:
        """What is kept in memory, up to date with the database."""
        if self._memory is None:
            self._memory = Memory(conn)
        else:
            self._memory.refresh(conn)
        return self._memory

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
        without one come from an archive and are placed in time by their own dates. When this
        raises, or the transaction fails, call `forget`.
        """
        store.one_at_a_time(conn)
        resolved = resolve(conn, items)
        for place, arrival in (arrivals or {}).items():
            resolved[place].arrival = arrival
        memory = self.memory(conn)
        memory.know_outlets(conn, {i.draft.outlet_id for i in items})
        return _Recording(conn, memory, now).run(resolved)

    def resettle(self, conn: Connection, articles: Collection[int], *, now: datetime) -> None:
        """Work out again the stories of these articles: a person has decided something."""
        store.one_at_a_time(conn)
        _Recording(conn, self.memory(conn), now).resettle(articles)

    def rejudge(self, conn: Connection, versions: Collection[int], *, now: datetime) -> None:
        """Compare these versions anew with their candidates: their boilerplate has changed."""
        store.one_at_a_time(conn)
        _Recording(conn, self.memory(conn), now).rejudge(versions)


class _Recording:
    """One recording under way."""

    def __init__(self, conn: Connection, memory: Memory, now: datetime) -> None:
        self.conn = conn
        self.memory = memory
        self.now = now
        self.again: set[int] = set()  # stored articles that are matched anew
        self.rows: dict[int, ArticleRow] = {}  # articles, by id, as they will be
        self.content: dict[int, int] = {}  # their content hashes

    # ------------------------------------------------------------ the steps

    def run(self, resolved: Sequence[Resolved]) -> Recorded:
        """All steps, in order."""
        added = [r for r in resolved if r.what is What.NEW]
        versioned = [r for r in resolved if r.what is not What.NEW and r.new_version]
        fresh = added + versioned
        self._number(added, versioned)
        matches: list[Matched] = []
        if fresh:
            self._index(fresh)
            matches = self._match(fresh, self._learn(fresh))
        reissued = [r for r in resolved if r.what is What.REDATED]
        settled = self._settle(added, reissued, [m.row for m in matches])
        writing.store(self.conn, self.now, resolved, self.rows, self.again, matches, settled)
        crediting.add(self.conn, self.memory, fresh, self.rows, settled)
        alerts = alerting.raise_alerts(
            self.conn,
            self.memory,
            self.now,
            [*added, *reissued],
            self.rows,
            [m.row for m in matches],
            settled,
        )
        return Recorded(
            tuple(self._outcome(r, settled, matches) for r in resolved),
            alerts,
            len(matches),
            frozenset(s for s, row in settled.stories.items() if row["articles"] > 1),
        )

    def resettle(self, articles: Collection[int]) -> None:
        """The last steps alone, with nothing new."""
        settled = self._settle([], [], [], articles)
        writing.store(self.conn, self.now, [], self.rows, (), [], settled)
        crediting.add(self.conn, self.memory, [], self.rows, settled)

    def rejudge(self, versions: Collection[int]) -> None:
        """The steps from matching on, for stored versions."""
        matches = self._match([], versions)
        settled = self._settle([], [], [m.row for m in matches])
        writing.store(self.conn, self.now, [], self.rows, self.again, matches, settled)
        crediting.add(self.conn, self.memory, [], self.rows, settled)

    def _outcome(self, r: Resolved, settled: Plan, matches: Sequence[Matched]) -> Outcome:
        source = r.twin or r
        home = settled.home.get(source.article)
        story = home[0] if home else source.known.story_id if source.known else None
        n = sum(source.article in (m.row.a_id, m.row.b_id) for m in matches)
        q = source.qualification
        what = What.KNOWN if r.twin else r.what
        if q is None:
            return Outcome(what, source.article, story, n, None, "")
        return Outcome(what, source.article, story, n, q.subtype if q.ok else None, str(q.reason))

    def _number(self, added: Sequence[Resolved], versioned: Sequence[Resolved]) -> None:
        """Ids and rows for what is new."""
        fresh = len(added) + len(versioned)
        if not fresh:
            return
        version = store.allocate(self.conn, store.version, fresh)
        article = store.allocate(self.conn, store.article, len(added)) if added else 0
        for i, r in enumerate(added):
            r.article = article + i
            self.rows[r.article] = self._row(r, article + i, version + i)
            self.content[r.article] = r.item.content_hash
        for i, r in enumerate(versioned, len(added)):
            assert r.known is not None  # noqa: S101  a version is of a known article
            draft = r.item.draft
            self.rows[r.article] = replace(
                r.known,
                version_id=version + i,
                title=draft.title,
                words=len(r.item.words),
                evidence=draft.evidence,
            )
            self.content[r.article] = r.item.content_hash

    def _row(self, r: Resolved, article: int, version: int) -> ArticleRow:
        draft = r.item.draft
        polled = draft.feed_id is not None
        claim = draft.published
        return ArticleRow(
            id=article,
            outlet_id=draft.outlet_id,
            external_id=draft.external_id,
            url=draft.url,
            title=draft.title,
            lang=draft.lang,
            published_at=claim.at if claim else None,
            published_note=claim.note if claim else None,
            seen_after=draft.seen_after,
            seen_by=draft.seen_by or self.now,
            clock="seen" if polled or not (claim and claim.at) else "claimed",
            version_id=version,
            words=len(r.item.words),
            evidence=draft.evidence,
            story_id=0,
            role="root",
        )

    def _index(self, fresh: Sequence[Resolved]) -> None:
        memory = self.memory
        sketches: list[U64] = []
        lines: list[U64] = []
        docs = []
        for r in fresh:
            row = self.rows[r.article]
            memory.own(row.version_id, row.id, row.outlet_id, r.item.fingerprint.simhash)
            memory.keep(row.version_id, r.item.draft.text, r.item.words)
            sketches.append(r.item.fingerprint.sketch)
            lines.append(np.unique(r.item.fingerprint.paragraphs))
            docs.append(row.version_id)
        memory.sketch.add(
            pack(np.concatenate(sketches), np.repeat(docs, [len(s) for s in sketches]))
        )
        memory.paragraph.add(pack(np.concatenate(lines), np.repeat(docs, [len(s) for s in lines])))
        telling = [
            (self.rows[r.article].version_id, r.item.fingerprint.simhash)
            for r in fresh
            if len(r.item.words) >= LEAST_WORDS
        ]
        if telling:
            keys = simhash_keys(np.array([s for _, s in telling], np.uint64))
            memory.simhash.add(
                pack(keys.reshape(-1), np.repeat([d for d, _ in telling], keys.shape[1]))
            )

    def _learn(self, fresh: Sequence[Resolved]) -> set[int]:
        """Judge repeated paragraphs. The stored versions whose boilerplate has changed."""
        new = {self.rows[r.article].version_id: r for r in fresh}
        self.memory.lend(
            {v: Carrier(r.item.fingerprint.sketch, len(r.item.words)) for v, r in new.items()}
        )
        changed = learn(
            self.conn,
            self.memory,
            [
                Fresh(v, r.item.draft.outlet_id, r.item.draft.text, r.item.words)
                for v, r in new.items()
            ],
            self.now,
        )
        return changed - set(new)

    # ------------------------------------------------------------ matching

    def _match(self, fresh: Sequence[Resolved], changed: Collection[int]) -> list[Matched]:
        """The matches of new versions, and again of those whose boilerplate has changed.

        Earlier versions are asked about too: a copy stays one when its source is edited, or it.
        """
        memory = self.memory
        asked = [
            Asked(
                self.rows[r.article].version_id,
                r.article,
                r.item.draft.outlet_id,
                r.item.fingerprint.sketch,
                r.item.fingerprint.simhash if len(r.item.words) >= LEAST_WORDS else None,
            )
            for r in fresh
        ]
        again = self._articles_of(changed) - set(self.rows)
        self.again = again | {a for a, r in self.rows.items() if r.story_id}
        earlier = _told_apart(store.versions_of(self.conn, self.again))
        carriers = memory.carriers(self.conn, [v.id for v in earlier])
        asked.extend(
            Asked(
                v.id,
                v.article_id,
                int(memory.outlet_of(np.array([v.id]))[0]),
                carriers[v.id].sketch,
                v.simhash if v.words >= LEAST_WORDS else None,
            )
            for v in earlier
            if v.id in carriers
        )
        found = pairs(asked, memory.sketch.find, memory.near, memory.article_of, memory.outlet_of)
        texts = self._texts(
            {asked[i].version for i, _, _ in found} | {doc for _, doc, _ in found}, fresh
        )
        sides = {v: t.side() for v, t in texts.items()}
        matched = []
        for i, doc, _ in found:
            a, b = texts.get(asked[i].version), texts.get(doc)
            if a is None or b is None:
                continue
            hit = judge(a, b, sides)
            if hit is not None:
                matched.append(Matched(self._match_row(hit), hit.runs))
        return matched

    def _articles_of(self, versions: Collection[int]) -> set[int]:
        """The articles of these versions, as far as they still exist."""
        return set(self.memory.article_of(np.array(sorted(versions), np.int64)).tolist()) - {0}

    def _texts(self, versions: Collection[int], fresh: Sequence[Resolved]) -> dict[int, Text]:
        conn, memory = self.conn, self.memory
        mine = {self.rows[r.article].version_id: r.item for r in fresh}
        stored = [v for v in versions if v not in mine]
        held = memory.texts(conn, versions)
        simhashes = {v.id: v.simhash for v in store.versions(conn, stored)}
        simhashes.update({v: item.fingerprint.simhash for v, item in mine.items()})
        owners = {v: int(memory.article_of(np.array([v]))[0]) for v in versions}
        missing = set(owners.values()) - set(self.rows)
        rows = {r.id: r for r in store.articles(conn, missing)} | self.rows
        texts = {}
        for v, (text, found) in held.items():
            row = rows.get(owners[v])
            if row is None or v not in simhashes:
                continue
            known = mark_known(found, memory.boilerplate.get(row.outlet_id, set()))
            texts[v] = Text(
                v, row.id, row.outlet_id, seen_of(row), simhashes[v], text, found, known
            )
        return texts

    def _match_row(self, hit: Found) -> MatchRow:
        m = hit.match
        return MatchRow(
            id=0,
            a_id=hit.a.article,
            b_id=hit.b.article,
            a_version=hit.a.version,
            b_version=hit.b.version,
            kind=str(m.kind),
            paste=m.paste,
            cut=m.cut,
            distance=distance(hit.a.simhash, hit.b.simhash),
            words=m.words,
            longest=m.longest,
            reason=m.reason,
            order_known=str(hit.order),
            status="auto",
            at=self.now,
        )

    # ------------------------------------------------------------ stories

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
        start = self.again | {r.article for r in reissued} | set(also)
        rows, stored = closure(conn, start, joins)
        kept = [m for m in stored if m.status != "auto" or not ({m.a_id, m.b_id} & self.again)]
        edges, apart = joins_of([*kept, *joins], store.decisions(conn, set(rows)))
        rows.update(self.rows)
        missing = [a for a in rows if a not in self.content]
        by_article = {
            v.article_id: v.content_hash
            for v in store.versions(conn, {rows[a].version_id for a in missing})
        }
        self.content.update(by_article)
        watches = self.memory.watches(conn)
        before = {s.id: s for s in store.stories(conn, {r.story_id for r in rows.values()} - {0})}
        marks = self._marks(rows, added, reissued, before, edges)
        return plan(
            conn,
            rows,
            self.content,
            edges,
            apart,
            marks,
            self.memory.outlets,
            {
                w.article_id: float(w.dormant_after_s)
                for w in watches
                if w.article_id and w.dormant_after_s
            },
            {w.article_id for w in watches if w.article_id},
            lambda n: store.allocate(conn, store.story, n),
            self.now,
        )

    def _marks(
        self,
        rows: Mapping[int, ArticleRow],
        added: Sequence[Resolved],
        reissued: Sequence[Resolved],
        before: Mapping[int, StoryRow],
        edges: Sequence[Edge],
    ) -> dict[int, list[Mark]]:
        """The qualifying sightings of all members, those of this recording judged now."""
        marks: dict[int, list[Mark]] = defaultdict(list)
        for article, by, claimed, counts in store.marks(
            self.conn, [a for a, r in rows.items() if r.story_id]
        ):
            row = rows[article]
            at = claimed if row.clock == "claimed" and claimed else by
            marks[article].append(Mark(at, article, counts))
        mates: dict[int, set[int]] = defaultdict(set)
        for edge in edges:
            mates[edge.a].add(edge.b)
            mates[edge.b].add(edge.a)
        again = [*reissued, *(r for r in added if r.reissue_of)]
        together = Counter(r.item.draft.outlet_id for r in again)
        for r in (*added, *reissued):
            if r.arrival is not None:
                moved = together[r.item.draft.outlet_id]
                r.arrival = replace(r.arrival, moved_together=max(1, moved))
            r.qualification = self._qualify(r, rows, mates, before)
            if r.qualification.ok and r.qualification.subtype:
                at = self.now if r.what is What.REDATED else seen_of(rows[r.article]).at
                marks[r.article].append(Mark(at, r.article, r.qualification.subtype))
        return marks

    def _qualify(
        self,
        r: Resolved,
        rows: Mapping[int, ArticleRow],
        mates: Mapping[int, set[int]],
        before: Mapping[int, StoryRow],
    ) -> Qualification:
        joined = mates.get(r.article, set())
        home = next(
            (
                before[rows[a].story_id]
                for a in sorted(joined | {r.article})
                if rows[a].story_id in before
            ),
            None,
        )
        own = self._own(r, joined, home, rows)
        same_outlet = bool(own) or r.what is What.REDATED
        if r.arrival is None:
            # From an archive: its own date places it, and our clock says nothing.
            if same_outlet:
                return Qualification(False, None, Why.SEEN_AGAIN)
            return Qualification(True, "new_outlet", Why.NEW_OUTLET)
        arrival = replace(
            r.arrival,
            outlet_has_it=same_outlet,
            new_address=r.what is What.NEW and same_outlet,
            previous_claim=r.previous_claim or _latest_claim(own),
            edited=r.new_version,
        )
        if home is None:
            return qualifies(arrival, None)
        return qualifies(arrival, home.last_copy_at, state_before(home, self.now))

    def _own(
        self,
        r: Resolved,
        joined: Collection[int],
        home: StoryRow | None,
        rows: Mapping[int, ArticleRow],
    ) -> list[ArticleRow]:
        """The articles of this text, or of its story, that the same outlet had before it."""
        row = rows[r.article]

        def earlier(other: ArticleRow) -> bool:
            if r.arrival is None:  # an archive comes in any order
                return (seen_of(other).at, other.id) < (seen_of(row).at, row.id)
            return other.id < row.id

        return [
            other
            for a, other in rows.items()
            if other.outlet_id == row.outlet_id
            and (a in joined or (home is not None and other.story_id == home.id))
            and earlier(other)
        ]


_MOST_VERSIONS = 32  # of one article that are compared: a live page may have hundreds


def _told_apart(versions: Sequence[VersionRow]) -> list[VersionRow]:
    """Of each article's versions, oldest first, the first and the latest."""
    by_article: dict[int, list[VersionRow]] = defaultdict(list)
    for v in versions:
        by_article[v.article_id].append(v)
    return [v for mine in by_article.values() for v in [*mine[:1], *mine[1:][1 - _MOST_VERSIONS :]]]


def _latest_claim(own: Collection[ArticleRow]) -> datetime | None:
    """The latest date that an outlet gave its other articles of a text."""
    return max((r.published_at for r in own if r.published_at is not None), default=None)
