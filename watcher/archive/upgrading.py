"""An upgrade of the tables: a backup, then all in one transaction, or the database as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from storage.db import open_database
from watcher.archive import backups
from watcher.archive.faults import translated
from watcher.core.errors import StorageError

Tell = Callable[[int, int | None], None]
Fill = Callable[[Connection, list[str]], None]


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The revisions applied, and the backup made before: None where there was nothing to lose, or
    the database is a server's."""

    applied: tuple[str, ...]
    backup: Path | None


def fill(conn: Connection, done: list[str]) -> None:
    """What new tables hold, where it follows from old ones."""
    # Late: it reads texts and credits, which no other opening of a database has to.
    from watcher.archive import questions

    if "0003" in done:
        questions.fill(conn)


def upgrade_database(
    url: str,
    now: datetime,
    tell: Tell = lambda done, total: None,
    *,
    fill: Fill = fill,
) -> Upgraded:
    """Makes the tables, or brings them up to date, all or nothing.

    Raises StorageError, StorageBusy: nothing is changed then. One that cannot be rolled back is put
    back from the backup.
    """
    saved: Path | None = None
    with open_database(url, translate=translated) as database:
        before = database.current()
        if before == database.newest():
            return Upgraded((), None)
        if before is not None:
            database.check_known()
            if database.file is not None:
                label = f"before-{database.newest()}-"
                saved = backups.make_backup(url, None, now, label=label, tell=tell).file
        try:
            return Upgraded(tuple(database.upgrade(fill)), saved)
        except Exception as error:
            if saved is None:
                raise
            failed = error
    # The transaction leaves no trace of an upgrade that failed. Whether it did is looked at, and
    # not believed: a disk that fails may fail twice.
    if _as_before(url, before):
        raise StorageError(f"{failed} The upgrade was undone; a backup is {saved}.") from failed
    kept = backups.put_back(url, saved, now)
    raise StorageError(
        f"{failed} The database was put back from {saved}; what the upgrade left is {kept}."
    ) from failed


def _as_before(url: str, revision: str | None) -> bool:
    try:
        with open_database(url, readonly=True, translate=translated) as database:
            return database.current() == revision and (
                database.file is None or not backups.faults_of_pages(database.file)
            )
    except StorageError:
        return False
