"""Questions to the sample archive: what people see, what programs get, exit codes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import Result
from rich.cells import cell_len

from tests.report.sample import HOSTILE, WIDE
from watcher.cli.render import Output, visible
from watcher.cli.tell import _tell_daemons
from watcher.report import DaemonLine

Run = Callable[..., Result]

QUESTIONS = [
    ("stories", "--reach", "1"),
    ("story", "1"),
    ("story", "1", "--timeline"),
    ("feeds", "list"),
    ("feeds", "show", "times.example"),
    ("status",),
    ("tracked",),
    ("alerts", "list"),
    ("alerts", "show", "1"),
    ("story", "1", "--brief"),
]

STORIES = """\
STORY  STATE       REACH  ARTICLES  EP          LAST COPY  TITLE
    1  resurfaced      3         4   2  2016-09-26T10:00Z  Leaked cable on the…
    2  dormant         2         2   1  2016-09-18T10:15Z  =HYPERLINK(\\u{1b}[2J…
    3  single          1         1   1  2016-09-18T10:00Z  泄露的文件显示空袭并…
Coverage: 3 feeds polled, 1 failing, 3 never read.
"""

STORY = """\
Story 1: Leaked cable on the bridge strike
resurfaced, 4 articles at 3 outlets of 3 families, 2 languages, tracked
First seen by 2016-09-18T10:00Z (start unknown); last copy 2016-09-26T10:00Z
Origin: Agency, as credited
Coverage: seen in 2 feeds of 3 polled, 3 failed polls since, 1 unknown start

Episode 1 (first), opened 2016-09-18T10:00Z by #11: 1 copy in 15 min
Episode 2 (new_outlet), opened 2016-09-26T10:00Z by #13: 2 copies in 15 min

FIGURES               WHOLE STORY              EPISODE 2
copies                3                        2
outlets, families     3, 3                     1, 1
2nd family after      unknown
new families, 6 h     0.33 an hour, 0.17 sure  0.17 an hour
median lag            7 d 23 h or more         0
90th percentile lag   8 d or more              at most 30 min
half of them within   7 d 23 h or more         0
share copied, median  84%                      70%
credit rate           33%                      0%
silent edits          0                        0
Times count from the first sighting; of an episode from its opening.
Rests on: seen in 2 of 3 feeds polled, 3 failed polls, 1 unknown start
Episode 2 rests on: seen in 0 of 3 feeds polled, 0 failed polls, 0 unknown
  starts

                 18 Sep 2016                   26 Sep
                 10:00            7 d          10:00
               ──┬───────────┬────┊┊┊┊┊┊───────┬────────────
Agency         ╌╌★                ┊┊┊┊┊┊                      root
Example Times    ├─────●          ┊┊┊┊┊┊                      verbatim full
日报                              ┊┊┊┊┊┊ ├─────◆──────○       2 x, copy

UTC   ★ root   ● verbatim   ◆ excerpt   ○ copy   ├── not before it, by the mark
╌╌╌ there before we looked   ┊┊┊ at rest, not to scale

 4│                                 ┊┊┊┊┊┊┊┊┊┊                        ░░░░░░░░░░
 3│                                 ┊┊┊┊┊┊┊┊┊┊             █████████████████████
 2│              ███████████████████████████████████████████████████████████████
 1│   ██████████████████████████████████████████████████████████████████████████
   ───┬──────────┬─────────┬────────┊┊┊┊┊┊┊┊┊┊─┬───────────┬──────────┬─────────
      10:00      10:15     10:30    rest 7 d   09:45       10:00      10:15
      18 Sep 2016                              26 Sep

██ 3 families   ░░ 4 articles

#11 Agency: root
  Leaked cable on the bridge strike
  seen by 2016-09-18T10:00Z (start unknown); says 2016-09-18T09:30Z
  https://agency.example/cable

#12 Example Times (Example Group): verbatim, paste 1.00, cut 0.99, distance 2
  Article 12
  seen 2016-09-18 after 10:00, by 10:15Z; says "yesterday" (unread)
  credit full: names the origin, Agency (head, reported)
  credits Agency (head): Agency reported

#13 日报: excerpt, paste 0.31, cut 0.70, distance 29, confirmed
  泄露的文件显示空袭并非意外
  seen 2016-09-26 after 09:45, by 10:00Z; gives no date
  credit stripped: names nobody, while other copies credit Agency

#14 日报: copy, put here without a match
  Article 14
  seen 2016-09-26 after 10:00, by 10:15Z; gives no date
  credit stripped: names nobody, while other copies credit Agency

Linked, not part of it:

#31 日报: passage shared with #12, paste 1.00, cut 0.99, rejected
  泄露的文件显示空袭并非意外
  seen 2016-09-18 after 09:45, by 10:00Z; gives no date
  passage: nearly all of both
"""

HEAD = STORY[: STORY.index("\nFIGURES") + 1].replace("Origin: Agency, as credited\n", "")

BRIEF = """\
FIRST SEEN BY      OUTLET         KIND      PASTE   CUT  CREDIT
2016-09-18T10:00Z  Agency         root
2016-09-18T10:15Z  Example Times  verbatim   1.00  0.99  full
2016-09-26T10:00Z  日报           excerpt    0.31  0.70  stripped
2016-09-26T10:15Z  日报           copy                   stripped

Linked, not part of it:
FIRST SEEN BY      OUTLET  KIND     PASTE   CUT  TITLE
2016-09-18T10:00Z  日报    passage   1.00  0.99  泄露的文件显示空袭并非意外
"""

TIMELINE = """\
                 18 Sep 2016                   26 Sep
                 10:00            7 d          10:00
               ──┬───────────┬────┊┊┊┊┊┊───────┬────────────
Agency         ╌╌★                ┊┊┊┊┊┊                      root
Example Times    ├─────●          ┊┊┊┊┊┊                      verbatim full
日报                              ┊┊┊┊┊┊ ├─────◆──────○       2 x, copy

UTC   ★ root   ● verbatim   ◆ excerpt   ○ copy   ├── not before it, by the mark
╌╌╌ there before we looked   ┊┊┊ at rest, not to scale

by 2016-09-18T10:00Z (start unknown) first, opens episode 1 (first)
    #11 Agency: Leaked cable on the bridge strike
2016-09-18 after 10:00, by 10:15Z    first
    #12 Example Times: Article 12
2016-09-26 after 09:45, by 10:00Z    first, opens episode 2 (new_outlet)
    #13 日报: 泄露的文件显示空袭并非意外
2016-09-26 after 10:00, by 10:15Z    redated, does not count: same day
    #11 Agency: Leaked cable on the bridge strike
2016-09-26 after 10:00, by 10:15Z    first
    #14 日报: Article 14
"""

STATUS = """\
Feeds       1 new, 1 ok, 1 failing, 1 gone
Deliveries  1 sent, 1 dead
Schedule    on time
Disk        free

failing, 3 failures in a row: https://times.example/rss
  503 Service Unavailable \\u{1b}[31m
gone: https://ribao.example/old
  410 Gone

dead: resurfaced of watch bridge to mail, after 9 attempts
  550 no such user
"""


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("stories", "--reach", "1"), STORIES),
        (("story", "1"), STORY),
        (("story", "#4"), "Story 4 was merged into this one.\n" + STORY),
        (("story", "1", "--brief"), HEAD + BRIEF),
        (("story", "1", "--timeline"), TIMELINE),
    ],
)
def test_what_people_see(run: Run, db: str, args: tuple[str, ...], expected: str) -> None:
    result = run(*args, "--db", db)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == expected


def test_status_says_what_is_wrong(run: Run, db: str) -> None:
    text = run("status", "--db", db).stdout
    assert text.startswith("Daemon      has never run on this database\n")
    holds = "Holds       7 articles of 3 outlets, 4 matches, 2 stories that spread\n"
    assert re.sub(r"[\d.]+ [kMGT]?B free.*", "free", text.partition(holds)[2]) == STATUS


def test_daemons_are_named_without_what_machines_need(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    begun = datetime(2026, 12, 1, 16, 53, tzinfo=UTC)
    owner = "hill:20783 [2476fb1f-3718-467d-bbf5-5dbf4ec9d66e pid:[4026531836] 5821824]"
    _tell_daemons(
        [DaemonLine(owner, 2.1, 1, begun), DaemonLine("valley-of-the-long-names:20680", 40.0, 3)],
        Output(),
    )
    assert capsys.readouterr().out.splitlines() == [
        "At work     hill:20783, alive, begun 2026-12-01T16:53Z, 1",
        "            poll under way",
        "            valley-of-the-long-names:20680, silent for 40 s,",
        "            3 polls under way",
    ]


@pytest.mark.parametrize("args", QUESTIONS)
def test_every_answer_fits_the_screen_and_is_harmless(
    run: Run, db: str, args: tuple[str, ...]
) -> None:
    result = run(*args, "--db", db)
    assert result.exit_code == 0
    for line in result.stdout.splitlines():
        # A path may be as long as it is.
        assert cell_len(line) <= 80 or "sqlite:///" in line, line
        assert visible(line) == line


@pytest.mark.parametrize("args", QUESTIONS)
def test_every_answer_is_json_one_object_a_line(run: Run, db: str, args: tuple[str, ...]) -> None:
    lines = run(*args, "--db", db, "--json").stdout.splitlines()
    assert lines
    for line in lines:
        assert isinstance(json.loads(line), dict)
        assert visible(line) == line


@pytest.mark.parametrize("args", QUESTIONS)
def test_every_answer_is_csv_that_runs_nothing(run: Run, db: str, args: tuple[str, ...]) -> None:
    text = run(*args, "--db", db, "--csv").stdout
    header, *rows = list(csv.reader(io.StringIO(text)))
    assert rows
    assert all(len(row) == len(header) for row in rows)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_the_json_of_a_story_line(run: Run, db: str) -> None:
    lines = run("stories", "--db", db, "--json").stdout.splitlines()
    assert json.loads(lines[0]) == {
        "story": 1,
        "title": "Leaked cable on the bridge strike",
        "state": "resurfaced",
        "articles": 4,
        "outlets": 3,
        "reach": 3,
        "languages": 2,
        "episodes": 2,
        "first_seen": {"after": None, "by": "2016-09-18T10:00:00Z"},
        "last_copy": "2016-09-26T10:00:00Z",
        "clock": "seen",
        "tracked": True,
    }
    assert json.loads(lines[1])["title"] == HOSTILE


def test_pages_follow_each_other(run: Run, db: str) -> None:
    first = run("stories", "--reach", "1", "--limit", "2", "--db", db)
    assert first.stderr == "There are more: add --after 2\n"
    second = run("stories", "--reach", "1", "--after", "2", "--db", db, "--json")
    assert [json.loads(line)["title"] for line in second.stdout.splitlines()] == [WIDE]


@pytest.mark.parametrize(
    ("args", "stories"),
    [
        (("--since", "7d"), [1]),
        (("--since", "2016-09-18T10:15"), [1, 2]),
        (("--since", "5000000d"), [1, 2]),
        (("--tracked",), [1]),
        (("--state", "single"), [3]),
        (("--state", "resurfaced"), [1]),
    ],
)
def test_stories_can_be_asked_for(
    run: Run, db: str, args: tuple[str, ...], stories: list[int]
) -> None:
    lines = run("stories", *args, "--db", db, "--json").stdout.splitlines()
    assert [json.loads(line)["story"] for line in lines] == stories


@pytest.mark.parametrize(
    "args",
    [
        ("stories", "--reach", "9"),
        ("stories", "--state", "active", "--json"),
        ("story", "99"),
        ("story", "99", "--timeline"),
        ("feeds", "show", "nowhere.example"),
        ("alerts", "list", "--since", "1h"),
        ("alerts", "list", "--watch", "none", "--csv"),
    ],
)
def test_none_is_one_and_said_on_stderr(run: Run, db: str, args: tuple[str, ...]) -> None:
    result = run(*args, "--db", db)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr


def test_local_times_carry_their_offset(run: Run, db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        lines = run("stories", "--db", db, "--json", "--local").stdout.splitlines()
        assert json.loads(lines[0])["last_copy"] == "2016-09-26T15:30:00+05:30"
        assert "2016-09-26T15:30+05:30" in run("stories", "--db", db, "--local").stdout
    finally:
        monkeypatch.undo()
        time.tzset()


# ---------------------------------------------------------------- a story's spread


@pytest.mark.parametrize("view", ["--tree", "--origin", "--versions", "--ledger"])
def test_every_view_of_a_story_fits_and_is_there_for_programs(run: Run, db: str, view: str) -> None:
    shown = run("story", "1", view, "--db", db)
    assert shown.exit_code == 0
    assert max(cell_len(line) for line in shown.stdout.splitlines()) <= 80
    for line in run("story", "1", view, "--json", "--db", db).stdout.splitlines():
        json.loads(line)
    assert run("story", "1", view, "--csv", "--db", db).exit_code == 0
    assert run("story", "99", view, "--db", db).exit_code == 1


def test_the_json_of_a_story_has_its_origin_and_figures(run: Run, db: str) -> None:
    [line] = run("story", "1", "--json", "--db", db).stdout.splitlines()
    found = json.loads(line)
    assert found["origin"]["rests_on"] == "credited"
    assert [f["episode"] for f in found["figures"]] == [None, 1, 2]
    # The first start is unknown: so is how long after it the second family came.
    assert found["figures"][0]["reached"][0] == {
        "families": 2, "took": {"low": 0.0, "high": None},
    }  # fmt: skip


def test_one_view_at_a_time(run: Run, db: str) -> None:
    asked = run("story", "1", "--tree", "--origin", "--db", db)
    assert asked.exit_code == 2
    assert "--tree and --origin exclude each other" in asked.stderr
