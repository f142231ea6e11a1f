"""The Atom feed of alerts, kept in a file that any feed reader, or a web server, can read."""

from __future__ import annotations

import logging
import os
import uuid
from pathlib import Path

from watcher.archive import Database
from watcher.archive.identity import identity
from watcher.archive.outbox import AlertRow, list_alerts
from watcher.core.message import ENTRIES, Facts, FeedAlert, atom

log = logging.getLogger("watcher.deliver")


class AlertFeed:
    """Keeps a file fresh. A file that cannot be written is logged, once for each reason."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._latest: int | None = None
        self._said = ""

    def refresh(self, database: Database) -> bool:
        """Write the file if there has been an alert since; whether it was written. Blocks.

        Raises StorageError, StorageBusy.
        """
        newest = list_alerts(database, state="fired", limit=1)
        latest = newest[0].id if newest else 0
        if latest == self._latest:
            return False
        try:
            write_atomically(self.path, feed_of(database).encode())
        except OSError as error:
            why = error.strerror or str(error)
            if why != self._said:
                log.warning("the feed of alerts, %s, cannot be written: %s", self.path, why)
            self._said = why
            return False
        self._latest, self._said = latest, ""
        return True


def feed_of(database: Database, *, limit: int = ENTRIES) -> str:
    """The feed of the latest alerts that fired. Raises StorageError, StorageBusy."""
    return atom(
        map(_alert, list_alerts(database, state="fired", limit=limit)), of=identity(database)
    )


def write_atomically(path: Path, content: bytes) -> None:
    """A reader of the file finds the old one or the new one, whole, even after a power cut.

    Others may read it as far as the umask lets them. Raises OSError; the old file is left then.
    """
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _alert(row: AlertRow) -> FeedAlert:
    try:
        facts = Facts.from_plain(row.payload)
    except (TypeError, ValueError):
        facts = None  # written by another version: its watch, condition and reason are known
    return FeedAlert(row.key, row.at, row.watch, row.condition, row.reason, facts)
