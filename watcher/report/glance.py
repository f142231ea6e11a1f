"""The whole at a glance: what runs, what is held, what has gone wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from storage.db import Database
from storage.reads import deliveries, feeds, outbox, overview
from watcher.report import feed_rows, notice_rows, rows
from watcher.report.figures import figures
from watcher.report.sources import DaemonLine, Status

if TYPE_CHECKING:
    from sqlalchemy import Connection

# `meta` rows that the daemon writes.
_HEARTBEAT = "heartbeat"
_BEAT = "beat."


def status(database: Database, conn: Connection, now: datetime) -> Status:
    """See `Reader.status`."""
    lines = [feed_rows.feed_line(row) for row in feeds.list_feeds(conn)]
    counts, facts = overview.counts(conn), overview.facts(conn)
    waiting = outbox.outbox_counts(conn, now)
    return Status(
        database=database.url,
        schema=database.newest(),
        size=overview.size(conn),
        outlets=counts["outlet"],
        articles=counts["article"],
        matches=counts["match"],
        stories=overview.story_count(conn),
        feeds=feed_rows.feed_states(lines),
        failing=tuple(f for f in lines if f.state in ("failing", "gone")),
        deliveries=rows.delivery_states(waiting),
        oldest_due=waiting.oldest_due,
        dead=tuple(notice_rows.dead_line(row) for row in overview.dead_deliveries(conn, 10)),
        heartbeat=rows.moment(facts.get(_HEARTBEAT)),
        receivers=tuple(notice_rows.receiver_line(row, now) for row in deliveries.receivers(conn)),
        figures=figures(database, conn, now),
        renewing=rows.renewing(facts.get("fingerprint.change")),
        daemons=daemons(facts, overview.server_time(conn), overview.leases(conn, now)),
    )


def daemons(
    facts: Mapping[str, str], server_s: float, leases: Mapping[str, int]
) -> tuple[DaemonLine, ...]:
    """The daemons that share a PostgreSQL database, the liveliest first. `server_s`: seconds since
    1970 by the server's clock, which their signs of life go by; `leases`: feeds that each holds."""
    found = [json.loads(value) for key, value in facts.items() if key.startswith(_BEAT)]
    lines = (
        DaemonLine(
            one["owner"],
            max(0.0, server_s - one["at"]),
            leases.get(one["owner"], 0),
            datetime.fromtimestamp(one["since"], UTC) if "since" in one else None,
        )
        for one in found
    )
    return tuple(sorted(lines, key=lambda line: (line.silent_s, line.owner)))
