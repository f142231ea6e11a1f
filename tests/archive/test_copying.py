"""An archive moved between the engines: everything of it, whatever cuts it short, or nothing."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, insert, select

from storage import models
from storage.db import open_database
from storage.writes.ids import allocate
from tests import texts
from tests.conftest import PostgresServer
from tests.report.sample import HOSTILE, make
from tests.storage.test_migrations import _contents, _sample
from watcher.archive import open_archive
from watcher.archive.backups import daemon_of
from watcher.archive.copying import copy_archive
from watcher.core.errors import StorageBusy, StorageError, UsageError
from watcher.load import load_file
from watcher.report import open_reader
from watcher.report.asking import TextsAsked

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Databases = Callable[[str], str]


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Gives URLs of new databases without tables."""
    made: list[str] = []
    numbers = count()
    server: PostgresServer | None = None

    def new(kind: str) -> str:
        nonlocal server
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/empty{next(numbers)}.db"
        server = server or request.getfixturevalue("postgres")
        made.append(server.create())
        return server.url(made[-1])

    yield new
    for name in made:
        assert server is not None
        server.drop(name)


@pytest.fixture(params=[("sqlite", "postgresql"), ("postgresql", "sqlite")], ids="-".join)
def ways(request: pytest.FixtureRequest) -> tuple[str, str]:
    """From which engine to which."""
    pair: tuple[str, str] = request.param
    return pair


def fill(url: str) -> None:
    """A row of each kind three times, with all that a column may hold."""
    with open_database(url) as database, database.write() as conn:
        for table in models.metadata.sorted_tables:
            for number, hashed in enumerate((0, 2**63, 2**64 - 1), start=1):
                row = _sample(table, number, hashed)
                if table is models.outlet:
                    row["name"] = f"{HOSTILE}\t\\N \\. \r\n' \" {number}"
                if table is models.body:
                    row |= {"version_id": number + 10, "data": bytes(range(256)) * number}
                if table is models.feed:
                    row |= {"hints": None, "moved_to": None, "next_steps": ["\x00 ud800", 0.1]}
                if table is models.match:
                    row |= {"paste": 0.1 + 0.2, "cut": 5e-324, "kind": "é"}
                conn.execute(insert(table), row)


@pytest.fixture(scope="session")
def _filled_file(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("filled") / "watcher.db"
    shutil.copy(_sqlite_template, file)
    fill(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _filled_name(postgres: PostgresServer) -> str:
    name = postgres.create("migrated")
    fill(postgres.url(name))
    return name


@pytest.fixture
def filled(request: pytest.FixtureRequest, empty: Databases, tmp_path: Path) -> Iterator[Databases]:
    """Gives URLs of new databases that hold all kinds of rows."""
    made: list[str] = []

    def new(kind: str) -> str:
        if kind == "sqlite":
            url = empty(kind)
            shutil.copy(request.getfixturevalue("_filled_file"), url.removeprefix("sqlite:///"))
            return url
        server: PostgresServer = request.getfixturevalue("postgres")
        made.append(server.create(request.getfixturevalue("_filled_name")))
        return server.url(made[-1])

    yield new
    for name in made:
        request.getfixturevalue("postgres").drop(name)


def test_every_row_arrives_as_it_was(
    ways: tuple[str, str], filled: Databases, empty: Databases
) -> None:
    source, target = filled(ways[0]), empty(ways[1])
    told: list[tuple[int, int | None]] = []
    copied = copy_archive(source, target, lambda done, total: told.append((done, total)))
    assert {c.table for c in copied} == {*models.metadata.tables, "search"}
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    assert sorted(told) == told
    with open_archive(source) as there, open_archive(target) as here:
        found, expected = _contents(here), _contents(there)
        # A copy says of what it is one; ids are counted on in each engine's own way.
        kept = [row for row in found.pop("meta") if row[0] != "copied.from"]
        assert kept == expected.pop("meta")
        assert found == expected
    back = empty(ways[0])
    assert copy_archive(target, back) == copied


def test_ids_go_on_where_they_ended(
    ways: tuple[str, str], filled: Databases, empty: Databases
) -> None:
    source, target = filled(ways[0]), empty(ways[1])
    with open_archive(source) as database, database.write() as conn:
        last = allocate(conn, models.version, 5) + 4
        conn.execute(delete(models.version).where(models.version.c.id > 1))
    copy_archive(source, target)
    with open_archive(target) as database, database.write() as conn:
        assert allocate(conn, models.version, 1) > last, "postings outlive their rows"
        story = allocate(conn, models.story, 1)
        assert story > 3
        row = _sample(models.decision, 1, 0)
        del row["id"]
        assert conn.execute(insert(models.decision), row).inserted_primary_key == (4,)


_RUN = """
import os, signal, sys
from watcher.archive.copying import copy_archive
def tell(done, total):
    if done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
copy_archive(sys.argv[1], sys.argv[2], tell)
"""


def test_killed_it_goes_on(ways: tuple[str, str], filled: Databases, empty: Databases) -> None:
    source, target = filled(ways[0]), empty(ways[1])
    done = subprocess.run([sys.executable, "-c", _RUN, source, target, "95"], check=False)
    assert done.returncode == -signal.SIGKILL
    with pytest.raises(StorageError, match=r"not whole yet\. Run the same `watcher db copy` again"):
        open_archive(target)
    with open_database(target) as database, pytest.raises(Exception, match="not whole yet"):
        database.upgrade()
    notes: list[str] = []
    copied = copy_archive(source, target, note=notes.append)
    assert [note.split(" that ")[0] for note in notes] == ["Going on with the copy"]
    assert copied == copy_archive(source, empty(ways[1]))


class Cut(Exception):
    """What ends a copy in these tests."""


def cut(source: str, target: str, at: int) -> None:
    """Begin a copy, or go on with it, and end it when it has done `at` steps."""

    def tell(done: int, total: int | None) -> None:
        if done >= at:
            raise Cut

    with pytest.raises(Cut):
        copy_archive(source, target, tell, rows=2)


def test_cut_short_anywhere_it_ends_the_same(
    ways: tuple[str, str], filled: Databases, empty: Databases
) -> None:
    source, target = filled(ways[0]), empty(ways[1])
    steps: list[int] = []
    expected = copy_archive(source, empty(ways[1]), lambda done, _: steps.append(done))
    for at in range(1, steps[-1], 45):
        cut(source, target, at)
    assert copy_archive(source, target) == expected


def test_a_source_that_changed_meanwhile_is_copied_anew(
    ways: tuple[str, str], filled: Databases, empty: Databases
) -> None:
    source, target = filled(ways[0]), empty(ways[1])
    cut(source, target, 80)
    with open_archive(source) as database, database.write() as conn:
        conn.execute(models.outlet.update().values(family="another"))
        conn.execute(delete(models.body).where(models.body.c.version_id == 11))
    notes: list[str] = []
    copied = copy_archive(source, target, note=notes.append)
    assert notes[1:] == ["The source has changed since this copy was begun: it is begun anew."]
    assert copied == copy_archive(source, empty(ways[1]))


def test_what_cannot_be_copied_says_what_to_do(
    filled: Databases, empty: Databases, tmp_path: Path
) -> None:
    source, target = filled("sqlite"), empty("postgresql")
    with pytest.raises(UsageError, match="both source and target"):
        copy_archive(source, source)
    with pytest.raises(StorageError, match="no database at"):
        copy_archive(empty("sqlite"), target)
    with pytest.raises(StorageError, match="holds no tables yet"):
        copy_archive(empty("postgresql"), target)
    cut(source, target, 30)
    other = make(tmp_path / "other.db")
    with pytest.raises(StorageError, match=r"beginning of a copy of sqlite.*empty.*createdb"):
        copy_archive(other, target)
    copy_archive(source, target)
    with pytest.raises(StorageError, match=r"a whole copy of sqlite:.*Name an empty database"):
        copy_archive(source, target)
    with pytest.raises(StorageError, match=r"holds an archive\. Name a new file, or remove "):
        copy_archive(target, other)
    with daemon_of(source, "d"), pytest.raises(StorageError, match="daemon already"):
        copy_archive(source, empty("postgresql"))
    with open_database(source) as database:
        database.migrate("0005")
    with pytest.raises(StorageError, match=r"older version.*watcher db upgrade"):
        copy_archive(source, empty("postgresql"))


def test_two_at_once_are_one(filled: Databases, empty: Databases, postgres: PostgresServer) -> None:
    source, target = filled("sqlite"), empty("postgresql")
    with closing(psycopg.connect(target, autocommit=True)) as conn:
        conn.execute("SELECT pg_advisory_lock(1463899204)")
        with pytest.raises(StorageBusy, match="copying into"):
            copy_archive(source, target)
    copy_archive(source, target)


def imported(url: str, folder: Path, *lines: dict[str, Any]) -> int:
    """Import articles; how many matches that made."""
    file = folder / "lines.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with open_archive(url, create=True) as database:
        return load_file(
            database, file, workers=1, progress=lambda done, total: None, now=NOW
        ).matches


def test_a_copy_answers_and_goes_on_like_the_original(
    ways: tuple[str, str], empty: Databases, tmp_path: Path
) -> None:
    source, target = empty(ways[0]), empty(ways[1])
    day = "2026-03-01T08:00:00Z"
    imported(
        source,
        tmp_path,
        {"id": "1", "outlet": "wire.example", "text": texts.HARBOUR, "published": day},
        {"id": "2", "outlet": "gazette.example", "text": texts.HARBOUR, "published": day},
        {"id": "3", "outlet": "wire.example", "text": texts.ORCHARD, "published": day},
    )
    copy_archive(source, target)
    for url in (source, target):
        with open_reader(url) as reader:
            found = reader.search('"eastern breakwater" -apple', TextsAsked(), now=NOW)
            assert len(found.hits) == 2, url
        with open_archive(url) as database, database.read() as conn:
            assert len(list(conn.execute(select(models.sketch)))) == 3
    late = {"id": "4", "outlet": "daily.example", "text": texts.ORCHARD}
    assert imported(target, tmp_path, late) == 1, "it is found as a copy by the copied index"
