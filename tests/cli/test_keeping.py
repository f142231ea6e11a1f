"""`watcher db`: upgrade, backup, verify, restore, as a person and as a script sees them."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from tests.report.sample import make
from watcher.core.fingerprint import SCHEME

Run = Callable[..., Result]


@pytest.fixture
def own(tmp_path: Path) -> str:
    """An archive that a test may write to."""
    return make(tmp_path / "own.db")


def test_a_backup_is_made_checked_lost_and_put_back(run: Run, own: str, tmp_path: Path) -> None:
    before = run("export", "stories", "--db", own).stdout
    made = run("db", "backup", str(tmp_path / "safe"), "--db", own)
    assert (made.exit_code, made.stderr) == (0, "")
    (file,) = (tmp_path / "safe").glob("own-*.db")
    assert made.stdout.startswith(f"{file}: ")
    assert made.stdout.endswith(", checked.\n")
    checked = run("db", "verify", str(file), "--db", own)
    assert (checked.exit_code, checked.stdout) == (0, f"{file.name} is as it was made.\n")
    (tmp_path / "own.db").write_bytes(b"gone")
    assert run("stories", "--db", own).exit_code == 3
    back = run("db", "restore", str(file), "--db", own)
    assert (back.exit_code, back.stderr) == (0, "")
    assert back.stdout.startswith(f"The database is what {file.name} was.\nThe one before is ")
    assert run("export", "stories", "--db", own).stdout == before


def test_older_backups_go_by_count(run: Run, own: str) -> None:
    first = json.loads(run("db", "backup", "--keep", "1", "--json", "--db", own).stdout)
    assert len(first["sha256"]) == 64
    assert first["removed"] == []
    os.rename(first["file"], older := first["file"].replace("own-2", "own-1"))
    second = json.loads(run("db", "backup", "--keep", "1", "--json", "--db", own).stdout)
    assert second["removed"] == [older]


def test_damage_is_the_answer_no(run: Run, own: str, tmp_path: Path) -> None:
    file = tmp_path / "one.db"
    assert run("db", "backup", str(file), "--db", own).exit_code == 0
    with file.open("r+b") as opened:
        opened.write(b"X")
    found = run("db", "verify", str(file), "--db", own)
    assert found.exit_code == 1
    assert found.stdout.splitlines()[0].startswith("its SHA-256 is ")
    assert "watcher db restore" in found.stdout
    said = json.loads(run("db", "verify", str(file), "--json", "--db", own).stdout)
    assert said["ok"] is False
    refused = run("db", "restore", str(file), "--db", own)
    assert refused.exit_code == 3
    assert "not as it was made" in refused.stderr
    assert run("db", "verify", str(tmp_path / "none.db"), "--db", own).exit_code == 2


def test_a_server_is_backed_up_by_its_own_program(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    url = "postgresql://me:secret@db.example/news"
    missing = run("db", "backup", "--db", url)
    assert missing.exit_code == 3
    assert "apt install postgresql-client" in missing.stderr
    for name, does in (
        (
            "pg_dump",
            'for a; do case $a in --file=*) echo "$PGPASSWORD $*" >"${a#--file=}";; esac; done',
        ),
        ("pg_restore", "echo '; head'; echo '1 TABLE'"),
    ):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    made = run("db", "backup", str(tmp_path / "safe"), "--db", url)
    assert (made.exit_code, made.stderr) == (0, "")
    (file,) = (tmp_path / "safe").iterdir()
    assert file.name.startswith("news-")
    said = file.read_text()
    assert said.startswith("secret --format=custom"), "by the environment, which others cannot see"
    assert "secret" not in said.removeprefix("secret")
    assert "--dbname=postgresql://me@db.example/news" in said
    told = run("db", "restore", str(file), "--db", url)
    assert told.exit_code == 3
    assert "pg_restore --clean" in told.stderr
    assert "secret" not in told.stderr


def test_fingerprints_of_another_making_are_said_and_made_anew(
    run: Run, own: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "own.db")) as conn, conn:
        conn.execute("INSERT OR REPLACE INTO meta VALUES ('fingerprint.scheme', '0')")
    said = run("db", "upgrade", "--db", own)
    assert (said.exit_code, said.stderr) == (0, "")
    first, second, third = said.stdout.splitlines()
    assert first == "The tables are up to date."
    assert re.fullmatch(rf"The fingerprints of \d+ texts are .* anew \(scheme {SCHEME}\)\.", second)
    assert "`watcher status` says how far" in third
    line = next(x for x in run("status", "--db", own).stdout.splitlines() if "Fingerprint" in x)
    assert re.match(r"Fingerprint +0 of \d+ texts made anew; ", line)
    done = run("db", "upgrade", "--now", "--db", own)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1].startswith(f"All fingerprints are of scheme {SCHEME}")
    assert run("db", "upgrade", "--db", own).stdout == "The tables are up to date.\n"
    assert "Fingerprint" not in run("status", "--db", own).stdout


def test_sqlite_has_no_tables_of_the_index_to_drop(run: Run, own: str) -> None:
    said = run("db", "drop-index", "--db", own)
    assert (said.exit_code, said.stdout) == (0, "There are no such tables.\n")
