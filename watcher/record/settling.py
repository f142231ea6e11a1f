"""Stories worked out again where matches have changed, with their counters and episodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, MatchRow, OutletRow, StoryRow
from watcher.core.match import Kind
from watcher.core.rules import State, state
from watcher.core.rules.rest import REST_FLOOR
from watcher.core.spread import History, Mark, Seen, history
from watcher.core.stories import Edge, Node, Story, partition

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seen_of(row: ArticleRow) -> Seen:
    """When an article was first seen, by the clock that places it."""
    claimed = None if row.published_note in ("future", "absurd") else row.published_at
    return Seen(row.seen_after, row.seen_by, claimed, row.clock)


@dataclass(slots=True)
class Plan:
    """Where each article goes, and the stories that this makes, changes and ends."""

    rows: dict[int, ArticleRow]  # all members looked at
    home: dict[int, tuple[int, str]]  # article -> (story, role), of all members looked at
    old: dict[int, StoryRow]  # stories before
    stories: dict[int, dict[str, Any]]  # story -> its row after
    new: set[int]
    merged: dict[int, int]  # an ended story -> where its root went
    episodes: list[dict[str, Any]]


def joins_of(
    matches: Iterable[MatchRow], decided: Sequence[tuple[str, int, int]]
) -> tuple[list[Edge], set[tuple[int, int]]]:
    """The edges that join stories, and the pairs that people have parted; the last word on
    a pair counts. `decided`: (verb, a, b), oldest first."""
    last = {(min(a, b), max(a, b)): verb for verb, a, b in decided}
    verbs = {pair: verb for pair, verb in last.items() if verb != "unsplit"}
    apart = {pair for pair, verb in verbs.items() if verb in ("reject", "split")}
    edges = [
        Edge(m.a_id, m.b_id, Kind(m.kind), m.words)
        for m in matches
        if (min(m.a_id, m.b_id), max(m.a_id, m.b_id)) not in verbs
    ]
    edges.extend(
        Edge(a, b, Kind.NONE, 0, confirmed=True)
        for (a, b), verb in verbs.items()
        if verb in ("confirm", "merge")
    )
    return edges, apart


def closure(
    conn: Connection, start: Collection[int], edges: Sequence[MatchRow]
) -> tuple[dict[int, ArticleRow], list[MatchRow]]:
    """All stored articles that joining matches connect with `start` or with the ends of `edges`,
    and those matches. The matches of `edges` are not stored yet."""
    rows: dict[int, ArticleRow] = {}
    found: dict[int, MatchRow] = {}
    frontier = set(start) | {i for e in edges for i in (e.a_id, e.b_id)}
    while frontier:
        fresh = store.articles(conn, frontier)
        mates = store.members(conn, {r.story_id for r in fresh})
        layer = {r.id for r in mates if r.id not in rows} | frontier
        rows.update((r.id, r) for r in fresh)
        rows.update((r.id, r) for r in mates)
        joins = store.joining(conn, layer)
        found.update((m.id, m) for m in joins)
        frontier = {i for m in joins for i in (m.a_id, m.b_id)} - set(rows)
        frontier -= layer - set(rows)
    return rows, list(found.values())


def plan(
    conn: Connection,
    rows: Mapping[int, ArticleRow],
    content: Mapping[int, int],
    edges: Sequence[Edge],
    apart: Collection[tuple[int, int]],
    marks: Mapping[int, Sequence[Mark]],
    outlets: Mapping[int, OutletRow],
    rest_override: Mapping[int, float],
    tracked: Collection[int],
    allocate: Callable[[int], int],
    now: datetime,
) -> Plan:
    """Work out the stories of these articles.

    `rows` are all members looked at, new ones among them with story 0; `content` their content
    hashes; `edges` what joins them, and `apart` whom people have parted; `marks` the
    qualifying sightings of each;
    `rest_override` a watch's `dormant_after`, and `tracked` the articles that watches follow.
    """
    nodes = [
        Node(r.id, r.words, ((seen_of(r).at - _EPOCH) // timedelta(microseconds=1), content[r.id]))
        for r in rows.values()
    ]
    parts = partition(nodes, edges, apart)
    stored = store.stories(conn, {r.story_id for r in rows.values()} - {0})
    old = as_watched(stored, rows.values(), rest_override)
    named, new = _names(parts, rows, old, allocate)
    home = {a: (named[p.root], role) for p in parts for a, role in p.roles.items()}
    merged = {
        s: home[row.root_id][0]
        for s, row in old.items()
        if s not in named.values() and row.root_id in home
    }
    stories: dict[int, dict[str, Any]] = {}
    episodes: list[dict[str, Any]] = []
    for part in parts:
        name = named[part.root]
        members = [rows[a] for a in part.roles]
        told = _history(part, rows, marks, rest_override)
        stories[name] = _counters(part, members, told, outlets, tracked, now)
        if len(members) > 1:
            episodes.extend(
                {
                    "story_id": name,
                    "n": e.n,
                    "opened_by": e.opened_by,
                    "subtype": e.subtype,
                    "opened_at": e.opened_at,
                    "last_at": e.last_at,
                    "copies": e.copies,
                }
                for e in told.episodes
            )
    return Plan(dict(rows), home, old, stories, new, merged, episodes)


def _names(
    parts: Sequence[Story],
    rows: Mapping[int, ArticleRow],
    old: Mapping[int, StoryRow],
    allocate: Callable[[int], int],
) -> tuple[dict[int, int], set[int]]:
    """An id for each part, by its root: the id that most of its members had, else a new one."""
    claims = []
    for part in parts:
        votes: dict[int, int] = defaultdict(int)
        for a in part.roles:
            if rows[a].story_id:
                votes[rows[a].story_id] += 1
        for s, n in votes.items():
            # The part that keeps the old root keeps the name: people have it in their links.
            claims.append((s in old and old[s].root_id in part.roles, n, -s, part.root))
    named: dict[int, int] = {}
    used: set[int] = set()
    for _, _, minus, root in sorted(claims, reverse=True):
        if root not in named and -minus not in used:
            named[root] = -minus
            used.add(-minus)
    missing = [p.root for p in parts if p.root not in named]
    new: set[int] = set()
    if missing:
        first = allocate(len(missing))
        for i, root in enumerate(missing):
            named[root] = first + i
            new.add(first + i)
    return named, new


def _history(
    part: Story,
    rows: Mapping[int, ArticleRow],
    marks: Mapping[int, Sequence[Mark]],
    rest_override: Mapping[int, float],
) -> History:
    members = [rows[a] for a in part.roles]
    overrides = [rest_override[a] for a in part.roles if a in rest_override]
    return history_of(members, marks, min(overrides, default=None))


def history_of(
    members: Sequence[ArticleRow],
    marks: Mapping[int, Sequence[Mark]],
    override_s: float | None,
) -> History:
    """The episodes of a story of these members, from their qualifying sightings."""
    earliest = min(members, key=lambda r: (seen_of(r).at, r.id))
    first = Mark(seen_of(earliest).at, earliest.id, "first")
    # An archive comes in any order: of an outlet's articles the earliest is its copy, whichever was
    # recorded first.
    copies: dict[int, ArticleRow] = {}
    for row in sorted(members, key=lambda r: (seen_of(r).at, r.id)):
        copies.setdefault(row.outlet_id, row)
    counted = [
        replace(m, at=max(m.at, first.at))
        for row in members
        for m in marks.get(row.id, ())
        if m.subtype != "new_outlet" or not _from_archive(row) or row is copies[row.outlet_id]
    ]
    return history(first, counted, override_s)


def _from_archive(row: ArticleRow) -> bool:
    """Whether an article was imported: a poll's sightings that count have a known start."""
    return row.clock == "claimed" or row.seen_after is None


def _counters(
    part: Story,
    members: Sequence[ArticleRow],
    told: History,
    outlets: Mapping[int, OutletRow],
    tracked: Collection[int],
    now: datetime,
) -> dict[str, Any]:
    root = next(r for r in members if r.id == part.root)
    families = {outlets[r.outlet_id].family for r in members}
    earliest = min(members, key=lambda r: (seen_of(r).at, r.id))
    rested_at = told.last_at + timedelta(seconds=told.rest_s)
    return {
        "root_id": part.root,
        "title": root.title,
        "state": str(state(now, told.last_at, len(families), told.rest_s)),
        "articles": len(members),
        "outlets": len({r.outlet_id for r in members}),
        "families": len(families),
        "languages": len({r.lang for r in members if r.lang}),
        "episodes": len(told.episodes),
        "first_seen_after": earliest.seen_after if earliest.clock == "seen" else None,
        "first_seen_by": seen_of(earliest).at,
        "last_copy_at": told.last_at,
        "dormant_at": rested_at if len(families) > 1 else None,
        "tracked": any(a in tracked for a in part.roles),
        "merged_into": None,
    }


def as_watched(
    stories: Iterable[StoryRow], rows: Iterable[ArticleRow], rest_override: Mapping[int, float]
) -> dict[int, StoryRow]:
    """Stories as they stood before a recording, with the rest that they need by now: a watch with
    one of its own may be younger than their rows. What one family alone has rests as well: its
    return opens an episode like any other, so it must be told like one."""
    own: dict[int, float] = {}
    for row in rows:
        if row.id in rest_override:
            wanted = rest_override[row.id]
            own[row.story_id] = min(wanted, own.get(row.story_id, wanted))
    found = {}
    for story in stories:
        if story.id in own or story.dormant_at is None:
            rest = timedelta(seconds=own.get(story.id, REST_FLOOR))
            found[story.id] = replace(story, dormant_at=story.last_copy_at + rest)
        else:
            found[story.id] = story
    return found


def state_before(row: StoryRow, now: datetime) -> State:
    """A story's state at `now`, before this recording: its row may be older than its rest."""
    if row.dormant_at is None:
        return State.SINGLE
    return State.DORMANT if now >= row.dormant_at else State.ACTIVE
