"""Phrases looked for where an article is recorded, and what their watches make of it.

A phrase's story is the set of its mentions: the articles that have its words, each once. A mention
counts (continues or opens an episode) where a copy of a text would: not on a feed's first poll, not
from an archive, not in the backlog of an outage, not in a list of articles. Paragraphs that an
outlet is known to repeat are boilerplate and mention nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.archive import watching
from watcher.archive.articles import Connection, WatchRow
from watcher.archive.watching import MentionRow
from watcher.core.errors import UsageError
from watcher.core.phrase import Phrase, parse
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
from watcher.core.search import said
from watcher.core.text import paragraphs
from watcher.core.values import Draft
from watcher.record.identify import Resolved, What
from watcher.record.memory import Memory
from watcher.record.standing import VELOCITY_WINDOW, anchor_of, lags_of, rule_of
from watcher.record.telling import Case, case_of, note, raised, spec_of

_PREFIX = "phrase:"
_HOURS = VELOCITY_WINDOW / timedelta(hours=1)


@functools.lru_cache(maxsize=512)
def phrase_of(target: str) -> Phrase | None:
    """The phrase that a watch's target holds; None where it is of another kind, or unreadable
    (watcher.follow says so at the watch)."""
    if not target.startswith(_PREFIX):
        return None
    try:
        return parse(target.removeprefix(_PREFIX))
    except UsageError:
        return None


@dataclass(frozen=True, slots=True)
class Found:
    """An article that has a phrase, and why it counts or does not."""

    item: Resolved
    words: str
    qualification: Qualification


def raise_mentions(
    conn: Connection,
    memory: Memory,
    now: datetime,
    items: Sequence[Resolved],
    watches: Sequence[WatchRow],
) -> int:
    """Store the mentions among new, re-issued and edited articles; how many alerts fired."""
    fresh = list({r.article: r for r in items if r.twin is None}.values())
    fired = 0
    for watch in watches:
        phrase = phrase_of(watch.target)
        if phrase is None:
            continue
        hits = [(r, words) for r in fresh if (words := _words(phrase, r, memory)) is not None]
        known = watching.mentioning(conn, watch.id, [r.article for r, _ in hits]) if hits else ()
        hits = [(r, words) for r, words in hits if r.article not in known]
        if hits:
            fired += _one_watch(conn, memory, now, watch, phrase, hits)
    return fired


def _words(phrase: Phrase, r: Resolved, memory: Memory) -> str | None:
    draft = r.item.draft
    if not phrase.fits(*r.item.said):
        return None
    return phrase.found_in(draft.title, own_text(draft, r, memory))


def own_text(draft: Draft, r: Resolved, memory: Memory) -> str:
    """A draft's text without the paragraphs that its outlet is known to repeat."""
    learned = memory.boilerplate.get(draft.outlet_id)
    if not learned or learned.isdisjoint(r.item.fingerprint.paragraphs.tolist()):
        return draft.text
    hashes, lines, _ = paragraphs(r.item.words)
    repeated = {n for h, n in zip(hashes.tolist(), lines.tolist(), strict=True) if h in learned}
    return "\n".join(line for n, line in enumerate(draft.text.split("\n")) if n not in repeated)


def _one_watch(
    conn: Connection,
    memory: Memory,
    now: datetime,
    watch: WatchRow,
    phrase: Phrase,
    hits: Sequence[tuple[Resolved, str]],
) -> int:
    last = watching.last_mention(conn, watch.id)
    gaps = watching.mention_gaps(conn, watch.id)
    override = None if watch.dormant_after_s is None else float(watch.dormant_after_s)
    # Polls are recorded as they end: one that began earlier may come after one that began later.
    until = now if last is None else max(now, last.at)
    tally = None if last is None else tally_of(last)
    before = story_state(
        tally,
        now,
        gaps_s=gaps,
        override_s=override,
        velocity=watching.new_families(conn, watch.id, until - VELOCITY_WINDOW, until) / _HOURS,
    )
    found = [Found(r, words, _qualify(conn, memory, phrase, r, before)) for r, words in hits]
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
            words=one.words,
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
    return _decide(conn, memory, now, watch, found, before, after)


def _decide(
    conn: Connection,
    memory: Memory,
    now: datetime,
    watch: WatchRow,
    found: Sequence[Found],
    before: StoryState,
    after: StoryState,
) -> int:
    rule = rule_of(watch.name, watch.conditions)
    rows = {a.id: a for a in watching.articles(conn, [one.item.article for one in found])}
    specs = []
    for one in found:
        row, draft = rows[one.item.article], one.item.item.draft
        event = mention_event(
            memory.outlets[row.outlet_id],
            row,
            one.words,
            one.qualification,
            alerts=draft.alerts and one.item.arrival is not None,
        )
        bare = Case(
            watch, None, row, (), draft.title, qualification=one.qualification, found=one.words
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
) -> Event:
    """A mention as conditions are decided on it."""
    return Event(
        article=row.id,
        outlet=outlet.name,
        domain=outlet.domain,
        family=outlet.family,
        qualification=qualification,
        joined="mention",
        alerts=alerts,
        claimed_at=row.published_at,
        about="mention",
        said=words,
    )


def tally_of(row: MentionRow) -> Tally:
    """How a phrase's watch stands after a stored mention."""
    return Tally(
        row.n, row.families, row.episode, row.opener, row.opened_at, row.last_at, row.gap_s
    )


def _qualify(
    conn: Connection, memory: Memory, phrase: Phrase, r: Resolved, before: StoryState
) -> Qualification:
    if r.arrival is None:
        return Qualification(False, None, Why.FIRST_POLL)
    if r.what is not What.NEW and r.current is not None:
        old = memory.texts(conn, [r.current.id])
        text, _ = old.get(r.current.id, ("", None))
        if phrase.fits(*said(r.current.title, text)):
            return Qualification(False, None, Why.MENTIONED_BEFORE)
    arrival = replace(r.arrival, outlet_has_it=False)
    q = qualifies(arrival, before.last_copy_at, before.state)
    return Qualification(True, q.subtype, Why.MENTIONED) if q.ok else q


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
