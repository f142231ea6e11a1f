"""A watched story's past, recording by recording, from its stored sightings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from watcher.archive import articles as store
from watcher.archive import watching
from watcher.archive.articles import ArticleRow, Connection, MatchRow, WatchRow
from watcher.archive.watching import SightedRow
from watcher.core.match import JOINING
from watcher.core.rules import (
    Event,
    StoryState,
)
from watcher.core.spread import Mark
from watcher.record import crediting
from watcher.record.abroad import foreign
from watcher.record.alerting import best_match
from watcher.record.qualifying import qualification_of, told_of
from watcher.record.rehearing import Told
from watcher.record.standing import lags_of, told_state


class Past:
    """A watched story's past. Reading it takes one look at the database, playing it a few more."""

    def __init__(self, conn: Connection, watch: WatchRow) -> None:
        self.conn = conn
        self.watch = watch
        anchor = next(iter(watching.articles(conn, [watch.article_id or 0])), None)
        self.story = anchor.story_id if anchor else 0
        self.rows = {a.id: a for a in store.members(conn, [self.story])} if anchor else {}
        found = next(iter(watching.stories(conn, [self.story])), None)
        self.root = found.root_id if found else 0
        self.outlets = {o.id: o for o in watching.outlets(conn)}
        self.matches = [
            m
            for m in store.matches(conn, list(self.rows))
            if m.kind in JOINING and m.status != "rejected"
        ]
        self.mates: dict[int, set[int]] = defaultdict(set)
        joined = [(m.a_id, m.b_id) for m in self.matches]
        joined += [
            (a, b)
            for verb, a, b in store.decisions(conn, list(self.rows))
            if verb in ("confirm", "merge")
        ]
        # What is suggested joins for a watch that says so.
        outside = foreign(conn, list(self.rows.values()), watch.translations)
        self.foreign = {one.row.id: one.match for one in outside}
        self.rows |= {one.row.id: one.row for one in outside}
        joined += [(one.match.a_id, one.match.b_id) for one in outside]
        for a, b in joined:
            self.mates[a].add(b)
            self.mates[b].add(a)
        # As the recorder does: the shortest of the watches that are on this story.
        rests = [
            float(w.dormant_after_s)
            for w in store.list_watches(conn)
            if w.article_id in self.rows and w.dormant_after_s and w.name != watch.name
        ]
        if watch.dormant_after_s:
            rests.append(float(watch.dormant_after_s))
        self.rest_s = min(rests, default=None)
        self.bursts = any(condition["name"] == "burst" for condition in watch.conditions)

    def play(self, since: datetime, until: datetime) -> Iterator[Told]:
        """The events of a span of time, each with the story around it."""
        sightings = watching.sighted(self.conn, list(self.rows))
        titles = watching.version_titles(self.conn, {s.version_id for s in sightings})
        seen: set[int] = set()
        marks: dict[int, list[Mark]] = defaultdict(list)
        known: set[int] = set()  # versions
        for (at, _), group in groupby(sightings, key=lambda s: (s.by, s.feed_id)):
            batch = list(group)
            inside = since <= at <= until
            before = self._state(self._component(seen), marks, at) if inside else None
            edited = [s for s in batch if s.kind != "first" and s.version_id not in known]
            known.update(s.version_id for s in batch)
            seen.update(s.article_id for s in batch)
            for s in batch:
                if s.counts is not None:
                    marks[s.article_id].append(Mark(self._mark_at(s), s.article_id, s.counts))
            if before is None:
                continue
            members = self._component(seen)
            after = self._state(members, marks, at)
            for s in edited:
                if s.article_id in (self.watch.article_id, self.root):
                    yield self._edit(s, after, titles.get(s.version_id, (0, ""))[0])
            arrived = [s for s in batch if s.kind in ("first", "redated")]
            for s in arrived:
                if s.article_id == self.watch.article_id and s.kind == "first":
                    continue
                yield self._arrival(s, members, before, after)
        yield from self._removals(since, until, marks, seen)

    def _mark_at(self, s: SightedRow) -> datetime:
        claimed = self.rows[s.article_id].clock == "claimed" and s.claimed_at
        return claimed or s.by

    def _component(self, seen: set[int]) -> list[ArticleRow]:
        """The members by then: those that the watched text is connected with."""
        start = self.watch.article_id if self.watch.article_id in seen else None
        if start is None:
            start = self.root if self.root in seen else min(seen, default=None)
        if start is None:
            return []
        inside, todo = {start}, [start]
        while todo:
            fresh = (self.mates[todo.pop()] & seen) - inside
            inside |= fresh
            todo.extend(fresh)
        return [self.rows[a] for a in sorted(inside)]

    def _state(
        self, members: Sequence[ArticleRow], marks: dict[int, list[Mark]], now: datetime
    ) -> StoryState:
        found = told_state(
            self.story, members, marks, self.outlets, self.rest_s, now, bursts=self.bursts
        )
        if not found.came:
            return found
        lags = lags_of(self.conn, found.came, self.outlets, now, but=self.story)
        return replace(found, lags=lags)

    def _arrival(
        self, s: SightedRow, members: Sequence[ArticleRow], before: StoryState, after: StoryState
    ) -> Told:
        row, outlet = self.rows[s.article_id], self.outlets[s.outlet_id]
        inside = {m.id for m in members}
        root = self.root if self.root in inside else members[0].id
        match = self.foreign.get(row.id) or best_match(row.id, members, self.matches, root)
        here = members if row.id in inside else [*members, row]
        credited = crediting.judge(self.conn, row.id, here, root, self.outlets)
        event = Event(
            article=row.id,
            outlet=outlet.name,
            domain=outlet.domain,
            family=outlet.family,
            qualification=qualification_of(s),
            joined=match.kind if match and row.id in inside else None,
            own=s.kind == "redated" or _is_repost(match),
            alerts=told_of(s),
            claimed_at=s.claimed_at or row.published_at,
            credit=str(credited.verdict),
            missing_origin=credited.missing_origin,
        )
        return Told(s.by, row.id, self.story, before, after, event)

    def _edit(self, s: SightedRow, now_: StoryState, n: int) -> Told:
        outlet = self.outlets[s.outlet_id]
        event = Event(
            article=s.article_id,
            outlet=outlet.name,
            domain=outlet.domain,
            family=outlet.family,
            alerts=told_of(s),
            about="edit",
            origin=True,
            step=str(n),
            said=f"it was edited, to its version {n}",
        )
        return Told(s.by, s.article_id, self.story, now_, now_, event)

    def _removals(
        self, since: datetime, until: datetime, marks: dict[int, list[Mark]], seen: set[int]
    ) -> Iterator[Told]:
        checks = watching.page_checks(self.conn, list(self.rows))
        for check in sorted(checks.values(), key=lambda c: (c.gone_at or until, c.article_id)):
            if check.gone_at is None or check.missing_since is None:
                continue
            if not since <= check.gone_at <= until:
                continue
            row = self.rows[check.article_id]
            outlet = self.outlets[row.outlet_id]
            standing = self._state(self._component(seen), marks, check.gone_at)
            event = Event(
                article=row.id,
                outlet=outlet.name,
                domain=outlet.domain,
                family=outlet.family,
                about="page",
                origin=row.id in (self.watch.article_id, self.root),
                step=f"{check.missing_since:%Y%m%dT%H%M}",
                said=check.reason,
            )
            yield Told(check.gone_at, row.id, self.story, standing, standing, event)


def _is_repost(match: MatchRow | None) -> bool:
    return match is not None and match.kind == "repost"
