"""A verdict made into an alert: its facts, its receivers, its key."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from watcher.archive.articles import ArticleRow, Connection, MatchRow, OutletRow, WatchRow
from watcher.archive.outbox import AlertSpec, add_alerts
from watcher.core.credit import Judged
from watcher.core.message import Earliest, Facts, Suggested, Totals
from watcher.core.rules import Qualification, StoryState, Verdict
from watcher.core.values import TRACKED_DOMAIN, Date, Draft
from watcher.record.settling import seen_of

log = logging.getLogger("watcher.record")


@dataclass(frozen=True, slots=True)
class Case:
    """A watch, and one article about which it has something to say."""

    watch: WatchRow
    story: int | None  # None: a phrase's mentions are no story of the archive
    row: ArticleRow
    members: Sequence[ArticleRow]
    headline: str
    claimed: Date | None = None
    seen_after: datetime | None = None
    seen_by: datetime | None = None
    url: str = ""
    match: MatchRow | None = None
    qualification: Qualification | None = None
    credited: Judged | None = None
    changed: tuple[str, ...] = ()
    found: str = ""  # the words that a phrase's watch found
    aligned: tuple[tuple[str, str], ...] = ()  # sentences that a translation rests on
    suggested: tuple[Suggested, ...] = ()  # translations that are no part of the story


def case_of(draft: Draft, now: datetime, case: Case) -> Case:
    """The case with what a draft says of its article."""
    return replace(
        case,
        headline=draft.title,
        claimed=draft.published,
        seen_after=draft.seen_after,
        seen_by=draft.seen_by or now,
        url=draft.url or "",
    )


def spec_of(
    case: Case,
    said: Verdict,
    before: StoryState,
    after: StoryState,
    outlets: Mapping[int, OutletRow],
    now: datetime,
) -> AlertSpec:
    """The alert of one verdict. One that is held has a key of its own: it must not stand in the
    way of the real one."""
    row, match, credited, q = case.row, case.match, case.credited, case.qualification
    outlet = outlets[row.outlet_id]
    members = published(case.members, outlets)
    censored = sum(m.seen_after is None for m in members)
    rests_on = match.reason.partition(": ")[2] if match and match.kind == "translation" else ""
    suggested = f" (translation, {match.status})" if match and rests_on else ""
    reason = f"{said.detail}{suggested}"
    facts = Facts(
        watch=case.watch.name,
        condition=said.condition,
        step=said.step,
        headline=case.headline,
        outlet=outlet.name,
        family=outlet.family,
        url=case.url,
        story=case.story,
        subtype=q.subtype if q and q.ok else None,
        kind=match.kind if match else None,
        paste=match.paste if match else None,
        cut=match.cut if match else None,
        distance=match.distance if match else None,
        claimed_at=row.published_at if case.claimed is None else case.claimed.at,
        claimed_note=case.claimed.note if case.claimed else None,
        seen_after=case.seen_after,
        seen_by=case.seen_by or now,
        censored=case.seen_after is None,
        credit_verdict=str(credited.verdict) if credited else None,
        credit_agent=credited.agent if credited else "",
        credit_words=credited.words if credited else "",
        changed=case.changed,
        totals=Totals(
            copies=after.copies,
            outlets=len({m.outlet_id for m in members}) if members else after.families,
            families=after.families,
            episode=after.episodes,
            coverage=f"{censored} of {len(members)} first sightings have no known start"
            if members
            else "",
        ),
        earliest=_earliest(case, outlets),
        rested_for=((case.seen_by or now) - before.last_copy_at).total_seconds()
        if said.condition == "resurfaced" and before.last_copy_at
        else None,
        reason=f"{reason}; {why}" if (why := _why(match)) else reason,
        silence=f"watcher silence add --watch {shlex.quote(case.watch.name)} --for 7d",
        story_title=first.title if (first := first_of(case.members)) else "",
        passage=case.found,
        status=match.status if match and match.status == "suggested" else "",
        rests_on=rests_on,
        aligned=case.aligned,
        suggested=case.suggested,
    )
    return AlertSpec(
        key=said.key if said.fire else f"{said.key}:held:{row.id}",
        watch_id=case.watch.id,
        story_id=case.story,
        article_id=row.id,
        condition=said.condition,
        at=now,
        reason=f"{reason}; rests on {rests_on}" if rests_on else reason,
        receivers=tuple(case.watch.notify),
        payload=facts.to_plain(),
        held=None if said.fire else str(said.reason),
        episode=(after.episode, after.opened_at)
        if after.opened_at is not None and said.key.endswith(f"{after.episode}")
        else None,
    )


def _why(match: MatchRow | None) -> str:
    """Why the copy was matched; what a translation rests on has a line of its own."""
    if match is None:
        return ""
    return match.reason.partition(": ")[0] if match.kind == "translation" else match.reason


def published(members: Sequence[ArticleRow], outlets: Mapping[int, OutletRow]) -> list[ArticleRow]:
    """Without the text that somebody gave us to track: no outlet has been seen to have that."""
    return [m for m in members if outlets[m.outlet_id].domain != TRACKED_DOMAIN]


def _earliest(case: Case, outlets: Mapping[int, OutletRow]) -> Earliest | None:
    first = first_of(published(case.members, outlets))
    if first is None:
        return None
    name = outlets[first.outlet_id].name
    return Earliest(name, first.url or "", first.seen_after, first.seen_by)


def first_of(members: Sequence[ArticleRow]) -> ArticleRow | None:
    """The one that was seen first."""
    return min(members, key=lambda m: (seen_of(m).at, m.id), default=None)


def note(watch: str, article: int, said: Verdict) -> None:
    """Say in the log what was decided and why."""
    how = "fires" if said.fire else said.reason
    log.debug("watch %s, article %d, %s: %s: %s", watch, article, said.condition, how, said.detail)


def raised(conn: Connection, specs: Sequence[AlertSpec]) -> int:
    """Put alerts into the outbox; how many of them fire, and were not there."""
    ids = add_alerts(conn, specs)
    return sum(i is not None and s.held is None for i, s in zip(ids, specs, strict=True))
