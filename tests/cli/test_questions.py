"""Search, outlets and exports as people and programs see them."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from tests.texts import HARBOUR, LIBRARY, ORCHARD
from watcher.cli import app
from watcher.cli.render import visible

Run = Callable[..., Result]

HOSTILE = "=HYPERLINK(\x1b[2J\u202egnp.exe) harbour"


def line(id_: str, outlet: str, title: str, text: str, at: str) -> str:
    return json.dumps(
        {
            "id": id_,
            "outlet": outlet,
            "url": f"https://{outlet}/{id_}",
            "title": title,
            "text": text,
            "published": f"2026-03-01T{at}Z",
            "lang": "en",
        }
    )


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An archive of three outlets; no test may write to it."""
    folder = tmp_path_factory.mktemp("questions")
    url = f"sqlite:///{folder / 'watcher.db'}"
    (folder / "archive.jsonl").write_text(
        "\n".join(
            [
                line("h1", "agency.example", "Harbour crane falls", HARBOUR, "09:00"),
                line("h2", "times.example", HOSTILE, HARBOUR, "10:00"),
                line("h3", "泄露的文件显示空袭并非意外日报.example", "Crane", HARBOUR, "11:30"),
                line("o1", "times.example", "Orchard", ORCHARD, "09:00"),
                line("o2", "agency.example", "The orchard again", ORCHARD, "12:00"),
                line("l1", "agency.example", "Library", LIBRARY, "09:00"),
            ]
        )
    )
    assert (
        CliRunner().invoke(app, ["import", str(folder / "archive.jsonl"), "--db", url]).exit_code
        == 0
    )
    return url


QUESTIONS = [
    ("search", "harbour"),
    ("search", "harbour", "--outlet", "times.example"),
    ("search", "orchard", "OR", "harbour", "--kind", "verbatim"),
    ("outlets",),
    ("outlets", "--pairs"),
    ("outlets", "agency.example"),
    ("stories", "--outlet", "times.example"),
    ("stories", "--title", "orchard", "--kind", "verbatim"),
]


@pytest.mark.parametrize("args", QUESTIONS)
def test_every_answer_fits_the_screen_and_is_harmless(
    run: Run, db: str, args: tuple[str, ...]
) -> None:
    result = run(*args, "--db", db)
    assert result.exit_code == 0, result.stderr
    for shown in result.stdout.splitlines():
        assert cell_len(shown) <= 80 or "https://" in shown, shown
        assert visible(shown) == shown


@pytest.mark.parametrize("args", QUESTIONS)
def test_every_answer_is_json_and_csv_that_runs_nothing(
    run: Run, db: str, args: tuple[str, ...]
) -> None:
    lines = run(*args, "--db", db, "--json").stdout.splitlines()
    assert lines
    assert all(isinstance(json.loads(one), dict) and visible(one) == one for one in lines)
    header, *rows = csv.reader(io.StringIO(run(*args, "--db", db, "--csv").stdout))
    assert len(rows) == len(lines)
    assert all(len(row) == len(header) for row in rows)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_a_search_shows_where_the_words_stand(run: Run, db: str) -> None:
    text = run("search", '"harbour crane"', "--db", db).stdout
    assert text.startswith("#1 agency.example: Harbour crane falls\n  2026-03-01T09:00Z (its own")
    assert text.endswith("\n1 article found and ranked.\n")
    row = json.loads(run("search", '"harbour crane"', "--db", db, "--json").stdout)
    assert (row["external_id"], row["kind"], row["at"]) == ("h1", "root", "2026-03-01T09:00:00Z")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("-crane",), {"h2"}),
        (("-visa", "-halt"), {"h1", "h2", "h3"}),
        (('-"crane falls"',), {"h2", "h3"}),
        (("--", "-crane"), {"h2"}),
    ],
)
def test_a_word_with_a_minus_is_no_option(
    run: Run, db: str, words: tuple[str, ...], found: set[str]
) -> None:
    result = run("--db", db, "search", "--json", "harbour", *words)
    assert {json.loads(one)["external_id"] for one in result.stdout.splitlines()} == found
    assert result.stderr == ""


def test_hits_are_coloured_on_a_terminal_alone(run: Run, db: str) -> None:
    word = HARBOUR.split()[3]
    assert "\x1b[" not in run("search", word, "--db", db).stdout
    parent, terminal = os.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", "watcher", "search", word, "--db", db],
            stdout=terminal,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TERM": "xterm"},
            check=True,
            timeout=60,
        )
        shown = os.read(parent, 1 << 16).decode()
    finally:
        os.close(parent)
        os.close(terminal)
    assert f"\x1b[33m\x1b[1m{word}\x1b[0m" in shown


def test_pages_of_a_search_are_named(run: Run, db: str) -> None:
    found: list[str] = []
    after: tuple[str, ...] = ()
    for _ in range(9):
        result = run("search", "harbour", "--limit", "1", *after, "--db", db, "--json")
        found.append(json.loads(result.stdout)["external_id"])
        said = run("search", "harbour", "--limit", "1", *after, "--db", db).stderr
        if not said:
            break
        after = tuple(said.removeprefix("There are more: add ").split())
    assert sorted(found) == ["h1", "h2", "h3"]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("search", "nowhere"), 1, "No article fits"),
        (("search", "--", "-harbour"), 2, "nothing to search for"),
        (("search", "-harbour"), 2, "nothing to search for"),
        (("search", "harbour", "--limmit", "3"), 2, "No such option"),
        (("search", "harbour", "--outlet", "nobody"), 2, "there is none of that name"),
        (("search", "harbour", "--after", "99"), 2, "does not find that article"),
        (("search",), 2, "WORDS"),
        (("outlets", "nobody"), 1, "No outlet is called nobody: `watcher outlets`"),
        (("outlets", "TIMES"), 1, "No outlet is called TIMES; there is times.example."),
        (("stories", "--state", "single", "--outlet", "times.example"), 2, "`watcher search`"),
        (("stories", "--title", '"'), 2, "nothing to search for"),
        (("stories", "--family", "nobody"), 2, "there is none of that name"),
        (("export", "matches", "--graphml"), 2, "no graph"),
        (("export", "matches", "--by", "outlet"), 2, "--by is for"),
        (("export", "graph", "--parquet"), 2, "--output"),
        (("export", "graph", "--csv", "--graphml"), 2, "exclude each other"),
        (("export", "graph", "-o", "no/such/folder/file"), 2, "cannot write"),
    ],
)
def test_what_cannot_be_answered_is_said(
    run: Run, db: str, args: tuple[str, ...], code: int, said: str
) -> None:
    result = run("--db", db, *args)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_an_empty_database_has_no_outlets(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert run("db", "upgrade", "--db", url).exit_code == 0
    assert run("outlets", "--db", url).exit_code == 1
    assert run("outlets", "--pairs", "--db", url).exit_code == 1
    assert run("search", "x", "--db", url).exit_code == 1


def test_the_matrix_says_who_took_from_whom(run: Run, db: str) -> None:
    text = run("outlets", "--db", db).stdout
    assert "Who took from whom: a row took, a column gave" in text
    [row] = [json.loads(one) for one in run("outlets", "--db", db, "--json").stdout.splitlines()
             if json.loads(one)["domain"] == "times.example"]  # fmt: skip
    assert row["taken_from"] == {"agency.example": 1}
    assert (row["taken"], row["given"], row["lag"]) == (1, 1, {"low": 3600.0, "high": 3600.0})


# ---------------------------------------------------------------- exports


def test_the_graph_in_every_form(run: Run, db: str, tmp_path: Path) -> None:
    rows = [json.loads(one) for one in run("export", "graph", "--db", db).stdout.splitlines()]
    assert [row["is"] for row in rows] == sorted((row["is"] for row in rows), reverse=True)
    edges = [row for row in rows if row["is"] == "edge"]
    table = list(csv.DictReader(io.StringIO(run("export", "graph", "--csv", "--db", db).stdout)))
    assert [(r["source"], r["target"]) for r in table] == [
        (str(r["source"]), str(r["target"])) for r in edges
    ]
    by_outlet = run("export", "graph", "--by", "outlet", "--db", db).stdout.splitlines()
    assert {"source", "target", "copies"} <= json.loads(by_outlet[-1]).keys()
    document = run("export", "graph", "--graphml", "--db", db).stdout
    assert document.startswith("<?xml")
    assert run("export", "graph", "--graphml", "-o", "g.graphml", "--db", db).stdout == ""
    assert Path("g.graphml").read_text("utf-8") == document
    assert run("export", "graph", "--parquet", "-o", "g.parquet", "--db", db).exit_code == 0
    assert pq.read_table("g.parquet").num_rows == len(edges)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["g.graphml", "g.parquet"]


def test_a_file_has_the_same_bytes_as_standard_output(run: Run, db: str) -> None:
    for form in ("--json", "--csv"):
        shown = run("export", "stories", form, "--db", db).stdout
        assert run("export", "stories", form, "-o", "out", "--db", db).stdout == ""
        assert Path("out").read_bytes() == shown.encode()


def test_an_export_that_fails_leaves_what_was_there(run: Run, tmp_path: Path) -> None:
    Path("kept.csv").write_text("as before")
    result = run("export", "stories", "--csv", "-o", "kept.csv", "--db", f"{tmp_path}/none.db")
    assert result.exit_code == 3
    assert Path("kept.csv").read_text() == "as before"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.csv"]


def test_without_the_library_parquet_says_what_to_install(
    run: Run, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    result = run("export", "matches", "--parquet", "-o", "m.parquet", "--db", db)
    assert result.exit_code == 2
    assert "pip install 'syndication-watch[parquet]'" in result.stderr
    assert not Path("m.parquet").exists()
