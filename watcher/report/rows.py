"""Rows of the database as the reader's values. Decides nothing but what a word is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import zstandard

from storage.rows import OutboxCounts
from watcher.report.sources import BoilerplateLine
from watcher.report.values import (
    ArticleLine,
    ArticleText,
    Claim,
    CreditLine,
    EpisodeLine,
    Event,
    Interval,
    LinkedLine,
    StoryLine,
    state_of,
)

if TYPE_CHECKING:
    from watcher.core.credit import Judged


def story_line(
    row: Any, now: datetime, tracked: Collection[int], claimed: Collection[int]
) -> StoryLine:
    """A row of `story`; `tracked` are the stories that watches follow, `claimed` those whose
    times are their outlets' claims."""
    return StoryLine(
        story=row.id,
        title=row.title,
        state=state_of(row.state, row.episodes, row.dormant_at, now),
        articles=row.articles,
        outlets=row.outlets,
        reach=row.families,
        languages=row.languages,
        episodes=row.episodes,
        first_seen=Interval(row.first_seen_after, row.first_seen_by),
        last_copy=row.last_copy_at,
        clock="claimed" if row.id in claimed else "seen",
        tracked=row.id in tracked,
    )


def article_line(
    row: Any, match: Any, credited: tuple[CreditLine, ...], judged: Judged
) -> ArticleLine:
    """A row of `article` with the match that it is shown with, if there is one."""
    return ArticleLine(
        article=row.id,
        external_id=row.external_id,
        outlet=row.outlet,
        domain=row.domain,
        family=row.family,
        title=row.title,
        url=row.url,
        lang=row.lang,
        role=row.role,
        words=row.words,
        against=match and (match.b_id if match.a_id == row.id else match.a_id),
        kind=match and match.kind,
        paste=match and match.paste,
        cut=match and match.cut,
        distance=match and match.distance,
        why=match and match.reason,
        order=match and match.order_known,
        status=match and match.status,
        seen=Interval(row.seen_after, row.seen_by),
        claimed=Claim(row.published_at, row.published_raw, row.published_note),
        clock=row.clock,
        credits=credited,
        verdict=str(judged.verdict),
        verdict_why=judged.reason,
        missing_origin=judged.missing_origin,
    )


def linked_line(row: Any) -> LinkedLine:
    """A row of `match` with the article at its outer end."""
    return LinkedLine(
        article=row.id,
        external_id=row.external_id,
        story=row.story_id,
        outlet=row.outlet,
        domain=row.domain,
        family=row.family,
        title=row.title,
        url=row.url,
        lang=row.lang,
        member=row.member,
        source=row.a_id,
        kind=row.kind,
        paste=row.paste,
        cut=row.cut,
        distance=row.distance,
        words=row.words,
        why=row.reason,
        order=row.order_known,
        status=row.status,
        seen=Interval(row.seen_after, row.seen_by),
        claimed=Claim(row.published_at, row.published_raw, row.published_note),
        clock=row.clock,
    )


def credits_by_article(found: Iterable[Any]) -> dict[int, tuple[CreditLine, ...]]:
    """Credits under the article that has them; the same agent in the same place once."""
    by_article: dict[int, dict[tuple[str, str], CreditLine]] = defaultdict(dict)
    for row in found:
        line = CreditLine(row.agent, row.words, row.place)
        by_article[row.article_id].setdefault((row.agent, row.place), line)
    return {article: tuple(lines.values()) for article, lines in by_article.items()}


def episode_line(row: Any) -> EpisodeLine:
    """A row of `episode`."""
    return EpisodeLine(
        n=row.n,
        subtype=row.subtype,
        article=row.opened_by,
        opened=row.opened_at,
        last=row.last_at,
        copies=row.copies,
    )


def timeline(sightings: Sequence[Any], episodes: Iterable[Any]) -> list[Event]:
    """Sightings in order; an episode stands with its article's sighting nearest to its time."""
    opens: dict[int, Any] = {}
    for row in episodes:
        own = [s for s in sightings if s.article_id == row.opened_by]
        if own:
            opens[min(own, key=lambda s: abs(s.by - row.opened_at)).id] = row
    events = []
    # An imported article came to us all at once with its archive: its own date places it.
    for row in sorted(sightings, key=lambda s: placed(s.clock, s.by, s.claimed_at)):
        opened = opens.get(row.id)
        events.append(
            Event(
                seen=Interval(row.after, row.by),
                event=row.kind,
                opens=opened and opened.n,
                subtype=opened and opened.subtype,
                counts=row.counts,
                why=row.counts_reason,
                article=row.article_id,
                outlet=row.outlet,
                title=row.title,
                url=row.url or row.article_url,
                feed=row.feed,
                claimed=row.claimed_at,
                clock=row.clock,
            )
        )
    return events


def placed(clock: str, by: datetime, claimed: datetime | None) -> datetime:
    """The moment that stands for a sighting in its story's history."""
    return claimed if clock == "claimed" and claimed is not None else by


def boilerplate_line(row: Any) -> BoilerplateLine:
    """A row of `boilerplate` with its outlet."""
    return BoilerplateLine(
        outlet=row.outlet,
        domain=row.domain,
        hash=f"{row.hash:016x}",
        state=row.state,
        articles=row.articles,
        learned=row.learned_at,
        sample=row.sample,
    )


def article_text(row: Any) -> ArticleText:
    """A row of `article` with its body unpacked."""
    text = None if row.data is None else unpacked(row.data)
    return ArticleText(
        article=row.id,
        story=row.story_id,
        outlet=row.outlet,
        title=row.title,
        url=row.url,
        text=text,
    )


def unpacked(data: bytes) -> str:
    """A stored text."""
    # Written by watcher.archive; a bound, because zstd makes a gigabyte of a few flipped bits.
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=64 << 20).decode()


def delivery_states(counts: OutboxCounts) -> dict[str, int]:
    """How many deliveries are in each state."""
    return {f.name: getattr(counts, f.name) for f in fields(counts) if f.name != "oldest_due"}


def moment(value: str | None) -> datetime | None:
    """A `meta` value that holds an ISO 8601 time; None where there is none."""
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)


def renewing(kept: str | None) -> dict[str, int] | None:
    """How far a change of fingerprints is, from what is kept of it."""
    if not kept:
        return None
    change = json.loads(kept)
    return {"done": change["done"], "total": change["total"]}
