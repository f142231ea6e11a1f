"""One round of polls, or the plan of one: `watcher poll`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from watcher.archive import Database, open_archive
from watcher.archive.feeds import (
    FeedRow,
    claim_feeds,
    find_feeds,
    list_feeds,
    paused_hosts,
    poll_now,
    sync_feeds,
)
from watcher.config import Config
from watcher.core.errors import UsageError
from watcher.daemon.polls import CONCURRENT, LEASE_S
from watcher.daemon.service import Service
from watcher.poll import PollOutcome


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next poll of a feed would be, for --dry-run."""

    feed: str
    due: bool
    next_at: datetime
    reason: str


async def _polled(
    config: Config,
    database_url: str,
    names: Sequence[str],
    now: Callable[[], datetime],
    on_progress: Callable[[PollOutcome | None, int], None],
) -> list[PollOutcome]:
    service = Service(config, database_url, clock=now, spread_s=0.0)
    await service.start()
    try:
        await service.resolve_watches()
        feeds = _named(service.database, names)
        on_progress(None, len(feeds))
        poll_now(service.database, [f.id for f in feeds], now(), "asked for on the command line")
        wanted = {f.id for f in feeds}
        outcomes: list[PollOutcome] = []
        while wanted:
            batch = claim_feeds(
                service.database, now(), CONCURRENT, service.owner, LEASE_S, only=wanted
            )
            if not batch:
                break
            wanted -= {f.id for f in batch}
            for task in asyncio.as_completed([service.poller.poll(f) for f in batch]):
                outcome = await task
                outcomes.append(outcome)
                on_progress(outcome, len(feeds))
        for left in (f for f in feeds if f.id in wanted):
            outcomes.append(_held(service.database, left, now()))
            on_progress(outcomes[-1], len(feeds))
        await service.deliver()
        return outcomes
    finally:
        await service.close()


def _held(database: Database, feed: FeedRow, now: datetime) -> PollOutcome:
    """Why a feed that was asked for could not be polled."""
    paused = {host.name: host for host in paused_hosts(database, now)}
    if feed.host in paused:
        why = f"its host is left alone until {paused[feed.host].not_before:%Y-%m-%d %H:%M} UTC"
        reason = f"{why}: {paused[feed.host].reason}"
    else:
        reason = "the daemon, or another command, is polling its host just now"
    return PollOutcome(feed.url, "held", 0, 0, reason, None, feed.next_at)


def poll_once(
    config: Config,
    database_url: str,
    names: Sequence[str],
    now: Callable[[], datetime],
    on_progress: Callable[[PollOutcome | None, int], None],
) -> list[PollOutcome]:
    """One round now, of all feeds or of those named. Raises UsageError for an unknown name."""
    return asyncio.run(_polled(config, database_url, names, now, on_progress))


def _named(database: Database, names: Sequence[str]) -> list[FeedRow]:
    if not names:
        return list_feeds(database, states=("polled",))
    feeds, unknown = find_feeds(database, names)
    if unknown:
        raise UsageError(
            f"no feed, outlet or domain is called {', '.join(unknown)}: see `watcher feeds list`"
        )
    return feeds


def plan(config: Config, database_url: str, names: Sequence[str], now: datetime) -> list[Plan]:
    """What a poll would do, without network: for --dry-run. New feeds are taken over."""
    with open_archive(database_url, create=True) as database:
        sync_feeds(database, config.outlets, now)
        return [
            Plan(f.url, f.next_at <= now, f.next_at, f.next_reason) for f in _named(database, names)
        ]
