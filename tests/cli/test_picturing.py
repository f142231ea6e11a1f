"""Pictures by command: the page, the picture files, and drawings in the terminal."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from tests.report.sample import NOW
from watcher.cli import app
from watcher.cli.base import Failed, Setup
from watcher.cli.picturing import write_file

Run = Callable[..., Result]


def test_a_story_becomes_a_page(run: Run, db: str, tmp_path: Path) -> None:
    done = run("report", "1", "-o", "out.html", "--db", db)
    page = (tmp_path / "out.html").read_text("utf-8")
    assert done.exit_code == 0
    size = f"{len(page.encode()) / 1000:.1f} kB"
    assert done.stdout == f"Wrote out.html, {size}: open it in any browser.\n"
    assert page.startswith("<!doctype html>")
    assert "Leaked cable on the bridge strike" in page
    assert "\x1b" not in page


def test_without_a_name_it_is_called_after_the_story(run: Run, db: str, tmp_path: Path) -> None:
    assert run("report", "#4", "--db", db).exit_code == 0
    assert (tmp_path / "story-4.html").exists()


def test_a_page_can_go_down_a_pipe(run: Run, db: str, tmp_path: Path) -> None:
    done = run("report", "1", "-o", "-", "--db", db)
    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.rstrip().endswith("</html>")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("report", "99"), ("story", "99", "--plot", "a.svg")])
def test_no_such_story_is_an_answer_and_no_file(
    run: Run, db: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = run(*command, "--db", db)
    assert (done.exit_code, done.stderr) == (1, "There is no story 99.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(run: Run, db: str) -> None:
    done = run("report", "1", "-o", "no/such/page.html", "--db", db)
    assert done.exit_code == 3
    assert "no/such/page.html could not be written: No such file or directory" in done.stderr


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(b"before")
    write_file(path, b"after")
    assert path.read_bytes() == b"after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask()
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(Failed):
        write_file(folder, b"a folder cannot be replaced by a file")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "page.html"]


def umask() -> int:
    """The mask of new files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_drawings_become_a_picture(run: Run, db: str, tmp_path: Path) -> None:
    done = run("story", "1", "--plot", "out.svg", "--db", db)
    assert done.stdout.startswith("Wrote out.svg, ")
    assert (tmp_path / "out.svg").read_text("utf-8").startswith("<?xml")
    done = run("story", "1", "--plot", "out.PNG", "--db", db)
    assert done.exit_code == 0
    assert (tmp_path / "out.PNG").read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_another_kind_is_refused_before_anything_is_asked(run: Run) -> None:
    done = run("story", "1", "--plot", "out.gif")
    assert done.exit_code == 2
    assert "out.gif must end in .svg or .png." in done.stderr


def test_without_the_extra_a_png_says_what_to_install(
    run: Run, db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    done = run("story", "1", "--plot", "out.png", "--db", db)
    assert done.exit_code == 2
    assert "pip install 'syndication-watch[plots]'" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_story_is_drawn_in_the_terminal(run: Run, db: str) -> None:
    told = run("story", "1", "--db", db).stdout
    assert "┊┊┊ at rest, not to scale" in told
    assert "★ root" in told
    for line in told.splitlines():
        assert cell_len(line) <= 80 or "https://" in line
    for view in ("--tree", "--timeline"):
        assert "★" in run("story", "1", view, "--db", db).stdout
        assert "★" not in run("story", "1", view, "--json", "--db", db).stdout


def test_a_story_of_one_article_is_not(run: Run, db: str) -> None:
    assert "root" in run("story", "3", "--db", db).stdout
    assert "★" not in run("story", "3", "--db", db).stdout


def test_a_terminal_without_unicode_gets_plain_characters(run: Run, db: str) -> None:
    """`run` has set the width; what CliRunner encodes is what a terminal of that kind has."""
    setup = Setup(clock=lambda: NOW)
    runner = CliRunner(charset="ascii")
    done = runner.invoke(app, ["story", "1", "--tree", "--db", db], obj=setup)
    assert "* Agency" in done.stdout
    assert "★" not in done.stdout
