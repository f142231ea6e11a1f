"""`watcher rules test`: the table people read, the lines programs read, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select

from storage import models
from tests.record.desk import DAY, HOUR, T0, Desk
from tests.record.test_alerts import SOURCE, copy, watch
from tests.record.test_mentions import item
from tests.record.test_mentions import watch as watch_phrase
from watcher.archive import Database, open_archive

Run = Callable[..., Result]

FEEDS = """\
outlets:
  - {name: Example Times, domain: times.example, feeds: [https://times.example/rss]}
watches:
  - {name: watch, story: "https://wire.example/1", alert_on: [reach: 2], notify: []}
  - {name: talks, phrase: '"dam talks"', alert_on: [new_mention]}
  - {name: feeds, alert_on: [feed_bad]}
  - {name: unknown, story: "https://nowhere.example/"}
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An archive with a story that came back, and two mentions of a phrase."""
    made = f"sqlite:///{tmp_path / 'rules.db'}"
    with open_archive(made, create=True) as database:
        _live(database)
    return made


def _live(database: Database) -> None:
    desk = Desk(database)
    desk.poll(SOURCE, now=T0)
    watch(desk, "resurfaced", "new_copy")
    watch_phrase(desk, "new_mention", name="dam")
    desk.poll(copy(1, HOUR), now=T0 + HOUR)
    desk.poll(copy(2, 20 * DAY), item(1, "coast"), now=T0 + 20 * DAY)


SINCE = ("--replay", "2026-01-01", "--until", "2027-01-01")


def test_a_table_says_what_fired_and_why(run: Run, url: str) -> None:
    result = run("rules", "test", "watch", *SINCE, "--db", url)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "AT                 CONDITION   RULE   REALLY  OUTLET",
        "2026-03-02T10:00Z  new_copy    fires  fired   outlet1",
        "  a copy at outlet1",
        "2026-03-22T09:00Z  resurfaced  fires  fired   outlet2",
        "  a story at rest came back after 20 days: a new article at an outlet that did",
        "    not have it",
        "2026-03-22T09:00Z  new_copy    held   held    outlet2",
        "  the story has resurfaced, which says more",
    ]
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_programs_read_every_field(run: Run, url: str) -> None:
    lines = run("rules", "test", *SINCE, "--json", "--db", url).stdout.splitlines()
    told = [json.loads(line) for line in lines]
    assert [(t["watch"], t["condition"], t["verdict"], t["really"]) for t in told] == [
        ("watch", "new_copy", "fires", "fired"),
        ("dam", "new_mention", "fires", "fired"),
        ("watch", "resurfaced", "fires", "fired"),
        ("watch", "new_copy", "held", "held"),
    ]
    assert told[0]["key"] == "watch:a1:new_copy:2"
    rows = list(
        csv.DictReader(io.StringIO(run("rules", "test", *SINCE, "--csv", "--db", url).stdout))
    )
    assert list(rows[0]) == list(told[0])


def test_other_conditions_on_the_same_past(run: Run, url: str) -> None:
    result = run("rules", "test", "watch", *SINCE, "--alert-on", "reach=3", "--json", "--db", url)
    (line,) = [json.loads(one) for one in result.stdout.splitlines()]
    assert (line["condition"], line["verdict"], line["really"]) == ("reach", "fires", "")
    patient = run(
        "rules", "test", "watch", *SINCE, "--dormant-after", "30d", "--alert-on", "resurfaced",
        "--db", url,
    )  # fmt: skip
    assert (patient.exit_code, patient.stderr) == (
        1, "Nothing would have been raised, and nothing held back.\n"
    )  # fmt: skip


def test_the_rules_of_a_file_that_is_not_in_force(run: Run, url: str, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(FEEDS)
    result = run("rules", "test", *SINCE, "--json", "--db", url)
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert {(t["watch"], t["condition"]) for t in told} == {
        ("watch", "reach"),
        ("dam", "new_mention"),
        ("talks", "new_mention"),
    }
    assert result.stderr.splitlines() == [
        "feeds: about feeds alone, which have no replay.",
        "unknown: its text is not in the archive yet: the daemon puts it there.",
    ]


def test_nothing_is_written(run: Run, url: str) -> None:
    def alerts() -> int:
        with open_archive(url) as database, database.read() as conn:
            return len(conn.execute(select(models.alert)).all())

    before = alerts()
    run("rules", "test", *SINCE, "--all", "--db", url)
    assert alerts() == before > 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nobody",), "No watch is called nobody: there are dam, watch."),
        (("watch", "--alert-on", "boom"), "--alert-on boom: no such condition"),
        (("dam", "--alert-on", "new_copy"), "a phrase has mentions: write new_mention"),
        (("watch", "--alert-on", "new_mention"), "it is about a phrase: write new_copy"),
        (("watch", "--dormant-after", "5m"), "--dormant-after: an hour at least."),
        (("--replay", "1d", "--until", "2d"), "--replay begins after it ends"),
        (("--replay", "soon"), "is neither a length of time"),
    ],
)
def test_what_it_refuses(run: Run, url: str, arguments: tuple[str, ...], told: str) -> None:
    result = run("rules", "test", *arguments, "--db", url)
    assert result.exit_code == 2
    assert told in result.stderr
