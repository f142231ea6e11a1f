"""A watched story in other languages: its suggested translations, and the alerts that they raise.

A suggestion joins no story. For a watch that says how sure one has to be (`translations`), those
that are as sure count as its story's articles: in what it knows of the story's spread and rest, and
as copies that arrive. They are found by a pass behind the polls (`across`), so their alerts are
raised by it, in its transaction, under the same keys as those of any other copy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.archive import across, watching
from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, MatchRow, OutletRow, WatchRow
from watcher.archive.codec import unpack_text
from watcher.archive.watching import SightedRow
from watcher.core.across import aligned
from watcher.core.message import Suggested
from watcher.core.rules import (
    Arrival,
    Event,
    Qualification,
    State,
    StoryState,
    Why,
    decide,
    qualifies,
)
from watcher.core.spread import Mark
from watcher.core.values import Date
from watcher.record import crediting
from watcher.record.carried import still_carried
from watcher.record.qualifying import qualification_of, stored_marks, told_of
from watcher.record.settling import seen_of
from watcher.record.standing import anchor_of, lags_of, rule_of, told_state
from watcher.record.telling import Case, note, raised, spec_of

LATE = timedelta(days=2)  # after it was seen, a translation that is found is no news
_SHOWN = 2  # pairs of sentences that a message quotes


@dataclass(frozen=True, slots=True)
class Foreign:
    """An article outside of a story, and the suggestion that connects it with it."""

    row: ArticleRow
    match: MatchRow


def foreign(
    conn: Connection, members: Sequence[ArticleRow], least: float | None = 0.0
) -> list[Foreign]:
    """The suggested translations of these articles that are not among them, each by its likeliest
    match and that at least so sure, as they were seen; none for None."""
    if least is None:
        return []
    inside = {m.id for m in members}
    best: dict[int, MatchRow] = {}
    for match in across.suggested(conn, inside):
        outer = match.b_id if match.a_id in inside else match.a_id
        likely = (match.sure or 0.0, -match.id)
        if outer in inside or likely[0] < least:
            continue
        if outer not in best or likely > (best[outer].sure or 0.0, -best[outer].id):
            best[outer] = match
    found = [Foreign(row, best[row.id]) for row in store.articles(conn, best)]
    return sorted(found, key=lambda f: (seen_of(f.row).at, f.row.id))


def shown(found: Sequence[Foreign], outlets: Mapping[int, OutletRow]) -> tuple[Suggested, ...]:
    """Suggestions as a message shows them, the likeliest first."""
    ordered = sorted(found, key=lambda f: (-(f.match.sure or 0.0), f.row.id))
    return tuple(
        Suggested(
            outlets[f.row.outlet_id].name,
            f.row.lang or "",
            f.row.title,
            f.row.url or "",
            f.match.sure or 0.0,
            f.match.reason.partition(":")[0],
        )
        for f in ordered
    )


def around(
    conn: Connection,
    watch: WatchRow,
    story: int,
    members: Sequence[ArticleRow],
    outlets: Mapping[int, OutletRow],
    now: datetime,
    until: Mapping[int, datetime] | None = None,
) -> StoryState:
    """How a story stands with its translations among its members. `until`: of these articles only
    the sightings before that time count."""
    marks: dict[int, list[Mark]] = stored_marks(conn, {m.id: m for m in members})
    for article, at in (until or {}).items():
        marks[article] = [m for m in marks.get(article, []) if m.at < at]
    ids = {m.id for m in members}
    rests = [
        float(w.dormant_after_s)
        for w in store.list_watches(conn)
        if w.article_id in ids and w.dormant_after_s
    ]
    bursts = any(condition["name"] == "burst" for condition in watch.conditions)
    found = told_state(story, members, marks, outlets, min(rests, default=None), now, bursts=bursts)
    if not found.came:
        return found
    return replace(found, lags=lags_of(conn, found.came, outlets, now, but=story))


def raise_translations(
    conn: Connection, found: Collection[MatchRow], fresh: Collection[int], now: datetime
) -> int:
    """Tell the watches that follow other languages of the translations just suggested, as far as
    the articles are among the `fresh` ones; how many alerts fired."""
    watches = [w for w in store.list_watches(conn) if w.translations is not None and w.article_id]
    if not found or not watches:
        return 0
    outlets = {o.id: o for o in store.outlets(conn)}
    homes = {a.id: a.story_id for a in store.articles(conn, [w.article_id or 0 for w in watches])}
    pairs = {(m.a_id, m.b_id) for m in found}
    fired = 0
    for watch in watches:
        story = homes.get(watch.article_id or 0)
        if story is None:
            continue
        members = store.members(conn, [story])
        linked = foreign(conn, members, watch.translations)
        new = [f for f in linked if f.row.id in fresh and (f.match.a_id, f.match.b_id) in pairs]
        if new:
            here = _Told(conn, watch, story, outlets, now, members)
            fired += here.raise_all(linked, new)
    return fired


@dataclass(frozen=True, slots=True)
class _Told:
    """One watch that is told of translations, as of copies that arrive one after the other."""

    conn: Connection
    watch: WatchRow
    story: int
    outlets: Mapping[int, OutletRow]
    now: datetime
    members: Sequence[ArticleRow]

    def raise_all(self, linked: Sequence[Foreign], new: Sequence[Foreign]) -> int:
        waiting = {f.row.id for f in new}
        known = [*self.members, *(f.row for f in linked if f.row.id not in waiting)]
        first: dict[int, SightedRow] = {}
        for s in watching.sighted(self.conn, waiting):
            first.setdefault(s.article_id, s)
        joined = {f.row.id for f in linked}
        beside = [f for f in foreign(self.conn, self.members) if f.row.id not in joined]
        found = next(iter(watching.stories(self.conn, [self.story])), None)
        root = found.root_id if found else self.members[0].id
        fired = 0
        for one in new:
            if one.row.id in first:
                fired += self._raise(one, first[one.row.id], known, beside, root)
            known.append(one.row)
        return fired

    def _raise(
        self,
        one: Foreign,
        s: SightedRow,
        known: Sequence[ArticleRow],
        beside: Sequence[Foreign],
        root: int,
    ) -> int:
        conn, watch, row = self.conn, self.watch, one.row
        at, here = seen_of(row).at, [*known, row]
        before = around(conn, watch, self.story, known, self.outlets, at)
        if before.state is State.DORMANT and still_carried(conn, watch, at):
            before = replace(before, state=State.ACTIVE)
        after = around(conn, watch, self.story, here, self.outlets, at)
        credited = crediting.judge(conn, row.id, here, root, self.outlets)
        outlet = self.outlets[row.outlet_id]
        q = self._qualify(s, row, before)
        event = Event(
            article=row.id,
            outlet=outlet.name,
            domain=outlet.domain,
            family=outlet.family,
            qualification=q,
            joined=one.match.kind,
            own=any(m.outlet_id == row.outlet_id for m in known),
            alerts=told_of(s),
            claimed_at=s.claimed_at or row.published_at,
            credit=str(credited.verdict),
            missing_origin=credited.missing_origin,
        )
        case = Case(
            watch, self.story, row, here, row.title,
            claimed=Date("", row.published_at, row.published_note),
            seen_after=row.seen_after, seen_by=row.seen_by, url=row.url or "",
            match=one.match, qualification=q, credited=credited,
            aligned=evidence(conn, one.match, _SHOWN), suggested=shown(beside, self.outlets),
        )  # fmt: skip
        specs = []
        rule = rule_of(watch.name, watch.conditions)
        for verdict in decide(rule, before, after, event, at, anchor=anchor_of(watch)):
            note(watch.name, row.id, verdict)
            if verdict.met:
                specs.append(spec_of(case, verdict, before, after, self.outlets, self.now))
        return raised(conn, specs)

    def _qualify(self, s: SightedRow, row: ArticleRow, before: StoryState) -> Qualification:
        """How its arrival counts for this story, which was not known when it was recorded."""
        q = qualification_of(s)
        if not q.ok:
            return q
        if row.seen_by < self.now - LATE:
            return Qualification(False, None, Why.FOUND_LATE)
        arrival = Arrival(row.seen_after, row.seen_by, s.claimed_at, row.published_note)
        if row.seen_after is not None:  # whether there was an outage was judged then
            gap = row.seen_by - row.seen_after
            arrival = replace(arrival, poll_interval_s=gap.total_seconds() + 1)
        return qualifies(arrival, before.last_copy_at, before.state)


def evidence(conn: Connection, match: MatchRow, most: int) -> tuple[tuple[str, str], ...]:
    """The first pairs of sentences that a suggestion rests on; none where a text was forgotten."""
    bodies = store.bodies(conn, [match.a_version, match.b_version])
    if len(bodies) < 2:
        return ()
    a, b = (unpack_text(bodies[v]) for v in (match.a_version, match.b_version))
    return aligned(across.runs_of(conn, match.id), a, b, most)
