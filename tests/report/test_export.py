"""Exports: the exact fields, ids and pages."""

from __future__ import annotations

from datetime import timedelta

from storage import models
from storage.db import open_database
from tests.report.sample import FIRST, NOW, QUARTER, add, article, match, story
from watcher.report import open_reader
from watcher.report.export import MATCH_FIELDS, SIGHTING_FIELDS, STORY_FIELDS
from watcher.report.reader import Reader


def test_matches_have_the_fields_of_the_interface(reader: Reader) -> None:
    rows = list(reader.export_matches())
    assert rows[0] == {
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
    assert [(row["a"], row["b"]) for row in rows[1:]] == [
        ("cable-1", 13),
        (21, "-7"),
        ("cable-2", 31),
    ]
    assert rows[3]["status"] == "rejected"
    assert all(tuple(row) == MATCH_FIELDS for row in rows)


def test_stories_have_the_fields_of_the_interface(reader: Reader) -> None:
    rows = list(reader.export_stories(now=NOW))
    assert rows == [
        {
            "story": 1,
            "articles": ["cable-1", "cable-2", 13, 14],
            "state": "resurfaced",
            "episodes": 2,
            "outlets": 3,
            "first_seen": FIRST,
            "clock": "seen",
        },
        {
            "story": 2,
            "articles": [21, "-7"],
            "state": "dormant",
            "episodes": 1,
            "outlets": 2,
            "first_seen": FIRST,
            "clock": "seen",
        },
        {
            "story": 3,
            "articles": [31],
            "state": "single",
            "episodes": 1,
            "outlets": 1,
            "first_seen": FIRST,
            "clock": "seen",
        },
    ]
    assert all(tuple(row) == STORY_FIELDS for row in rows)


def test_sightings_keep_unknown_starts(reader: Reader) -> None:
    rows = list(reader.export_sightings())
    assert all(tuple(row) == SIGHTING_FIELDS for row in rows)
    assert (rows[0]["article"], rows[0]["after"], rows[0]["by"]) == ("cable-1", None, FIRST)
    assert (rows[1]["outlet"], rows[1]["feed"]) == ("times.example", "https://times.example/rss")
    assert rows[2]["after"] == FIRST + timedelta(days=8) - QUARTER


def test_more_rows_than_a_page_holds_come_once_each(sample_url: str) -> None:
    many = range(1000, 3500)
    database = open_database(sample_url)
    with database.write() as conn:
        conn.execute(models.story.insert(), [story(n, n, f"Story {n}") for n in many])
        conn.execute(models.article.insert(), [article(n, 1, n, FIRST) for n in many])
        add(conn, models.match, match(9000, 1000, 1001, "edited"))
        conn.execute(
            models.match.insert(), [match(n, n, n - 1, "passage") for n in many if n > 1001]
        )
    database.close()
    with open_reader(sample_url) as reader:
        stories = [row["story"] for row in reader.export_stories(now=NOW)]
        assert stories == [1, 2, 3, *many]
        singles = [row["articles"] for row in reader.export_stories(now=NOW)][3:]
        assert singles == [[n] for n in many]
        ends = [(row["a"], row["b"]) for row in reader.export_matches()]
        assert len(ends) == len(set(ends)) == 4 + 2499


def test_an_export_sees_one_moment(sample_url: str) -> None:
    database = open_database(sample_url)
    with open_reader(sample_url) as reader:
        rows = reader.export_matches()
        first = next(rows)
        with database.write() as conn:
            add(conn, models.match, match(9, 22, 31, "edited"))
        assert first["a"] == "cable-1"
        assert len(list(rows)) == 3
    database.close()
