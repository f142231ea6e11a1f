"""Exports, watches, test messages, the database: commands that programs and people rely on."""

from __future__ import annotations

import csv
import gzip
import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import Result

from tests.report.sample import make

Run = Callable[..., Result]

FEEDS = """\
outlets:
  - {name: Example Times, domain: times.example, feeds: [https://times.example/rss]}
receivers: [{name: desk, url: "json://127.0.0.1:1"}, {name: mail, url: "json://127.0.0.1:2"}]
"""


def test_export_is_json_unless_csv_is_asked_for(run: Run, db: str) -> None:
    plain = run("export", "matches", "--db", db)
    assert plain.stdout == run("export", "matches", "--json", "--db", db).stdout
    assert json.loads(plain.stdout.splitlines()[0]) == {
        "a": "cable-1",
        "b": "cable-2",
        "kind": "verbatim",
        "paste": 1.0,
        "cut": 0.9877,
        "distance": 2,
        "words": 38,
        "story_a": 1,
        "story_b": 1,
        "status": "auto",
        "same_outlet": False,
    }


def test_exported_stories_list_their_articles(run: Run, db: str) -> None:
    lines = run("export", "stories", "--db", db).stdout.splitlines()
    assert json.loads(lines[0]) == {
        "story": 1,
        "articles": ["cable-1", "cable-2", 13, 14],
        "state": "resurfaced",
        "episodes": 2,
        "outlets": 3,
        "first_seen": "2016-09-18T10:00:00Z",
        "clock": "seen",
    }


def test_exported_csv_has_the_same_fields_and_runs_nothing(run: Run, db: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("export", "matches", "--csv", "--db", db).stdout)))
    assert [row["b"] for row in rows] == ["cable-2", "13", "'-7", "31"]
    assert rows[0]["distance"] == "2"
    lists = csv.DictReader(io.StringIO(run("export", "stories", "--csv", "--db", db).stdout))
    assert [row["articles"] for row in lists] == ["cable-1; cable-2; 13; 14", "21; -7", "31"]


def test_an_empty_export_is_no_failure(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert run("db", "upgrade", "--db", url).exit_code == 0
    for what in ("matches", "stories", "sightings"):
        result = run("export", what, "--db", url)
        assert (result.exit_code, result.stdout) == (0, "")
        assert run("export", what, "--csv", "--db", url).stdout.count("\n") == 1


def test_upgrade_says_what_it_did(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'deep' / 'new.db'}"
    assert run("db", "upgrade", "--db", url).stdout.startswith("Applied: 0001")
    assert run("db", "upgrade", "--db", url).stdout == "The tables are up to date.\n"


@pytest.fixture
def own(run: Run, tmp_path: Path) -> str:
    """An archive that a test may write to, with a feeds.yaml beside it."""
    (tmp_path / "feeds.yaml").write_text(FEEDS)
    return make(tmp_path / "own.db")


def tracked(run: Run, db: str, name: str) -> dict[str, object]:
    lines = run("tracked", "--db", db, "--json").stdout.splitlines()
    (found,) = (row for row in map(json.loads, lines) if row["watch"] == name)
    return dict(found)


def test_an_address_is_tracked_and_untracked(run: Run, own: str) -> None:
    result = run("track", "https://times.example/a", "--label", "leak", "--db", own)
    assert result.exit_code == 0, result.stderr
    assert "resurfaced, first_copy" in result.stdout
    row = tracked(run, own, "leak")
    assert row["target"] == "story:https://times.example/a"
    assert row["conditions"] == ["resurfaced", "first_copy"]
    assert (row["notify"], row["origin"]) == (["desk", "mail"], "cli")
    assert run("untrack", "leak", "--db", own).exit_code == 0
    assert run("untrack", "leak", "--db", own).exit_code == 1


def test_conditions_and_receivers_can_be_chosen(run: Run, own: str) -> None:
    chosen = ("--alert-on", "reach=5", "--alert-on", "outlet: Example Times", "--notify", "desk")
    result = run(
        "track",
        "a phrase",
        "--phrase",
        "--label",
        "p",
        *chosen,
        "--dormant-after",
        "3d",
        "--db",
        own,
    )
    assert result.exit_code == 0, result.stderr
    row = tracked(run, own, "p")
    assert row["conditions"] == ["reach: 5", "outlet: times.example"]
    assert (row["target"], row["notify"]) == ("phrase:a phrase", ["desk"])


def test_translations_can_be_followed(run: Run, own: str) -> None:
    page = ("track", "https://times.example/a")
    result = run(*page, "--label", "leak", "--translations", "0.6", "--db", own)
    assert "Suggested translations with a likeness of 0.6 or more" in result.stdout
    assert tracked(run, own, "leak")["translations"] == 0.6
    assert tracked(run, own, "bridge")["translations"] is None


def test_files_standard_input_and_stories_are_tracked(run: Run, own: str, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("The text itself.")
    assert run("track", "text.txt", "--label", "file", "--db", own).exit_code == 0
    assert tracked(run, own, "file")["target"] == f"file:{tmp_path / 'text.txt'}"
    assert run("track", "-", "--label", "pasted", "--db", own, input="Pasted.").exit_code == 0
    assert tracked(run, own, "pasted")["target"] == "text:Pasted."
    assert run("track", "4", "--label", "known", "--db", own).exit_code == 0
    assert tracked(run, own, "known")["target"] == "story:1"  # what 4 was merged into


def test_a_faulty_feeds_yaml_cannot_say_who_is_told(run: Run, own: str, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text("outlets: [{name: A, feeds: [ftp://a]}]\n")
    result = run("track", "https://times.example/a", "--label", "x", "--db", own)
    assert result.exit_code == 2
    assert "ftp://a" in result.stderr
    named = run("track", "https://times.example/a", "--label", "x", "--notify", "d", "--db", own)
    assert named.exit_code == 0, "who is told was said"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("nothing-here", "--label", "x"), "--phrase"),
        (("https://times.example/a", "--label", "bridge"), "already"),
        (("https://times.example/a", "--label", "x", "--notify", "nobody"), "desk, mail"),
        (("https://times.example/a", "--label", "x", "--alert-on", "reach"), "whole number"),
        (("https://times.example/a", "--label", "x", "--alert-on", "reach=0"), "whole number"),
        (("https://times.example/a", "--label", "x", "--alert-on", "redated=1"), "no value"),
        (("https://times.example/a", "--label", "x", "--alert-on", "surfaced"), "resurfaced"),
        (("https://times.example/a", "--label", "x", "--dormant-after", "1s"), "1h"),
        (("https://times.example/a", "--label", "x", "--translations", "60%"), "such as 0.6"),
        (("a", "--phrase", "--label", "x", "--translations", ".6"), "its own words alone"),
        (("99", "--label", "x"), "no story 99"),
        (("-", "--label", "x"), "empty"),
    ],
)
def test_a_watch_that_makes_no_sense_is_refused(
    run: Run, own: str, args: tuple[str, ...], said: str
) -> None:
    result = run("track", *args, "--db", own, input="")
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_configured_watch_is_ended_where_it_stands(run: Run, own: str) -> None:
    result = run("untrack", "bridge", "--db", own)
    assert result.exit_code == 2
    assert "feeds.yaml" in result.stderr


@pytest.fixture
def hook() -> Iterator[tuple[str, list[str]]]:
    """A receiver on loopback: its Apprise URL and the bodies it was sent."""
    bodies: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    thread.join()
    server.server_close()


# Apprise's plugins import it; it is gone from Python 3.13 on.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_a_test_message_reaches_the_receiver(
    run: Run, tmp_path: Path, hook: tuple[str, list[str]]
) -> None:
    url, bodies = hook
    (tmp_path / "feeds.yaml").write_text(FEEDS.replace("json://127.0.0.1:1", url))
    result = run("alerts", "test", "desk")
    assert result.exit_code == 0, result.output
    header, line = result.stdout.splitlines()
    assert header.split() == ["RECEIVER", "OUTCOME", "MS", "ANSWER"]
    assert line.startswith("desk      sent")
    assert line.endswith("HTTP 200")
    assert "test of Syndication Watch" in bodies[0]
    failed = run("alerts", "test")
    assert failed.exit_code == 3
    assert len(bodies) == 2
    assert failed.stdout.splitlines()[2].startswith("mail      error")
    (told,) = run("alerts", "test", "desk", "--json").stdout.splitlines()
    assert json.loads(told)["outcome"] == "sent"
    assert json.loads(told)["receiver"] == "desk"
    assert run("alerts", "test", "nobody").exit_code == 2


def test_check_names_every_fault_with_its_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(FEEDS + "polling: {workers: none}\nwatchs: []\n")
    result = run("check", str(file))
    assert result.exit_code == 2
    assert "mine.yaml:4:" in result.stderr
    assert "mine.yaml:5:" in result.stderr
    assert result.stderr.splitlines()[-1] == "watcher: 2 faults"
    file.write_text(FEEDS)
    good = run("check", "--config", str(file))
    assert (good.exit_code, good.stderr) == (0, "")
    assert good.stdout.endswith("Outlets: 1, feeds: 1, receivers: 2, watches: 0.\n")


BODY = (
    "The leaked cable names three officers who ordered the strike on the bridge, say two people"
    " who read it before it went to the ministry. The pilots had been told twice of the convoy,"
    " and nobody answered the radio for eleven minutes after the first call came in."
)


def lines(*articles: dict[str, object]) -> str:
    return "".join(json.dumps(article) + "\n" for article in articles)


# The simhash package is compiled on its first import, with a regular expression in a docstring.
importing = pytest.mark.filterwarnings("ignore:.*invalid escape sequence")


@importing
@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_is_imported_and_exported(run: Run, tmp_path: Path, packed: bool) -> None:
    text = lines(
        {"id": "first", "outlet": "agency.example", "text": BODY, "title": "Cable"},
        {"id": "second", "outlet": "times.example", "text": BODY + " Agency.", "title": "Cable"},
    )
    file = tmp_path / ("archive.jsonl" + ".gz" * packed)
    file.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    url = f"sqlite:///{tmp_path / 'var' / 'new.db'}"
    result = run("import", str(file), "--db", url, "--workers", "1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("2 articles (2 new), 1 match, 1 story, in ")
    (match,) = map(json.loads, run("export", "matches", "--db", url).stdout.splitlines())
    assert (match["a"], match["b"], match["kind"]) == ("first", "second", "verbatim")
    (story,) = map(json.loads, run("export", "stories", "--db", url).stdout.splitlines())
    assert story["articles"] == ["first", "second"]
    again = run("import", str(file), "--db", url, "--workers", "1")
    assert again.stdout.startswith("2 articles (0 new), 0 matches")


@importing
def test_lines_that_cannot_be_used_are_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "archive.jsonl"
    file.write_text(lines({"outlet": "a.example", "text": BODY}) + "not json \x1b[2J\n")
    url = f"sqlite:///{tmp_path / 'new.db'}"
    result = run("import", str(file), "--db", url, "--workers", "1")
    assert result.exit_code == 0
    assert f"{file}:2: not JSON" in result.stderr
    assert "1 line left out" in result.stdout
    file.write_text("none\nof these\n")
    assert run("import", str(file), "--db", url, "--workers", "1").exit_code == 2
    assert run("import", str(tmp_path / "missing.jsonl"), "--db", url).exit_code == 2
