"""Rows of watches, alerts and silences as the reader's values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from storage.reads import mentions
from storage.rows import AlertDetail, AlertRow, DeliveryRow, MentionRow, ReceiverRow, SilenceRow
from watcher.core.discipline import Breaker
from watcher.core.rules import State, Tally
from watcher.report.notices import (
    AlertHistory,
    AlertLine,
    AttemptLine,
    DeadLine,
    DeliveryLine,
    ReceiverLine,
    SilenceLine,
    WatchLine,
)
from watcher.report.values import state_of


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


def receiver_line(row: ReceiverRow, now: datetime) -> ReceiverLine:
    """A row of `receiver`."""
    breaker = Breaker(row.failures, row.opens, row.open_until, row.since, row.reason)
    state = breaker.state(now)
    return ReceiverLine(
        receiver=row.name,
        state="failing" if state == "closed" else state,
        failures=row.failures,
        since=row.since,
        again=row.open_until,
        reason=row.reason,
    )


def watch_line(conn: Connection, row: Any, now: datetime) -> WatchLine:
    """A row of `watch` with the story it follows, and with who mentions or carries its words."""
    line = _story_line(row, now)
    given = line.target.startswith(("text:", "file:"))
    if given and line.reach:
        line = replace(line, reach=line.reach - 1)  # the text itself is nobody's
    last = None
    if given or line.target.startswith("phrase:"):
        last = mentions.last_mention(conn, row.id)
    return line if last is None else _mentioned(conn, line, row, last, now)


def _mentioned(
    conn: Connection, line: WatchLine, row: Any, last: MentionRow, now: datetime
) -> WatchLine:
    """A line with its mentions: of a text that longer articles carry they come to its copies."""
    tally = Tally(
        last.n, last.families, last.episode, last.opener, last.opened_at, last.last_at, last.gap_s
    )
    rest = None if row.dormant_after_s is None else float(row.dormant_after_s)
    alive = tally.state(now, mentions.mention_gaps(conn, row.id), rest) is State.ACTIVE
    state = ("resurfaced" if last.episode > 1 else "active") if alive else "dormant"
    newer = line.last_copy is None or tally.last_at > line.last_copy
    return replace(
        line,
        state=state if newer or alive else line.state,
        reach=(line.reach or 0) + last.families,
        episodes=max(line.episodes or 1, last.episode),
        last_copy=tally.last_at if newer else line.last_copy,
    )


def _story_line(row: Any, now: datetime) -> WatchLine:
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
        translations=row.translations,
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


def alert_history(found: AlertDetail) -> AlertHistory:
    """An alert with its deliveries and attempts."""
    (line,) = alert_lines([found.alert], found.deliveries)
    receivers = {row.id: row.receiver for row in found.deliveries}
    return AlertHistory(
        line,
        found.alert.payload,
        tuple(
            AttemptLine(row.at, receivers[row.delivery_id], row.outcome, row.detail, row.took_ms)
            for row in found.attempts
        ),
    )


def silence_line(row: SilenceRow, now: datetime) -> SilenceLine:
    """A row of `silence`."""
    return SilenceLine(
        silence=row.id,
        watch=row.watch,
        story=row.story_id,
        receiver=row.receiver,
        author=row.author,
        reason=row.reason,
        since=row.created_at,
        until=row.until,
        holds=row.created_at <= now < row.until,
    )
