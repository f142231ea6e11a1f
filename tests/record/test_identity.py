"""Which drafts are new, which are known again, and what each leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tests import texts
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from watcher.core.rules import Arrival
from watcher.core.values import Draft
from watcher.record.identify import What
from watcher.record.recorder import Outcome

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


@pytest.mark.parametrize(
    ("headline", "counts"), [("harbour", "readdressed"), ("again", "edited_return")]
)
def test_issued_again_at_a_new_address(desk: Desk, headline: str, counts: str) -> None:
    again = replace(
        HARBOUR, title=headline, url="https://gazette.example/2", guid="g2", at=T0 + 9 * DAY
    )
    (first,) = desk.poll(HARBOUR, now=T0)
    (outcome,) = desk.poll(again, now=T0 + 9 * DAY)
    assert (outcome.what, outcome.counts) == (What.NEW, counts)
    assert list(desk.kinds().values()) == ["repost"]
    roles = {row.id: (row.story_id, row.role) for row in desk.articles().values()}
    story = roles[first.article][0]
    assert roles == {first.article: (story, "root"), outcome.article: (story, "copy")}
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


# ---------------------------------------------------------------- used again for another text

ORCHARD = replace(HARBOUR, text=texts.ORCHARD, title="Bees are late")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        # Guid and address insist, and no new date: a live page.
        ({}, What.VERSION),
        ({"guid": None}, What.VERSION),
        # Tomorrow's bulletin at today's address, whatever it is called.
        ({"at": T0 + 2 * DAY}, What.NEW),
        ({"at": T0 + 2 * DAY, "title": "harbour"}, What.NEW),
        # The next post of a live page.
        ({"guid": "g2"}, What.NEW),
        ({"guid": "g2", "title": "harbour"}, What.NEW),
        ({"guid": "g2", "url": f"{URL}#post-2"}, What.NEW),
        # A guid that is whatever stands on top.
        ({"url": None}, What.NEW),
        ({"url": "https://gazette.example/orchard"}, What.NEW),
        ({"url": "https://gazette.example/orchard", "title": "harbour"}, What.NEW),
    ],
)
def test_another_text_under_a_known_name(
    sqlite_desk: Desk, change: dict[str, object], what: What
) -> None:
    desk = sqlite_desk
    item = replace(ORCHARD, **change)  # type: ignore[arg-type]
    assert seen_again(desk, item, days=3) is what
    # The name is the newer text's from now on: an edit of it is a version.
    edited = replace(item, text=texts.reworded(texts.ORCHARD, 30))
    (outcome,) = desk.poll(edited, now=T0 + 4 * DAY)
    assert outcome.what is What.VERSION
    assert len(desk.articles()) == 1 + (what is What.NEW)
    # And the older text, at an address and under a guid of its own, is still known.
    back = replace(HARBOUR, guid="g9", url="https://gazette.example/back")
    (outcome,) = desk.poll(back, now=T0 + 5 * DAY)
    assert outcome.what in (What.MOVED, What.VERSION)
    assert len(desk.articles()) == 1 + (what is What.NEW)
    desk.sound()


def test_another_text_at_a_known_address_is_no_return_of_the_first(desk: Desk) -> None:
    desk.poll(HARBOUR, now=T0)
    (outcome,) = desk.poll(replace(ORCHARD, at=T0 + 9 * DAY), now=T0 + 9 * DAY)
    assert (outcome.what, outcome.counts) == (What.NEW, "new_outlet")
    assert desk.stories().keys() == {"harbour", "Bees are late"}
    assert desk.sightings("harbour") == [("first", "new_outlet")]


def test_guids_that_are_places_in_the_document(desk: Desk) -> None:
    names = ("harbour", "orchard", "library")
    told = (texts.HARBOUR, texts.ORCHARD, texts.LIBRARY)
    items = [Item("gazette", n, t, None) for n, t in zip(names, told, strict=True)]

    def numbered(*shown: Item) -> list[Item]:
        return [replace(item, guid=str(n)) for n, item in enumerate(shown)]

    desk.poll(*numbered(*items[:2]), now=T0)
    outcomes = desk.poll(*numbered(items[2], *items[:2]), now=T0 + HOUR)
    assert [o.what for o in outcomes] == [What.NEW, What.KNOWN, What.KNOWN]
    outcomes = desk.poll(*numbered(*items[::-1]), now=T0 + 2 * HOUR)
    assert [o.what for o in outcomes] == [What.KNOWN] * 3
    assert len(desk.articles()) == 3
    desk.sound()


# ---------------------------------------------------------------- one text, several entries


def arrives(desk: Desk, item: Item, now: datetime, **how: object) -> Outcome:
    """As a poll brings it, with more said of the document that it stands in."""
    after = now - HOUR
    draft = replace(desk.draft(item), external_id=None, feed_id=1, seen_after=after, seen_by=now)
    arrival = Arrival(seen_after=after, seen_by=now, claimed_at=item.at)
    arrival = replace(arrival, **how)  # type: ignore[arg-type]
    (outcome,) = desk.record([draft], now, {0: arrival}).outcomes
    return outcome


def test_a_notice_that_stands_for_many_texts_swallows_none(desk: Desk) -> None:
    walled = [
        Item("gazette", f"Report {n}", texts.NOTICE, T0, f"https://gazette.example/{n}", f"g{n}")
        for n in range(3)
    ]
    outcomes = desk.poll(*walled[:2], now=T0)
    assert [o.what for o in outcomes] == [What.NEW, What.NEW]
    beside = frozenset(o.article for o in outcomes)
    assert arrives(desk, walled[2], T0 + HOUR, beside=beside).what is What.NEW
    assert [o.what for o in desk.poll(*walled, now=T0 + 2 * HOUR)] == [What.KNOWN] * 3
    desk.sound()


def test_a_second_entry_of_a_text_does_not_move_the_first(desk: Desk) -> None:
    desk.poll(HARBOUR, now=T0)
    (known,) = desk.articles()
    second = replace(HARBOUR, guid="g2", url="https://gazette.example/local/harbour")
    assert arrives(desk, second, T0 + HOUR, beside=frozenset({known})).what is What.KNOWN
    assert desk.articles()[known].url == URL
    # Where the first entry is gone, it has moved.
    third = replace(HARBOUR, guid="g3", url="https://gazette.example/old/harbour")
    assert arrives(desk, third, T0 + 2 * HOUR).what is What.MOVED
    assert desk.articles()[known].url == third.url


def test_a_headline_edited_with_its_guid_and_address(desk: Desk) -> None:
    renamed = replace(
        HARBOUR, title="The harbour, again", guid="g2", url="https://gazette.example/harbour-again"
    )
    assert seen_again(desk, renamed) is What.VERSION
    (row,) = desk.articles().values()
    assert (row.title, row.url) == (renamed.title, renamed.url)
    assert desk.sightings("The harbour, again") == [("first", "new_outlet"), ("version", None)]


def test_a_summary_is_known_by_its_words_only_with_its_headline(desk: Desk) -> None:
    def summary(title: str, n: int, text: str = texts.SHORT) -> Draft:
        url = f"https://gazette.example/{n}"
        item = Item("gazette", title, text, T0, url, f"g{n}")
        return replace(desk.draft(item), external_id=None, evidence="summary", feed_id=1)

    def record(draft: Draft, hours: int) -> What:
        now = T0 + hours * HOUR
        arrival = {0: Arrival(seen_after=now - HOUR, seen_by=now, claimed_at=T0)}
        return desk.record([draft], now, arrival).outcomes[0].what

    assert record(summary("No trains", 1), 0) is What.NEW
    assert record(summary("No trains", 2), 1) is What.MOVED
    assert record(summary("Trains again", 3), 2) is What.NEW
    # Its page is read at last: the same article, in full.
    full = replace(summary("Trains again", 3, texts.LIBRARY), evidence="full")
    assert record(full, 3) is What.VERSION
    assert [r.evidence for r in desk.articles().values()] == ["summary", "full"]
    # What the feed goes on saying of it is no news.
    assert record(replace(summary("Trains again", 3), guid="g8"), 4) is What.KNOWN


def test_a_site_that_moved_and_dated_all_anew_issued_nothing_again(desk: Desk) -> None:
    items = [
        Item("gazette", f"r{n}", texts.made_up(n, 9), T0, f"https://gazette.example/{n}", f"g{n}")
        for n in range(6)
    ]
    desk.poll(*items, now=T0)
    moved = [
        replace(i, at=T0 + 3 * DAY, url=f"https://new.example/{i.name}", guid=f"x{i.guid}")
        for i in items
    ]
    outcomes = desk.poll(*moved, now=T0 + 3 * DAY)
    assert [(o.what, o.counts) for o in outcomes] == [(What.REDATED, None)] * 6
    assert sorted(str(r.url) for r in desk.articles().values()) == [i.url for i in moved]
    desk.sound()
