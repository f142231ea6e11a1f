"""Feeds and watches: taken over from the configuration, claimed, polled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from storage.db import Database
from storage.reads import feeds as reads
from storage.reads import watches as watch_reads
from storage.reads.feeds import shown_keys
from storage.rows import (
    FeedCounts,
    FeedHealth,
    FeedRow,
    FeedSpec,
    HostRow,
    OutletSpec,
    PollResult,
    PollRow,
    SyncResult,
    Validators,
    WatchRow,
    WatchSpec,
)
from storage.writes import claims, sync, watches
from storage.writes import feeds as writes
from storage.writes.feeds import set_left
from storage.writes.finish import finish_poll, finish_polls
from storage.writes.retention import prune_polls
from storage.writes.watches import resolve_watch

__all__ = [
    "FeedCounts",
    "FeedHealth",
    "FeedRow",
    "HostRow",
    "PollResult",
    "PollRow",
    "SyncResult",
    "Validators",
    "WatchRow",
    "add_watch",
    "claim_feeds",
    "find_feeds",
    "finish_poll",
    "finish_polls",
    "forget_polls",
    "host_of",
    "list_feeds",
    "list_watches",
    "next_due",
    "pause_host",
    "paused_hosts",
    "poll_now",
    "polls_of",
    "release_dead",
    "release_feed",
    "remove_watch",
    "resolve_watch",
    "set_left",
    "shown_keys",
    "sync_feeds",
    "sync_watches",
    "written_watches",
]


class FeedLike(Protocol):
    """A feed of the configuration. `interval` in seconds, where it is fixed."""

    @property
    def url(self) -> str: ...
    @property
    def interval(self) -> int | None: ...


class OutletLike(Protocol):
    """An outlet of the configuration."""

    @property
    def name(self) -> str: ...
    @property
    def domain(self) -> str: ...
    @property
    def family(self) -> str: ...
    @property
    def feeds(self) -> Sequence[FeedLike]: ...


class ConditionLike(Protocol):
    """A condition of a watch."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int | float | str | None: ...


class WatchLike(Protocol):
    """A watch of the configuration. `dormant_after` in seconds; `translations` 0 to 1."""

    @property
    def name(self) -> str: ...
    @property
    def target_kind(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def alert_on(self) -> Sequence[ConditionLike]: ...
    @property
    def dormant_after(self) -> int | None: ...
    @property
    def notify(self) -> Sequence[str]: ...
    @property
    def translations(self) -> float | None: ...


def host_of(url: str) -> str:
    """The host that manners are owed to: lower case, no port; of a URL without one, the URL."""
    return urlsplit(url).hostname or url


def sync_feeds(
    database: Database, outlets: Iterable[OutletLike], now: datetime, *, spread_s: float = 300.0
) -> SyncResult:
    """Makes the configured outlets and feeds those that are polled (storage.writes.sync)."""
    specs = [
        OutletSpec(
            domain=one.domain,
            name=one.name,
            family=one.family,
            feeds=tuple(FeedSpec(each.url, host_of(each.url), each.interval) for each in one.feeds),
        )
        for one in outlets
    ]
    with database.write() as conn:
        return sync.sync(conn, specs, now, spread_s=spread_s)


def claim_feeds(
    database: Database,
    now: datetime,
    limit: int,
    owner: str,
    lease_s: float,
    hosts_busy: Collection[str] = (),
    only: Collection[int] | None = None,
    failing: int | None = None,
) -> list[FeedRow]:
    """Due feeds, leased to `owner` (storage.writes.claims.claim_due)."""
    with database.read() as conn:
        # Most ticks find nothing: do not keep the writer out for that.
        if not reads.any_due(conn, now):
            return []
    with database.write() as conn:
        return claims.claim_due(conn, now, limit, owner, lease_s, hosts_busy, only, failing)


def release_feed(database: Database, feed_id: int, owner: str) -> bool:
    """Gives a claimed feed back without a poll; False where the lease was lost."""
    with database.write() as conn:
        return claims.release(conn, feed_id, owner)


def release_dead(database: Database, now: datetime, dead: Callable[[str], bool]) -> dict[str, int]:
    """Gives back what those have leased who are `dead`: how many feeds, by holder."""
    with database.read() as conn:
        owners = [owner for owner in reads.lease_owners(conn, now) if dead(owner)]
    if not owners:
        return {}
    with database.write() as conn:
        return {owner: claims.release_all(conn, [owner]) for owner in owners}


def pause_host(database: Database, name: str, until: datetime, reason: str) -> None:
    """Leaves a host alone until then; a longer pause that it has already stays."""
    with database.write() as conn:
        writes.set_host_pause(conn, name, until, reason)


def poll_now(database: Database, feed_ids: Collection[int], now: datetime, reason: str) -> int:
    """Makes feeds due at once, those that are gone too: a person asked. How many there were."""
    with database.write() as conn:
        return writes.poll_now(conn, feed_ids, now, reason)


def next_due(database: Database, now: datetime) -> datetime | None:
    """When the next feed may be claimed, perhaps in the past; None when none is polled."""
    with database.read() as conn:
        return reads.next_due(conn, now)


def list_feeds(database: Database, *, states: Collection[str] | None = None) -> list[FeedRow]:
    """All feeds, or those in one of `states`, by outlet and URL."""
    with database.read() as conn:
        return reads.list_feeds(conn, states=states)


def find_feeds(database: Database, names: Iterable[str]) -> tuple[list[FeedRow], list[str]]:
    """The feeds meant by URLs, ids, outlets' names or domains; and the names that mean none."""
    with database.read() as conn:
        return reads.select_feeds(conn, names)


def polls_of(database: Database, feed_id: int, n: int = 20) -> list[PollRow]:
    """The last `n` polls of a feed, newest first."""
    with database.read() as conn:
        return reads.last_polls(conn, feed_id, n)


def paused_hosts(database: Database, now: datetime) -> list[HostRow]:
    """The hosts that we leave alone at `now`."""
    with database.read() as conn:
        return reads.paused_hosts(conn, now)


def forget_polls(database: Database, before: datetime) -> int:
    """Forgets the polls older than `before`, in small transactions; how many."""
    total = 0
    while True:
        with database.write() as conn:
            done = prune_polls(conn, before)
        if not done:
            return total
        total += done


def sync_watches(database: Database, wanted: Iterable[WatchLike], now: datetime) -> SyncResult:
    """Makes the configured watches those that are followed (storage.writes.watches)."""
    specs = [_watch(one) for one in wanted]
    with database.write() as conn:
        return watches.sync_watches(conn, specs, now)


def add_watch(database: Database, wanted: WatchLike, now: datetime) -> int | None:
    """A watch made on the command line: its id; None when an active watch has that name."""
    with database.write() as conn:
        return watches.add_watch(conn, _watch(wanted), now)


def remove_watch(database: Database, name: str, now: datetime) -> str:
    """Ends a watch of the command line. "removed", "unknown", or "config": edit feeds.yaml."""
    with database.write() as conn:
        return watches.remove_watch(conn, name, now)


def list_watches(database: Database, *, removed: bool = False) -> list[WatchRow]:
    """The active watches by name; with `removed`, the ended ones too."""
    with database.read() as conn:
        return watch_reads.list_watches(conn, removed=removed)


def written_watches(wanted: Iterable[WatchLike], now: datetime) -> list[WatchRow]:
    """Watches of a configuration as rows that are not in the database: their id is 0."""
    return [
        WatchRow(
            0, one.name, one.target, None, tuple(dict(c) for c in one.conditions),
            one.dormant_after_s, one.notify, "config", now, None, None, one.translations,
        )
        for one in map(_watch, wanted)
    ]  # fmt: skip


def _watch(wanted: WatchLike) -> WatchSpec:
    conditions: list[dict[str, Any]] = [
        {"name": one.name, "value": one.value} for one in wanted.alert_on
    ]
    return WatchSpec(
        name=wanted.name,
        target=f"{wanted.target_kind}:{wanted.target}",
        conditions=tuple(conditions),
        notify=tuple(wanted.notify),
        dormant_after_s=wanted.dormant_after,
        translations=wanted.translations,
    )
