"""The door to storage: opened as asked, and its faults are the program's errors."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.db import Database
from watcher.archive import open_archive
from watcher.archive.feeds import list_feeds, poll_now
from watcher.archive.upgrading import upgrade_database
from watcher.core.errors import StorageBusy, StorageError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_an_empty_database_gets_its_tables_when_asked_for(empty_url: str) -> None:
    with pytest.raises(StorageError):
        open_archive(empty_url)
    with open_archive(empty_url, create=True) as database:
        assert list_feeds(database) == []
    with open_archive(empty_url) as database:
        assert list_feeds(database) == []
    with open_archive(empty_url, readonly=True) as database:
        assert list_feeds(database) == []
        with pytest.raises(StorageError, match="for reading only"):
            poll_now(database, [1], NOON, "asked for")


def test_not_asked_for_nothing_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/some/watcher.db"
    for options in ({}, {"readonly": True}):
        with pytest.raises(StorageError, match="no database at") as caught:
            open_archive(url, **options)
        assert not caught.value.retry
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="cannot be made"):
        open_archive(url, readonly=True, create=True)


def test_upgrading_says_what_it_did(empty_url: str) -> None:
    assert upgrade_database(empty_url, NOON).applied[0] == "0001"
    assert upgrade_database(empty_url, NOON).applied == ()


def test_another_version_is_refused_and_not_changed(database: Database, database_url: str) -> None:
    with database.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    for create in (True, False):
        with pytest.raises(StorageError, match="newer version"):
            open_archive(database_url, create=create)
    with pytest.raises(StorageError, match="newer version"):
        upgrade_database(database_url, NOON)


def test_a_locked_database_is_worth_another_try(sqlite_database: Database) -> None:
    assert sqlite_database.file is not None
    holder = sqlite3.connect(sqlite_database.file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with open_archive(f"sqlite:///{sqlite_database.file}", busy_ms=10) as database:
        with pytest.raises(StorageBusy, match="another program") as caught:
            poll_now(database, [1], NOON, "asked for")
        assert caught.value.retry
        assert list_feeds(database) == []
    holder.close()


def test_wrong_urls_and_garbage_are_storage_errors(tmp_path: Path) -> None:
    (tmp_path / "garbage.db").write_bytes(b"nothing of the kind" * 500)
    for url in ("mongodb://x/y", f"sqlite:///{tmp_path}/garbage.db"):
        with pytest.raises(StorageError) as caught:
            open_archive(url, create=True)
        assert not isinstance(caught.value, StorageBusy)
