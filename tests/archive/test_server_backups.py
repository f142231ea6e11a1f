"""A PostgreSQL database backed up by pg_dump and put back by pg_restore, with nothing faked."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url

from storage import copying, models
from storage.db import open_database
from storage.dump import _named
from tests.archive.test_copying import fill
from tests.conftest import PostgresServer, _folders
from watcher.archive import backups, open_archive

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_dump_holds_every_row(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = next(_folders())
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    names = postgres.create("migrated"), postgres.create()
    try:
        there, back = map(postgres.url, names)
        fill(there)
        made = backups.make_backup(there, tmp_path, NOON, keep=1)
        assert made.file.suffix == ".dump"
        assert made.file.stat().st_mode & 0o777 == 0o600
        assert backups.faults_of_backup(made.file) == []
        # As `watcher db restore` says, into a database that is empty.
        subprocess.run(
            [programs / "pg_restore", "--clean", "--if-exists", "--no-owner",
             "--single-transaction", f"--dbname={back}", made.file],
            check=True,
        )  # fmt: skip
        with (
            open_database(there) as one,
            open_archive(back) as other,
            one.read() as was,
            other.read() as found,
        ):
            for table in models.metadata.sorted_tables:
                assert copying.digest(found, table) == copying.digest(was, table), table.name
                assert copying.digest(found, table).rows
    finally:
        for name in names:
            postgres.drop(name)


def test_several_servers_are_named_as_libpq_wants() -> None:
    url = "postgresql+psycopg://me:secret@/news?host=a.example:5433&host=b.example&sslmode=require"
    assert _named(make_url(url)) == (
        "postgresql://me@/news?host=a.example%2Cb.example&port=5433%2C5432&sslmode=require"
    )
    one = "postgresql+psycopg://me@a.example:5433/news"
    assert _named(make_url(one)) == "postgresql://me@a.example:5433/news"
