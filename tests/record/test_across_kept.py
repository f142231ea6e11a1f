"""What is kept of texts in several languages: verified, compared with a backup, forgotten in time.

Codes are made up here: no model is needed.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from storage import models
from storage.rows import GistRow, WatchSpec
from storage.writes.watches import add_watch
from tests import texts
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from watcher.archive import Database, across, backups, retention
from watcher.archive import articles as store
from watcher.record.verify import verify


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """Two articles with gists and sentences' codes, suggested to be translations, and a third."""
    desk.load(
        [
            Item("wire", "harbour", texts.HARBOUR, T0),
            Item("echo", "orchard", texts.ORCHARD, T0 + HOUR),
            Item("lantern", "alone", texts.LIBRARY, T0 + HOUR),
        ],
        now=T0,
    )
    with desk.database.write() as conn:
        rows = [
            (GistRow(r.version_id, r.id, r.outlet_id, "en", T0, bytes([r.id]) * 320), b"c" * 128)
            for r in desk.articles().values()
        ]
        across.keep(conn, rows)
        store.put_meta(conn, "across.scheme", "2.3")
        conn.execute(
            insert(models.match).values(
                a_id=1, b_id=2, a_version=1, b_version=2, kind="translation", paste=0.9, cut=0.9,
                distance=30, words=90, longest=20, runs=b"", reason="r", order_known="claimed",
                status="suggested", at=T0, sure=0.8,
            )
        )  # fmt: skip
        add_watch(conn, WatchSpec("w", "phrase:x", (), (), translations=0.6), T0)
    return desk


FLIPS = {
    "another's": "UPDATE gist SET article_id = 2 WHERE version_id = 1",
    "outlet": "UPDATE gist SET outlet_id = outlet_id + 1 WHERE version_id = 1",
    "cut short": "UPDATE gist SET codes = substr(codes, 1, 319)",
    "no sentences": "DELETE FROM sentence_codes WHERE version_id = 1",
    "half a sentence": "UPDATE sentence_codes SET codes = substr(codes, 1, 100)",
    "no gist": "DELETE FROM gist WHERE version_id = 1",
    "no version": "UPDATE gist SET version_id = 99 WHERE version_id = 1",
    "likeness": "UPDATE match SET sure = 1.2",
    "kind": "UPDATE match SET kind = 'verbatim'",
    "watch": "UPDATE watch SET translations = 60",
}


def test_sound_rows_have_no_fault(kept: Desk, database_url: str) -> None:
    assert verify(database_url).faults == ()


@pytest.mark.parametrize("what", FLIPS)
def test_a_row_that_cannot_be_right_is_named(kept: Desk, database_url: str, what: str) -> None:
    with kept.database.write() as conn:
        conn.execute(text(FLIPS[what]))
    assert verify(database_url).faults


def test_codes_are_compared_with_those_of_the_backup(
    sqlite_database: Database, tmp_path: Path
) -> None:
    desk = Desk(sqlite_database)
    desk.load([Item("wire", "harbour", texts.HARBOUR, T0)])
    url = f"sqlite:///{tmp_path / 'watcher.db'}"
    with sqlite_database.write() as conn:
        across.keep(conn, [(GistRow(1, 1, 1, "en", T0, bytes(320)), bytes(64))])
        store.put_meta(conn, "across.scheme", "2.3")
    made = backups.make_backup(url, None, T0)
    assert verify(url).faults == ()
    with sqlite_database.write() as conn:
        conn.execute(update(models.sentence_codes).values(codes=bytes(63) + b"\1"))
    assert verify(url).faults == (f"sentence_codes 1: it was something else in {made.file.name}",)
    # Codes that were made in another way are others, and that is no fault.
    with sqlite_database.write() as conn:
        store.put_meta(conn, "across.scheme", "3.3")
    assert verify(url).faults == ()


def test_codes_go_with_the_text_and_those_of_a_suggestion_stay(kept: Desk) -> None:
    done = retention.Forgotten()
    ages = retention.Ages(timedelta(days=10), timedelta(days=10))
    for batch in retention.batches(kept.database, ages, T0 + 30 * DAY, done):
        batch()
    assert done.bodies == 1
    assert kept.count("gist") == kept.count("sentence_codes") == 2
    with kept.database.read() as conn:
        assert across.codes_of(conn, [1, 2, 3]).keys() == {1, 2}
