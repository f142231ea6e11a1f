"""How a database is, as far as its engine can tell quickly: for `watcher doctor`."""

from __future__ import annotations

import sqlite3
import time

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.db import Database

_STEPS = 10_000  # of SQLite's machine between two looks at the clock: well under a millisecond


def engine_version(database: Database) -> str:
    """The engine's name and version."""
    if database.dialect == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with database.read() as conn:
        return f"PostgreSQL {str(conn.scalar(text('SHOW server_version'))).split()[0]}"


def quick_check(database: Database, limit_s: float) -> list[str] | None:
    """What SQLite's quick check finds wrong (sqlite.org/pragma.html#pragma_quick_check), the first
    ten. None where it read for `limit_s` seconds and was not done, or the engine has no such check.
    """
    with database.read() as conn:
        raw = conn.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            return None
        end = time.monotonic() + limit_s
        raw.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            found = [str(row[0]) for row in conn.execute(text("PRAGMA quick_check(10)"))]
        except DBAPIError as error:
            if not isinstance(error.orig, sqlite3.OperationalError) or time.monotonic() <= end:
                raise
            return None
        finally:
            raw.set_progress_handler(None, 0)
        return [] if found == ["ok"] else found


class _GivenUp(Exception):
    """Ends a write transaction without a trace."""


def try_writing(database: Database) -> None:
    """Begin to write and give it up. Raises what `Database.write` raises where that fails."""
    try:
        with database.write() as conn:
            # A lock alone does not tell whether a row would be taken.
            conn.execute(text("CREATE TABLE doctor_was_here (n INTEGER)"))
            raise _GivenUp
    except _GivenUp:
        return
