"""Texts laid side by side: match against an archive, compare two of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.report.sample import NOW
from watcher.cli import app
from watcher.cli.base import Setup
from watcher.cli.compare import word_diff

Run = Callable[..., Result]

# The simhash package is compiled on its first import, with a regular expression in a docstring.
pytestmark = pytest.mark.filterwarnings("ignore:.*invalid escape sequence")

CABLE = (
    "The leaked cable names three officers who ordered the strike on the bridge, say two people"
    " who read it before it went to the ministry. The pilots had been told twice of the convoy,"
    " and nobody answered the radio for eleven minutes after the first call came in."
)
EDITED = CABLE.replace("three officers", "four men").replace(
    "nobody answered the radio for eleven minutes after the first call came in",
    "the ministry, which denies every word of it, will say more on Monday morning",
)
OTHER = (
    "Ferries between the islands will run every hour from next week, the harbour office says,"
    " because the new pier was finished early and two boats came back from repair sooner than"
    " anybody had hoped. Tickets cost the same as last summer and dogs travel free."
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An archive of two articles."""
    folder = tmp_path_factory.mktemp("texts")
    rows = (
        {"id": "c", "outlet": "agency.example", "title": "The cable", "text": CABLE},
        {"id": "o", "outlet": "times.example", "title": "Ferries", "text": OTHER},
    )
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    url = f"sqlite:///{folder / 'w.db'}"
    args = ["import", str(folder / "in.jsonl"), "--db", url, "--workers", "1"]
    result = CliRunner().invoke(app, args, obj=Setup(clock=lambda: NOW))
    assert result.exit_code == 0, result.output
    return url


@pytest.fixture
def texts(run: Run, tmp_path: Path) -> None:
    """The texts as files of the working folder."""
    for name, text in (("cable", CABLE), ("edited", EDITED), ("other", OTHER)):
        (tmp_path / name).write_text(text + "\n")


def test_a_copy_is_recognised(run: Run, archive: str, texts: None) -> None:
    result = run("match", "edited", "--db", archive)
    assert result.exit_code == 0
    head, hit = result.stdout.splitlines()
    assert head == "KIND    PASTE   CUT  DIST  ARTICLE  STORY  OUTLET          TITLE"
    assert hit.startswith("edited   0.")
    assert hit.endswith("1      1  agency.example  The cable")


def test_a_copy_is_recognised_by_programs(run: Run, archive: str) -> None:
    result = run("match", "-", "--db", archive, "--json", input=OTHER)
    (hit,) = map(json.loads, result.stdout.splitlines())
    assert (hit["kind"], hit["paste"], hit["cut"], hit["distance"]) == ("verbatim", 1.0, 1.0, 0)
    assert (hit["outlet"], hit["title"]) == ("times.example", "Ferries")


@pytest.mark.parametrize("text", ["Not a word of this was ever printed anywhere.", ""])
def test_a_copy_of_nothing_is_no(run: Run, archive: str, text: str) -> None:
    result = run("match", "-", "--db", archive, input=text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not a copy of anything known" in result.stderr


def test_two_texts_are_compared(run: Run, texts: None) -> None:
    result = run("compare", "cable", "edited")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[:2] == ["A  cable, 48 words", "B  edited, 49 words"]
    assert lines[3] == "edited"
    assert lines[-1].startswith(
        "The leaked cable names [-three officers-] {+four men+} who ordered the strike"
    )
    assert "\x1b" not in result.stdout


def test_a_comparison_for_programs_is_exact(run: Run, texts: None) -> None:
    found = json.loads(run("compare", "cable", "edited", "--json").stdout)
    assert set(found) >= {"kind", "paste", "cut", "distance", "words", "reason", "runs", "diff"}
    copied = "".join(text for op, text in found["diff"] if op != "del")
    assert copied.strip() == EDITED


def test_texts_that_do_not_match_are_no(run: Run, texts: None) -> None:
    result = run("compare", "cable", "other")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[3] == "no match"


def test_stored_articles_are_compared(run: Run, archive: str, texts: None) -> None:
    result = run("compare", "#1", "edited", "--db", archive)
    assert result.exit_code == 0
    assert result.stdout.startswith("A  #1 agency.example, 48 words: The cable\n")
    assert run("compare", "1", "2", "--db", archive).exit_code == 1


def test_the_diff_marks_each_change() -> None:
    diff = (("same", "One two "), ("del", "old "), ("add", "new\x1b[2J "), ("move", "last."))
    assert word_diff(diff, full=False, colour=False) == (
        "One two [-old-] {+new\\u{1b}[2J+} {~last.~}"
    )
    coloured = word_diff(diff, full=False, colour=True)
    assert "\x1b[31m" in coloured
    assert "[2J" in coloured
    assert "\x1b[2J" not in coloured


def test_long_stretches_without_a_change_are_left_out() -> None:
    same = " ".join(f"w{n}" for n in range(100))
    shown = word_diff((("same", same), ("del", "x"), ("same", same)), full=False, colour=False)
    assert shown == (
        "... 88 words the same ... "
        + " ".join(f"w{n}" for n in range(88, 100))
        + " [-x-] "
        + " ".join(f"w{n}" for n in range(12))
        + " ... 88 words the same ..."
    )
