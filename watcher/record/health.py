"""A poll recorded with the verdict on its feed, and the alerts that this verdict raises."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from watcher.archive.articles import Connection, list_watches
from watcher.archive.feeds import FeedHealth, FeedRow, PollResult, WatchRow, finish_polls
from watcher.archive.outbox import AlertSpec, add_alerts
from watcher.core.errors import FetchError, ParseError, WorkerError
from watcher.core.health import Finding, Judged, Memory, Seen, judge
from watcher.core.message import Facts
from watcher.core.values import Draft, ParsedFeed
from watcher.domains import registrable

log = logging.getLogger("watcher.record")

CONDITION = "feed_bad"
_ODD = frozenset({"future", "absurd"})


def failed(error: FetchError | ParseError | WorkerError, at: datetime) -> Seen:
    """A poll that gave no usable answer, as far as health goes."""
    return Seen(at, error=error.reason, told=str(error))


def unchanged(at: datetime, answered: str, permanent_to: str | None = None) -> Seen:
    """A poll that found the document as it was. `answered`: the address after redirects."""
    return Seen(at, site=registrable(answered), permanent_to=permanent_to)


def read(
    at: datetime,
    answered: str,
    parsed: ParsedFeed,
    drafts: Sequence[Draft],
    fresh: int,
    permanent_to: str | None = None,
    moved_to: str | None = None,
) -> Seen:
    """A poll that read a document. `drafts`: of the entries that were not known; `fresh`: articles
    that the feed's document before did not show, new to the archive or not."""
    # A draft without a key is looked at again: its page may still be had.
    settled = [draft for draft in drafts if draft.entry_key]
    dates = [entry.published or entry.updated for entry in parsed.entries]
    return Seen(
        at,
        entries=len(parsed.entries),
        fresh=fresh,
        settled=len(settled),
        full=sum(draft.evidence == "full" for draft in settled),
        dated=sum(date is not None for date in dates),
        odd_dates=sum(date is not None and date.note in _ODD for date in dates),
        site=registrable(answered),
        permanent_to=permanent_to,
        moved_to=moved_to,
    )


def finish(
    conn: Connection, feed: FeedRow, result: PollResult, seen: Seen, *, owner: str | None = None
) -> int:
    """Record a poll of `feed`, which is as it was claimed, inside the caller's transaction.

    The verdict goes into its row, and what has just become grave raises `feed_bad`: the number of
    alerts that fired. Their keys name the feed and the onset, so that neither another daemon nor
    a replay raises one twice.
    """
    return finish_many(conn, [(feed, result, seen)], owner=owner)[0]


def finish_many(
    conn: Connection,
    ends: Sequence[tuple[FeedRow, PollResult, Seen]],
    *,
    owner: str | None = None,
) -> list[int]:
    """`finish` for many polls, in as many statements as for one."""
    results: list[tuple[int, PollResult]] = []
    alerts: list[int] = []
    for feed, result, seen in ends:
        judged = judge(feed, Memory.from_plain(feed.health_memory), seen)
        found = judged.verdict
        row = FeedHealth(str(found.health), found.since, found.reason, judged.memory.to_plain())
        results.append((feed.id, replace(result, health=row)))
        if str(found.health) != feed.health:
            log.info("feed %s is %s: %s", feed.url, found.health, found.reason)
        alerts.append(_raise(conn, feed, judged, seen.at) if judged.begun else 0)
    finish_polls(conn, results, owner=owner)
    return alerts


def _raise(conn: Connection, feed: FeedRow, judged: Judged, now: datetime) -> int:
    specs = [
        _spec(watch, feed, finding, now)
        for watch in list_watches(conn)
        if _watches(watch, feed)
        for finding in judged.begun
    ]
    return sum(made is not None for made in add_alerts(conn, specs))


def _watches(watch: WatchRow, feed: FeedRow) -> bool:
    """Whether a watch is about this feed: of all outlets, or of those that it is narrowed to."""
    for condition in watch.conditions:
        if condition["name"] == CONDITION:
            only = condition.get("value")
            return not only or feed.domain in str(only).split(",")
    return False


def _spec(watch: WatchRow, feed: FeedRow, finding: Finding, now: datetime) -> AlertSpec:
    facts = Facts(
        watch=watch.name,
        condition=CONDITION,
        step=str(finding.health),
        headline=feed.title or feed.url,
        outlet=feed.outlet,
        family=feed.family,
        url=feed.url,
        seen_by=finding.since,
        reason=finding.reason,
        silence=f"watcher silence add --watch {shlex.quote(watch.name)} --for 7d",
    )
    return AlertSpec(
        key=f"{watch.name}:feed {feed.id}:{CONDITION}:{finding.mark}",
        watch_id=watch.id,
        story_id=None,
        article_id=None,
        condition=CONDITION,
        at=now,
        reason=f"{finding.health}: {finding.reason}",
        receivers=tuple(watch.notify),
        payload=facts.to_plain(),
    )
