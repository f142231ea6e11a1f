"""The writer's door to storage: values in, rows out.

Whatever is wrong with the database comes out as a StorageError, or as a StorageBusy where
trying again can help, also from the `read()` and `write()` of a Database opened here.

Functions that take a Database are a transaction of their own; those that take a Connection
are part of the caller's, so that one poll is one transaction.
"""

from __future__ import annotations

from storage.db import Database, open_database
from watcher.archive.faults import translated

__all__ = ["Database", "open_archive"]


def open_archive(
    url: str, *, readonly: bool = False, create: bool = False, busy_ms: int = 10_000
) -> Database:
    """The database at `url`, with the tables that this program is written for. Close it.

    `create`: a database that does not exist, or is empty, is made; one of an older version is
    never changed here (see `watcher/archive/upgrading.py`). `busy_ms`: how long to wait for
    another writer. Raises StorageError, StorageBusy.
    """
    if readonly and create:
        raise ValueError("a database opened for reading cannot be made")
    database = open_database(
        url, readonly=readonly, create=create, busy_ms=busy_ms, translate=translated
    )
    try:
        if create and database.empty():
            database.upgrade()
        database.check()
    except Exception:
        database.close()
        raise
    return database
