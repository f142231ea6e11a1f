"""The alerts that a recording raises, put into the outbox inside its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from watcher.archive.articles import ArticleRow, Connection, MatchRow, WatchRow
from watcher.core.match import JOINING
from watcher.core.rules import Event, State, StoryState, decide
from watcher.record import crediting
from watcher.record.abroad import Foreign, around, foreign, shown
from watcher.record.carried import raise_carried, still_carried
from watcher.record.editing import raise_edits
from watcher.record.identify import Resolved, What
from watcher.record.memory import Memory
from watcher.record.mentions import raise_mentions
from watcher.record.settling import Plan
from watcher.record.standing import after_of, anchor_of, before_of, lags_of, rule_of
from watcher.record.telling import Case, case_of, first_of, note, published, raised, spec_of


def raise_alerts(
    conn: Connection,
    memory: Memory,
    now: datetime,
    arrived: Sequence[Resolved],
    versioned: Sequence[Resolved],
    matches: Sequence[MatchRow],
    settled: Plan,
) -> int:
    """Decide each live watch's conditions; the number of alerts that fired.

    `arrived`: the new and the re-issued articles; `versioned`: the known ones with other words.
    Alerts that are held back are recorded with their reason, under keys of their own: they must
    not stand in the way of the real one.
    """
    watches = memory.watches(conn)
    fired = raise_mentions(conn, memory, now, [*arrived, *versioned], watches)
    fired += raise_edits(conn, memory, now, versioned, watches)
    fired += raise_carried(conn, memory, now, [*arrived, *versioned], watches, matches, settled)
    for watch in watches:
        if watch.article_id not in settled.home:
            continue
        story = settled.home[watch.article_id][0]
        here = [r for r in arrived if settled.home[r.article][0] == story]
        # The text itself is no copy; but its own outlet may issue it again.
        here = [r for r in here if r.article != watch.article_id or r.what is What.REDATED]
        if here:
            fired += _one_watch(conn, memory, now, watch, story, here, matches, settled)
    return fired


def _one_watch(
    conn: Connection,
    memory: Memory,
    now: datetime,
    watch: WatchRow,
    story: int,
    here: Sequence[Resolved],
    matches: Sequence[MatchRow],
    settled: Plan,
) -> int:
    members = [settled.rows[a] for a, (s, _) in settled.home.items() if s == story]
    new = {r.article for r in here if r.what is What.NEW}
    home = settled.rows[watch.article_id or 0].story_id
    earlier = [m for m in members if m.id not in new]
    before = before_of(settled.old.get(home), story, earlier, memory.outlets, now)
    after = after_of(story, members, settled, memory.outlets, now)
    if any(condition["name"] == "burst" for condition in watch.conditions):
        after = replace(after, lags=lags_of(conn, after.came, memory.outlets, now, but=story))
    others = foreign(conn, members)
    joined = [f for f in others if (f.match.sure or 0.0) >= (watch.translations or 2.0)]
    if joined:
        before, after = _with_translations(conn, memory, now, watch, story, here, members, joined)
        members = [*members, *(f.row for f in joined)]
    if before.state is State.DORMANT and still_carried(conn, watch, now):
        before = replace(before, state=State.ACTIVE)
    beside = shown([f for f in others if f not in joined], memory.outlets)
    rule = rule_of(watch.name, watch.conditions)
    root = settled.stories[story]["root_id"]
    # A text that somebody tracks has a label of theirs, and no headline that a copy could change.
    earliest = first_of(published(members, memory.outlets)) or settled.rows[root]
    specs = []
    for item in here:
        row, draft = settled.rows[item.article], item.item.draft
        match = best_match(item.article, members, matches, root)
        credited = crediting.judge(conn, item.article, members, root, memory.outlets)
        case = case_of(
            draft,
            now,
            Case(
                watch,
                story,
                row,
                members,
                draft.title,
                match=match,
                qualification=item.qualification,
                credited=credited,
                changed=_changed(draft.title, row, match, earliest),
                suggested=beside,
            ),
        )
        outlet = memory.outlets[row.outlet_id]
        assert item.qualification is not None  # noqa: S101  new and re-issued ones have it
        event = Event(
            article=row.id,
            outlet=outlet.name,
            domain=outlet.domain,
            family=outlet.family,
            qualification=item.qualification,
            joined=match.kind if match else None,
            own=item.what is What.REDATED or (match is not None and match.kind == "repost"),
            alerts=draft.alerts and item.arrival is not None,
            # Of this sighting: the article's row keeps the first date.
            claimed_at=draft.published.at if draft.published else row.published_at,
            credit=str(credited.verdict),
            missing_origin=credited.missing_origin,
        )
        for said in decide(rule, before, after, event, now, anchor=anchor_of(watch)):
            note(watch.name, row.id, said)
            if said.met:
                specs.append(spec_of(case, said, before, after, memory.outlets, now))
    return raised(conn, specs)


def _with_translations(
    conn: Connection,
    memory: Memory,
    now: datetime,
    watch: WatchRow,
    story: int,
    here: Sequence[Resolved],
    members: Sequence[ArticleRow],
    joined: Sequence[Foreign],
) -> tuple[StoryState, StoryState]:
    """A story before and after a recording, its translations among its members."""
    new = {r.article for r in here if r.what is What.NEW}
    whole = [*members, *(f.row for f in joined)]
    earlier = [m for m in whole if m.id not in new]
    again = {r.article: r.item.draft.seen_by or now for r in here if r.what is not What.NEW}
    return (
        around(conn, watch, story, earlier, memory.outlets, now, until=again),
        around(conn, watch, story, whole, memory.outlets, now),
    )


def best_match(
    article: int, members: Sequence[ArticleRow], matches: Sequence[MatchRow], root: int
) -> MatchRow | None:
    """The match to show for an article: with the story's root, else the one of most words."""
    inside = {m.id for m in members}
    mine = [
        m
        for m in matches
        if article in (m.a_id, m.b_id) and m.kind in JOINING and {m.a_id, m.b_id} <= inside
    ]
    return max(mine, key=lambda m: (root in (m.a_id, m.b_id), m.words), default=None)


def _changed(
    title: str, row: ArticleRow, match: MatchRow | None, earliest: ArticleRow
) -> tuple[str, ...]:
    """What the copy changed, in short: the figures that need no second look at the texts."""
    changed = []
    if earliest.id != row.id and title.casefold() != earliest.title.casefold():
        changed.append(f"headline (was: {earliest.title})")
    if match is not None and match.b_id == row.id:
        left_out, added = 1 - match.paste, 1 - match.cut
        if left_out >= 0.02:
            changed.append(f"{left_out:.0%} of the source's words left out or reworded")
        if added >= 0.02:
            changed.append(f"{added:.0%} of the copy's words are not from the source")
    return tuple(changed)
