"""What can be wrong with a database, in words that say what to do about it."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class StorageFault(Exception):
    """The database cannot be used as it is. `busy`: the same call may succeed later."""

    def __init__(self, message: str, *, busy: bool = False) -> None:
        super().__init__(message)
        self.busy = busy


# Primary result codes (sqlite.org/rescode.html) -> what to do, whether trying again can help.
_SQLITE: dict[int, tuple[str, bool]] = {
    sqlite3.SQLITE_BUSY: ("is locked: another program is writing to it. Try again shortly.", True),
    sqlite3.SQLITE_LOCKED: ("is locked by another part of this program. Try again.", True),
    sqlite3.SQLITE_READONLY: (
        "is read-only for this user. Run as the user that owns it, or give this one write "
        "access to the file and to its folder.",
        False,
    ),
    sqlite3.SQLITE_PERM: ("may not be opened by this user. Check the file's permissions.", False),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened. Check that it is a file, that its folder exists, and that this user "
        "may write in that folder (SQLite keeps its -wal and -shm files there, even for readers).",
        False,
    ),
    sqlite3.SQLITE_IOERR: (
        "could not be read or written: the disk reports an error. See `dmesg`, then "
        "`watcher db verify`.",
        False,
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged. Stop the daemon, keep the file, and put the last good backup in its place.",
        False,
    ),
    sqlite3.SQLITE_FULL: (
        "is on a full disk. Free some space; what was committed before is safe.",
        True,
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not an SQLite database. Name another file, or move this one away.",
        False,
    ),
}

# SQLSTATE, whole or its class (PostgreSQL manual, appendix A).
_POSTGRES: dict[str, tuple[str, bool]] = {
    "3D000": ("does not exist on the server. Create it with `createdb`.", False),
    "28": ("refused the user or the password. Check the URL and pg_hba.conf.", False),
    "42501": ("denies this user a right. Grant it, or connect as the owner.", False),
    "25006": ("is read-only (a standby, or opened for reading). Use the primary.", False),
    "53100": ("is on a full disk. Free some space; what was committed before is safe.", True),
    "53": ("is short of resources (connections, memory). Try again.", True),
    "55P03": ("is locked: another program is writing to it. Try again shortly.", True),
    "40": ("was being changed by another program at the same moment. Try again.", True),
    "57": ("broke off: the server is stopping or starting. Try again.", True),
    "08": ("cannot be reached. Is the server running, and the address right?", True),
    "XX001": ("is damaged. Restore the last good backup.", False),
    "XX002": ("is damaged. Restore the last good backup.", False),
}

# A failed connection carries no SQLSTATE, only libpq's words.
_LIBPQ: tuple[tuple[str, str], ...] = (
    ("does not exist", "3D000"),
    ("authentication failed", "28"),
    ("no pg_hba.conf entry", "28"),
    ("no password supplied", "28"),
    ("too many clients", "53"),
    ("the database system is", "57"),
)

_MISSING = "42P01", "42703"  # table, column

UPGRADE = "Make a backup, then run `watcher db upgrade`."


def missing_table(error: DBAPIError) -> bool:
    """Whether a statement failed because a table or column is not there."""
    if getattr(error.orig, "sqlstate", None) in _MISSING:
        return True
    return isinstance(error.orig, sqlite3.Error) and str(error.orig).startswith(
        ("no such table", "no such column")
    )


def explain(error: Exception, place: str) -> StorageFault | None:
    """`error` in words about the database at `place`; None where it is a defect of our own."""
    if isinstance(error, PoolTimeout):
        return StorageFault(f"{place}: all connections are in use. Try again.", busy=True)
    if isinstance(error, DBAPIError):
        if missing_table(error):
            return StorageFault(f"{place} has another layout than this program. {UPGRADE}")
        cause: BaseException | None = error.orig
    else:
        cause = error
    if isinstance(cause, sqlite3.Error):
        # The low byte of an extended result code is the primary one.
        known = _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    else:
        known = _postgres(error, cause)
    if known is None:
        return None
    words, busy = known
    detail = " ".join(str(cause).split())
    return StorageFault(f"{place} {words} ({detail})", busy=busy)


def _postgres(error: Exception, cause: BaseException | None) -> tuple[str, bool] | None:
    state = getattr(cause, "sqlstate", None)
    if state:
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    if not isinstance(error, DBAPIError) or type(cause).__name__ not in (
        "OperationalError",
        "InterfaceError",
        "ConnectionTimeout",
    ):
        return None
    said = str(cause)
    return _POSTGRES[next((code for words, code in _LIBPQ if words in said), "08")]
