"""Backups: whole, of one moment, taken beside a writer; and the database put back from one."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import lock
from storage.db import open_database
from storage.migrations import REVISIONS
from watcher.archive import backups, open_archive
from watcher.archive.upgrading import upgrade_database
from watcher.core.errors import StorageBusy, StorageError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def file(_sqlite_template: Path, tmp_path: Path) -> Path:
    """A database that nobody has open."""
    return Path(shutil.copy(_sqlite_template, tmp_path / "watcher.db"))


def url(file: Path) -> str:
    return f"sqlite:///{file}"


def put(file: Path, key: str) -> None:
    with open_archive(url(file)) as database, database.write() as conn:
        conn.execute(text("INSERT INTO meta (key, value) VALUES (:k, 'x')"), {"k": key})


def keys(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as conn:
        return {row[0] for row in conn.execute("SELECT key FROM meta")}


def test_a_backup_is_whole_hashed_and_for_its_owner_alone(file: Path) -> None:
    put(file, "told")
    made = backups.make_backup(url(file), None, NOON)
    assert made.file == file.parent / "backups" / "watcher-20260301T120000Z.db"
    assert made.digest == hashlib.sha256(made.file.read_bytes()).hexdigest()
    beside = made.file.with_name(made.file.name + ".sha256")
    assert beside.read_text() == f"{made.digest}  {made.file.name}\n"
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert "told" in keys(made.file)
    assert {f.name for f in made.file.parent.iterdir()} == {made.file.name, beside.name}
    assert backups.faults_of_backup(made.file) == []
    with pytest.raises(StorageError, match="exists already"):
        backups.make_backup(url(file), made.file, NOON)


def test_a_backup_under_load_is_of_one_moment_and_stops_nobody(file: Path) -> None:
    with open_archive(url(file)) as database:
        with database.write() as conn:
            conn.exec_driver_sql("CREATE TABLE pair (a INTEGER, b INTEGER, pad BLOB)")
            conn.exec_driver_sql("INSERT INTO pair VALUES (0, 0, zeroblob(4000000))")
        stop, written = threading.Event(), [0]

        def write() -> None:
            # busy_ms 0: a writer that had to wait but once would fail.
            with open_database(url(file), busy_ms=0) as own:
                while not stop.is_set():
                    with own.write() as conn:
                        conn.exec_driver_sql("UPDATE pair SET a = a + 1")
                        conn.exec_driver_sql("UPDATE pair SET b = b + 1")
                    written[0] += 1

        during: list[int] = []
        writer = threading.Thread(target=write)
        writer.start()
        try:

            def tell(done: int, total: int | None) -> None:
                # Each step waits for a commit to come in between.
                before = written[0]
                while written[0] == before and writer.is_alive():
                    pass
                during.append(done)

            made = backups.make_backup(url(file), None, NOON, tell=tell)
        finally:
            stop.set()
            writer.join()
    assert len(during) > 2
    with closing(sqlite3.connect(made.file)) as conn:
        a, b = conn.execute("SELECT a, b FROM pair").fetchone()
    assert a == b
    assert a < written[0]


def test_pruning_keeps_the_newest_and_clears_what_was_cut_off(file: Path) -> None:
    folder = file.parent / "safe"
    for day in range(4):
        backups.make_backup(url(file), folder, NOON + timedelta(days=day))
    (folder / "watcher-20260301T110000Z.db.part").touch()
    (folder / "other-20200101T000000Z.db").touch()
    made = backups.make_backup(url(file), folder, NOON + timedelta(days=4), keep=2)
    assert len(made.removed) == 3
    assert {f.name for f in folder.iterdir()} == {
        "watcher-20260304T120000Z.db",
        "watcher-20260304T120000Z.db.sha256",
        "watcher-20260305T120000Z.db",
        "watcher-20260305T120000Z.db.sha256",
        "other-20200101T000000Z.db",
    }


def test_a_damaged_database_gets_no_backup_and_old_ones_stay(file: Path) -> None:
    made = backups.make_backup(url(file), None, NOON)
    with file.open("r+b") as opened:
        opened.seek(4096 * 3)
        opened.write(b"\xff" * 4096)
    with pytest.raises(StorageError, match="damaged"):
        backups.make_backup(url(file), None, NOON + timedelta(days=1), keep=1)
    assert sorted(f.name for f in made.file.parent.iterdir()) == [
        made.file.name,
        made.file.name + ".sha256",
    ]


def test_one_flipped_bit_in_a_backup_is_found_wherever_it_is(file: Path) -> None:
    made = backups.make_backup(url(file), None, NOON)
    whole = made.file.read_bytes()
    for at in (0, 30, len(whole) // 2, len(whole) - 1):
        made.file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert "SHA-256" in backups.faults_of_backup(made.file)[0]
        with pytest.raises(StorageError, match="not as it was made"):
            backups.put_back(url(file), made.file, NOON)


def test_put_back_and_what_stood_there_is_kept(file: Path) -> None:
    put(file, "old")
    made = backups.make_backup(url(file), None, NOON)
    put(file, "new")
    kept = backups.put_back(url(file), made.file, NOON)
    assert kept is not None
    assert "new" not in keys(file)
    assert "old" in keys(file)
    assert keys(kept) >= {"old", "new"}, "also what was still in its log"
    assert not file.with_name("watcher.db-wal").exists()
    open_archive(url(file)).close()


def test_put_back_where_nothing_is_left(file: Path) -> None:
    made = backups.make_backup(url(file), None, NOON)
    for gone in file.parent.glob("watcher.db*"):
        gone.unlink()
    assert backups.put_back(url(file), made.file, NOON) is None
    open_archive(url(file)).close()


def test_put_back_over_a_file_that_is_no_database_any_more(file: Path) -> None:
    made = backups.make_backup(url(file), None, NOON)
    file.write_bytes(b"nothing" * 1000)
    log = file.with_name("watcher.db-wal")
    log.write_bytes(b"of it")
    kept = backups.put_back(url(file), made.file, NOON)
    assert kept is not None
    assert kept.read_bytes().startswith(b"nothing")
    assert kept.with_name(kept.name + "-wal").read_bytes() == b"of it"
    open_archive(url(file)).close()


def test_nothing_is_put_back_under_a_daemon_or_another_program(file: Path) -> None:
    made = backups.make_backup(url(file), None, NOON)
    put(file, "new")
    with (
        lock.daemon_of(file, "host:7"),
        pytest.raises(StorageError, match=r"has a daemon already \(host:7\)"),
    ):
        backups.put_back(url(file), made.file, NOON)
    with open_archive(url(file)), pytest.raises(StorageBusy, match="in use by another program"):
        backups.put_back(url(file), made.file, NOON)
    assert "new" in keys(file)
    backups.put_back(url(file), made.file, NOON)
    assert "new" not in keys(file)


def test_a_backup_from_the_future_is_not_put_back(file: Path) -> None:
    with open_archive(url(file)) as database, database.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    with open_database(url(file)) as opened:
        assert opened.file is not None
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    made = backups.make_backup(url(file), None, NOON)
    with pytest.raises(StorageError, match="newer version"):
        backups.put_back(url(file), made.file, NOON)


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_upgrade_backs_up_first(file: Path, revision: str) -> None:
    put(file, "kept")
    with open_database(url(file)) as database:
        database.migrate(revision)
    done = upgrade_database(url(file), NOON)
    assert done.applied
    assert done.backup is not None
    with open_database(url(done.backup), readonly=True) as before:
        assert before.current() == revision
    open_archive(url(file)).close()
    assert "kept" in keys(file)
    assert upgrade_database(url(file), NOON).backup is None


def test_an_upgrade_that_fails_half_way_leaves_the_old_database_working(file: Path) -> None:
    put(file, "kept")
    with open_database(url(file)) as database:
        database.migrate("0002")
    before = file.read_bytes()

    def fails(conn: object, done: list[str]) -> None:
        raise StorageError("the new tables could not be filled.")

    with pytest.raises(StorageError, match=r"could not be filled\. The upgrade was undone; a back"):
        upgrade_database(url(file), NOON, fill=fails)
    with open_database(url(file)) as database:
        assert database.current() == "0002"
    assert "kept" in keys(file)
    assert len(before) == file.stat().st_size
    assert upgrade_database(url(file), NOON + timedelta(seconds=1)).applied


def test_an_upgrade_that_cannot_be_undone_is_undone_by_putting_back(file: Path) -> None:
    put(file, "kept")
    with open_database(url(file)) as database:
        database.migrate("0002")

    def breaks(conn: object, done: list[str]) -> None:
        # As a failing disk would: pages of the file itself are gone, whatever is rolled back.
        with file.open("r+b") as opened:
            opened.seek(4096)
            opened.write(b"\xff" * (file.stat().st_size - 4096))
        raise StorageError("the disk failed.")

    with pytest.raises(StorageError, match="was put back from"):
        upgrade_database(url(file), NOON, fill=breaks)
    with open_database(url(file)) as database:
        assert database.current() == "0002"
    assert "kept" in keys(file)
