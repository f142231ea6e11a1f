"""Backups of the archive, and an archive put back: SQLite's by us, a server's by pg_dump."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage import backup, dump, lock
from storage import engine as engines
from storage.db import open_database
from storage.faults import StorageFault
from watcher.archive.faults import translating

FOLDER = "backups"
_LABELLED = 3  # before upgrades: the newest that stay
Tell = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup just made. `digest`: its SHA-256, "" for a server's; `removed`: older ones."""

    file: Path
    bytes: int
    digest: str
    removed: tuple[Path, ...]


def make_backup(
    url: str,
    place: Path | None,
    now: datetime,
    *,
    keep: int | None = None,
    label: str = "",
    tell: Tell = lambda done, total: None,
) -> Backup:
    """Back up the database at `url` into `place`: a folder, where it is named by `now` and only the
    `keep` newest stay, or a new file; default the folder `backups` beside the database.

    `label`: stands in its name; of such ones the three newest stay. Raises StorageError,
    StorageBusy.
    """
    with translating():
        parsed = engines.parse(url)
        server = parsed.drivername != "sqlite"
        suffix = dump.SUFFIX if server else backup.SUFFIX
        stem = _stem(url)
        folder, file = _placed(place, default_folder(url), suffix)
        if file is None:
            file = folder / f"{stem}-{label}{now.strftime(backup.STAMP)}{suffix}"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageFault(f"{folder} cannot be made ({error.strerror}).") from error
        digest = ""
        if server:
            dump.dump(parsed, file)
        else:
            source = Path(parsed.database or "").absolute()
            # One that is not there, or is no database, is told in the usual words.
            open_database(url, readonly=True, create=False).close()
            digest = backup.back_up(source, file, tell)
        removed: list[Path] = []
        if label:
            removed = backup.prune_labelled(folder, stem, _LABELLED, suffix)
        elif keep is not None:
            removed = backup.prune(folder, stem, keep, suffix)
        return Backup(file, file.stat().st_size, digest, tuple(removed))


def default_folder(url: str) -> Path:
    """Where backups go unless told otherwise."""
    parsed = engines.parse(url)
    if parsed.drivername != "sqlite":
        return Path(FOLDER).absolute()
    beside = Path(parsed.database or "").absolute().parent
    # /var/lib/watcher/var/watcher.db has its backups in /var/lib/watcher/backups.
    above = beside.parent / FOLDER
    return above if beside.name == "var" and above.is_dir() else beside / FOLDER


def newest_backup(url: str) -> Path | None:
    """The newest backup in the default folder, None where there is none."""
    with translating():
        found = backup.backups(default_folder(url), _stem(url))
        return found[0] if found else None


def faults_of_backup(file: Path) -> list[str]:
    """What is wrong with a backup: its hash, then its pages; for a dump, whether it can be read."""
    with translating():
        if file.suffix == dump.SUFFIX:
            dump.contents(file)
            return []
        unlike = backup.unlike_its_hash(file)
        return [unlike] if unlike else backup.pages(file, alone=True)


def faults_of_pages(file: Path) -> list[str]:
    """What SQLite's own full check finds wrong with a database in use."""
    with translating():
        return backup.pages(file)


def put_back(url: str, file: Path, now: datetime) -> Path | None:
    """Make the database at `url` what the backup `file` is; where the one before was put.

    Raises StorageError: the backup is damaged, or of a newer version; StorageBusy: a daemon, or
    another program, has the database open. Nothing is changed then.
    """
    with translating():
        parsed = engines.parse(url)
        if parsed.drivername != "sqlite":
            raise StorageFault(
                f"this database is PostgreSQL's. Stop the daemon, then: pg_restore --clean"
                f" --if-exists --no-owner --single-transaction --dbname='{engines.shown(parsed)}'"
                f" {file}"
            )
        database = Path(parsed.database or "").absolute()
        if file.absolute() == database:
            raise StorageFault(f"{file} is the database itself. Name a backup of it.")
        with lock.daemon_of(database, f"restore:{os.getpid()}"):
            faults = faults_of_backup(file)
            if faults:
                raise StorageFault(f"{file} is not as it was made: {faults[0]}. Use another one.")
            with open_database(f"sqlite:///{file}", readonly=True, create=False) as opened:
                opened.check_known()
            return backup.put_back(file, database, now)


@contextmanager
def daemon_of(url: str, who: str) -> Iterator[None]:
    """Be the daemon of this database: on SQLite the only one. Raises StorageError."""
    with translating():
        parsed = engines.parse(url)
        if parsed.drivername != "sqlite":
            yield
            return
        with lock.daemon_of(Path(parsed.database or "").absolute(), who):
            yield


def _stem(url: str) -> str:
    parsed = engines.parse(url)
    return Path(parsed.database or "database").stem


def _placed(place: Path | None, default: Path, suffix: str) -> tuple[Path, Path | None]:
    if place is None:
        return default, None
    if place.suffix == suffix and not place.is_dir():
        return place.parent, place
    return place, None
