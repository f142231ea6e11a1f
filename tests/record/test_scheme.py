"""A database whose fingerprints are of another making is refused, in words, and not changed."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select, update

from storage import models
from storage.db import Database
from tests import texts
from tests.record.desk import T0, Desk, Item
from watcher.core.errors import StorageError
from watcher.core.fingerprint import SCHEME
from watcher.record.explain import match_text


def count(database: Database) -> int:
    with database.read() as conn:
        return conn.scalar(select(func.count()).select_from(models.article)) or 0


def test_a_new_database_says_which_scheme_it_has(desk: Desk) -> None:
    assert match_text(desk.database, texts.HARBOUR) == []
    desk.load([Item("wire", "one", texts.HARBOUR, T0)])
    with desk.database.read() as conn:
        kept = conn.scalar(
            select(models.meta.c.value).where(models.meta.c.key == "fingerprint.scheme")
        )
    assert kept == SCHEME
    assert len(match_text(desk.database, texts.HARBOUR)) == 1


@pytest.mark.parametrize("marked", [True, False])
def test_another_scheme_is_neither_asked_nor_added_to(desk: Desk, marked: bool) -> None:
    desk.load([Item("wire", "one", texts.HARBOUR, T0)])
    with desk.database.write() as conn:
        if marked:
            conn.execute(
                update(models.meta)
                .where(models.meta.c.key == "fingerprint.scheme")
                .values(value="0")
            )
        else:  # made before the scheme was written down
            conn.execute(delete(models.meta).where(models.meta.c.key == "fingerprint.scheme"))
    desk.recorder.forget()
    with pytest.raises(StorageError, match=r"of scheme [01], and this program makes"):
        match_text(desk.database, texts.HARBOUR)
    with pytest.raises(StorageError, match="Name a new database"):
        desk.load([Item("gazette", "two", texts.ORCHARD, T0)])
    assert count(desk.database) == 1
