"""Which drafts are new, which are known again, and what each leaves behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import texts
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from watcher.record.identify import What

URL = "https://gazette.example/harbour"
HARBOUR = Item("gazette", "harbour", texts.HARBOUR, T0, URL, guid="g1")
EDITED = texts.reworded(texts.HARBOUR, 30)


def seen_again(desk: Desk, item: Item, *, days: float = 1) -> What:
    """What the item turns out to be after HARBOUR had been polled."""
    desk.poll(HARBOUR, now=T0)
    (outcome,) = desk.poll(item, now=T0 + days * DAY)
    desk.sound()
    return outcome.what


def test_a_new_article(desk: Desk) -> None:
    (outcome,) = desk.poll(HARBOUR, now=T0)
    assert (outcome.what, outcome.matches, outcome.counts) == (What.NEW, 0, "new_outlet")
    row = desk.articles()[outcome.article]
    assert (row.title, row.url, row.clock, row.role) == ("harbour", URL, "seen", "root")
    assert row.words == 241
    assert desk.sightings("harbour") == [("first", "new_outlet")]
    desk.sound()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({}, What.KNOWN),
        ({"guid": "g2"}, What.KNOWN),
        ({"guid": None}, What.KNOWN),
        ({"url": "http://gazette.example/harbour?utm_source=rss"}, What.KNOWN),
        ({"url": "https://gazette.example/other"}, What.MOVED),
        ({"url": "https://gazette.example/other", "guid": "g2"}, What.MOVED),  # by its words
        ({"at": T0 + HOUR}, What.KNOWN),
        ({"at": T0 + 2 * DAY}, What.REDATED),
        ({"text": EDITED}, What.VERSION),
        ({"title": "Another headline"}, What.VERSION),
        ({"text": EDITED, "at": T0 + 2 * DAY}, What.REDATED),
        ({"text": texts.ORCHARD}, What.VERSION),  # at its own address
        ({"text": EDITED, "url": None}, What.VERSION),  # by its guid
        # A guid used for whatever is on top is nobody's.
        (
            {"text": texts.ORCHARD, "title": "Bees", "url": "https://gazette.example/orchard"},
            What.NEW,
        ),
        # The outlet's own text at a new address with a new date: issued again.
        (
            {"url": "https://gazette.example/2", "guid": "g2", "at": T0 + 2 * DAY},
            What.NEW,
        ),
        ({"outlet": "courier"}, What.NEW),
    ],
)
def test_what_a_second_draft_is(sqlite_desk: Desk, change: dict[str, object], what: What) -> None:
    item = replace(HARBOUR, **change)  # type: ignore[arg-type]
    assert seen_again(sqlite_desk, item, days=3) is what


def test_a_known_entry_leaves_nothing_behind(desk: Desk) -> None:
    desk.poll(HARBOUR, now=T0)
    before = {t: desk.count(t) for t in ("article", "version", "sighting", "match", "story")}
    desk.poll(HARBOUR, now=T0 + HOUR)
    assert {t: desk.count(t) for t in before} == before


def test_a_version(desk: Desk) -> None:
    assert seen_again(desk, replace(HARBOUR, text=EDITED)) is What.VERSION
    assert desk.count("version") == 2
    assert desk.sightings("harbour") == [("first", "new_outlet"), ("version", None)]
    # The edited text is known again, and so is the first.
    assert desk.poll(replace(HARBOUR, text=EDITED), now=T0 + 2 * DAY)[0].what is What.KNOWN
    assert desk.count("version") == 2


def test_a_moved_article_keeps_its_new_address(desk: Desk) -> None:
    moved = replace(HARBOUR, url="https://gazette.example/other", guid="g2")
    assert seen_again(desk, moved) is What.MOVED
    (row,) = desk.articles().values()
    assert row.url == moved.url
    assert desk.poll(moved, now=T0 + 2 * DAY)[0].what is What.KNOWN


def test_issued_again_at_a_new_address(desk: Desk) -> None:
    again = replace(
        HARBOUR, name="again", url="https://gazette.example/2", guid="g2", at=T0 + 9 * DAY
    )
    desk.poll(HARBOUR, now=T0)
    (outcome,) = desk.poll(again, now=T0 + 9 * DAY)
    assert (outcome.what, outcome.counts) == (What.NEW, "readdressed")
    assert desk.kinds() == {("harbour", "again"): "repost"}
    assert desk.stories() == {"harbour": {"harbour": "root", "again": "copy"}}
    desk.sound()


def test_a_redated_article_counts_and_stays_one(desk: Desk) -> None:
    assert seen_again(desk, replace(HARBOUR, at=T0 + 9 * DAY), days=9) is What.REDATED
    assert desk.sightings("harbour") == [("first", "new_outlet"), ("redated", "redated")]
    # The same date again is no news.
    (outcome,) = desk.poll(replace(HARBOUR, at=T0 + 9 * DAY), now=T0 + 10 * DAY)
    assert outcome.what is What.KNOWN
    assert len(desk.articles()) == 1


def test_short_texts_are_not_known_by_their_words(desk: Desk) -> None:
    note = Item("gazette", "a", "Trains do not run today.", T0, "https://gazette.example/a")
    desk.poll(note, now=T0)
    other = replace(note, name="b", url="https://gazette.example/b")
    assert desk.poll(other, now=T0 + HOUR)[0].what is What.NEW


# ---------------------------------------------------------------- one batch


def test_an_entry_that_a_feed_lists_twice_is_one_article(desk: Desk) -> None:
    outcomes = desk.poll(HARBOUR, replace(HARBOUR, guid="g9"), now=T0)
    assert [o.what for o in outcomes] == [What.NEW, What.KNOWN]
    assert outcomes[0].article == outcomes[1].article
    assert len(desk.articles()) == 1
    desk.sound()


def test_two_new_texts_of_a_known_article_in_one_poll(desk: Desk) -> None:
    # A live page: each entry links to it, and each has other words.
    desk.poll(HARBOUR, now=T0)
    outcomes = desk.poll(
        replace(HARBOUR, text=EDITED, guid="g2"),
        replace(HARBOUR, text=texts.reworded(texts.HARBOUR, 25), guid="g3"),
        now=T0 + HOUR,
    )
    assert outcomes[0].what is What.VERSION
    assert {o.article for o in outcomes} == set(desk.articles())
    desk.sound()
    # And the next poll goes on from there.
    assert desk.poll(replace(HARBOUR, text=EDITED), now=T0 + 2 * HOUR)[0].what in (
        What.KNOWN,
        What.VERSION,
    )
    desk.sound()


def test_a_known_article_redated_twice_in_one_poll(desk: Desk) -> None:
    desk.poll(HARBOUR, now=T0)
    again = replace(HARBOUR, at=T0 + 8 * DAY)
    outcomes = desk.poll(again, replace(again, guid="g2"), now=T0 + 8 * DAY)
    assert [o.what for o in outcomes] == [What.REDATED, What.KNOWN]
    assert desk.sightings("harbour") == [("first", "new_outlet"), ("redated", "redated")]


def test_nothing_recorded(desk: Desk) -> None:
    assert desk.poll(now=T0) == ()
    assert desk.record([], T0).joined == frozenset()


def test_texts_without_words(desk: Desk) -> None:
    outcomes = desk.poll(
        Item("gazette", "empty", "", T0, "https://gazette.example/1"),
        Item("gazette", "dots", "...", T0, "https://gazette.example/2"),
        HARBOUR,
        now=T0,
    )
    assert [o.what for o in outcomes] == [What.NEW] * 3
    desk.sound()


# ---------------------------------------------------------------- an archive's own ids


def test_an_archives_article_is_known_by_its_id(desk: Desk) -> None:
    item = Item("gazette", "a1", texts.HARBOUR, T0)
    assert desk.load([item]).fresh == 1
    assert desk.load([item]).fresh == 0
    other = replace(item, name="a2")
    assert desk.load([other]).fresh == 1
    assert desk.kinds() in ({("a1", "a2"): "repost"}, {("a2", "a1"): "repost"})
    desk.sound()


def test_the_same_id_at_two_outlets(desk: Desk) -> None:
    item = Item("gazette", "a1", texts.HARBOUR, T0)
    assert desk.load([item, replace(item, outlet="courier")]).fresh == 2


def test_the_same_id_twice_in_one_batch(desk: Desk) -> None:
    item = Item("gazette", "a1", texts.HARBOUR, T0)
    assert desk.load([item, replace(item, text=texts.ORCHARD)]).fresh == 1
    desk.sound()
