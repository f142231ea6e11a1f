"""Is the archive still what was recorded? All that can be worked out again is, and compared.

SQLite notices a flipped bit only where it breaks the shape of a page. So beside its own check:
each text is read (its compression carries a checksum) and its content hash, fingerprint, sketch and
paragraphs made anew; the full text is made anew from the texts; blocks of the index are read; rows
that say the same thing twice are compared; and what never changes is compared with the newest
backup, whose own hash was looked at before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import zstandard

from watcher.archive import Database, backups, checks, open_archive, scheme
from watcher.archive.codec import pack_hashes, unpack_text
from watcher.core.errors import StorageError
from watcher.core.fingerprint import of_words
from watcher.core.search import said
from watcher.core.text import words
from watcher.record.prepare import content_hash

_PAGE = 200  # texts read in one go
Tell = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`faults`: what is wrong, a line each. `texts`: read and compared; `without`: versions whose
    text was dropped by age; `compared`: the backup that rows were compared with."""

    faults: tuple[str, ...]
    texts: int
    without: int
    compared: Path | None
    notes: tuple[str, ...] = field(default=())


def verify(url: str, tell: Tell = lambda done, total: None) -> Verdict:
    """Check the database at `url`, which may be in use. Raises StorageError where it cannot be
    opened at all."""
    file = checks.database_file(url)
    notes: list[str] = []
    if file is not None and file.exists():
        pages = backups.faults_of_pages(file)
        if pages:  # what is read from a broken page is no use to anybody
            return Verdict(tuple(pages), 0, 0, None)
    with open_archive(url, readonly=True) as database:
        faults = list(_contradictions(database))
        counted = _Counted()
        faults += _texts(database, counted, tell)
    compared = None
    if file is None:
        notes.append("Pages are the server's to check: pg_amcheck, and its data checksums.")
    else:
        compared = backups.newest_backup(url)
        if compared is None:
            notes.append("There is no backup yet, with which rows could be compared.")
        else:
            unlike = backups.faults_of_backup(compared)
            if unlike:
                faults.append(f"backup {compared}: {unlike[0]}")
                compared = None
            else:
                faults += _safely(lambda: checks.changed_since(file, compared))
    return Verdict(tuple(faults), counted.texts, counted.without, compared, tuple(notes))


@dataclass(slots=True)
class _Counted:
    texts: int = 0
    without: int = 0


def _safely(look: Callable[[], list[str]]) -> list[str]:
    """What a look finds; where the rows cannot even be read, that."""
    try:
        return look()
    except StorageError as error:
        return [f"rows that cannot be read: {error}"]
    except Exception as error:  # noqa: BLE001 - what a damaged row makes of any library (a text that
        # is none, a number too large) is the answer to what was asked.
        return [f"rows that cannot be read: {type(error).__name__}: {error}"]


def _contradictions(database: Database) -> Iterator[str]:
    def asked() -> list[str]:
        found: list[str] = []
        with database.read() as conn:
            for _, lines in checks.contradictions(conn):
                found += lines
            found += checks.bad_blocks(conn)
        return found

    yield from _safely(asked)


def _texts(database: Database, counted: _Counted, tell: Tell) -> list[str]:
    full = checks.FullText(database.file) if database.file is not None else None
    with database.read() as conn:
        mixed = scheme.changing(conn) is not None
    faults: list[str] = []

    def look() -> list[str]:
        after = 0
        with database.read() as conn:
            total = scheme.versions(conn)
            while page := checks.texts(conn, after, _PAGE):
                after = page[-1].version_id
                listed: list[tuple[int, str, str]] = []
                for row in page:
                    if row.body is None:
                        counted.without += 1
                        continue
                    counted.texts += 1
                    text = _read(row)
                    if text is None:
                        faults.append(f"version {row.version_id}: its text cannot be read")
                        continue
                    if not mixed and (unlike := _unlike(row, text)):
                        faults.append(f"version {row.version_id}: {unlike}")
                    listed.append((row.version_id, *said(row.title, text)))
                if full is not None:
                    full.add(listed)
                tell(counted.texts + counted.without, total)
        return full.misfits() if full is not None else []

    try:
        found = _safely(look)
    finally:
        if full is not None:
            full.close()
    return faults + found


def _read(row: checks.StoredText) -> str | None:
    try:
        return unpack_text(row.body or b"")
    except (zstandard.ZstdError, UnicodeDecodeError):
        return None


def _unlike(row: checks.StoredText, text: str) -> str:
    """What of a version does not follow from its text."""
    found = words(text)
    made = of_words(found)
    for what, kept, now in (
        ("words", row.words, len(found)),
        ("headline or content hash", row.content_hash, content_hash(words(row.title), found)),
        ("fingerprint", row.simhash, made.simhash),
        ("sketch", row.sketch, pack_hashes(made.sketch)),
        ("paragraphs", row.paragraphs, pack_hashes(np.asarray(made.paragraphs))),
    ):
        if kept != now:
            return f"its {what} do not follow from its text"
    return ""
