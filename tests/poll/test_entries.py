"""What a poll makes of a feed's entries: new, known, edited, moved, dated anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import models
from tests.fakes import T0
from tests.poll.newsroom import Item, Play, Reply, Room, feed, later, page
from tests.texts import made_up, reworded
from watcher.archive.codec import unpack_text
from watcher.config import Condition, Watch

TEXT = made_up(1, 14)
OTHER = made_up(2, 14)
OLD = T0 - timedelta(days=3)


def entry(slug: str, text: str = TEXT, **more: object) -> Item:
    """An entry that carries its whole article."""
    made = Item(
        f"Report {slug}", text, guid=f"id-{slug}", link=f"http://valley.example/{slug}", date=OLD
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_the_first_poll_is_censored_and_the_second_knows_its_interval(both: Play) -> None:
    async def scenario(room: Room) -> None:
        valley, coast = await room.outlet("Valley"), await room.outlet("Coast", "/coast")
        room.watches = [Watch("w", "text", TEXT, alert_on=(Condition("new_copy"),))]
        valley.pages["/rss"] = feed(entry("a"))
        coast.pages["/coast"] = feed(entry("b", OTHER))
        await room.poll()
        first = room.clock()
        assert room.fired() == [], "a copy in a backlog is no news"
        assert [(s.kind, s.after, s.by) for s in room.rows(models.sighting)] == [
            ("first", None, T0),  # the watch's own text
            ("first", None, first),
            ("first", None, first),
        ]
        coast.pages["/coast"] = feed(entry("c"), entry("b", OTHER))
        outcome = (await room.poll())["/coast"]
        assert (outcome.outcome, outcome.entries, outcome.fresh) == ("ok", 2, 1)
        newest = room.rows(models.sighting)[-1]
        assert (newest.after, newest.by) == (first, room.clock())
        article = room.articles()[-1]
        assert room.fired() == [("new_copy", article.id)]
        assert (article.seen_after, article.seen_by, article.clock) == (
            first,
            room.clock(),
            "seen",
        )
        assert article.story_id == room.articles()[0].story_id
        assert outcome.alerts == 1

    both(scenario)


def test_teasers_get_their_page_and_whole_articles_do_not(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = feed(
            entry("whole", link=site.base + "/whole"),
            entry("teaser", "", teaser="Only a hint.", link=site.base + "/teaser"),
        )
        site.pages["/teaser"] = page("Report teaser", OTHER)
        await room.poll()
        assert [one.path for one in site.asked] == ["/rss", "/robots.txt", "/teaser"]
        whole, teaser = room.articles()
        assert (whole.evidence, teaser.evidence) == ("full", "full")
        bodies = {b.version_id: unpack_text(b.data) for b in room.rows(models.body)}
        assert OTHER in bodies[teaser.version_id]
        assert bodies[whole.version_id].split() == TEXT.split()

    room(scenario)


@pytest.mark.parametrize(("rule", "asked"), [("never", 0), ("always", 1)])
def test_feeds_yaml_may_ask_for_all_pages_or_none(room: Play, rule: str, asked: int) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley", full_text=rule)
        site.pages["/rss"] = feed(
            entry("a", link=site.base + "/a"),
            entry("b", "", teaser="Only a hint.", link=site.base + "/b"),
        )
        site.pages["/a"] = page("Report a", TEXT)
        await room.poll()
        assert (site.times("/a"), site.times("/b")) == (asked, asked)
        assert len(room.articles()) == 2

    room(scenario)


def test_a_page_without_an_article_leaves_the_summary_and_a_note(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        teaser = "The dam was inspected twice, and twice the ladder was missing."
        site.pages["/rss"] = feed(
            entry("bare", "", teaser=teaser, link=site.base + "/bare"),
            entry("lost", "", teaser=teaser + " Thrice.", link=site.base + "/lost"),
        )
        site.pages["/bare"] = Reply(
            b"<html><body><script>app()</script></body></html>",
            headers={"Content-Type": "text/html"},
        )
        outcome = (await room.poll())["/rss"]
        assert outcome.outcome == "ok"
        assert [note.split(": ")[1] for note in outcome.notes] == ["nobody", "notfound"]
        bare, lost = room.articles()
        assert (bare.evidence, lost.evidence) == ("summary", "summary")
        bodies = {b.version_id: unpack_text(b.data) for b in room.rows(models.body)}
        assert bodies[bare.version_id] == teaser

    room(scenario)


@pytest.mark.parametrize(
    ("age", "asked", "evidence"),
    [(timedelta(hours=2), 2, "full"), (timedelta(days=3), 1, "summary")],
)
def test_a_page_that_was_down_is_tried_again_while_it_is_news(
    room: Play, age: timedelta, asked: int, evidence: str
) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        item = entry("a", "", teaser="A hint.", link=site.base + "/a", date=T0 - age)
        site.pages["/rss"] = feed(item)
        site.pages["/a"] = Reply(status="500 Internal Server Error")
        await room.poll()
        assert room.articles()[0].evidence == "summary", "what there is, is recorded"
        site.pages["/a"] = page(item.title, TEXT)
        await room.poll()
        (article,) = room.articles()
        assert (site.times("/a"), article.evidence) == (asked, evidence)
        await room.poll()
        assert site.times("/a") == asked, "asked for again though it is known"

    room(scenario)


def test_known_entries_are_not_fetched_again(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        items = [
            entry(s, "", teaser=f"A hint of {s}.", link=f"{site.base}/{s}") for s in ("a", "b", "c")
        ]
        for n, item in enumerate(items):
            site.pages[f"/{'abc'[n]}"] = page(item.title, made_up(10 + n, 14))
        site.pages["/rss"] = feed(*items[:2])
        await room.poll()
        site.pages["/rss"] = feed(*items)
        outcome = (await room.poll())["/rss"]
        assert (outcome.entries, outcome.fresh) == (3, 1)
        assert [site.times(f"/{slug}") for slug in "abc"] == [1, 1, 1]
        await room.close()  # a restart knows them too
        site.pages["/rss"] = feed(*items[::-1])
        assert (await room.poll())["/rss"].fresh == 0
        assert [site.times(f"/{slug}") for slug in "abc"] == [1, 1, 1]

    room(scenario)


def test_an_edited_entry_is_a_new_version_of_its_article(both: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        edited = reworded(TEXT, 9)
        site.pages["/rss"] = feed(entry("a"))
        await room.poll()
        site.pages["/rss"] = feed(entry("a", edited))
        outcome = (await room.poll())["/rss"]
        assert outcome.fresh == 0
        (article,) = room.articles()
        first, second = room.rows(models.version)
        assert (first.n, second.n, article.version_id) == (1, 2, second.id)
        bodies = {b.version_id: unpack_text(b.data).split() for b in room.rows(models.body)}
        assert bodies == {first.id: TEXT.split(), second.id: edited.split()}
        assert [s.kind for s in room.rows(models.sighting)] == ["first", "version"]
        assert len(room.rows(models.story)) == 1

    both(scenario)


@pytest.mark.parametrize(
    ("change", "sighting"),
    [
        ({"guid": "another"}, None),
        ({"link": "https://valley.example/a"}, None),
        ({"link": "http://www.valley.example/a?utm_source=rss", "guid": "another"}, None),
        ({"link": "http://new-valley.example/a"}, "moved"),
        ({"link": "http://new-valley.example/a", "guid": "another"}, "moved"),
        ({"guid": None}, None),
    ],
)
def test_a_changed_identity_makes_no_known_text_new(
    room: Play, change: dict[str, str], sighting: str | None
) -> None:
    async def scenario(room: Room) -> None:
        site, copy = await room.outlet("Valley"), await room.outlet("Coast", "/coast")
        room.watches = [Watch("w", "text", TEXT, alert_on=(Condition("new_copy"),))]
        site.pages["/rss"] = feed(entry("a"))
        copy.pages["/coast"] = feed(entry("x", OTHER))
        await room.poll()
        before = len(room.articles())
        site.pages["/rss"] = feed(entry("a", **change))
        outcome = (await room.poll())["/rss"]
        assert outcome.fresh == 0
        assert len(room.articles()) == before
        assert len(room.rows(models.version)) == before
        kinds = [s.kind for s in room.rows(models.sighting)][before:]
        assert kinds == ([sighting] if sighting else [])
        assert room.fired() == []

    room(scenario)


def test_a_new_date_is_a_sighting_of_the_same_article(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = feed(entry("a"))
        await room.poll()
        first = room.clock()
        site.pages["/rss"] = feed(later(entry("a"), days=3))
        await room.poll()
        (article,) = room.articles()
        assert (article.seen_by, article.published_at) == (first, OLD), "the first sighting stands"
        redated = room.rows(models.sighting)[-1]
        assert (redated.kind, redated.claimed_at) == ("redated", OLD + timedelta(days=3))
        assert (redated.after, redated.by) == (first, room.clock())
        # A time zone put right is no new date.
        site.pages["/rss"] = feed(later(entry("a"), days=3, hours=2))
        await room.poll()
        assert len(room.rows(models.sighting)) == 2

    room(scenario)


@pytest.mark.parametrize(
    ("texts", "others", "reason"),
    [
        (4, 4, "the outlet gave"),
        (5, 8, "many texts of"),
        (2, 1, "many texts of"),  # most of the document: a feed that is dated by the clock
        (1, 0, "the outlet gave"),
    ],
)
def test_a_site_that_dates_everything_anew_has_moved(
    room: Play, texts: int, others: int, reason: str
) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        items = [entry(f"{n}", made_up(60 + n, 12)) for n in range(texts + others)]
        site.pages["/rss"] = feed(*items)
        await room.poll()
        dated = [later(item, days=3, minutes=30) for item in items[:texts]]
        site.pages["/rss"] = feed(*dated, *items[texts:])
        await room.poll()
        again = room.rows(models.sighting)[texts + others :]
        assert [s.kind for s in again] == ["redated"] * texts
        assert all(s.counts_reason.startswith(reason) for s in again), again

    room(scenario)


def test_a_feed_without_guids_dates_and_links_is_known_by_its_texts(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        bare = [Item(f"Report {n}", made_up(20 + n, 12)) for n in range(3)]
        site.pages["/rss"] = feed(*bare[:2])
        await room.poll()
        site.pages["/rss"] = feed(*bare)
        assert (await room.poll())["/rss"].fresh == 1
        site.pages["/rss"] = feed(*bare[::-1])
        assert (await room.poll())["/rss"].fresh == 0
        articles = room.articles()
        assert [(a.url, a.published_at) for a in articles] == [(None, None)] * 3
        assert len(room.rows(models.sighting)) == 3

    room(scenario)


def test_what_only_a_teaser_told_is_completed_and_never_taken_back(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        item = entry("a", "", teaser="A hint.", link=site.base + "/a")
        site.pages["/rss"] = feed(item)
        await room.poll()
        assert room.articles()[0].evidence == "summary"
        site.pages["/a"] = page(item.title, TEXT)
        site.pages["/rss"] = feed(replace(item, teaser="A better hint."))
        await room.poll()
        (article,) = room.articles()
        assert article.evidence == "full"
        del site.pages["/a"]
        site.pages["/rss"] = feed(replace(item, teaser="Another hint."))
        await room.poll()
        (again,) = room.articles()
        assert again.version_id == article.version_id, "a teaser replaced the article"

    room(scenario)


def test_a_clock_that_was_set_back_leaves_an_open_interval_and_still_alerts(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        room.watches = [Watch("w", "text", TEXT, alert_on=(Condition("new_copy"),))]
        site.pages["/rss"] = feed(entry("b", OTHER))
        await room.poll()
        await room.close()
        site.pages["/rss"] = feed(entry("a"), entry("b", OTHER))
        await room.poll(minutes=-60)
        newest = room.rows(models.sighting)[-1]
        assert (newest.after, newest.by) == (None, room.clock())
        assert room.fired() == [("new_copy", room.articles()[-1].id)]

    room(scenario)
