"""Who may do what one at a time may do: locks that go with whoever holds them, whatever it dies of.

Of an SQLite database there is one daemon, known by a lock on a file beside it. PostgreSQL keeps
locks by number for whoever asks, until the connection ends (manual, 13.3.5).

The kernel lets go of it whatever its holder dies of (flock(2)). The database itself is no place for
it: SQLite's own locks are on that file, and a second handle on it would drop them when it closes.
"""

from __future__ import annotations

import fcntl
import os
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text

from storage.db import Database
from storage.faults import StorageFault

SUFFIX = ".daemon"
COPYING = 0x57415444  # any constant

# How soon the server notices that a machine has vanished: after some 30 s (manual, 20.3.2).
_GONE = {
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}


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


class Locks:
    """Locks of one process, by kind and name, while it and its connection live.

    On PostgreSQL each is had by one process of all machines. The server lets go of them when
    the connection ends, and looks whether the other machine is still there, for one that lost its
    power says no goodbye. SQLite has one daemon, which is given whatever it asks for. May be
    shared by threads. Raises StorageFault's kin where the server cannot be asked; all locks are
    lost then.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._server = database.dialect == "postgresql"
        self._conn: Connection | None = None
        self._held: set[tuple[int, str]] = set()
        self._one = threading.Lock()

    def take(self, kind: int, name: str = "") -> bool:
        """Take a lock if nobody has it, this process included."""
        with self._one:
            if (kind, name) in self._held:
                return False
            if self._server and not self._ask("pg_try_advisory_lock", kind, name):
                return False
            self._held.add((kind, name))
            return True

    def keep(self, kind: int, name: str = "") -> bool:
        """Whether a lock is ours: taken before, and not lost since, or taken now."""
        with self._one:
            if (kind, name) in self._held and self._server:
                self._run("SELECT 1")
            if (kind, name) in self._held:
                return True
        return self.take(kind, name)

    def give(self, kind: int, name: str = "") -> None:
        """Give a lock back, where it is ours."""
        with self._one:
            if (kind, name) in self._held:
                self._held.discard((kind, name))
                if self._server:
                    self._ask("pg_advisory_unlock", kind, name)

    def close(self) -> None:
        """Give all of them back."""
        with self._one:
            self._drop()

    def _ask(self, function: str, kind: int, name: str) -> bool:
        # Two names of one number wait for each other now and then, and that is all.
        number = zlib.crc32(name.encode()) - (1 << 31)
        return bool(self._run(f"SELECT {function}({kind}, {number})"))

    def _run(self, statement: str) -> object:
        try:
            with self._database.explained():
                if self._conn is None:
                    conn = self._database.engine.connect()
                    self._conn = conn.execution_options(isolation_level="AUTOCOMMIT")
                    for setting, value in _GONE.items():
                        self._conn.execute(text(f"SET {setting} = {value}"))
                return self._conn.scalar(text(statement))
        except Exception:
            self._drop()
            raise

    def _drop(self) -> None:
        self._held.clear()
        if self._conn is not None:
            conn, self._conn = self._conn, None
            # Not back to the pool, where it would keep its locks.
            conn.invalidate()
            conn.close()
