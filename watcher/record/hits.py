"""Mentions stored, tallied and decided on: of a phrase, or of a text that longer ones carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.archive import watching
from watcher.archive.articles import Connection, MatchRow, WatchRow
from watcher.archive.watching import MentionRow
from watcher.core.rules import (
    Came,
    Event,
    Qualification,
    Reason,
    StoryState,
    Tally,
    Why,
    decide,
    mentioned,
    qualifies,
    story_state,
)
from watcher.record.identify import Resolved
from watcher.record.memory import Memory
from watcher.record.standing import VELOCITY_WINDOW, anchor_of, lags_of, rule_of
from watcher.record.telling import Case, case_of, note, raised, spec_of

_HOURS = VELOCITY_WINDOW / timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that has what a watch looks for. `before`: an earlier version had it as well."""

    item: Resolved
    words: str  # those found
    before: bool = False
    match: MatchRow | None = None  # of a text that it carries


@dataclass(frozen=True, slots=True)
class Found:
    """A hit, and why it counts or does not."""

    hit: Hit
    qualification: Qualification

    @property
    def item(self) -> Resolved:
        return self.hit.item


def fresh_hits(conn: Connection, watch: WatchRow, hits: Sequence[Hit]) -> list[Hit]:
    """Those that are not known as mentions yet."""
    if not hits:
        return []
    known = watching.mentioning(conn, watch.id, [one.item.article for one in hits])
    return [one for one in hits if one.item.article not in known]


def record_hits(
    conn: Connection,
    memory: Memory,
    now: datetime,
    watch: WatchRow,
    hits: Sequence[Hit],
    *,
    seed: Tally | None = None,
    story: int | None = None,
) -> int:
    """Store mentions and decide on them; how many alerts fired. `seed`: how the watch stood before
    its first one; `story`: what the alerts are filed under."""
    last = watching.last_mention(conn, watch.id)
    gaps = watching.mention_gaps(conn, watch.id)
    override = None if watch.dormant_after_s is None else float(watch.dormant_after_s)
    # Polls are recorded as they end: one that began earlier may come after one that began later.
    until = now if last is None else max(now, last.at)
    tally = since_seed(None if last is None else tally_of(last), seed)
    before = story_state(
        tally,
        now,
        gaps_s=gaps,
        override_s=override,
        velocity=watching.new_families(conn, watch.id, until - VELOCITY_WINDOW, until) / _HOURS,
    )
    found = [Found(one, _qualify(one, before)) for one in hits]
    families: set[str] = set()
    for one in found:
        r = one.item
        family = memory.outlets[r.item.draft.outlet_id].family
        fresh = family not in families and not watching.family_mentions(conn, watch.id, family)
        families.add(family)
        at = _at(r, now)
        counts = one.qualification.ok
        tally = mentioned(
            tally, r.article, at, counts=counts, new_family=fresh, gaps_s=gaps, override_s=override
        )
        if tally.gap_s is not None:
            gaps.insert(0, tally.gap_s)
        reason = str(one.qualification.reason if r.arrival else Reason.QUIET)
        row = MentionRow(
            watch_id=watch.id,
            article_id=r.article,
            version_id=_version(conn, r),
            outlet_id=r.item.draft.outlet_id,
            at=at,
            counts=counts,
            reason=reason,
            words=one.hit.words,
            n=tally.mentions,
            families=tally.families,
            fresh=fresh,
            episode=tally.episode,
            opener=tally.opener,
            opened_at=tally.opened_at,
            last_at=tally.last_at,
            gap_s=tally.gap_s,
        )
        watching.add_mentions(conn, [row])
    after = story_state(
        tally,
        now,
        gaps_s=gaps,
        override_s=override,
        velocity=watching.new_families(conn, watch.id, until - VELOCITY_WINDOW, until) / _HOURS,
    )
    if any(condition["name"] == "burst" for condition in watch.conditions):
        after = _with_lags(conn, memory, watch, after, tally, now)
    return _decide(conn, memory, now, watch, found, before, after, story)


def since_seed(tally: Tally | None, seed: Tally | None) -> Tally | None:
    """A tally that began with `seed`, and does not rest while that goes on."""
    if tally is None or seed is None:
        return tally or seed
    return replace(tally, last_at=max(tally.last_at, seed.last_at))


def _decide(
    conn: Connection,
    memory: Memory,
    now: datetime,
    watch: WatchRow,
    found: Sequence[Found],
    before: StoryState,
    after: StoryState,
    story: int | None,
) -> int:
    rule = rule_of(watch.name, watch.conditions)
    rows = {a.id: a for a in watching.articles(conn, [one.item.article for one in found])}
    specs = []
    for one in found:
        row, draft = rows[one.item.article], one.item.item.draft
        event = mention_event(
            memory.outlets[row.outlet_id],
            row,
            one.hit.words,
            one.qualification,
            alerts=draft.alerts and one.item.arrival is not None,
            carried=one.hit.match is not None,
        )
        bare = Case(
            watch,
            story,
            row,
            (),
            draft.title,
            match=one.hit.match,
            qualification=one.qualification,
            found="" if one.hit.match else one.hit.words,
        )
        for verdict in decide(rule, before, after, event, now, anchor=anchor_of(watch)):
            note(watch.name, row.id, verdict)
            if verdict.met:
                case = case_of(draft, now, bare)
                specs.append(spec_of(case, verdict, before, after, memory.outlets, now))
    return raised(conn, specs)


def mention_event(
    outlet: watching.OutletRow,
    row: watching.ArticleRow,
    words: str,
    qualification: Qualification,
    *,
    alerts: bool,
    carried: bool = False,
) -> Event:
    """A mention as conditions are decided on it. `carried`: of a text, not of a phrase."""
    return Event(
        article=row.id,
        outlet=outlet.name,
        domain=outlet.domain,
        family=outlet.family,
        qualification=qualification,
        joined="container" if carried else "mention",
        alerts=alerts,
        claimed_at=row.published_at,
        about="carried" if carried else "mention",
        said=words,
    )


def tally_of(row: MentionRow) -> Tally:
    """How a phrase's watch stands after a stored mention."""
    return Tally(
        row.n, row.families, row.episode, row.opener, row.opened_at, row.last_at, row.gap_s
    )


def _qualify(hit: Hit, before: StoryState) -> Qualification:
    arrival = hit.item.arrival
    if arrival is None:
        return Qualification(False, None, Why.FIRST_POLL)
    if hit.before:
        return Qualification(False, None, Why.MENTIONED_BEFORE)
    q = qualifies(replace(arrival, outlet_has_it=False), before.last_copy_at, before.state)
    return (
        Qualification(True, q.subtype, Why.CARRIED if hit.match else Why.MENTIONED) if q.ok else q
    )


def _at(r: Resolved, now: datetime) -> datetime:
    """When a mention was made; in an archive's article by its own date, as copies are placed."""
    claim = r.item.draft.published
    if r.arrival is not None or claim is None or claim.at is None:
        return now
    return min(claim.at, now)


def _version(conn: Connection, r: Resolved) -> int:
    return next(a.version_id for a in watching.articles(conn, [r.article]))


def _with_lags(
    conn: Connection,
    memory: Memory,
    watch: WatchRow,
    after: StoryState,
    tally: Tally | None,
    now: datetime,
) -> StoryState:
    if tally is None:
        return after
    opener = next((a.outlet_id for a in watching.articles(conn, [tally.opener])), 0)
    first = watching.first_mentions(conn, watch.id, tally.opened_at)
    came = tuple(Came(memory.outlets[o].domain, at) for o, at in first if o != opener)
    return replace(after, came=came, lags=lags_of(conn, came, memory.outlets, now))
