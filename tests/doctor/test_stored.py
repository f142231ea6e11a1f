"""The database as the doctor sees it: whole, damaged, full of another's files, and silent."""

from __future__ import annotations

import os
import sqlite3
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect

from storage.condition import quick_check
from storage.db import Database, open_database
from watcher.archive.condition import condition, refusal
from watcher.doctor import stored
from watcher.report import DeadLine, FeedLine, Status

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

STATUS = Status(
    database="sqlite:////srv/watcher.db",
    schema="0004",
    size=1,
    outlets=1,
    articles=1,
    matches=0,
    stories=0,
    feeds={},
    failing=(),
    deliveries={},
    oldest_due=None,
    dead=(),
    heartbeat=NOW - MINUTE,
)
FEED = FeedLine(
    feed=1,
    outlet="Valley",
    domain="valley.example",
    family="Valley",
    url="http://valley.example/rss",
    moved_to=None,
    title=None,
    state="ok",
    failures=0,
    status=200,
    error=None,
    polled=NOW - MINUTE,
    ok=NOW - MINUTE,
    next=NOW + MINUTE,
    why="its rhythm",
    interval=900,
    health="ok",
    since=None,
    health_why=None,
)
SICK = replace(FEED, state="failing", health="failing", url="http://ridge.example/rss")


def test_a_sound_database_is_said_to_be_one(database_url: str, dialect: str) -> None:
    findings, readable = stored.database(database_url)
    assert readable
    assert {f.check: f.state for f in findings if f.check != "permissions"} == {
        "database": "ok",
        "writing": "ok",
    }
    engine = "SQLite 3." if dialect == "sqlite" else "PostgreSQL "
    assert findings[0].what.startswith(engine)


def test_the_attempt_to_write_leaves_no_trace(database_url: str) -> None:
    def tables() -> list[str]:
        with open_database(database_url) as database, database.read() as conn:
            return sorted(inspect(conn).get_table_names())

    before = tables()
    assert refusal(database_url) == ""
    assert tables() == before


def test_a_database_without_tables_says_what_to_run(empty_url: str) -> None:
    open_database(empty_url).close()
    [finding], readable = stored.database(empty_url)
    assert (readable, finding.state) == (False, "bad")
    assert "watcher db upgrade" in finding.what


def test_a_damaged_file_is_found(sqlite_database: Database) -> None:
    file = sqlite_database.file
    assert file is not None
    url = f"sqlite:///{file}"
    with sqlite3.connect(file) as conn:
        page = conn.execute("PRAGMA page_size").fetchone()[0]
        # A page of an index that no opening reads.
        root = conn.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'ix_page_check_due'"
        ).fetchone()[0]
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    with file.open("r+b") as raw:
        raw.seek((root - 1) * page)
        raw.write(b"\xff" * 64)
    assert condition(url).faults
    findings, _ = stored.database(url)
    assert findings[0].state == "bad"
    assert findings[0].what.startswith("damaged: ")
    # Nothing is written to a damaged database, not even as a test.
    assert "writing" not in {f.check for f in findings}


def test_a_check_that_takes_too_long_is_ended(sqlite_database: Database) -> None:
    with sqlite_database.write() as conn:
        conn.exec_driver_sql(
            "INSERT INTO meta (key, value) WITH RECURSIVE n(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT 'k' || i, i FROM n"
        )
    assert quick_check(sqlite_database, -1.0) is None
    assert quick_check(sqlite_database, 60.0) == []


def test_a_database_that_another_program_holds_takes_no_writes(sqlite_database: Database) -> None:
    url = f"sqlite:///{sqlite_database.file}"
    with sqlite_database.write():
        assert "another program" in refusal(url, busy_ms=50)
    assert refusal(url) == ""


def test_a_file_that_others_can_open_is_named(sqlite_database: Database) -> None:
    file = sqlite_database.file
    assert file is not None
    url = f"sqlite:///{file}"
    file.chmod(0o644)
    [finding] = [f for f in stored.database(url)[0] if f.check == "permissions"]
    assert (finding.state, finding.fix) == ("warn", f"chmod 600 {file}")
    file.chmod(0o600)
    assert "permissions" not in {f.check for f in stored.database(url)[0]}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_is_somebody_elses_is_not_written(sqlite_database: Database) -> None:
    file = sqlite_database.file
    assert file is not None
    os.chown(file, 65534, 65534)
    findings, readable = stored.database(f"sqlite:///{file}")
    [finding] = [f for f in findings if f.check == "writing"]
    assert (readable, finding.state) == (True, "warn")
    assert finding.fix == "run it as that user: sudo -u nobody watcher doctor"


def test_a_relative_file_is_another_one_elsewhere(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = sqlite_database.file
    assert file is not None
    monkeypatch.chdir(file.parent)
    findings, _ = stored.database(f"sqlite:///{file.name}")
    [finding] = [f for f in findings if f.check == "database" and f.state == "warn"]
    assert finding.fix == f"in feeds.yaml: storage: {{url: 'sqlite:///{file}'}}"


@pytest.mark.parametrize(
    ("heartbeat", "state", "what"),
    [
        (None, "warn", "has never run"),
        (NOW - MINUTE, "ok", "running"),
        (NOW - 3 * MINUTE, "ok", "running"),
        (NOW - 7 * MINUTE, "bad", "no sign of life for 7 min"),
        (NOW - timedelta(hours=30), "bad", "no sign of life for 30 h"),
        (NOW + timedelta(hours=3), "bad", "3 h in the future: the clock was set back"),
    ],
)
def test_the_daemons_sign_of_life(heartbeat: datetime | None, state: str, what: str) -> None:
    found = stored.daemon(replace(STATUS, heartbeat=heartbeat), NOW)
    assert found.state == state
    assert what in found.what
    assert bool(found.fix) == (state != "ok")


def test_feeds_that_are_well_and_feeds_that_are_not() -> None:
    def judged(*lines: FeedLine, running: bool = True) -> tuple[str, str]:
        found = stored.feeds(list(lines), NOW, running=running)
        return found.state, found.what

    assert judged()[0] == "warn"
    assert judged(FEED) == ("ok", "1 feeds, all well")
    new = replace(FEED, state="new", health="new", polled=None)
    assert judged(FEED, new) == ("ok", "2 feeds, 1 not polled yet")
    assert judged(FEED, SICK) == ("warn", f"2 feeds; 1 not well: {SICK.url}")
    assert judged(SICK) == ("bad", f"1 feeds, and none works: {SICK.url}")
    state, what = judged(FEED, *[replace(SICK, url=f"http://r{n}.example/") for n in range(9)])
    assert state == "warn"
    assert what.endswith("http://r2.example/ and 6 more")
    late = replace(FEED, next=NOW - 16 * MINUTE)
    assert judged(late) == ("bad", f"1 feeds; 1 overdue, {FEED.url}")
    # A daemon that does not run is said to once: each of its feeds is overdue then.
    assert judged(late, running=False)[0] == "ok"


def test_deliveries_given_up_and_deliveries_late() -> None:
    def judged(status: Status) -> list[tuple[str, str]]:
        return [(f.state, f.what) for f in stored.deliveries(status, NOW)]

    assert judged(STATUS) == [("ok", "none has been given up, none is late")]
    late = replace(STATUS, oldest_due=NOW - timedelta(hours=5))
    assert judged(late) == [("bad", "one has waited for 5 h")]
    dead = DeadLine(7, "desk", "dam", "resurfaced", NOW, 14, "HTTP 404")
    assert judged(replace(STATUS, dead=(dead,))) == [
        ("warn", "given up: 1, the last one to desk: HTTP 404")
    ]


def test_an_archive_is_examined_whole(database_url: str) -> None:
    found = {f.check: f.state for f in stored.contents(database_url, NOW)}
    assert found == {"daemon": "warn", "feeds": "warn", "deliveries": "ok"}


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    [finding], readable = stored.database(f"sqlite:///{tmp_path}/no.db")
    assert (readable, finding.state) == (False, "bad")


@pytest.mark.parametrize(
    ("ahead", "state"),
    [(None, None), (0.3, "ok"), (-1.9, "ok"), (2.5, "warn"), (-40.0, "warn"), (500.0, "bad")],
)
def test_two_machines_clocks(ahead: float | None, state: str | None) -> None:
    found = list(stored.server_clock(ahead))
    assert [one.state for one in found] == ([state] if state else [])
    if ahead == -40.0:
        assert "40.0 s behind this machine's" in found[0].what
        assert found[0].fix
