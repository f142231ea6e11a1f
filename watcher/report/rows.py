"""Rows of the database as the reader's values. Decides nothing but what a word is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import zstandard

from storage.rows import AlertRow, DeliveryRow, FeedRow, OutboxCounts, PollRow
from watcher.report.values import (
    FEED_STATES,
    AlertLine,
    ArticleLine,
    ArticleText,
    Claim,
    CreditLine,
    DeadLine,
    DeliveryLine,
    EpisodeLine,
    Event,
    FeedLine,
    Interval,
    PollLine,
    StoryLine,
    WatchLine,
    feed_state_of,
    state_of,
)


def story_line(row: Any, now: datetime, tracked: Collection[int]) -> StoryLine:
    """A row of `story`; `tracked` are the stories that watches follow."""
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
        tracked=row.id in tracked,
    )


def article_line(row: Any, match: Any, credited: tuple[CreditLine, ...]) -> ArticleLine:
    """A row of `article` with its match to the root, if there is one."""
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
        kind=match and match.kind,
        paste=match and match.paste,
        cut=match and match.cut,
        distance=match and match.distance,
        why=match and match.reason,
        order=match and match.order_known,
        status=match and match.status,
        seen=Interval(row.seen_after, row.seen_by),
        claimed=Claim(row.published_at, row.published_raw, row.published_note),
        credits=credited,
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
    for row in sightings:
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
            )
        )
    return events


def article_text(row: Any) -> ArticleText:
    """A row of `article` with its body unpacked."""
    text = None if row.data is None else _unpacked(row.data)
    return ArticleText(
        article=row.id,
        story=row.story_id,
        outlet=row.outlet,
        title=row.title,
        url=row.url,
        text=text,
    )


def _unpacked(data: bytes) -> str:
    # Written by watcher.archive; a bound, because zstd makes a gigabyte of a few flipped bits.
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=64 << 20).decode()


def feed_line(row: FeedRow) -> FeedLine:
    """A row of `feed` with its outlet."""
    return FeedLine(
        feed=row.id,
        outlet=row.outlet,
        domain=row.domain,
        family=row.family,
        url=row.url,
        moved_to=row.moved_to,
        title=row.title,
        state=feed_state_of(row.state, row.last_polled_at, row.failures),
        failures=row.failures,
        status=row.last_status,
        error=row.last_error,
        polled=row.last_polled_at,
        ok=row.last_ok_at,
        next=row.next_at,
        why=row.next_reason,
        interval=row.interval_s,
    )


def feed_states(feeds: Iterable[FeedLine]) -> dict[str, int]:
    """How many feeds are in each of FEED_STATES."""
    found = Counter(feed.state for feed in feeds)
    return {state: found[state] for state in FEED_STATES}


def delivery_states(counts: OutboxCounts) -> dict[str, int]:
    """How many deliveries are in each state."""
    return {f.name: getattr(counts, f.name) for f in fields(counts) if f.name != "oldest_due"}


def poll_line(row: PollRow) -> PollLine:
    """A row of `poll`."""
    return PollLine(
        at=row.at,
        outcome=row.outcome,
        status=row.status,
        bytes=row.bytes,
        entries=row.entries,
        fresh=row.fresh,
        took_ms=row.took_ms,
        error=row.error,
        why=row.next_reason,
    )


def dead_line(row: Any) -> DeadLine:
    """A row of `delivery` that was given up, with its alert and watch."""
    return DeadLine(
        delivery=row.id,
        receiver=row.receiver,
        watch=row.watch,
        condition=row.condition,
        at=row.at,
        attempts=row.attempts,
        reason=row.reason,
    )


def watch_line(row: Any, now: datetime) -> WatchLine:
    """A row of `watch` with the story it follows."""
    known = row.story_id is not None
    return WatchLine(
        watch=row.name,
        target=row.target,
        conditions=tuple(_condition(c) for c in row.conditions),
        notify=tuple(row.notify),
        origin=row.origin,
        since=row.created_at,
        story=row.story_id,
        title=row.story_title,
        state=state_of(row.state, row.episodes, row.dormant_at, now) if known else None,
        reach=row.families,
        episodes=row.episodes,
        last_copy=row.last_copy_at,
        problem=row.problem,
    )


def _condition(stored: Any) -> str:
    """A stored condition as feeds.yaml writes it: `resurfaced`, `reach: 5`."""
    if isinstance(stored, str):
        return stored
    name, value = stored["name"], stored.get("value")
    return name if value is None else f"{name}: {value}"


def alert_lines(alerts: Iterable[AlertRow], deliveries: Iterable[DeliveryRow]) -> list[AlertLine]:
    """Rows of `alert`, each with its deliveries."""
    told: dict[int, list[DeliveryLine]] = defaultdict(list)
    for row in deliveries:
        told[row.alert_id].append(
            DeliveryLine(row.receiver, row.state, row.attempts, row.sent_at, row.reason)
        )
    return [
        AlertLine(
            alert=row.id,
            at=row.at,
            watch=row.watch,
            condition=row.condition,
            state=row.state,
            story=row.story_id,
            title=row.payload.get("headline"),
            reason=row.reason,
            deliveries=tuple(told.get(row.id, ())),
        )
        for row in alerts
    ]


def moment(value: str | None) -> datetime | None:
    """A `meta` value that holds an ISO 8601 time; None where there is none."""
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)
