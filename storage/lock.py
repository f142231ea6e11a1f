"""Who may be the daemon of an SQLite database: one at a time, known by a lock on a file beside it.

The kernel lets go of it whatever its holder dies of (flock(2)). The database itself is no place for
it: SQLite's own locks are on that file, and a second handle on it would drop them when it closes.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.faults import StorageFault

SUFFIX = ".daemon"


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
