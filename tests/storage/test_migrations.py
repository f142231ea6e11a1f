"""The scripts make the tables of the models, forwards and back, whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    JSON,
    Boolean,
    Float,
    Integer,
    LargeBinary,
    Table,
    create_engine,
    insert,
    inspect,
    select,
)

from storage.db import Database, StorageFault, open_database
from storage.migrations import REVISIONS, run
from storage.models import metadata
from storage.types import Instant, Unsigned64

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    with open_database(empty_url) as opened:
        yield opened


def _sample(table: Table, number: int, hashed: int) -> dict[str, Any]:
    """A row of `table` with every column filled."""
    row: dict[str, Any] = {}
    for column in table.columns:
        match column.type:
            case Instant():
                row[column.name] = NOON
            case Unsigned64():
                row[column.name] = hashed
            case JSON():
                row[column.name] = [{"name": "reach", "value": number}]
            case LargeBinary():
                row[column.name] = b"\x00\xff"
            case Boolean():
                row[column.name] = True
            case Integer() | Float():
                row[column.name] = number
            case _:
                row[column.name] = f"w{number}"
    return row


def _fill(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.write() as conn:
        for table in metadata.sorted_tables:
            for number, hashed in enumerate((0, 2**63, 2**64 - 1), start=1):
                conn.execute(insert(table), _sample(table, number, hashed))
    return _contents(database)


def _contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.read() as conn:
        return {
            table.name: [
                tuple(row)
                for row in conn.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in metadata.sorted_tables
        }


def test_the_known_revisions_are_the_scripts() -> None:
    scripts = [one.revision for one in run.scripts().walk_revisions()]
    assert tuple(reversed(scripts)) == REVISIONS


def test_the_tables_made_are_those_of_the_models(empty: Database) -> None:
    assert empty.upgrade() == list(REVISIONS)
    with empty.read() as conn:
        # Alembic misreads SQLite's empty default; the next test compares it to the letter.
        defaults = empty.dialect != "sqlite"
        context = MigrationContext.configure(
            conn,
            opts={
                "compare_type": True,
                "compare_server_default": defaults,
                # The full text and its shadow tables are made by each engine's own statements.
                "include_name": lambda name, kind, _: kind != "table" or "search" not in name,
            },
        )
        assert "search" in inspect(conn).get_table_names()
        assert compare_metadata(context, metadata) == []


def _parts(sql: str) -> list[str]:
    """A statement cut at the commas of its outermost parentheses, spaces made one."""
    parts, depth, current = [], 0, ""
    for char in sql:
        depth += (char == "(") - (char == ")")
        if (depth == 1 and char in ",(") or (depth == 0 and char == ")"):
            parts.append(" ".join(current.split()))
            current = ""
        else:
            current += char
    return [*parts, " ".join(current.split())]


def test_on_sqlite_they_are_so_to_the_letter(tmp_path: Path) -> None:
    # What Alembic does not compare: WITHOUT ROWID, partial indexes, names of constraints.
    with open_database(f"sqlite:///{tmp_path}/migrated.db") as database:
        database.upgrade()
    engine = create_engine(f"sqlite:///{tmp_path}/created.db")
    metadata.create_all(engine)
    engine.dispose()

    def words(path: Path) -> dict[str, list[str]]:
        conn = sqlite3.connect(path)
        rows = conn.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"
        ).fetchall()
        conn.close()
        # The parts of a CREATE TABLE in any order: a constraint may stand before another, and a
        # column that was added later after the constraints.
        return {name: sorted(_parts(sql)) for name, sql in rows}

    assert words(tmp_path / "migrated.db") == words(tmp_path / "created.db")


def test_data_survives_an_upgrade_that_has_nothing_to_do(empty: Database) -> None:
    empty.upgrade()
    before = _fill(empty)
    assert empty.upgrade() == []
    assert _contents(empty) == before


def test_back_to_nothing_and_up_again_with_data_in_the_tables(empty: Database) -> None:
    empty.upgrade()
    before = _fill(empty)
    assert empty.migrate("base") == [*reversed(REVISIONS)]
    with empty.read() as conn:
        assert set(inspect(conn).get_table_names()) == {"alembic_version"}
    assert empty.current() is None
    assert empty.upgrade() == [*REVISIONS]
    assert _fill(empty) == before


def test_every_hash_comes_back_as_it_was(empty: Database) -> None:
    empty.upgrade()
    _fill(empty)
    with empty.read() as conn:
        for table in metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, Unsigned64):
                    found = set(conn.scalars(select(column)))
                    assert found == {0, 2**63, 2**64 - 1}, column
                if isinstance(column.type, Instant):
                    assert set(conn.scalars(select(column))) == {NOON}, column


def test_an_upgrade_that_fails_leaves_no_table_behind(empty: Database) -> None:
    # The last table of the script is there already, with a version table that knows nothing
    # of it: all the tables before it must go again.
    last = "attempt"
    with empty.write() as conn:
        conn.exec_driver_sql(f"CREATE TABLE {last} (x INTEGER)")
        conn.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    with pytest.raises(Exception, match="already exists"):
        empty.upgrade()
    with empty.read() as conn:
        assert set(inspect(conn).get_table_names()) == {last, "alembic_version"}
    assert empty.current() is None


def test_tables_of_another_program_are_left_alone(empty: Database) -> None:
    with empty.write() as conn:
        conn.exec_driver_sql("CREATE TABLE article (x INTEGER)")
    with pytest.raises(StorageFault, match=r"tables of another program \(article\)"):
        empty.upgrade()


def test_an_upgrade_that_leaves_a_row_without_its_parent_is_undone(tmp_path: Path) -> None:
    path = tmp_path / "watcher.db"
    conn = sqlite3.connect(path)
    conn.executescript(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);"
        "CREATE TABLE child (parent_id INTEGER REFERENCES parent (id));"
        "INSERT INTO child VALUES (7);"
    )
    conn.close()
    with open_database(f"sqlite:///{path}") as database:
        with pytest.raises(StorageFault, match="undone: a row of child refers to a missing one"):
            database.upgrade()
        with database.read() as reading:
            assert set(inspect(reading).get_table_names()) == {"parent", "child"}


def test_foreign_keys_are_on_again_after_an_upgrade(tmp_path: Path) -> None:
    with open_database(f"sqlite:///{tmp_path}/watcher.db") as database:
        database.upgrade()
        with database.read() as conn:
            assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_two_upgrades_at_once_make_the_tables_once(empty_url: str) -> None:
    def upgrade(_: int) -> list[str]:
        with open_database(empty_url) as database:
            return database.upgrade()

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(upgrade, range(3)))
    assert sorted(done) == [[], [], [*REVISIONS]]


def test_what_was_suggested_before_gets_the_likeness_that_its_reason_names(empty: Database) -> None:
    empty.upgrade()
    rows = [
        ("translation", "translation of the whole: 9 of 9; en and fr, likeness 0.83"),
        ("translation", "perhaps"),
        ("verbatim", "likeness 0.50"),
    ]
    with empty.write() as conn:
        for table in ("outlet", "story", "article"):
            for number in (1, 2, 3, 4):
                conn.execute(
                    insert(metadata.tables[table]), _sample(metadata.tables[table], number, number)
                )
        for number, (kind, reason) in enumerate(rows, start=1):
            row = _sample(metadata.tables["match"], number, number)
            more = {"a_id": number, "b_id": number + 1, "kind": kind, "reason": reason}
            conn.execute(insert(metadata.tables["match"]), row | more)
    empty.migrate("0006")
    empty.upgrade()
    match = metadata.tables["match"]
    with empty.read() as conn:
        found = list(conn.execute(select(match.c.kind, match.c.sure).order_by(match.c.id)))
    assert [tuple(row) for row in found] == [
        ("translation", 0.83), ("translation", None), ("verbatim", None)
    ]  # fmt: skip
