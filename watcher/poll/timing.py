"""What the schedule is told of a poll: the facts in, the next time and its reason out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from watcher.archive.feeds import FeedRow, PollResult
from watcher.config import Feed as FeedConfig
from watcher.core import schedule
from watcher.core.schedule import Limits, Next, Seen, placed
from watcher.core.values import Fetched, Hints, ParsedFeed
from watcher.poll.rhythm import Pace

_LASTING = frozenset({"notfound", "denied", "html", "notfeed", "empty", "address", "scheme"})


def kept(hints: Hints) -> dict[str, Any]:
    """A document's hints as the archive keeps them."""
    return asdict(hints)


def known(feed: FeedRow) -> Hints:
    """The hints of a feed's last full document."""
    told = feed.hints or {}
    return Hints(
        told.get("ttl"),
        told.get("update_every"),
        tuple(told.get("skip_hours", ())),
        tuple(told.get("skip_days", ())),
        told.get("page_gap", 0.0),
    )


def after_unchanged(
    feed: FeedRow,
    config: FeedConfig | None,
    fetched: Fetched,
    pace: Pace,
    now: datetime,
    limits: Limits,
) -> Next:
    """After an answer that showed nothing new; `pace`: how its outlet publishes."""
    return schedule.next_poll(
        schedule.Feed(
            key=feed.url,
            last_interval_s=feed.interval_s,
            configured_s=config.interval if config else None,
            known_share=1.0,
            hints=known(feed),
            max_age_s=fetched.max_age,
            published=pace.recent,
            rhythm=pace.rhythm,
        ),
        now,
        limits,
    )


def after_read(
    feed: FeedRow,
    config: FeedConfig | None,
    fetched: Fetched,
    parsed: ParsedFeed,
    new: Sequence[Seen],
    pace: Pace,
    now: datetime,
    limits: Limits,
) -> Next:
    """After a document that showed `new` articles; `pace`: how its outlet published before."""
    # On the first poll all are new, which says nothing of how fast the document turns over.
    first = feed.first_ok_at is None or not parsed.entries
    return schedule.next_poll(
        schedule.Feed(
            key=feed.url,
            last_interval_s=feed.interval_s,
            configured_s=config.interval if config else None,
            published=(*pace.recent, *placed(new)),
            rhythm=pace.rhythm,
            room=len(parsed.entries) or None,
            known_share=None if first else max(0.0, 1 - len(new) / len(parsed.entries)),
            hints=parsed.hints,
            max_age_s=fetched.max_age,
        ),
        now,
        limits,
    )


def timed(result: PollResult, when: Next) -> PollResult:
    """A poll's result with the time of the next one."""
    return replace(
        result,
        next_at=when.at,
        next_reason=when.reason,
        next_steps=when.steps,
        interval_s=round(when.seconds),
    )


def after_failure(
    feed: FeedRow,
    config: FeedConfig | None,
    reason: str,
    now: datetime,
    limits: Limits,
    retry_after_s: float | None = None,
) -> Next:
    """After a poll that ended with an error; `reason`: the error's."""
    return schedule.next_poll(
        schedule.Feed(
            key=feed.url,
            last_interval_s=feed.interval_s,
            configured_s=config.interval if config else None,
            failures=feed.failures + 1,
            lasting=reason in _LASTING,
            retry_after_s=retry_after_s,
            gone=reason == "gone",
        ),
        now,
        limits,
    )
