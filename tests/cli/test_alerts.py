"""Alerts and silences: what is shown, sent again, muted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import insert, update

from storage import models
from storage.db import open_database
from tests.report.sample import NOW, make
from watcher.core.message import Facts

Run = Callable[..., Result]

FACTS = Facts(
    watch="bridge",
    condition="resurfaced",
    headline="Leaked cable\x1b[2J on the bridge strike",
    outlet="日报",
    story=1,
    rested_for=8 * 86_400.0,
    reason="a new outlet after 8 days of rest",
    silence="watcher silence add --watch bridge --for 7d",
)

SHOWN = """\
Alert 1: resurfaced of watch bridge, story 1, 2016-09-26T10:00Z
fired: a new outlet after 8 days of rest

  [bridge] Resurfaced after 8 d: Leaked cable[2J on the bridge strike

  Outlet      日报
  Seen here   not seen in a feed
  Outlet says no date
  Totals      0 copies, 0 outlets, 0 families, episode 1
  Why         a new outlet after 8 days of rest
  Silence     watcher silence add --watch bridge --for 7d

desk sent, 1 attempt

mail dead, 9 attempts: 550 no such user
  2016-09-26T12:00Z refused in 40 ms: 550 no such user \\u{9b}31m
"""


@pytest.fixture
def own(run: Run, tmp_path: Path) -> str:
    """The sample archive with an alert that can be read, to write to."""
    url = make(tmp_path / "own.db")
    with open_database(url) as database, database.write() as conn:
        conn.execute(update(models.alert).values(payload=FACTS.to_plain()))
        conn.execute(
            insert(models.attempt).values(
                delivery_id=2,
                at=NOW,
                took_ms=40,
                outcome="refused",
                detail="550 no such user \x9b31m",
            )
        )
    return url


def rows(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_an_alert_shows_its_message_and_every_attempt(run: Run, own: str) -> None:
    result = run("alerts", "show", "1", "--db", own)
    assert (result.exit_code, result.stdout) == (0, SHOWN)
    (found,) = rows(run("alerts", "show", "1", "--db", own, "--json"))
    assert found["line"]["deliveries"][1]["reason"] == "550 no such user"  # type: ignore[index]
    assert found["payload"]["condition"] == "resurfaced"  # type: ignore[index]
    assert run("alerts", "show", "9", "--db", own).exit_code == 1


def test_an_alert_whose_message_cannot_be_read_is_shown_all_the_same(run: Run, db: str) -> None:
    result = run("alerts", "show", "1", "--db", db)
    assert result.exit_code == 0
    assert "cannot be read" in result.stdout
    assert "mail dead, 9 attempts" in result.stdout


def states(run: Run, own: str) -> dict[str, str]:
    (alert,) = rows(run("alerts", "list", "--db", own, "--json"))
    return {one["receiver"]: one["state"] for one in alert["deliveries"]}  # type: ignore[attr-defined]


def test_only_what_did_not_arrive_is_sent_again_unless_all_is_asked_for(run: Run, own: str) -> None:
    result = run("alerts", "resend", "1", "--db", own)
    assert result.stdout == "1 delivery of alert 1 will be sent again.\n"
    assert states(run, own) == {"desk": "sent", "mail": "pending"}
    again = run("alerts", "resend", "1", "--db", own)
    assert (again.exit_code, again.stdout) == (1, "")
    assert run("alerts", "resend", "1", "--receiver", "desk", "--db", own).exit_code == 1
    done = run("alerts", "resend", "1", "--receiver", "desk", "--all", "--db", own)
    assert done.exit_code == 0
    assert states(run, own) == {"desk": "pending", "mail": "pending"}
    assert run("alerts", "resend", "9", "--db", own).exit_code == 1


def test_sending_again_says_what_will_hold_it(run: Run, own: str) -> None:
    assert run("silence", "add", "--receiver", "mail", "--for", "7d", "--db", own).exit_code == 0
    result = run("alerts", "resend", "1", "--db", own)
    assert "That to mail will be held again" in result.stdout
    assert "silence expire 1" in result.stdout


def test_what_is_held_says_why_in_the_list(run: Run, own: str) -> None:
    with open_database(own) as database, database.write() as conn:
        held = update(models.delivery).where(models.delivery.c.id == 1)
        conn.execute(held.values(state="held", reason="silence 1 by anna"))
    listed = run("alerts", "list", "--db", own).stdout
    assert "desk held: silence 1" in listed


def test_the_command_that_every_message_prints_works_as_printed(run: Run, own: str) -> None:
    _, *args = FACTS.silence.split()
    result = run(*args, "--author", "anna", "--db", own)
    assert result.stdout == (
        "Silence 1 mutes watch bridge until 2016-10-03T12:00Z;"
        " `watcher silence expire 1`\n  ends it.\n"
    )
    (line,) = rows(run("silence", "list", "--db", own, "--json"))
    assert (line["watch"], line["author"], line["holds"]) == ("bridge", "anna", True)
    assert line["until"] == "2016-10-03T12:00:00Z"


def test_a_silence_has_an_author_without_being_asked(run: Run, own: str) -> None:
    run("silence", "add", "--receiver", "desk", "--until", "2016-12-01", "--db", own)
    (line,) = rows(run("silence", "list", "--db", own, "--json"))
    assert line["author"]
    assert line["until"] == "2016-12-01T00:00:00Z"


def test_a_silence_of_a_merged_story_is_of_the_one_it_became(run: Run, own: str) -> None:
    args = ("--story", "#4", "--for", "1h", "--reason", " enough\n of it ")
    assert run("silence", "add", *args, "--db", own).exit_code == 0
    (line,) = rows(run("silence", "list", "--db", own, "--json"))
    assert (line["story"], line["reason"]) == (1, "enough of it")


def test_a_silence_is_ended_and_stays_on_record(run: Run, own: str) -> None:
    run("silence", "add", "--watch", "bridge", "--for", "7d", "--db", own)
    assert run("silence", "expire", "1", "--db", own).stdout == "Silence 1 has ended.\n"
    assert run("silence", "expire", "1", "--db", own).exit_code == 1
    assert run("silence", "list", "--db", own).exit_code == 1
    (line,) = rows(run("silence", "list", "--ended", "--db", own, "--json"))
    assert line["holds"] is False
    table = run("silence", "list", "--ended", "--db", own).stdout.splitlines()
    assert table[0].split() == ["SILENCE", "WATCH", "STORY", "RECEIVER", "UNTIL", "BY", "REASON"]
    assert table[1].split()[:4] == ["1", "bridge", "any", "any"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--for", "7d"), "what to mute"),
        (("--watch", "bridge"), "how long"),
        (("--watch", "bridge", "--for", "7d", "--until", "2016-12-01"), "in one way"),
        (("--watch", "brigde", "--for", "7d"), "there are bridge"),
        (("--watch", "bridge", "--until", "2016-09-01"), "in the past"),
        (("--watch", "bridge", "--until", "later"), "not a date"),
        (("--watch", "bridge", "--for", "soon"), "not a length of time"),
        (("--watch", "bridge", "--for", "9999999d"), "longer than there are dates"),
        (("--story", "99", "--for", "7d"), "no story 99"),
        (("--receiver", "nobody", "--for", "7d"), "feeds.yaml has desk"),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(
    run: Run, own: str, tmp_path: Path, args: tuple[str, ...], said: str
) -> None:
    (tmp_path / "feeds.yaml").write_text(
        "outlets: [{feeds: [https://times.example/rss]}]\n"
        'receivers: [{name: desk, url: "json://127.0.0.1:1"}]\n'
    )
    result = run("silence", "add", *args, "--db", own)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert run("silence", "list", "--db", own).exit_code == 1


def test_the_end_of_a_silence_is_in_the_future(run: Run, own: str) -> None:
    soon = (NOW + timedelta(minutes=1)).isoformat()
    args = ("silence", "add", "--watch", "bridge", "--db", own, "--until")
    assert run(*args, NOW.isoformat()).exit_code == 2
    assert run(*args, soon).exit_code == 0


# ---------------------------------------------------------------- choosing, forms, the feed


@pytest.mark.parametrize(
    ("args", "found"),
    [
        ((), True),
        (("--watch", "bridge", "--story", "1", "--condition", "resurfaced"), True),
        (("--since", "2016-09-26", "--until", "2016-09-27", "--state", "fired"), True),
        (("--receiver", "mail", "--told", "dead"), True),
        (("--receiver", "desk", "--told", "sent"), True),
        (("--receiver", "desk", "--told", "dead"), False),  # that is another one's
        (("--receiver", "nobody"), False),
        (("--condition", "reach"), False),
        (("--state", "held"), False),
        (("--until", "2016-09-25"), False),
        (("--story", "2"), False),
    ],
)
def test_alerts_are_chosen_by_what_they_are(
    run: Run, own: str, args: tuple[str, ...], found: bool
) -> None:
    assert run("alerts", "list", *args, "--db", own).exit_code == (0 if found else 1)


def test_a_story_has_the_alerts_of_what_was_merged_into_it(run: Run, own: str) -> None:
    with open_database(own) as database, database.write() as conn:
        conn.execute(update(models.alert).values(story_id=4))  # merged into 1 in the sample
    assert run("alerts", "list", "--story", "1", "--db", own).exit_code == 0


def test_an_alert_that_was_held_says_why(run: Run, own: str) -> None:
    with open_database(own) as database, database.write() as conn:
        conn.execute(models.attempt.delete())
        conn.execute(models.delivery.delete())
        conn.execute(update(models.alert).values(state="held", reason="the feed's first poll"))
    listed = run("alerts", "list", "--state", "held", "--db", own).stdout
    assert "held: the feed's first" in listed


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("text", "Resurfaced after 8 d\nLeaked cable[2J"),
        ("phone", "Resurfaced after 8 d\nLeaked cable[2J"),
        ("slack", "*Resurfaced after 8 d*\n"),
        ("blocks", "[\n"),
        ("html", "<!doctype html>\n"),
        ("subject", "[bridge] Leaked cable[2J on the bridge strike\n"),
    ],
)
def test_the_message_is_shown_as_each_destination_gets_it(
    run: Run, own: str, form: str, begins: str
) -> None:
    result = run("alerts", "show", "1", "--as", form, "--db", own)
    assert result.exit_code == 0
    assert result.stdout.startswith(begins)
    assert "\x1b" not in result.stdout
    assert run("alerts", "show", "1", "--as", form, "--json", "--db", own).exit_code == 2


def test_the_feed_is_written_to_a_file_or_to_the_screen(run: Run, own: str, tmp_path: Path) -> None:
    shown = run("alerts", "feed", "-o", "-", "--db", own)
    assert shown.exit_code == 0
    assert "[bridge] Resurfaced after 8 d" in shown.stdout
    result = run("alerts", "feed", "-o", "alerts.atom", "--db", own)
    assert result.stdout.startswith("Wrote alerts.atom, ")
    assert (tmp_path / "alerts.atom").read_text() == shown.stdout
    refused = run("alerts", "feed", "-o", "no/such/alerts.atom", "--db", own)
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "cannot be written: No such file or directory" in refused.stderr
