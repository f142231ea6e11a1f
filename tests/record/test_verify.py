"""`watcher db verify`: a sound archive has no fault; what a flipped bit made of a row is one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests import texts
from tests.record.desk import HOUR, T0, Desk, Item
from watcher.archive import Database, backups, index
from watcher.record.verify import verify


@pytest.fixture
def full(desk: Desk) -> Database:
    """An archive with a story, boilerplate and a sealed index."""
    desk.load(
        [
            Item("wire", "harbour", texts.HARBOUR, T0, url="https://wire.example/1"),
            Item("echo", "copy", texts.reworded(texts.HARBOUR, 30, seed=1), T0 + HOUR),
            *(Item("lantern", f"n{i}", f"{texts.made_up(i, 4)}\n{texts.NOTICE}") for i in range(5)),
        ]
    )
    index.seal(desk.database, size=4)
    return desk.database


def test_a_sound_archive_has_no_fault(full: Database, database_url: str) -> None:
    told: list[int] = []
    found = verify(database_url, lambda done, total: told.append(done))
    assert found.faults == ()
    assert found.texts == 7
    assert told[-1] == 7
    assert found.notes


FLIPS = {
    "body": "UPDATE body SET data = (SELECT data FROM sketch WHERE version_id = 1)"
    " WHERE version_id = 1",
    "simhash": "UPDATE version SET simhash = simhash + 1 WHERE id = 2",
    "hash": "UPDATE version SET content_hash = content_hash + 1 WHERE id = 2",
    "words": "UPDATE version SET words = words + 2 WHERE id = 1",
    "headline": "UPDATE article SET title = 'harbous' WHERE id = 1",
    "sketch": "UPDATE sketch SET data = paragraphs WHERE version_id = 1",
    "story": "UPDATE story SET articles = articles + 1 WHERE articles > 1",
    "home": "UPDATE article SET role = 'roou' WHERE id = 1",
    "sighting": "UPDATE sighting SET article_id = 2 WHERE article_id = 1",
    "match": "UPDATE match SET paste = 1.5",
    "outlet": "UPDATE tally SET words = words + 1",
    "block": "UPDATE block SET data = substr(data, 1, 5)",
    "identity": "UPDATE identity SET article_id = 70 WHERE article_id = 1",
}


@pytest.mark.parametrize("what", FLIPS)
def test_a_row_that_a_flipped_bit_changed_is_named(
    full: Database, database_url: str, what: str
) -> None:
    with full.write() as conn:
        conn.execute(text(FLIPS[what]))
    assert verify(database_url).faults


def test_the_full_text_is_compared_word_by_word(sqlite_database: Database, tmp_path: Path) -> None:
    Desk(sqlite_database).load([Item("wire", "harbour", texts.HARBOUR, T0)])
    url = f"sqlite:///{tmp_path / 'watcher.db'}"
    assert verify(url).faults == ()
    with sqlite_database.write() as conn:
        conn.exec_driver_sql("INSERT INTO search (rowid, title, words) VALUES (1, 'once', 'more')")
    faults = verify(url).faults
    assert "full text: 'more' stands elsewhere than in the texts" in faults


def test_what_never_changes_is_compared_with_the_newest_backup(
    sqlite_database: Database, tmp_path: Path
) -> None:
    desk = Desk(sqlite_database)
    desk.load([Item("wire", "harbour", texts.HARBOUR, T0)])
    file = tmp_path / "watcher.db"
    url = f"sqlite:///{file}"
    made = backups.make_backup(url, None, T0)
    desk.load([Item("echo", "copy", texts.HARBOUR, T0 + HOUR)])
    assert verify(url).faults == ()
    assert verify(url).compared == made.file
    with closing(sqlite3.connect(file)) as conn, conn:
        conn.execute('UPDATE sighting SET "by" = "by" + 1, kind = \'redated\' WHERE id = 1')
    assert verify(url).faults == (f"sighting 1: it was something else in {made.file.name}",)
    made.file.write_bytes(made.file.read_bytes()[:-1])
    newer = backups.make_backup(url, None, T0 + timedelta(days=1))
    assert verify(url).compared == newer.file


def test_a_backup_that_is_damaged_is_a_fault_too(sqlite_database: Database, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'watcher.db'}"
    made = backups.make_backup(url, None, T0)
    made.file.write_bytes(made.file.read_bytes()[:-1])
    (fault,) = verify(url).faults
    assert fault.startswith(f"backup {made.file}: its SHA-256 is")
