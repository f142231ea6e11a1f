"""Rows about feeds as the reader's values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from storage.rows import FeedRow, HostRow, PollRow
from watcher.report.sources import (
    FEED_STATES,
    FeedHistory,
    FeedLine,
    HostPause,
    Moves,
    PollLine,
    Validators,
    feed_state_of,
)


def feed_line(row: FeedRow) -> FeedLine:
    """A row of `feed` with its outlet."""
    state = feed_state_of(row.state, row.last_polled_at, row.failures)
    return FeedLine(
        feed=row.id,
        outlet=row.outlet,
        domain=row.domain,
        family=row.family,
        url=row.url,
        moved_to=row.moved_to,
        title=row.title,
        state=state,
        failures=row.failures,
        status=row.last_status,
        error=row.last_error,
        polled=row.last_polled_at,
        ok=row.last_ok_at,
        next=row.next_at,
        why=row.next_reason,
        interval=row.interval_s,
        # A feed that no version with verdicts has polled yet: what its state says.
        health="" if state == "removed" else row.health or state,
        since=row.health_since,
        health_why=row.health_reason,
    )


def feed_history(
    row: FeedRow, polls: Sequence[PollRow], paused: Mapping[str, HostRow]
) -> FeedHistory:
    """A feed with its last polls; `paused` are the hosts that are left alone now, by name."""
    pause = paused.get(row.host)
    return FeedHistory(
        line=feed_line(row),
        added=row.added_at,
        fresh=row.last_fresh_at,
        steps=tuple(row.next_steps or ()),
        paused=HostPause(pause.name, pause.not_before, pause.reason) if pause else None,
        moves=Moves(row.moved_to, row.moving_to, row.moving_since, row.moving_seen),
        validators=Validators(
            row.etag is not None, row.last_modified is not None, row.validated_at
        ),
        polls=tuple(poll_line(one) for one in polls),
    )


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


def feed_states(feeds: Iterable[FeedLine]) -> dict[str, int]:
    """How many feeds are in each of FEED_STATES."""
    found = Counter(feed.state for feed in feeds)
    return {state: found[state] for state in FEED_STATES}
