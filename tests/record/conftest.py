"""A desk on each engine, and one on SQLite for what does not depend on the engine."""

from __future__ import annotations

import pytest

from tests.record.desk import Desk
from watcher.archive import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk on SQLite, and again on PostgreSQL."""
    return Desk(database)


@pytest.fixture
def sqlite_desk(sqlite_database: Database) -> Desk:
    """A desk on SQLite."""
    return Desk(sqlite_database)
