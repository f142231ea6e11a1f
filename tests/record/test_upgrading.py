"""From every released schema to the newest with data, on both engines: nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from storage import models
from storage.migrations import REVISIONS
from tests import texts
from tests.record.desk import HOUR, T0, Desk, Item
from watcher.archive import Database, open_archive
from watcher.archive.upgrading import upgrade_database
from watcher.record.verify import verify

# What the first schema has, too.
TABLES = ("outlet", "identity", "version", "body", "sketch", "match", "story", "episode", "credit")


def contents(database: Database) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    with database.read() as conn:
        for name in TABLES:
            table = models.metadata.tables[name]
            order = table.primary_key.columns
            found[name] = list(map(tuple, conn.execute(select(table).order_by(*order))))
    return found


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_from_each_schema_with_data(desk: Desk, database_url: str, revision: str) -> None:
    text = texts.reworded(texts.HARBOUR, 30, seed=1)
    desk.load(
        [
            Item("wire", "source", texts.HARBOUR, T0, url="https://wire.example/1"),
            Item("echo", "copy", text, T0 + HOUR),
            *(Item("lantern", f"n{i}", f"{texts.made_up(i, 3)}\n{texts.NOTICE}") for i in range(4)),
        ]
    )
    before = contents(desk.database)
    assert before["match"]
    desk.database.migrate(revision)
    done = upgrade_database(database_url, T0)
    assert done.applied == REVISIONS[REVISIONS.index(revision) + 1 :]
    assert (done.backup is not None) == (desk.database.dialect == "sqlite")
    with open_archive(database_url) as database:
        assert contents(database) == before
    assert verify(database_url).faults == ()
