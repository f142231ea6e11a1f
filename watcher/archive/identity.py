"""A name of the database's own, for what the outside knows it by."""

from __future__ import annotations

import uuid

from storage.db import Database
from storage.reads.articles import get_meta
from storage.writes.articles import put_meta

_KEY = "identity"


def identity(database: Database) -> str:
    """A random name, made when it is first asked for, and the same ever after: a copy of the
    database goes on under it. Raises StorageError, StorageBusy.
    """
    with database.read() as conn:
        known = get_meta(conn, _KEY)
    if known is not None:
        return known
    with database.write() as conn:
        known = get_meta(conn, _KEY)  # somebody else may have been first
        if known is None:
            known = uuid.uuid4().hex
            put_meta(conn, _KEY, known)
    return known
