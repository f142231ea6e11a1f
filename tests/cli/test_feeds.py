"""Feeds as people ask for them: which are unhealthy, and how one's next poll came about."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from rich.cells import cell_len

from storage import models
from storage.db import open_database
from tests.report.sample import NOW, add
from watcher.core.health import Health

Run = Callable[..., Result]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STEPS = [
    "at this time of the week an entry every 40 min",
    "not sooner than the feed's ttl says, 1 h",
    "3 min later, so that feeds do not stay in step",
    "the feed asks not to be read at hours 12, 13: from 13:03 moved to Mon 14:02 UTC",
]


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Five feeds: well, silent, being moved on a host that asked to wait, new, removed."""
    url = f"sqlite:///{tmp_path_factory.mktemp('feeds') / 'watcher.db'}"
    times, gazette = "https://times.example", "https://gazette.example"
    base = {"host": "h", "added_at": NOW - 90 * DAY, "next_at": NOW + HOUR}
    read = {
        **base,
        "first_ok_at": NOW - 90 * DAY,
        "last_polled_at": NOW - HOUR,
        "last_ok_at": NOW - HOUR,
        "last_fresh_at": NOW - HOUR,
    }
    with open_database(url) as database:
        database.upgrade()
        with database.write() as conn:
            names = ("Example Times", "times"), ("Gazette \x1b[31m", "gazette")
            add(
                conn,
                models.outlet,
                *(
                    {"id": n, "domain": f"{d}.example", "name": name, "family": "Group"}
                    for n, (name, d) in enumerate(names, 1)
                ),
            )
            add(
                conn,
                models.feed,
                {
                    "id": 1,
                    "outlet_id": 1,
                    "url": f"{times}/rss",
                    **read,
                    "title": "World news",
                    "next_reason": "a reason",
                    "next_steps": STEPS,
                    "etag": '"v1"',
                    "validated_at": NOW - 2 * HOUR,
                    "health": "ok",
                    "health_since": NOW - 80 * DAY,
                    "health_reason": "its usual longest silence is 9 h",
                },
                {
                    "id": 2,
                    "outlet_id": 2,
                    "url": f"{gazette}/rss",
                    **read,
                    "last_fresh_at": NOW - 9 * DAY,
                    "next_reason": "nothing new for 9 d",
                    "health": "silent",
                    "health_since": NOW - 9 * DAY,
                    "health_reason": "nothing new for more than 6 d; its usual is \x1b[2J 2 d",
                },
                {
                    "id": 3,
                    "outlet_id": 1,
                    "url": f"{times}/world",
                    **read,
                    "host": "times.example",
                    "moving_to": f"{times}/feeds/world",
                    "moving_since": NOW - DAY,
                    "moving_seen": 3,
                    "last_modified": "Mon, 26 Sep 2016 10:00:00 GMT",
                    "health": "moved",
                    "health_since": NOW - DAY,
                    "health_reason": f"redirects for good to {times}/feeds/world, seen 3 times,"
                    " not yet proven",
                },
                {"id": 4, "outlet_id": 2, "url": f"{gazette}/new", **base},
                {
                    "id": 5,
                    "outlet_id": 2,
                    "url": f"{gazette}/old",
                    **read,
                    "state": "removed",
                    "health": "failing",
                },
            )
            add(
                conn,
                models.host,
                {
                    "name": "times.example",
                    "not_before": NOW + 2 * HOUR,
                    "reason": f"Retry-After with 429 from {times}/rss",
                },
            )
            add(
                conn,
                models.poll,
                *(
                    {
                        "id": n,
                        "feed_id": 1,
                        "at": NOW - (26 - n) * HOUR,
                        "took_ms": 1_200 + n,
                        "outcome": ("ok", "unchanged", "failed")[n % 3],
                        "status": (200, 304, 503)[n % 3],
                        "error": "unavailable: 503" if n % 3 == 2 else None,
                        "entries": 0 if n % 3 else 120,
                        "fresh": 0 if n % 3 else 7,
                        "next_reason": "at this time of the week an entry every 40 min",
                    }
                    for n in range(1, 26)
                ),
            )
    return url


LIST = """\
OUTLET              STATE    HEALTH  NEXT               URL
Example Times       ok       ok      2016-09-26T13:00Z  https://times.example/r…
Example Times       ok       moved   2016-09-26T13:00Z  https://times.example/w…
Gazette \\u{1b}[31m  new      new     2016-09-26T13:00Z  https://gazette.example…
Gazette \\u{1b}[31m  removed                             https://gazette.example…
Gazette \\u{1b}[31m  ok       silent  2016-09-26T13:00Z  https://gazette.example…
"""

UNHEALTHY = """\
silent since 2016-09-17T12:00Z: Gazette \\u{1b}[31m https://gazette.example/rss
  nothing new for more than 6 d; its usual is \\u{1b}[2J 2 d
moved since 2016-09-25T12:00Z: Example Times https://times.example/world
  redirects for good to https://times.example/feeds/world, seen 3 times, not yet
    proven
"""

SHOWN = """\
Example Times: https://times.example/rss
Title       World news
Health      ok since 2016-07-08T12:00Z: its usual longest silence is 9 h
Read        last good 2016-09-26T11:00Z, last new entry 2016-09-26T11:00Z
Validators  ETag, renewed 2016-09-26T10:00Z
Next        2016-09-26T13:00Z, in 1 h
            1. at this time of the week an entry every 40 min
            2. not sooner than the feed's ttl says, 1 h
            3. 3 min later, so that feeds do not stay in step
            4. the feed asks not to be read at hours 12, 13: from 13:03 moved to
               Mon 14:02 UTC

AT                 OUTCOME    HTTP  ENTRIES  NEW    MS  WHY
2016-09-26T11:00Z  unchanged   304        0    0  1225  at this time of the wee…
2016-09-26T10:00Z  ok          200      120    7  1224  at this time of the wee…
2016-09-26T09:00Z  failed      503        0    0  1223  unavailable: 503
"""

MOVING = """\
Example Times: https://times.example/world
Health      moved since 2016-09-25T12:00Z: redirects for good to
            https://times.example/feeds/world, seen 3 times, not yet proven
Read        last good 2016-09-26T11:00Z, last new entry 2016-09-26T11:00Z
Validators  Last-Modified
Next        2016-09-26T13:00Z, in 1 h
Host        times.example is left alone until 2016-09-26T14:00Z: Retry-After
            with 429 from https://times.example/rss
"""

NEW = """\
Gazette \\u{1b}[31m: https://gazette.example/new
Health      new
Read        never; added 2016-06-28T12:00Z
Next        2016-09-26T13:00Z, in 1 h
"""


def test_the_list(run: Run, feeds: str) -> None:
    result = run("feeds", "list", "--db", feeds)
    assert (result.exit_code, result.stdout) == (0, LIST)


def test_the_unhealthy_ones_with_what_is_wrong(run: Run, feeds: str) -> None:
    result = run("feeds", "list", "--unhealthy", "--db", feeds)
    assert (result.exit_code, result.stdout) == (0, UNHEALTHY)


@pytest.mark.parametrize("outlet", ["times.example", "EXAMPLE TIMES", "gazette.example", "group"])
def test_the_feeds_of_an_outlet(run: Run, feeds: str, outlet: str) -> None:
    rows = _json(run("feeds", "list", "--outlet", outlet, "--db", feeds, "--json"))
    wanted = {"group": {1, 2, 3, 4, 5}, "gazette.example": {2, 4, 5}}.get(outlet, {1, 3})
    assert {row["feed"] for row in rows} == wanted


def test_filters_together(run: Run, feeds: str) -> None:
    ask = ("feeds", "list", "--unhealthy", "--db", feeds, "--json")
    assert [row["feed"] for row in _json(run(*ask, "--outlet", "times.example"))] == [3]
    both = ("--outlet", "times.example", "--outlet", "gazette.example")
    assert [row["feed"] for row in _json(run(*ask, *both))] == [3, 2]


def test_for_programs(run: Run, feeds: str) -> None:
    (row,) = _json(
        run("feeds", "list", "--unhealthy", "--outlet", "gazette.example", "--db", feeds, "--json")
    )
    assert (row["health"], row["since"]) == ("silent", "2016-09-17T12:00:00Z")
    assert row["health_why"].startswith("nothing new for more than 6 d; ")
    text = run("feeds", "list", "--unhealthy", "--db", feeds, "--csv").stdout
    header, *rows = csv.reader(io.StringIO(text))
    assert [row[header.index("health")] for row in rows] == ["moved", "silent"]
    assert "\x1b" not in text


def test_none_is_exit_code_1(run: Run, feeds: str) -> None:
    unknown = run("feeds", "list", "--outlet", "nowhere", "--db", feeds)
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "No outlet with a feed is called nowhere." in unknown.stderr
    with_well = run("feeds", "list", "--unhealthy", "--outlet", "Gazett", "--db", feeds)
    assert with_well.exit_code == 1


def test_no_feed_is_unhealthy(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'well.db'}"
    with open_database(url) as database:
        database.upgrade()
        with database.write() as conn:
            add(conn, models.outlet, {"id": 1, "domain": "a.example", "name": "A", "family": "A"})
            row = {"id": 1, "outlet_id": 1, "url": "https://a.example/rss", "host": "h"}
            add(conn, models.feed, {**row, "added_at": NOW, "next_at": NOW, "health": "ok"})
    for form in ((), ("--json",), ("--csv",)):
        result = run("feeds", "list", "--unhealthy", "--db", url, *form)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "No feed is unhealthy." in result.stderr


@pytest.mark.parametrize(
    ("feed", "expected"), [("1", SHOWN), ("3", MOVING), ("https://gazette.example/new", NEW)]
)
def test_a_feed_is_explained(run: Run, feeds: str, feed: str, expected: str) -> None:
    result = run("feeds", "show", feed, "--db", feeds)
    assert result.exit_code == 0
    assert result.stdout.startswith(expected)


def test_a_feed_shows_its_last_twenty_polls(run: Run, feeds: str) -> None:
    shown = run("feeds", "show", "1", "--db", feeds).stdout
    assert sum(line.startswith("2016-09-2") for line in shown.splitlines()) == 20
    text = run("feeds", "show", "1", "--db", feeds, "--csv").stdout
    assert len(list(csv.DictReader(io.StringIO(text)))) == 20
    (found,) = _json(run("feeds", "show", "1", "--db", feeds, "--json"))
    assert found["steps"] == STEPS
    assert found["validators"] == {
        "etag": True,
        "last_modified": False,
        "renewed": "2016-09-26T10:00:00Z",
    }
    assert len(found["polls"]) == 20


@pytest.mark.parametrize("feed", ["1", "2", "3", "4", "5", "group"])
def test_it_fits_the_screen_and_is_harmless(run: Run, feeds: str, feed: str) -> None:
    result = run("feeds", "show", feed, "--db", feeds)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert all(cell_len(line) <= 80 for line in result.stdout.splitlines())


def test_the_help_explains_every_verdict(run: Run) -> None:
    said = " ".join(run("feeds", "list", "--help").stdout.split())
    assert [word for word in Health if f" {word}" not in said] == []


def _json(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]
