"""Which way of fingerprinting a database was made with: two ways never meet in one index."""

from __future__ import annotations

from sqlalchemy import Connection

from storage.reads import articles as reads
from storage.writes import articles as writes
from watcher.core.errors import StorageError
from watcher.core.fingerprint import SCHEME

_KEY = "fingerprint.scheme"
_FIRST = "1"  # of databases from before the scheme was written down


def require(conn: Connection) -> None:
    """Raises StorageError where the fingerprints in the database are not of this program's making:
    no text would match any of them."""
    found = reads.get_meta(conn, _KEY)
    if found is None:
        if not reads.last_version(conn):
            return
        found = _FIRST
    if found != SCHEME:
        raise StorageError(
            f"The fingerprints in this database are of scheme {found}, and this program makes"
            f" scheme {SCHEME}: the two cannot be compared. Name a new database with --db or in"
            " storage.url, and import the articles anew."
        )


def claim(conn: Connection) -> None:
    """The same, in a write transaction: an empty database is marked as this program's."""
    require(conn)
    if reads.get_meta(conn, _KEY) is None:
        writes.put_meta(conn, _KEY, SCHEME)
