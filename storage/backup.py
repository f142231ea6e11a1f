"""Copies of an SQLite database that can be trusted, and a database put back from one.

A copy is taken by SQLite's own backup inside one read transaction: it shows one moment, the writer
is never waited for nor held up (WAL), and pages that change meanwhile do not begin it anew. It gets
its name only when it is whole: checked, hashed (`FILE.sha256`, as `sha256sum -c` reads it), synced.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from storage.faults import StorageFault, explain

_PAGES = 256  # copied in one step, 1 MiB: a step holds nobody, and an interrupt is heard in between
_CHUNK = 1 << 20
_BUSY_S = 10.0
SUFFIX = ".db"
_HASH = ".sha256"
_PART = ".part"  # not whole yet
STAMP = "%Y%m%dT%H%M%SZ"

Tell = Callable[[int, int | None], None]


def back_up(source: Path, target: Path, tell: Tell = lambda done, total: None) -> str:
    """Copy the database at `source` to the new file `target`; its SHA-256.

    `tell`: pages done, pages in all. Raises StorageFault, leaving nothing behind: the source cannot
    be read, the copy is damaged, no space is left, `target` exists.
    """
    if target.exists():
        raise StorageFault(f"{target} exists already. Name another file.")
    part = target.with_name(target.name + _PART)
    with _explained(target):
        _private(part)
        try:
            with closing(_open(source)) as conn, closing(sqlite3.connect(part)) as copy:
                # Held while copying: without it each commit elsewhere would begin the copy anew.
                conn.execute("BEGIN")
                conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
                conn.backup(
                    copy,
                    pages=_PAGES,
                    progress=lambda _, left, total: tell(total - left, total),
                    sleep=0,
                )
                # One file that stands by itself, wherever it is carried.
                copy.execute("PRAGMA journal_mode=DELETE")
            found = pages(part, alone=True)
            if found:
                raise StorageFault(f"{source} is damaged, and so is a copy of it: {found[0]}")
            digest = sha256(part)
            _sync(part)
            _write(_sum_of(target), f"{digest}  {target.name}\n")
            part.rename(target)
            _sync(target.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return digest


def pages(file: Path, *, alone: bool = False) -> list[str]:
    """What SQLite's full check finds wrong with a file, and rows without their parents; the first
    hundred. `alone`: nobody else has it open, and it has no log beside it."""
    try:
        with closing(_open(file, alone=alone)) as conn:
            found = [str(row[0]) for row in conn.execute("PRAGMA integrity_check(100)")]
            if found != ["ok"]:
                return found
            return [
                f"row {row[1]} of {row[0]} refers to a missing one of {row[2]}"
                for row in conn.execute("PRAGMA foreign_key_check").fetchmany(100)
            ]
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (
            sqlite3.SQLITE_CORRUPT,
            sqlite3.SQLITE_NOTADB,
        ):
            return [str(error)]
        raise


def unlike_its_hash(file: Path) -> str:
    """What is wrong with a backup by the hash beside it, "" where it is as it was made."""
    beside = _sum_of(file)
    try:
        said = beside.read_text("ascii").split()
    except FileNotFoundError:
        return f"there is no {beside.name} beside it: nothing says what it was"
    except UnicodeDecodeError:
        said = []
    if not said or len(said[0]) != 64:
        return f"{beside.name} holds no SHA-256"
    found = sha256(file)
    return "" if found == said[0] else f"its SHA-256 is {found}, and was {said[0]} when it was made"


def sha256(file: Path) -> str:
    """A file's SHA-256, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def backups(folder: Path, stem: str, suffix: str = SUFFIX) -> list[Path]:
    """The backups of a database in a folder, newest first: `STEM-TIME.db`, by their names."""
    found = (f for f in folder.glob(f"{stem}-*{suffix}") if _timed(f, stem, suffix))
    return sorted(found, reverse=True)


def prune(folder: Path, stem: str, keep: int, suffix: str = SUFFIX) -> list[Path]:
    """Remove all but the `keep` newest backups, and what interrupted ones left; those removed."""
    old = backups(folder, stem, suffix)[keep:]
    for file in old:
        file.unlink(missing_ok=True)
        _sum_of(file).unlink(missing_ok=True)
    for left in folder.glob(f"{stem}-*{suffix}{_PART}*"):
        left.unlink(missing_ok=True)
    for alone in folder.glob(f"{stem}-*{suffix}{_HASH}"):
        if not alone.with_name(alone.name.removesuffix(_HASH)).exists():
            alone.unlink(missing_ok=True)
    return old


def prune_labelled(folder: Path, stem: str, keep: int, suffix: str = SUFFIX) -> list[Path]:
    """Remove all but the `keep` newest of those whose names say more than the time; those removed.
    They end in the time, too."""
    found = [f for f in folder.glob(f"{stem}-*-*{suffix}") if not _timed(f, stem, suffix)]
    old = sorted(found, key=lambda f: f.stem.rpartition("-")[2], reverse=True)[keep:]
    for file in old:
        file.unlink(missing_ok=True)
        _sum_of(file).unlink(missing_ok=True)
    return old


def put_back(backup: Path, file: Path, now: datetime) -> Path | None:
    """Make `file` what `backup` is; where the database that stood there was put, None: none did.

    What `file` names is at each moment one database or the other, whole. Raises StorageFault where
    another program has the database open.
    """
    part = file.with_name(f"{file.name}{_PART}")
    kept: Path | None = None
    saved: Path | None = None
    with _explained(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            _private(part)
            with backup.open("rb") as source, part.open("r+b") as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
            _sync(part)
            if file.exists():
                kept = file.with_name(f"{file.name}.before-restore-{now.strftime(STAMP)}")
                log, saved = (f.with_name(f.name + "-wal") for f in (file, kept))
                if log.exists():
                    # Of a damaged database it may be all that is good, and SQLite may drop it.
                    shutil.copy2(log, saved)
                if _fold_in_log(file):
                    saved.unlink(missing_ok=True)
                else:  # a log must not meet another file than its own
                    log.unlink(missing_ok=True)
                kept.hardlink_to(file)
            part.replace(file)
            _sync(file.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            if saved is not None and kept is not None and not kept.exists():
                saved.unlink(missing_ok=True)
            raise
    return kept


def _fold_in_log(file: Path) -> bool:
    """Bring a database's log into it, which takes that nobody else has it open; False where it is
    too damaged for that."""
    try:
        with closing(sqlite3.connect(file, timeout=1.0, isolation_level=None)) as conn:
            return bool(conn.execute("PRAGMA journal_mode=DELETE").fetchone()[0] == "delete")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise StorageFault(
                f"{file} is in use by another program. Stop the daemon"
                " (systemctl stop watcher), then do this again.",
                busy=True,
            ) from error
        return False
    except sqlite3.DatabaseError:
        return False


def _open(file: Path, *, alone: bool = False) -> sqlite3.Connection:
    # Immutable: no lock and no -shm file, which a read-only folder could not take.
    mode = "immutable=1" if alone else "mode=ro"
    return sqlite3.connect(
        f"file:{quote(str(file.absolute()))}?{mode}",
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
    )


def _private(file: Path) -> None:
    """An empty file for the owner alone: a backup holds what the database holds."""
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _write(file: Path, text: str) -> None:
    part = file.with_name(file.name + _PART)
    part.write_text(text, "ascii")
    _sync(part)
    part.rename(file)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sum_of(file: Path) -> Path:
    return file.with_name(file.name + _HASH)


def _timed(file: Path, stem: str, suffix: str) -> bool:
    with suppress(ValueError):
        datetime.strptime(file.name[len(stem) + 1 : -len(suffix)], STAMP)  # noqa: DTZ007 - a name
        return True
    return False


@contextmanager
def _explained(place: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        fault = explain(error, str(place))
        if fault is None:
            raise
        raise fault from error
    except OSError as error:
        raise StorageFault(
            f"{error.filename or place}: {error.strerror}. Free some space, or name another place."
        ) from error
