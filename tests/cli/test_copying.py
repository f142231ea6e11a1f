"""`watcher db copy`, as a person and as a script sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from tests.conftest import PostgresServer
from tests.report.sample import make

Run = Callable[..., Result]


def test_up_and_back(run: Run, postgres: PostgresServer, tmp_path: Path) -> None:
    source = make(tmp_path / "source.db")
    name = postgres.create()
    try:
        url = postgres.url(name)
        up = run("db", "copy", str(tmp_path / "source.db"), url)
        assert up.exit_code == 0
        lines = [line.split() for line in up.stdout.splitlines()]
        assert lines[0] == ["TABLE", "ROWS", "HASH", "OF", "BOTH"]
        rows = {line[0]: int(line[1]) for line in lines[1:]}
        assert (rows["article"], rows["poll"]) == (7, 25)
        assert "block" not in rows, "of an empty table there is nothing to tell"
        assert "the same in both. To use the copy, name it in storage.url" in up.stderr
        for question in (["stories"], ["story", "1"], ["feeds", "list"], ["alerts", "list"]):
            asked = [run(*question, "--json", "--db", u).stdout for u in (source, url)]
            assert asked[0] == asked[1] != ""
        down = run("db", "copy", url, str(tmp_path / "back.db"), "--json")
        assert (down.exit_code, down.stderr) == (0, "")
        said = [json.loads(line) for line in down.stdout.splitlines()]
        assert {s["table"]: s["rows"] for s in said if s["rows"]} == rows
        assert all(len(s["hash"]) == 32 for s in said if s["table"] != "search")
        again = run("db", "copy", source, url)
        assert (again.exit_code, again.stdout) == (3, "")
        assert "is not empty" in again.stderr
    finally:
        postgres.drop(name)


def test_misuse_is_said(run: Run) -> None:
    assert "DEST: no such kind of database: mysql" in run("db", "copy", "a", "mysql://x").stderr
    same = run("db", "copy", "a.db", "sqlite:///a.db")
    assert same.exit_code == 2
    assert "both source and target" in same.stderr
    missing = run("db", "copy", "a.db", "b.db")
    assert missing.exit_code == 3
    assert "no database at" in missing.stderr
