"""Opening, reading, writing, and what is said when that cannot be done."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from storage.db import Database, StorageFault, open_database
from storage.models import meta, outlet, poll

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]

Again = Callable[..., Database]


def _put(database: Database, *keys: str) -> None:
    with database.write() as conn:
        conn.execute(insert(meta), [{"key": key, "value": "x"} for key in keys])


def _keys(database: Database) -> set[str]:
    with database.read() as conn:
        return set(conn.scalars(select(meta.c.key)))


@contextmanager
def _unprivileged() -> Iterator[Path]:
    """A folder of a user who is not root, as whom the block runs: root may write anywhere."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "inner"
        folder.mkdir()
        Path(name).chmod(0o711)  # only to be passed through
        if os.geteuid() != 0:
            yield folder
            return
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(0)


# ------------------------------------------------------------ transactions


def test_what_is_written_is_read(database: Database) -> None:
    _put(database, "a", "b")
    assert _keys(database) == {"a", "b"}


def test_an_error_inside_undoes_the_whole_transaction(database: Database) -> None:
    def half() -> None:
        with database.write() as conn:
            conn.execute(insert(meta).values(key="a", value="x"))
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        half()
    assert _keys(database) == set()


def test_a_broken_constraint_is_our_defect_and_not_a_fault(database: Database) -> None:
    with pytest.raises(IntegrityError):
        _put(database, "a", "a")
    assert _keys(database) == set()


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as conn:
        conn.execute(
            insert(poll).values(feed_id=77, at=NOON, took_ms=1, outcome="ok", next_reason="")
        )


def test_a_reader_cannot_write(database: Database) -> None:
    with (
        pytest.raises(StorageFault, match="read-only") as caught,
        database.read() as conn,
    ):
        conn.execute(insert(meta).values(key="a", value="x"))
    assert not caught.value.busy
    _put(database, "b")  # and the connection is as good as new
    assert _keys(database) == {"b"}


def test_a_reader_sees_one_moment_and_is_not_held_up_by_a_writer(
    database: Database, open_again: Again
) -> None:
    writer = open_again()
    _put(database, "before")
    with database.read() as reading:
        assert reading.scalar(select(func.count()).select_from(meta)) == 1
        with writer.write() as writing:
            writing.execute(insert(meta).values(key="during", value="x"))
            # The writer is in the midst of it: readers, new ones too, go on.
            assert reading.scalar(select(func.count()).select_from(meta)) == 1
            assert _keys(database) == {"before"}
        assert _keys(database) == {"before", "during"}
        assert reading.scalar(select(func.count()).select_from(meta)) == 1


def test_threads_share_a_database(database: Database) -> None:
    problems: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                # Pairs are written together: never one without the other.
                assert len(_keys(database)) % 2 == 0
        except BaseException as error:  # noqa: BLE001 - handed to the main thread below
            problems.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for each in readers:
        each.start()
    for number in range(30):
        _put(database, f"{number}a", f"{number}b")
    stop.set()
    for each in readers:
        each.join()
    assert problems == []
    assert len(_keys(database)) == 60


# ------------------------------------------------------------ locks


def test_a_second_writer_waits_for_the_lock_and_then_says_so(
    database: Database, open_again: Again
) -> None:
    other = open_again(busy_ms=50)
    _put(database, "a")
    with database.write() as conn:
        conn.execute(meta.update().values(value="y"))
        with pytest.raises(StorageFault, match="locked: another program") as caught:  # noqa: SIM117
            with other.write() as second:
                second.execute(meta.update().values(value="z"))
    assert caught.value.busy
    with other.write() as second:
        second.execute(meta.update().values(value="z"))


def test_a_lock_held_outside_of_python_is_said_too(sqlite_database: Database) -> None:
    assert sqlite_database.file is not None
    holder = sqlite3.connect(sqlite_database.file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with open_database(f"sqlite:///{sqlite_database.file}", busy_ms=20) as database:
        with pytest.raises(StorageFault, match="Try again") as caught:
            _put(database, "a")
        assert caught.value.busy
        assert _keys(database) == set()  # reading is not held up
    holder.close()


# ------------------------------------------------------------ opening


def test_the_folder_and_the_file_are_made(tmp_path: Path) -> None:
    with open_database(f"sqlite:///{tmp_path}/one/two & three#.db") as database:
        database.upgrade()
        assert database.file == tmp_path / "one" / "two & three#.db"
        assert (database.free_bytes() or 0) > 0
    assert list((tmp_path / "one").iterdir()) == [database.file]


def test_it_stays_the_same_file_when_the_working_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_database("sqlite:///relative.db") as database:
        database.upgrade()
        database.engine.dispose()
        monkeypatch.chdir("/")
        assert database.current() == database.newest()


def test_reading_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match=r"no database at .*watcher run") as caught:
        open_database(f"sqlite:///{tmp_path}/none/watcher.db", readonly=True)
    assert not caught.value.busy
    with pytest.raises(StorageFault, match="no database at"):
        open_database(f"sqlite:///{tmp_path}/none.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_opened_for_reading_it_reads_and_refuses_to_write(
    database: Database, open_again: Again
) -> None:
    _put(database, "a")
    reader = open_again(readonly=True)
    assert _keys(reader) == {"a"}
    reader.check()
    for attempt in (lambda: _put(reader, "b"), reader.upgrade):
        with pytest.raises(StorageFault, match="opened for reading only"):
            attempt()
    # Past the door too: the engine itself is read-only.
    with pytest.raises(StorageFault, match="read-only"), reader.read() as conn:
        conn.execute(insert(meta).values(key="b", value="x"))
    assert _keys(database) == {"a"}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("watcher.db", "not a database URL: 'watcher.db'. Write sqlite:///FILE or postgresql://"),
        ("mysql://root@localhost/x", "no such kind of database: mysql"),
        ("sqlite+aiosqlite:///x.db", "no such kind of database: sqlite[+]aiosqlite"),
        ("sqlite://", "the URL names no database file"),
        ("sqlite:///:memory:", "the URL names no database file"),
        ("sqlite://var/watcher.db", "an SQLite URL has three slashes"),
        ("sqlite:///x.db?mode=ro", "no options"),
    ],
)
def test_a_wrong_url_is_told_what_to_write(url: str, said: str) -> None:
    with pytest.raises(StorageFault, match=said):
        open_database(url)


def test_a_folder_is_not_a_database(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="is a folder, not a database file"):
        open_database(f"sqlite:///{tmp_path}")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageFault, match="cannot be made"):
        open_database(f"sqlite:///{tmp_path}/file/watcher.db")


@pytest.mark.parametrize("readonly", [False, True])
def test_garbage_is_not_a_database(tmp_path: Path, readonly: bool) -> None:
    (tmp_path / "watcher.db").write_bytes(b"<html>a saved page</html>" * 100)
    with pytest.raises(StorageFault, match="is not an SQLite database") as caught:
        open_database(f"sqlite:///{tmp_path}/watcher.db", readonly=readonly)
    assert not caught.value.busy
    assert (tmp_path / "watcher.db").read_bytes().startswith(b"<html>")


def test_damage_is_named(sqlite_database: Database) -> None:
    path = sqlite_database.file
    assert path is not None
    _put(sqlite_database, *(f"key {n}" for n in range(2000)))
    sqlite_database.close()
    data = bytearray(path.read_bytes())
    for page in range(4096, len(data), 4096):
        data[page : page + 200] = b"\xa5" * 200
    path.write_bytes(data)
    with pytest.raises(StorageFault, match=r"is damaged.*backup"):
        open_database(f"sqlite:///{path}")


def test_a_file_that_may_not_be_written() -> None:
    with _unprivileged() as folder:
        url = f"sqlite:///{folder}/watcher.db"
        with open_database(url) as database:
            database.upgrade()
            os.chmod(folder / "watcher.db", 0o444)
            database.engine.dispose()
            with pytest.raises(StorageFault, match="read-only for this user") as caught:
                _put(database, "a")
            assert not caught.value.busy


def test_a_folder_that_may_not_be_entered() -> None:
    with _unprivileged() as folder:
        (folder / "shut").mkdir(mode=0o500)
        with pytest.raises(StorageFault, match="cannot be opened"):
            open_database(f"sqlite:///{folder}/shut/watcher.db")
        with pytest.raises(StorageFault, match="cannot be made"):
            open_database(f"sqlite:///{folder}/shut/more/watcher.db")


def test_a_full_disk_is_named_and_may_be_tried_again(sqlite_database: Database) -> None:
    # max_page_count makes SQLite itself say SQLITE_FULL, as a full disk does.
    def fill() -> None:
        with sqlite_database.write() as conn:
            conn.exec_driver_sql("PRAGMA max_page_count=1")
            conn.execute(insert(meta).values(key="a", value="x" * 1_000_000))

    with pytest.raises(StorageFault, match="full disk") as caught:
        fill()
    assert caught.value.busy


# ------------------------------------------------------------ versions


def test_tables_that_are_missing_are_asked_for(empty_url: str) -> None:
    with open_database(empty_url) as database:
        assert database.current() is None
        assert database.empty()
        with pytest.raises(StorageFault, match=r"holds no tables yet.*watcher db upgrade"):
            database.check()
        with pytest.raises(StorageFault, match=r"another layout.*watcher db upgrade"):
            _keys(database)


def test_a_newer_version_is_refused(database: Database) -> None:
    database.check()
    with database.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (database.check, database.upgrade):
        with pytest.raises(StorageFault, match=r"newer version.*9999.*Update Syndication Watch"):
            attempt()


# ------------------------------------------------------------ PostgreSQL


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StorageFault, match="cannot be reached") as caught:
        open_database(f"postgresql://watcher:hunter2@/news?host={tmp_path}")
    assert caught.value.busy
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_database_that_is_not_there(database_url: str) -> None:
    with pytest.raises(StorageFault, match=r"does not exist.*createdb") as caught:
        open_database(database_url.replace("@/t", "@/missing_"))
    assert not caught.value.busy


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_server_that_drops_us_costs_one_transaction(
    database: Database, open_again: Again
) -> None:
    killer = open_again()

    def write_and_be_cut_off() -> None:
        with database.write() as conn:
            conn.execute(insert(meta).values(key="a", value="x"))
            mine = conn.scalar(text("SELECT pg_backend_pid()"))
            with killer.write() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": mine})
            conn.execute(insert(meta).values(key="b", value="x"))

    with pytest.raises(StorageFault, match="Try again") as caught:
        write_and_be_cut_off()
    assert caught.value.busy
    assert _keys(database) == set()
    _put(database, "c")


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_server_that_was_restarted_while_we_were_idle_is_not_noticed(
    database: Database, open_again: Again
) -> None:
    _put(database, "a")
    with open_again().write() as conn:
        conn.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert _keys(database) == {"a"}


def test_a_missing_driver_is_asked_for() -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from storage.db import open_database, StorageFault\n"
        "try: open_database('postgresql://x@localhost/y')\n"
        "except StorageFault as fault: print(fault)\n"
    )
    said = _python(program).stdout
    assert "pip install 'syndication-watch[postgresql]'" in said


def test_the_password_is_never_shown() -> None:
    pytest.importorskip("psycopg")
    from storage.engine import parse, shown

    url = "postgresql+psycopg://watcher:hunter2@db.example/news?password=hunter3&sslmode=require"
    assert shown(parse(url)) == "postgresql://watcher:***@db.example/news?sslmode=require"


# ------------------------------------------------------------ imports and crashes


def _python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_opening_needs_no_alembic() -> None:
    done = _python("import storage.db, sys; print('alembic' in sys.modules)")
    assert done.stdout.strip() == "False", done.stderr


def test_a_killed_process_loses_nothing_committed_and_leaves_no_half(
    database: Database, database_url: str
) -> None:
    program = (
        "import os, sys\n"
        "from sqlalchemy import insert\n"
        "from storage.db import open_database\n"
        "from storage.models import meta\n"
        "database = open_database(sys.argv[1])\n"
        "for n in range(20):\n"
        "    with database.write() as conn:\n"
        "        conn.execute(insert(meta), [\n"
        "            {'key': f'{n} first', 'value': 'x'}, {'key': f'{n} second', 'value': 'x'}])\n"
        "    print(n, flush=True)\n"
        "with database.write() as conn:\n"
        "    conn.execute(insert(meta), [\n"
        "        {'key': f'half {n}', 'value': 'x' * 10000} for n in range(500)])\n"
        "    os._exit(9)\n"
    )
    done = _python(program, database_url)
    assert done.returncode == 9, done.stderr
    acknowledged = {int(line) for line in done.stdout.split()}
    assert acknowledged == set(range(20))
    kept = {f"{n} {which}" for n in acknowledged for which in ("first", "second")}
    assert _keys(database) == kept
    _put(database, "after")  # its lock went with it
    if database.dialect == "sqlite":
        with database.read() as conn:
            assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_what_a_fault_becomes_is_the_opener_s_to_say(tmp_path: Path) -> None:
    class Mine(Exception):
        pass

    def translate(fault: StorageFault) -> Mine:
        return Mine(str(fault), fault.busy)

    with pytest.raises(Mine):
        open_database("nonsense", translate=translate)
    with open_database(f"sqlite:///{tmp_path}/x.db", translate=translate) as database:
        with pytest.raises(Mine, match="holds no tables"):
            database.check()
        with pytest.raises(Mine, match="another layout"), database.write() as conn:
            conn.execute(select(outlet))
