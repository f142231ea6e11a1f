"""The demo's last screen: the story, and both messages as their receivers got them."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import Result
from rich.cells import cell_len

from tests.report.sample import NOW
from watcher.cli.demo import narrate, show
from watcher.cli.render import visible
from watcher.demo.play import Counts, DemoResult

Run = Callable[..., Result]

ADDRESS = "http://127.0.0.1:8080/2016/09/leaked-cable-names-three-officers.html"

END = f"""\
Slack, #desk, the last of it:

  *Resurfaced after 8 d*
  <{ADDRESS}|Leaked
      cable names three officers who ordered the strike on the bridge>
  *Outlet* 日报\\u{{1b}}[2J

Mail to desk@demo.example, the last of it:

  Subject: [bridge] Resurfaced after 8 d: Leaked cable names three officers who
           ordered the strike

  Resurfaced after 8 d

  Outlet
  日报
"""


@pytest.fixture
def result(db: str, tmp_path: Path) -> DemoResult:
    """What came of a play about the sample archive's first story."""
    mail = EmailMessage()
    mail["To"] = "desk@demo.example"
    mail["Subject"] = (
        "[bridge] Resurfaced after 8 d: Leaked cable names three officers who ordered the strike"
    )
    mail.set_content("Resurfaced after 8 d\n\nOutlet\n日报\n")
    mail.add_alternative("<p>not shown</p>", subtype="html")
    headline = "Leaked cable names three officers who ordered the strike on the bridge"
    text = f"*Resurfaced after 8 d*\n<{ADDRESS}|{headline}>\n*Outlet* 日报\x1b[2J"
    payload = {"channel": "#desk", "attachments": [{"title": "bridge", "text": text}]}
    return DemoResult(
        story=1,
        config=tmp_path / "feeds.yaml",
        database_url=db,
        now=NOW,
        addresses={},
        slack=({"attachments": []}, payload),
        mails=(EmailMessage(), mail),
        counts=Counts(0, 0, 0, 0, 0),
    )


@pytest.fixture(autouse=True)
def _columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_the_page_ends_with_the_story_and_both_messages(
    run: Run, db: str, result: DemoResult, capsys: pytest.CaptureFixture[str]
) -> None:
    show(result, brief=False)
    shown = capsys.readouterr().out
    assert shown == "\n" + run("story", "1", "--db", db).stdout + "\n" + END
    for line in shown.splitlines():
        assert cell_len(line) <= 80 or ADDRESS in line
        assert visible(line) == line


def test_in_short_it_is_one_screen(
    run: Run, db: str, result: DemoResult, capsys: pytest.CaptureFixture[str]
) -> None:
    show(result, brief=True)
    story = run("story", "1", "--brief", "--db", db).stdout
    assert capsys.readouterr().out == story + "\n" + END[: END.index("\nMail to")]


def test_the_play_is_told_in_the_width_of_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    narrate(
        "Mon  2 Mar 08:20  The desk adds a watch on that report to feeds.yaml; the daemon waits."
    )
    narrate(
        "Mon  2 Mar 08:52    alert: [dam] First copy: Engineers warned of cracks in the spillway"
    )
    assert capsys.readouterr().out == (
        "Mon  2 Mar 08:20  The desk adds a watch on that report to feeds.yaml; the daemon\n"
        "                  waits.\n"
        "Mon  2 Mar 08:52    alert: [dam] First copy: Engineers warned of cracks in the\n"
        "                    spillway\n"
    )


def test_a_report_that_could_not_be_written_is_refused_before_the_play(run: Run) -> None:
    refused = run("demo", "--report", "no/such/page.html")
    assert refused.exit_code == 2
    assert "there is no folder no/such." in refused.stderr


def test_a_second_demo_does_not_mix_with_the_first(run: Run, tmp_path: Path) -> None:
    (tmp_path / "demo.db").touch()
    refused = run("demo", "--keep", str(tmp_path))
    assert refused.exit_code == 2
    assert "another folder" in refused.stderr
