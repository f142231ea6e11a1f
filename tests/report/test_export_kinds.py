"""An outlet's own text issued again goes out under a kind of the interface, and is marked."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from tests.texts import HARBOUR
from watcher.cli import app


def test_a_repost_is_exported_as_what_it_is_word_for_word(tmp_path: Path) -> None:
    lines = [
        {"id": name, "outlet": outlet, "text": HARBOUR}
        for name, outlet in (("first", "a.example"), ("again", "a.example"), ("copy", "b.example"))
    ]
    archive = tmp_path / "archive.jsonl"
    archive.write_text("".join(json.dumps(line) + "\n" for line in lines))
    db = ("--db", f"sqlite:///{tmp_path / 'watcher.db'}")
    run = CliRunner()
    assert run.invoke(app, ["import", str(archive), *db]).exit_code == 0
    out = run.invoke(app, ["export", "matches", *db]).stdout
    found = {
        frozenset((row["a"], row["b"])): (row["kind"], row["same_outlet"])
        for row in map(json.loads, out.splitlines())
    }
    assert found == {
        frozenset(("first", "again")): ("verbatim", True),
        frozenset(("first", "copy")): ("verbatim", False),
        frozenset(("again", "copy")): ("verbatim", False),
    }
