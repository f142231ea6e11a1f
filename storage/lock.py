"""Who may do what one at a time may do: locks that go with whoever holds them, whatever it dies of.

Of an SQLite database there is one daemon, known by a lock on a file beside it. PostgreSQL keeps
locks by number for whoever asks, until the connection ends (manual, 13.3.5).

The kernel lets go of it whatever its holder dies of (flock(2)). The database itself is no place for
it: SQLite's own locks are on that file, and a second handle on it would drop them when it closes.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from storage.db import Database
from storage.faults import StorageFault

SUFFIX = ".daemon"
COPYING = 0x57415444  # any constant


@contextmanager
def daemon_of(file: Path, who: str) -> Iterator[None]:
    """Be the one. Raises StorageFault where another is; `who` tells the others who we are."""
    path = file.with_name(file.name + SUFFIX)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageFault(
            f"{path} cannot be made ({error.strerror}). Run as the user that owns the database, or"
            " give this one write access to its folder."
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 200, 0).decode("utf-8", "replace").strip()
            raise StorageFault(
                f"{file} has a daemon already ({holder or 'starting'}). Stop that one (systemctl"
                " stop watcher), or name another database; PostgreSQL takes several."
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, who.encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


@contextmanager
def copier_of(database: Database) -> Iterator[None]:
    """Be the only one who copies into this database. Raises StorageFault where another does."""
    if database.file is not None:
        with daemon_of(database.file, f"copy:{os.getpid()}"):
            yield
        return
    with database.engine.connect() as conn:
        conn = conn.execution_options(isolation_level="AUTOCOMMIT")
        if not conn.scalar(text(f"SELECT pg_try_advisory_lock({COPYING})")):
            raise StorageFault(f"another program is copying into {database.url} now.", busy=True)
        try:
            yield
        finally:
            conn.execute(text(f"SELECT pg_advisory_unlock({COPYING})"))
