"""The reader's answers about the sample archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from storage import models
from storage.db import open_database
from storage.reads import stories
from tests.report.sample import (
    FIRST,
    HOSTILE,
    NOW,
    QUARTER,
    TEXT,
    WIDE,
    add,
    article,
    make,
    match,
    story,
)
from watcher.core.errors import StorageError
from watcher.report import Interval, open_reader
from watcher.report.asking import StoriesAsked
from watcher.report.reader import Reader

BACK = FIRST + timedelta(days=8)


def ids(reader: Reader, **ask: object) -> list[int]:
    page = {name: ask.pop(name) for name in ("after", "limit") if name in ask}
    asked = StoriesAsked(**ask)  # type: ignore[arg-type]
    return [line.story for line in reader.stories(asked, now=NOW, **page)]  # type: ignore[arg-type]


def test_stories_that_spread_come_latest_copy_first(reader: Reader) -> None:
    first, second = reader.stories(now=NOW)
    assert (first.story, first.state, first.reach, first.tracked) == (1, "resurfaced", 3, True)
    assert first.first_seen == Interval(None, FIRST)
    assert (second.story, second.title) == (2, HOSTILE)


def test_a_story_whose_rest_is_over_is_dormant_before_the_daemon_says_so(reader: Reader) -> None:
    assert reader.stories(now=NOW)[1].state == "dormant"
    earlier = FIRST + timedelta(days=1)
    assert reader.stories(now=earlier)[1].state == "active"


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        ({"state": "resurfaced"}, [1]),
        ({"state": "dormant"}, [2]),
        ({"state": "active"}, []),
        ({"state": "single", "reach": 1}, [3]),
        ({"tracked": True}, [1]),
        ({"reach": 1}, [1, 2, 3]),
        ({"reach": 3}, [1]),
        ({"since": NOW - timedelta(days=7)}, [1]),
        ({"reach": 1, "after": 1}, [2, 3]),
        ({"reach": 1, "after": 2, "limit": 1}, [3]),
    ],
)
def test_stories_can_be_asked_for(
    reader: Reader, ask: dict[str, object], expected: list[int]
) -> None:
    assert ids(reader, **ask) == expected


def test_every_state_in_a_list_is_the_one_that_finds_it(reader: Reader) -> None:
    for now in (FIRST, FIRST + timedelta(days=7), NOW, NOW + timedelta(days=30)):
        for line in reader.stories(StoriesAsked(reach=1), now=now):
            found = reader.stories(StoriesAsked(reach=1, state=line.state), now=now)
            assert line.story in [other.story for other in found]


def test_a_storys_history_compares_each_article_with_the_root(reader: Reader) -> None:
    history = reader.story(1, now=NOW)
    assert history is not None
    assert history.root == 11
    root, copy, excerpt, unmatched = history.articles
    assert (root.kind, root.paste, root.seen) == (None, None, Interval(None, FIRST))
    assert root.claimed.at == FIRST - 2 * QUARTER
    assert (copy.outlet, copy.family, copy.kind) == ("Example Times", "Example Group", "verbatim")
    assert copy.claimed.raw == "yesterday"
    assert [(c.agent, c.words) for c in copy.credits] == [("Agency", "Agency reported")]
    assert (excerpt.kind, excerpt.distance, excerpt.status) == ("excerpt", 29, "confirmed")
    assert unmatched.kind is None
    assert [(e.n, e.subtype, e.copies) for e in history.episodes] == [
        (1, "first", 1),
        (2, "new_outlet", 2),
    ]


def test_a_storys_figures_carry_their_coverage(reader: Reader) -> None:
    history = reader.story(1, now=NOW)
    assert history is not None
    cover = history.coverage
    assert (cover.feeds, cover.polled, cover.gaps, cover.unknown_starts) == (2, 3, 3, 1)


def test_a_merged_story_leads_to_the_one_it_became(reader: Reader) -> None:
    history = reader.story(4, now=NOW)
    assert history is not None
    assert (history.asked, history.line.story) == (4, 1)
    assert reader.timeline(4) == reader.timeline(1)


def test_an_unknown_story_is_none(reader: Reader) -> None:
    assert reader.story(99, now=NOW) is None
    assert reader.timeline(99) == []
    assert reader.article(99) is None


def test_a_timeline_has_every_sighting_and_what_it_opened(reader: Reader) -> None:
    events = reader.timeline(1)
    assert [(e.article, e.event, e.opens) for e in events] == [
        (11, "first", 1),
        (12, "first", None),
        (13, "first", 2),
        (11, "redated", None),
        (14, "first", None),
    ]
    assert events[0].feed == "https://agency.example/rss"
    assert events[3].url == "https://agency.example/cable"


def test_an_articles_text_is_unpacked(reader: Reader) -> None:
    found = reader.article(11)
    assert found is not None
    assert (found.text, found.story) == (TEXT, 1)


def test_an_article_whose_body_was_pruned_has_no_text(reader: Reader) -> None:
    found = reader.article(31)
    assert found is not None
    assert (found.title, found.text) == (WIDE, None)


def test_feeds_say_how_they_are(reader: Reader) -> None:
    assert {f.url.rpartition("/")[0] + f"/{f.feed}": f.state for f in reader.feeds()} == {
        "https://agency.example/1": "ok",
        "https://times.example/2": "failing",
        "https://ribao.example/3": "new",
        "https://ribao.example/4": "gone",
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("https://times.example/rss", [2]),
        ("example times", [2]),
        ("ribao.example", [4, 3]),
        ("RIBAO.example", [4, 3]),
        ("nowhere", []),
    ],
)
def test_a_feed_is_found_by_address_outlet_or_domain(
    reader: Reader, name: str, expected: list[int]
) -> None:
    assert [found.line.feed for found in reader.feed(name, now=NOW)] == expected


def test_a_feed_shows_its_last_twenty_polls(reader: Reader) -> None:
    (found,) = reader.feed("times.example", now=NOW)
    assert len(found.polls) == 20
    assert (found.polls[0].outcome, found.polls[0].took_ms) == ("failed", 125)
    assert found.polls[-1].took_ms == 106


def test_status_names_what_is_wrong(reader: Reader) -> None:
    status = reader.status(now=NOW)
    assert status.feeds == {"new": 1, "ok": 1, "failing": 1, "gone": 1, "removed": 0}
    assert [feed.feed for feed in status.failing] == [2, 4]
    assert {state: n for state, n in status.deliveries.items() if n} == {"sent": 1, "dead": 1}
    assert status.oldest_due is None
    assert [(d.receiver, d.watch, d.reason) for d in status.dead] == [
        ("mail", "bridge", "550 no such user")
    ]
    assert (status.outlets, status.articles, status.matches, status.stories) == (3, 7, 4, 2)
    assert status.size > 0
    assert status.heartbeat is None


def test_tracked_shows_watches_in_force(reader: Reader) -> None:
    (line,) = reader.tracked(now=NOW)
    assert (line.watch, line.story, line.state, line.reach) == ("bridge", 1, "resurfaced", 3)
    assert line.conditions == ("resurfaced", "reach: 5")
    assert line.notify == ("desk", "mail")


def test_alerts_show_who_was_told(reader: Reader) -> None:
    (line,) = reader.alerts()
    assert (line.watch, line.condition, line.story) == ("bridge", "resurfaced", 1)
    assert [(d.receiver, d.state, d.attempts) for d in line.deliveries] == [
        ("desk", "sent", 1),
        ("mail", "dead", 9),
    ]
    assert reader.alerts(since=BACK + QUARTER) == []
    assert reader.alerts(watch="other") == []


def test_a_database_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no database"):
        open_reader(f"sqlite:///{tmp_path / 'none.db'}")


def test_a_database_without_tables_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    open_database(url).close()
    with pytest.raises(StorageError, match="watcher db upgrade"):
        open_reader(url)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        ({"reach": 3}, "ix_story_spread"),
        ({"reach": 2, "since": FIRST, "state": "resurfaced"}, "ix_story_spread"),
        ({"reach": 1, "after": 2}, "ix_story_last"),
        ({"reach": 1, "only": [1, 2]}, "PRIMARY KEY"),
        ({"facets": {"kind": ["edited"]}}, "facet USING PRIMARY KEY (what=? AND value=?)"),
        ({"facets": {"kind": ["edited"]}, "after": 2}, "(what=? AND value=? AND at<?"),
    ],
)
def test_stories_are_found_through_an_index(
    tmp_path: Path, ask: dict[str, Any], index: str
) -> None:
    asked: list[tuple[str, Any]] = []
    with open_database(make(tmp_path / "watcher.db")) as database, database.read() as conn:
        event.listen(conn, "before_cursor_execute", lambda c, cursor, *said: asked.append(said[:2]))
        page = {name: ask.pop(name) for name in ("only", "after") if name in ask}
        stories.stories(conn, stories.StoryFilter(NOW, **ask), limit=50, **page)
        statement, values = asked[-1]
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    assert any(index in step[-1] for step in plan), plan
    assert not [step for step in plan if step[-1] == "SCAN story"], plan


def test_credits_are_judged_with_their_reasons(reader: Reader) -> None:
    history = reader.story(1, now=NOW)
    assert history is not None
    assert [(a.verdict, a.missing_origin) for a in history.articles] == [
        ("none", ""),
        ("full", ""),
        ("stripped", ""),
        ("stripped", ""),
    ]
    assert history.articles[2].verdict_why == "names nobody, while other copies credit Agency"
    assert history.chains == ()


def test_what_matches_but_is_not_part_of_a_story_is_linked_to_it(reader: Reader) -> None:
    history = reader.story(1, now=NOW)
    assert history is not None
    (linked,) = history.linked
    assert (linked.article, linked.story, linked.member, linked.source) == (31, 3, 12, 12)
    assert (linked.kind, linked.status, linked.outlet) == ("passage", "rejected", "日报")
    other = reader.story(3, now=NOW)
    assert other is not None
    assert [(n.article, n.member, n.source) for n in other.linked] == [(12, 31, 12)]


@pytest.fixture
def imported(tmp_path: Path) -> Iterator[Reader]:
    """The sample archive with a story of two imported articles and one that a poll found."""
    url = make(tmp_path / "watcher.db")
    then = FIRST - timedelta(days=400)
    with open_database(url) as database, database.write() as conn:
        late = {"seen_after": None, "clock": "claimed"}
        add(
            conn,
            models.story,
            story(
                7, 71, "Old", articles=3, outlets=3, families=3, first_seen_after=None,
                first_seen_by=then, last_copy_at=NOW, state="active",
            ),
        )  # fmt: skip
        add(
            conn,
            models.article,
            article(73, 3, 7, NOW),
            article(72, 2, 7, FIRST, **late, published_at=then + QUARTER),
            article(71, 1, 7, FIRST, **late, published_at=then, role="root"),
        )
        add(
            conn,
            models.sighting,
            {"id": 71, "article_id": 72, "version_id": 720, "kind": "first", "by": FIRST,
             "claimed_at": then + QUARTER},
            {"id": 72, "article_id": 71, "version_id": 710, "kind": "first", "by": FIRST,
             "claimed_at": then},
            {"id": 73, "article_id": 73, "version_id": 730, "kind": "first", "by": NOW},
        )  # fmt: skip
        add(conn, models.match, match(7, 72, 73, "edited"), match(8, 71, 73, "passage"))
    with Reader.open(url) as made:
        yield made


def test_an_imported_story_says_whose_clock_its_times_are_by(imported: Reader) -> None:
    history = imported.story(7, now=NOW)
    assert history is not None
    assert (history.line.clock, [a.article for a in history.articles]) == ("claimed", [71, 72, 73])
    assert [a.clock for a in history.articles] == ["claimed", "claimed", "seen"]
    assert history.articles[0].seen == Interval(None, FIRST), "when it was imported"
    assert (history.coverage.imported, history.coverage.unknown_starts) == (2, 0)
    lines = {line.story: line.clock for line in imported.stories(now=NOW)}
    assert lines == {7: "claimed", 1: "seen", 2: "seen"}
    exported = {row["story"]: row["clock"] for row in imported.export_stories(now=NOW)}
    assert exported == {1: "seen", 2: "seen", 3: "seen", 7: "claimed"}
    events = imported.timeline(7)
    assert [(e.article, e.clock) for e in events] == [
        (71, "claimed"),
        (72, "claimed"),
        (73, "seen"),
    ]


def test_an_article_is_shown_with_the_match_by_which_it_joined(imported: Reader) -> None:
    history = imported.story(7, now=NOW)
    assert history is not None
    assert [(a.against, a.kind) for a in history.articles] == [
        (None, None),
        (73, "edited"),
        (72, "edited"),
    ]


def test_an_alert_has_its_payload_and_attempts(reader: Reader) -> None:
    found = reader.alert(1)
    assert found is not None
    assert found.payload == {"headline": WIDE}
    assert [d.receiver for d in found.line.deliveries] == ["desk", "mail"]
    assert found.attempts == ()
    assert reader.alert(9) is None


def test_outlets_are_called_by_name_or_domain(reader: Reader) -> None:
    assert [o.outlet for o in reader.outlets("EXAMPLE times")] == [2]
    assert [o.name for o in reader.outlets("ribao.example")] == ["日报"]
    assert reader.outlets("nowhere") == []
    assert reader.boilerplate() == []
