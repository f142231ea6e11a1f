"""One engine for each kind of database, set up so that both behave alike."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from storage.faults import StorageFault

FORMS = "Write sqlite:///FILE or postgresql://USER@HOST/NAME."

# Execution options of a connection: how its transactions begin.
READING: dict[str, dict[str, Any]] = {
    "sqlite": {"begin": "BEGIN DEFERRED", "query_only": True},
    # One snapshot for the whole transaction, as SQLite's readers have.
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
WRITING: dict[str, dict[str, Any]] = {
    # A deferred transaction that turns to writing fails at once when another one wrote since.
    "sqlite": {"begin": "BEGIN IMMEDIATE", "query_only": False},
    "postgresql": {"isolation_level": "READ COMMITTED"},
}


def parse(url: str) -> URL:
    """`url` with the driver that we use; StorageFault where it names no database we know."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StorageFault(f"not a database URL: {_short(url)}. {FORMS}") from error
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            if not parsed.database or parsed.database.startswith((":memory:", "file:")):
                raise StorageFault(f"the URL names no database file. {FORMS}")
            if parsed.host or parsed.query:
                raise StorageFault(f"an SQLite URL has three slashes and no options. {FORMS}")
            return parsed.set(drivername="sqlite")
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return parsed.set(drivername="postgresql+psycopg")
    raise StorageFault(f"no such kind of database: {parsed.drivername}. {FORMS}")


def _short(url: str) -> str:
    # It may be a mistyped URL with a password in it: show no more than how it begins.
    return repr(url[:12] + "..." if len(url) > 12 else url)


def shown(url: URL) -> str:
    """`url` for people: no password, no driver."""
    hidden = url.difference_update_query(["password", "sslpassword"])
    plain = hidden.set(drivername=hidden.get_backend_name())
    return plain.render_as_string(hide_password=True)


def build(url: URL, *, readonly: bool, create: bool, busy_ms: int) -> Engine:
    """An engine for `url`, as `parse` gave it. Connects to nothing yet."""
    if url.drivername == "sqlite":
        return _sqlite(url, readonly=readonly, create=create, busy_ms=busy_ms)
    return _postgres(url, readonly=readonly, busy_ms=busy_ms)


def _sqlite(url: URL, *, readonly: bool, create: bool, busy_ms: int) -> Engine:
    # Absolute, so that a later chdir cannot make it another file.
    path = Path(url.database or "").absolute()
    if not create and not path.exists():
        raise StorageFault(
            f"there is no database at {path} yet. `watcher run` or `watcher import` makes one; "
            "or name another with --db."
        )
    if path.is_dir():
        raise StorageFault(f"{path} is a folder, not a database file. Name a file in it.")
    if create:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageFault(
                f"the folder {path.parent} cannot be made ({error.strerror}). Make it, or name "
                "another database with --db."
            ) from error
    mode = "ro" if readonly else "rwc" if create else "rw"
    name = f"file:{quote(str(path))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        # isolation_level=None: the driver begins no transaction of its own. Ours begin in the
        # event below, so that DDL is inside them too (a half-done migration otherwise).
        raw = sqlite3.connect(
            name,
            uri=True,
            timeout=busy_ms / 1000,
            isolation_level=None,
            check_same_thread=False,  # the pool hands a connection to one thread at a time
        )
        try:
            if not readonly:
                _write_ahead(raw, busy_ms)
                # A burst leaves a large -wal file behind; give the space back.
                raw.execute("PRAGMA journal_size_limit=67108864")
            raw.execute("PRAGMA synchronous=NORMAL")  # safe with WAL; fsync at checkpoints
            raw.execute("PRAGMA foreign_keys=ON")
            raw.execute("PRAGMA cache_size=-16000")  # KiB
            raw.execute("PRAGMA temp_store=MEMORY")
            # No mmap: an I/O error would then kill the process with SIGBUS instead of raising.
        except sqlite3.Error:
            raw.close()
            raise
        return raw

    engine = create_engine(url, creator=connect)

    @event.listens_for(engine, "begin")
    def _(conn: Connection) -> None:
        options = conn.get_execution_options()
        raw = conn.connection.driver_connection
        if raw is None:
            raise StorageFault("the connection was lost", busy=True)
        # Readers that write would pass here and fail on PostgreSQL: let both refuse.
        raw.execute(f"PRAGMA query_only={'ON' if options.get('query_only', readonly) else 'OFF'}")
        raw.execute(options.get("begin", "BEGIN DEFERRED"))

    return engine


def _write_ahead(raw: sqlite3.Connection, busy_ms: int) -> None:
    """Switch the file to a write-ahead log. SQLite does not wait here for another program that does
    the same to a new file (two readers who both want to write would wait for ever): we do."""
    until = time.monotonic() + busy_ms / 1000
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(0.01)
        else:
            return


def _postgres(url: URL, *, readonly: bool, busy_ms: int) -> Engine:
    settings = f"-c lock_timeout={busy_ms}"
    if readonly:
        settings += " -c default_transaction_read_only=on"
    mine: dict[str, Any] = {"application_name": "syndication-watch", "connect_timeout": 10}
    given = {name: value for name, value in mine.items() if name not in url.query}
    earlier = url.query.get("options", "")
    given["options"] = f"{earlier if isinstance(earlier, str) else ' '.join(earlier)} {settings}"
    try:
        return create_engine(
            url.difference_update_query(["options"]),
            connect_args=given,
            pool_pre_ping=True,  # a restarted server must not cost a poll
        )
    except ModuleNotFoundError as error:
        raise StorageFault(
            "the PostgreSQL driver is not installed. Run "
            "`pip install 'syndication-watch[postgresql]'`."
        ) from error
