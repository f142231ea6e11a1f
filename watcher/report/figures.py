"""How far behind the daemon is, and how it did of late: for `watcher status` and for /metrics."""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import Any

from storage.db import Database
from storage.reads import figures as reads
from storage.reads import overview
from watcher.report import rows
from watcher.report.sources import Figures

DAEMON = "daemon"  # the small fact that the daemon leaves of itself


def figures(database: Database, conn: Any, now: datetime) -> Figures:
    """How it is at `now`, in the transaction `conn`."""
    found = reads.figures(conn, now)
    left = json.loads(overview.facts(conn).get(DAEMON, "{}"))

    def since(at: datetime | None) -> float:
        return 0.0 if at is None else max(0.0, (now - at).total_seconds())

    return Figures(
        overdue=found.overdue,
        late_s=since(found.overdue_since),
        feeds=dict(sorted(found.health.items())),
        polls=dict(sorted(found.polls.items())),
        entries=found.entries,
        fresh=found.fresh,
        deliveries=rows.delivery_states(found.deliveries),
        due_s=since(found.deliveries.oldest_due),
        untold_s=since(found.oldest_alert),
        receivers_failing=found.receivers_failing,
        size=found.size,
        wal=_wal(database),
        free=database.free_bytes(),
        started=rows.moment(left.get("started")),
        kills=dict(left.get("kills", {})),
    )


def _wal(database: Database) -> int | None:
    """Bytes of SQLite's log beside the file; None for a server."""
    if database.file is None:
        return None
    try:
        return os.stat(f"{database.file}-wal").st_size
    except FileNotFoundError:
        return 0
