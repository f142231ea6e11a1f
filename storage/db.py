"""A database: opened, read, written, upgraded. The only place that knows an engine.

Reading gives one consistent snapshot and never waits for the writer; writing gives the only write
transaction that SQLite allows at a time, and an ordinary one on PostgreSQL. Whatever goes wrong
with the database itself comes out as a StorageFault; a broken constraint, being our own
defect, comes out as it is.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, cast

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage import engine as engines
from storage.faults import UPGRADE, StorageFault, explain, missing_table
from storage.migrations import REVISIONS
from storage.models import metadata

__all__ = ["COPYING", "Database", "StorageFault", "open_database"]

# Stands for the revision of tables that `storage.copying` has not filled yet.
COPYING = "copying"

# Any constant: two upgrades of one PostgreSQL database wait for each other on it.
_UPGRADE_LOCK = 0x57415443


def open_database(
    url: str,
    *,
    readonly: bool = False,
    create: bool = True,
    busy_ms: int = 10_000,
    translate: Callable[[StorageFault], Exception] | None = None,
) -> Database:
    """The database at `url` (sqlite:///FILE or postgresql://...), proven to answer.

    Makes the SQLite file and its folder where they are missing, unless told not to `create`, but
    no tables: see `upgrade` and `check`. With `readonly` nothing is ever made or written.
    `busy_ms`: how long to wait for another writer's lock. Raises StorageFault, here and later,
    or what `translate` makes of it.
    """
    try:
        parsed = engines.parse(url)
        engine = engines.build(
            parsed, readonly=readonly, create=create and not readonly, busy_ms=busy_ms
        )
    except StorageFault as fault:
        if translate is None:
            raise
        raise translate(fault) from fault
    database = Database(engine, engines.shown(parsed), readonly=readonly, translate=translate)
    try:
        with database.read() as conn:
            # SQLite reads the file's header no earlier than this.
            conn.execute(text("PRAGMA schema_version" if database.file else "SELECT 1"))
    except Exception:
        database.close()
        raise
    return database


class Database:
    """An open database. May be shared by threads; each transaction has its own connection."""

    def __init__(
        self,
        engine: Engine,
        url: str,
        *,
        readonly: bool,
        translate: Callable[[StorageFault], Exception] | None = None,
    ) -> None:
        self._translate = translate
        self.engine = engine
        self.url = url
        """For people: without a password. Open again with the URL from the configuration."""
        self.readonly = readonly
        self.dialect = cast(Literal["sqlite", "postgresql"], engine.dialect.name)
        self.file = Path(engine.url.database or "").absolute() if self.dialect == "sqlite" else None
        """The SQLite file; None for a server."""
        self._reader = engine.execution_options(**engines.READING[self.dialect])
        self._writer = engine.execution_options(**engines.WRITING[self.dialect])

    def __repr__(self) -> str:
        return f"Database({self.url!r}, readonly={self.readonly})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database and cannot change it."""
        with self.explained(), self._reader.connect() as conn, conn.begin():
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits when the block ends and leaves no trace when it raises."""
        with self.explained():
            self._refuse_readonly()
            with self._writer.connect() as conn, conn.begin():
                yield conn

    def current(self) -> str | None:
        """The revision of the tables; None when there are none. One SELECT."""
        with self.read() as conn:
            try:
                found: str | None = conn.scalar(text("SELECT version_num FROM alembic_version"))
            except DBAPIError as error:
                if missing_table(error):
                    return None
                raise
            return found

    def newest(self) -> str:
        """The revision that this program is written for."""
        return REVISIONS[-1]

    def check(self) -> None:
        """Raises StorageFault unless the tables are those that this program is written for."""
        current = self.current()
        if current == self.newest():
            return
        with self.explained():
            if current is None:
                raise StorageFault(f"{self.url} holds no tables yet. Run `watcher db upgrade`.")
            if current in REVISIONS:
                raise StorageFault(
                    f"{self.url} is from an older version (revision {current}, this program "
                    f"needs {self.newest()}). {UPGRADE}"
                )
            raise self._from_the_future(current)

    def check_known(self) -> None:
        """Raises StorageFault unless the tables are of this program, of whatever version up to its
        own."""
        current = self.current()
        with self.explained():
            if current is None:
                raise StorageFault(f"{self.url} holds no tables of this program.")
            if current not in REVISIONS:
                raise self._from_the_future(current)

    def upgrade(self, fill: Callable[[Connection, list[str]], None] | None = None) -> list[str]:
        """Brings the tables to `newest`, all of it or nothing; the revisions applied, in order.

        `fill` is told of them in the same transaction: what new tables hold may follow from old
        ones by rules that are not storage's.
        """
        return self.migrate(self.newest(), fill)

    def migrate(
        self, revision: str, fill: Callable[[Connection, list[str]], None] | None = None
    ) -> list[str]:
        """Brings the tables to `revision` ("base": none), forwards or back, in one transaction.

        The revisions applied or undone, in order. Raises StorageFault, changing nothing, where
        the tables belong to a newer version or to another program.
        """
        from storage.migrations.run import move  # alembic is slow to import, and rarely needed

        with self.explained():
            self._refuse_readonly()
            current = self.current()
            if current is not None and current not in REVISIONS:
                raise self._from_the_future(current)
            if current == revision:
                return []
            with self._writer.connect() as conn, _foreign_keys_off(conn), conn.begin():
                if self.dialect == "postgresql":
                    conn.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
                tables = set(inspect(conn).get_table_names())
                foreign = tables & set(metadata.tables)
                if foreign and "alembic_version" not in tables:
                    raise StorageFault(
                        f"{self.url} holds tables of another program "
                        f"({', '.join(sorted(foreign))}). Name an empty database."
                    )
                done = move(conn, revision)
                if fill is not None:
                    fill(conn, done)
                if self.dialect == "sqlite":
                    _refuse_dangling(conn)
            return done

    def empty(self) -> bool:
        """Whether the database holds no table at all."""
        with self.read() as conn:
            return not inspect(conn).get_table_names()

    def analyze(self) -> None:
        """Let PostgreSQL's planner count anew, after much was written at once.

        Its autovacuum comes a minute later, and until then plans for empty tables are followed:
        questions take a hundred times as long. SQLite plans without counting.
        """
        if self.dialect == "postgresql":
            with self.write() as conn:
                conn.exec_driver_sql("ANALYZE")

    def free_bytes(self) -> int | None:
        """Space left on the SQLite file's disk; None for a server, whose disk is not ours to see.

        On a full disk even DELETE and a checkpoint fail: stop writing well before.
        """
        return shutil.disk_usage(self.file.parent).free if self.file else None

    def close(self) -> None:
        """Closes the connections that no transaction is using."""
        self.engine.dispose()

    def _refuse_readonly(self) -> None:
        if self.readonly:
            raise StorageFault(f"{self.url} was opened for reading only.")

    def _from_the_future(self, current: str) -> StorageFault:
        if current == COPYING:
            return StorageFault(
                f"{self.url} is a copy of another database, and not whole yet. Run the same"
                " `watcher db copy` again: it goes on where it was."
            )
        return StorageFault(
            f"{self.url} is from a newer version, or of another program (revision {current}, "
            f"this program knows up to {self.newest()}). Update Syndication Watch."
        )

    @contextmanager
    def explained(self) -> Iterator[None]:
        """What goes wrong with the database inside comes out as a StorageFault, or as what that is
        translated to."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            fault = explain(error, self.url)
            if fault is None:
                raise
            raise self._final(fault) from error
        except StorageFault as fault:
            if self._translate is None:
                raise
            raise self._translate(fault) from fault

    def _final(self, fault: StorageFault) -> Exception:
        return fault if self._translate is None else self._translate(fault)


@contextmanager
def _foreign_keys_off(conn: Connection) -> Iterator[None]:
    # SQLite alters a table by making it anew, which foreign keys would follow; and the
    # switch has no effect inside a transaction (sqlite.org/lang_altertable.html, section 7).
    raw = conn.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        yield
        return
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def _refuse_dangling(conn: Connection) -> None:
    dangling = conn.exec_driver_sql("PRAGMA foreign_key_check").first()
    if dangling is not None:
        raise StorageFault(
            f"the upgrade was undone: a row of {dangling[0]} refers to a missing one of "
            f"{dangling[2]}. Run `watcher db verify`."
        )
