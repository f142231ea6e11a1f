"""The alerts that a recording raises, put into the outbox inside its transaction."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace

from watcher.archive.articles import ArticleRow, Connection, MatchRow, StoryRow, WatchRow
from watcher.archive.outbox import AlertSpec, add_alerts
from watcher.core.credit import Judged
from watcher.core.match import JOINING
from watcher.core.message import Earliest, Facts, Totals
from watcher.core.rules import Event, State, StoryState, Verdict, decide
from watcher.record import crediting
from watcher.record.identify import Resolved, What
from watcher.record.memory import Memory
from watcher.record.settling import Plan, seen_of, state_before

log = logging.getLogger("watcher.record")

_VELOCITY_WINDOW = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class _Case:
    """A watched story and one article that this recording brought to it."""

    watch: WatchRow
    story: int
    item: Resolved
    row: ArticleRow
    members: Sequence[ArticleRow]
    match: MatchRow | None
    root: int


def raise_alerts(
    conn: Connection,
    memory: Memory,
    now: datetime,
    arrived: Sequence[Resolved],
    rows: Mapping[int, ArticleRow],
    matches: Sequence[MatchRow],
    settled: Plan,
) -> int:
    """Decide each live watch's conditions; the number of alerts that fired.

    `arrived`: the new and the re-issued articles. Alerts that are held back are recorded with
    their reason, under keys of their own: they must not stand in the way of the real one.
    """
    watches = [w for w in memory.watches(conn) if w.article_id in settled.home]
    fired = 0
    for watch in watches:
        assert watch.article_id is not None  # noqa: S101  chosen so above
        story = settled.home[watch.article_id][0]
        here = [r for r in arrived if settled.home[r.article][0] == story]
        here = [r for r in here if r.article != watch.article_id]
        if here:
            fired += _one_watch(conn, memory, now, watch, story, here, rows, matches, settled)
    return fired


def _one_watch(
    conn: Connection,
    memory: Memory,
    now: datetime,
    watch: WatchRow,
    story: int,
    here: Sequence[Resolved],
    rows: Mapping[int, ArticleRow],
    matches: Sequence[MatchRow],
    settled: Plan,
) -> int:
    members = [settled.rows[a] for a, (s, _) in settled.home.items() if s == story]
    new = {r.article for r in here if r.what is What.NEW}
    home = settled.rows[watch.article_id or 0].story_id
    before = _before(settled.old.get(home), story, members, new, now)
    after = _after(story, members, settled, now)
    rule = SimpleNamespace(
        name=watch.name,
        alert_on=[SimpleNamespace(name=c["name"], value=c.get("value")) for c in watch.conditions],
    )
    specs = []
    for item in here:
        row = settled.rows[item.article]
        case = _Case(
            watch,
            story,
            item,
            row,
            members,
            _best(item.article, members, matches, settled, story),
            settled.stories[story]["root_id"],
        )
        credited = crediting.judge(conn, item.article, members, case.root, memory.outlets)
        event = _event(case, memory, credited)
        for said in decide(rule, before, after, event, now):
            log.debug(
                "watch %s, article %d, %s: %s: %s",
                watch.name,
                row.id,
                said.condition,
                "fires" if said.fire else said.reason,
                said.detail,
            )
            if said.met:
                specs.append(_spec(case, said, before, after, credited, memory, now))
    ids = add_alerts(conn, specs)
    return sum(i is not None and s.held is None for i, s in zip(ids, specs, strict=True))


def _best(
    article: int,
    members: Sequence[ArticleRow],
    matches: Sequence[MatchRow],
    settled: Plan,
    story: int,
) -> MatchRow | None:
    """The match to show for an article: with the story's root, else the one of most words."""
    mine = [m for m in matches if article in (m.a_id, m.b_id) and m.kind in JOINING]
    root = settled.stories[story]["root_id"]
    inside = {m.id for m in members}
    mine = [m for m in mine if {m.a_id, m.b_id} <= inside]
    return max(mine, key=lambda m: (root in (m.a_id, m.b_id), m.words), default=None)


def _before(
    row: StoryRow | None,
    story: int,
    members: Sequence[ArticleRow],
    new: set[int],
    now: datetime,
) -> StoryState:
    if row is None:
        return StoryState(story, 0, 0, 0, State.SINGLE)
    return StoryState(
        story,
        max(0, row.outlets - 1),
        row.families,
        row.episodes,
        state_before(row, now),
        row.last_copy_at,
        _velocity([m for m in members if m.id not in new], now),
    )


def _after(story: int, members: Sequence[ArticleRow], settled: Plan, now: datetime) -> StoryState:
    row = settled.stories[story]
    return StoryState(
        story,
        max(0, row["outlets"] - 1),
        row["families"],
        row["episodes"],
        State(row["state"]),
        row["last_copy_at"],
        _velocity(members, now),
    )


def _velocity(members: Sequence[ArticleRow], now: datetime) -> float:
    """New outlets an hour over the last six hours."""
    first: dict[int, datetime] = {}
    for m in members:
        at = seen_of(m).at
        first[m.outlet_id] = min(at, first.get(m.outlet_id, at))
    recent = sum(now - _VELOCITY_WINDOW < at <= now for at in first.values())
    return recent / (_VELOCITY_WINDOW / timedelta(hours=1))


def _event(case: _Case, memory: Memory, credited: Judged) -> Event:
    outlet = memory.outlets[case.row.outlet_id]
    own = case.item.what is What.REDATED or (case.match is not None and case.match.kind == "repost")
    assert case.item.qualification is not None  # noqa: S101  new and re-issued ones have it
    return Event(
        article=case.row.id,
        outlet=outlet.name,
        domain=outlet.domain,
        qualification=case.item.qualification,
        joined=case.match.kind if case.match else None,
        own=own,
        alerts=case.item.item.draft.alerts and case.item.arrival is not None,
        claimed_at=case.row.published_at,
        credit=str(credited.verdict),
        missing_origin=credited.missing_origin,
    )


def _spec(
    case: _Case,
    said: Verdict,
    before: StoryState,
    after: StoryState,
    credited: Judged,
    memory: Memory,
    now: datetime,
) -> AlertSpec:
    row, match = case.row, case.match
    outlet = memory.outlets[row.outlet_id]
    earliest = min(case.members, key=lambda m: (seen_of(m).at, m.id))
    q = case.item.qualification
    draft = case.item.item.draft
    censored = sum(m.seen_after is None for m in case.members)
    facts = Facts(
        watch=case.watch.name,
        condition=said.condition,
        step=said.step,
        headline=draft.title,
        outlet=outlet.name,
        family=outlet.family,
        url=draft.url or "",
        story=case.story,
        subtype=q.subtype if q and q.ok else None,
        kind=match.kind if match else None,
        paste=match.paste if match else None,
        cut=match.cut if match else None,
        distance=match.distance if match else None,
        claimed_at=row.published_at if draft.published is None else draft.published.at,
        claimed_note=draft.published.note if draft.published else None,
        seen_after=draft.seen_after,
        seen_by=draft.seen_by or now,
        censored=draft.seen_after is None,
        credit_verdict=str(credited.verdict),
        credit_agent=credited.agent,
        credit_words=credited.words,
        changed=_changed(case, earliest),
        totals=Totals(
            copies=after.copies,
            outlets=len({m.outlet_id for m in case.members}),
            families=after.families,
            episode=after.episodes,
            coverage=f"{censored} of {len(case.members)} first sightings have no known start",
        ),
        earliest=Earliest(
            memory.outlets[earliest.outlet_id].name,
            earliest.url or "",
            earliest.seen_after,
            earliest.seen_by,
        ),
        rested_for=(now - before.last_copy_at).total_seconds()
        if said.condition == "resurfaced" and before.last_copy_at
        else None,
        reason=f"{said.detail}; {match.reason}" if match else said.detail,
        silence=f"watcher silence add --watch {shlex.quote(case.watch.name)} --for 7d",
    )
    key = said.key if said.fire else f"{said.key}:held:{row.id}"
    return AlertSpec(
        key=key,
        watch_id=case.watch.id,
        story_id=case.story,
        article_id=row.id,
        condition=said.condition,
        at=now,
        reason=said.detail,
        receivers=tuple(case.watch.notify),
        payload=facts.to_plain(),
        held=None if said.fire else str(said.reason),
    )


def _changed(case: _Case, earliest: ArticleRow) -> tuple[str, ...]:
    """What the copy changed, in short: the figures that need no second look at the texts."""
    changed = []
    if case.item.item.draft.title.casefold() != earliest.title.casefold():
        changed.append(f"headline (was: {earliest.title})")
    match = case.match
    if match is not None and match.b_id == case.row.id:
        left_out, added = 1 - match.paste, 1 - match.cut
        if left_out >= 0.02:
            changed.append(f"{left_out:.0%} of the source's words left out or reworded")
        if added >= 0.02:
            changed.append(f"{added:.0%} of the copy's words are not from the source")
    return tuple(changed)
