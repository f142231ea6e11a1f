"""An archive moved to another database, of either engine: all of it, resumable, and compared."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from storage import copying as tables
from storage import engine as engines
from storage.db import COPYING, Database, open_database
from storage.lock import copier_of
from storage.reads.questions import version_pages
from watcher.archive import open_archive
from watcher.archive.backups import daemon_of
from watcher.archive.crew import refuse_at_work
from watcher.archive.faults import translated, translating
from watcher.archive.questions import keep_texts, said_of
from watcher.core.errors import StorageError, UsageError

FULL_TEXT = "search"
_PAGE = 500  # versions of the full text in a transaction

Tell = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """A table as it is in both databases. `hash`: of all its rows; "" for the full text, which is
    made anew from the texts and only counted."""

    table: str
    rows: int
    hash: str


def copy_archive(
    source_url: str,
    target_url: str,
    tell: Tell = lambda done, total: None,
    note: Callable[[str], None] = lambda said: None,
    *,
    rows: int = tables.ROWS,
) -> list[Copied]:
    """Copy the archive at `source_url` into the empty database at `target_url`, or go on with a
    copy that was cut short; the tables, compared. `note` is told what a person should know; a
    transaction holds `rows` rows at the most.

    The source is read in one transaction, and not changed. Raises UsageError, StorageError,
    StorageBusy: the target is neither empty nor a half-done copy of this source, a daemon runs,
    tables differ in the end.
    """
    source_name, target_name = _name(source_url), _name(target_url)
    if source_name == target_name:
        raise UsageError(f"{source_name} is both source and target. Name an empty database.")
    with ExitStack() as held:
        held.enter_context(daemon_of(source_url, f"copy:{os.getpid()}"))
        source = held.enter_context(open_archive(source_url, readonly=True))
        refuse_at_work(source, "what they wrote from now on would be missing in the copy")
        target = held.enter_context(open_database(target_url, translate=translated))
        with translating():
            held.enter_context(copier_of(target))
        resumed = _prepare(target, source_name)
        if resumed:
            note(f"Going on with the copy that {target.url} holds.")
        try:
            return _carry(source, target, tell, rows)
        except _Differs:
            if not resumed:
                raise
        note("The source has changed since this copy was begun: it is begun anew.")
        with target.write() as conn:
            tables.begin_anew(conn)
        return _carry(source, target, tell, rows)


class _Differs(StorageError):
    """A table is not the same in both."""

    def __init__(self, table: str, there: object, here: object) -> None:
        super().__init__(
            f"the copy differs in table {table}: {here}, and the source has {there}. Look for"
            " damage with `watcher db verify`, then empty the copy and begin again."
        )


def _name(url: str) -> str:
    """What a database is told from others by, whoever asks: no user, no password."""
    with translating():
        parsed = engines.parse(url)
        if parsed.drivername == "sqlite":
            return f"sqlite:///{os.path.realpath(parsed.database or '')}"
        return engines.shown(parsed._replace(username=None, password=None))


def _prepare(target: Database, source: str) -> bool:
    """Make the tables; whether there was a copy begun before. Raises StorageError."""
    current = target.current()
    if current is None and target.empty():
        tables.begin(target, source)
        return False
    if current != COPYING:
        with target.read() as conn:
            whole = tables.copied_from(conn) if current == target.newest() else None
        said = f", a whole copy of {whole}" if whole else ""
        raise StorageError(
            f"{target.url} is not empty: it holds an archive{said}. {_empty(target)}"
        )
    with target.read() as conn:
        begun, revision = tables.begun_from(conn)
    if begun != source:
        raise StorageError(
            f"{target.url} holds the beginning of a copy of {begun}. Copy that one, or:"
            f" {_empty(target)}"
        )
    if revision != target.newest():
        raise StorageError(
            f"{target.url} holds the beginning of a copy that another version of this program made"
            f" (revision {revision}, this one needs {target.newest()}). {_empty(target)}"
        )
    return True


def _empty(target: Database) -> str:
    if target.file is not None:
        return f"Name a new file, or remove {target.file}."
    return "Name an empty database: createdb makes one, dropdb removes one."


# ---------------------------------------------------------------- the copy itself


def _carry(source: Database, target: Database, tell: Tell, rows: int) -> list[Copied]:
    """Copy what is missing and compare all. Raises _Differs."""
    copied: list[Copied] = []
    with source.read() as conn:
        counts = {table.name: tables.count(conn, table) for table in tables.TABLES}
        versions = counts["version"]
        # Each row is carried and compared; the full text is made of all versions.
        steps = _Steps(2 * sum(counts.values()) + versions, tell)
        for table in tables.TABLES:
            before = steps.done
            tables.carry(conn, target, table, steps.add, rows)
            # What an earlier run carried counts, too.
            steps.add(max(0, counts[table.name] - (steps.done - before)))
            there = tables.digest(conn, table)
            with target.read() as reading:
                here = tables.digest(reading, table)
            if here != there:
                raise _Differs(table.name, there, here)
            steps.add(there.rows)
            copied.append(Copied(table.name, here.rows, here.hash))
        _fill_texts(target, steps.add)
        with target.read() as reading:
            held, expected = tables.texts(reading)
        if held != expected:
            raise _Differs(FULL_TEXT, f"{expected} texts", f"{held} texts")
        copied.append(Copied(FULL_TEXT, held, ""))
        with target.write() as writing:
            tables.refresh_statistics(writing)
            tables.finish(conn, writing)
    return copied


class _Steps:
    """How far it is."""

    def __init__(self, total: int, tell: Tell) -> None:
        self.done = 0
        self._total = total
        self._tell = tell
        tell(0, total)

    def add(self, n: int) -> None:
        """So many steps more."""
        self.done += n
        self._tell(self.done, self._total)


def _fill_texts(target: Database, add: Callable[[int], None]) -> None:
    """Put into the full text what is not there yet, from the texts that were copied."""
    with target.read() as conn:
        last = tables.reached(conn, FULL_TEXT)
        pages = list(version_pages(conn, _PAGE))
    for page in pages:
        fresh = [version for version in page if version > last]
        if fresh:
            with target.write() as conn:
                keep_texts(conn, list(said_of(conn, fresh)))
                tables.reach(conn, FULL_TEXT, fresh[-1])
        add(len(page))
