"""Which way of fingerprinting a database was made with, and its change to another.

Two ways never meet in one comparison: no text would match any of the others'. So where the program
makes fingerprints in another way than the database has, the stored texts are fingerprinted anew,
newest first, while polling goes on (`watcher/record/rewriting.py`). How far that is stands in the
database, in the same transaction as what was done.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from storage.reads import articles as reads
from storage.writes import articles as writes
from storage.writes import renewing
from watcher.core.errors import StorageError
from watcher.core.fingerprint import SCHEME

_KEY = "fingerprint.scheme"
_CHANGE = "fingerprint.change"
_OUTWORN = "fingerprint.outworn"  # boilerplate by its old hash, to go when all is done
EXPIRED = "index.expired_up_to"  # the newest version that has left the index by age
BACK = "index.put_back"  # versions that had, and are followed since: a JSON list
_FIRST = "1"  # of databases from before the scheme was written down


@dataclass(frozen=True, slots=True)
class Change:
    """A change of scheme under way: versions up to `last` were made by another one, and those from
    `below` on are done. `done`, `total`: versions; `gone`: of them without a text any more;
    `to`: the scheme that they get."""

    to: str
    last: int
    below: int
    done: int
    total: int
    gone: int = 0


def found(conn: Connection) -> str:
    """The scheme of a database's fingerprints; this program's where there are none."""
    kept = reads.get_meta(conn, _KEY)
    if kept is not None:
        return kept
    return _FIRST if reads.last_version(conn) else SCHEME


def changing(conn: Connection) -> Change | None:
    """The change under way; None: there is none."""
    kept = reads.get_meta(conn, _CHANGE)
    return None if not kept else Change(**json.loads(kept))


def versions(conn: Connection) -> int:
    """How many versions there are."""
    return reads.count_versions(conn)


def require(conn: Connection) -> None:
    """Raises StorageError where the fingerprints in the database are not of this program's making,
    and no change has begun."""
    have, change = found(conn), changing(conn)
    if change is not None and change.to == SCHEME:
        return
    if have == SCHEME and change is None:
        return
    _refuse_newer(have if change is None else change.to)
    raise StorageError(
        f"The fingerprints in this database are of scheme {have}, and this program makes scheme"
        f" {SCHEME}. Run `watcher db upgrade`, or start the daemon: it makes them anew."
    )


def claim(conn: Connection) -> Change | None:
    """The same, in a write transaction: an empty database is marked as this program's, and where
    another scheme is found a change to this program's begins. The change under way."""
    have, change = found(conn), changing(conn)
    if change is not None and change.to == SCHEME:
        return change
    if have == SCHEME and change is None:
        if reads.get_meta(conn, _KEY) is None:
            writes.put_meta(conn, _KEY, SCHEME)
        return None
    _refuse_newer(have if change is None else change.to)
    # One that was under way to a third scheme begins anew.
    last = reads.last_version(conn)
    change = Change(SCHEME, last, last + 1, 0, reads.count_versions(conn))
    renewing.drop_index(conn)  # its postings are of the old one
    writes.put_meta(conn, EXPIRED, "0")
    writes.put_meta(conn, BACK, "[]")
    keep(conn, change)
    return change


def keep(conn: Connection, change: Change) -> None:
    """Note how far a change is."""
    writes.put_meta(conn, _CHANGE, json.dumps(asdict(change)))


def outworn(conn: Connection, outlet: int, paragraph: int) -> None:
    """A learned paragraph has got its new hash; the old one goes when all is done."""
    listed = json.loads(reads.get_meta(conn, _OUTWORN) or "[]")
    writes.put_meta(conn, _OUTWORN, json.dumps([*listed, [outlet, paragraph]]))


def finish(conn: Connection) -> None:
    """The change is done: all fingerprints are this program's."""
    for outlet, paragraph in json.loads(reads.get_meta(conn, _OUTWORN) or "[]"):
        renewing.drop_boilerplate(conn, outlet, paragraph)
    renewing.drop_meta(conn, _OUTWORN)
    writes.put_meta(conn, _KEY, SCHEME)
    renewing.drop_meta(conn, _CHANGE)


def _refuse_newer(have: str) -> None:
    if have.isdigit() and int(have) > int(SCHEME):
        raise StorageError(
            f"The fingerprints in this database are of scheme {have}, from a newer version; this"
            f" program makes scheme {SCHEME}. Update Syndication Watch."
        )
