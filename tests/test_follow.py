"""Watches find their texts in the archive, on a page, in a file; or say what is in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import models
from tests.poll.newsroom import Item, Play, Reply, Room, Scenario, feed, page, play
from tests.texts import made_up
from watcher.archive import articles as store
from watcher.archive.codec import unpack_text
from watcher.config import Condition, Watch
from watcher.core.values import TRACKED_DOMAIN
from watcher.report import open_reader

TEXT = made_up(1, 14)
NEW_COPY = (Condition("new_copy"),)


@pytest.fixture
def room(database_url: str) -> Play:
    """Plays a scenario on SQLite and again on PostgreSQL."""

    def start(scenario: Scenario) -> None:
        play(database_url, scenario)

    return start


async def sought(room: Room, *watches: Watch) -> dict[str, str | None]:
    """What stands in the way of each watch, after the service was started and has looked."""
    room.watches = list(watches)
    await room.open()
    await room.service.seek()
    return {w.name: w.problem for w in room.rows(models.watch)}


def followed(room: Room) -> dict[str, int | None]:
    return {w.name: w.article_id for w in room.rows(models.watch)}


def test_a_url_in_the_archive_is_followed_without_a_request(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = feed(Item("Report", TEXT, guid="1", link=site.base + "/1"))
        await room.poll()
        (article,) = room.articles()
        # The same address, as somebody copies it from a browser.
        asked = site.base + "/1?utm_source=mail#top"
        assert await sought(room, Watch("w", "story", asked, NEW_COPY)) == {"w": None}
        assert followed(room) == {"w": article.id}
        assert [one.path for one in site.asked] == ["/rss"]
        (story,) = room.rows(models.story)
        assert story.tracked

    room(scenario)


def test_a_page_is_read_and_stored_at_the_outlet_that_has_a_feed_there(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site, copy = await room.outlet("Valley"), await room.outlet("Coast", "/coast")
        site.pages["/old"] = page("An old report", TEXT)
        watch = Watch("w", "story", site.base + "/old", NEW_COPY)
        assert await sought(room, watch) == {"w": None}
        (article,) = room.articles()
        assert followed(room) == {"w": article.id}
        (home,) = [o for o in room.rows(models.outlet) if o.id == article.outlet_id]
        assert home.domain == "valley.example"
        (body,) = room.rows(models.body)
        assert TEXT in unpack_text(body.data)
        assert room.fired() == []
        # Nothing is asked for twice, and a copy is noticed.
        await room.service.seek()
        assert site.times("/old") == 1
        copy.pages["/coast"] = feed(Item("Other", made_up(3, 14), guid="0"))
        await room.poll()
        copy.pages["/coast"] = feed(Item("Report", TEXT, guid="1"))
        await room.poll()
        assert room.fired() == [("new_copy", room.articles()[-1].id)]

    room(scenario)


def test_a_page_of_a_stranger_makes_an_outlet_of_its_own(room: Play) -> None:
    async def scenario(room: Room) -> None:
        await room.outlet("Valley")
        stranger = await room.site()
        stranger.pages["/x"] = page("A report", TEXT)
        await sought(room, Watch("w", "story", stranger.base + "/x"))
        (article,) = room.articles()
        domains = {o.id: o.domain for o in room.rows(models.outlet)}
        assert domains[article.outlet_id] == stranger.host

    room(scenario)


def test_a_page_that_cannot_be_read_is_said_once_and_tried_again_later(
    room: Play, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(room: Room) -> None:
        caplog.clear()
        site = await room.site()
        problems = await sought(room, Watch("w", "story", site.base + "/gone"))
        assert problems["w"] is not None
        assert problems["w"].endswith("/gone answers 404")
        with open_reader(room.url) as reader:
            (shown,) = reader.tracked(now=room.clock())
        assert (shown.problem, shown.story) == (problems["w"], None)
        for _ in range(5):
            room.clock.forward(minutes=1)
            await room.service.seek()
        assert site.times("/gone") == 1
        assert caplog.text.count("follows nothing yet") == 1
        site.pages["/gone"] = page("Back again", TEXT)
        room.clock.forward(minutes=15)
        await room.service.seek()
        assert site.times("/gone") == 2
        (watch,) = room.rows(models.watch)
        assert (watch.article_id, watch.problem) == (room.articles()[0].id, None)

    room(scenario)


def test_a_start_waits_for_no_page(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.site()
        site.pages["/slow"] = Reply(page("Slow", TEXT).body)
        room.watches = [Watch("w", "story", site.base + "/slow")]
        await room.open()
        assert site.asked == []
        (watch,) = room.rows(models.watch)
        assert (watch.article_id, watch.problem) == (None, None), "not a problem yet"

    room(scenario)


def test_a_file_and_a_text_are_followed_and_belong_to_no_outlet(room: Play, tmp_path: Path) -> None:
    async def scenario(room: Room) -> None:
        file = tmp_path / "leak.txt"
        file.write_text("A leak\n\n" + TEXT, encoding="utf-8")
        other = made_up(5, 14)
        site = await room.outlet("Valley")
        problems = await sought(
            room,
            Watch("from-file", "file", str(file), NEW_COPY),
            Watch("from-text", "text", other, NEW_COPY),
        )
        assert problems == {"from-file": None, "from-text": None}
        assert len(set(followed(room).values())) == 2
        domains = {o.id: o.domain for o in room.rows(models.outlet)}
        assert {domains[a.outlet_id] for a in room.articles()} == {TRACKED_DOMAIN}
        site.pages["/rss"] = feed(Item("Filler", made_up(6, 14), guid="0"))
        await room.poll()
        site.pages["/rss"] = feed(Item("Copy", TEXT, guid="1"), Item("Too", other, guid="2"))
        await room.poll()
        assert sorted(c for c, _ in room.fired()) == ["new_copy", "new_copy"]

    room(scenario)


@pytest.mark.parametrize(
    ("kind", "target", "problem"),
    [
        ("file", "/nowhere/leak.txt", "cannot read /nowhere/leak.txt: No such file or directory"),
        ("file", "/", "cannot read /: Is a directory"),
        ("file", "/dev/null", "/dev/null holds no text"),
        ("story", "4711", "there is no story 4711"),
        ("story", "http://127.0.0.1:9/x", "http://127.0.0.1:9/robots.txt cannot be had"),
    ],
)
def test_what_stands_in_the_way_is_recorded_and_visible(
    room: Play, kind: str, target: str, problem: str
) -> None:
    async def scenario(room: Room) -> None:
        problems = await sought(room, Watch("w", kind, target))  # type: ignore[arg-type]
        assert problems["w"] is not None
        assert problems["w"].startswith(problem)
        with open_reader(room.url) as reader:
            (shown,) = reader.tracked(now=room.clock())
        assert shown.problem == problems["w"]
        assert room.articles() == []

    room(scenario)


def test_a_file_that_appears_later_is_found(room: Play, tmp_path: Path) -> None:
    async def scenario(room: Room) -> None:
        file = tmp_path / "leak.txt"
        file.unlink(missing_ok=True)
        assert (await sought(room, Watch("w", "file", str(file))))["w"] is not None
        file.write_text(TEXT, encoding="utf-8")
        room.clock.forward(minutes=1)
        await room.service.seek()
        (watch,) = room.rows(models.watch)
        assert (watch.article_id is None, watch.problem) == (False, None)

    room(scenario)


def test_a_known_story_is_followed_at_its_root_and_a_merged_one_where_it_went(room: Play) -> None:
    async def scenario(room: Room) -> None:
        valley, coast = await room.outlet("Valley"), await room.outlet("Coast", "/coast")
        valley.pages["/rss"] = feed(
            Item("One", TEXT, guid="1"), Item("Two", made_up(2, 14), guid="2")
        )
        coast.pages["/coast"] = feed(Item("One", TEXT, guid="1"))
        await room.poll()
        shared = next(s for s in room.rows(models.story) if s.articles == 2)
        alone = next(s for s in room.rows(models.story) if s.articles == 1)
        assert await sought(room, Watch("w", "story", str(shared.id))) == {"w": None}
        assert followed(room)["w"] == shared.root_id
        with room.service.database.write() as conn:
            store.merge_stories(conn, [{"story": alone.id, "into": shared.id}])
        await sought(
            room,
            Watch("w", "story", str(shared.id)),
            Watch("merged", "story", str(alone.id)),
        )
        assert followed(room)["merged"] == shared.root_id

    room(scenario)


def test_another_target_is_looked_for_anew(room: Play) -> None:
    async def scenario(room: Room) -> None:
        await sought(room, Watch("w", "text", TEXT))
        first = followed(room)["w"]
        assert (await sought(room, Watch("w", "story", "4711")))["w"] == "there is no story 4711"
        assert followed(room)["w"] is None
        await sought(room, Watch("w", "text", TEXT))
        assert followed(room)["w"] == first

    room(scenario)


def test_a_text_of_ours_is_told_of_as_no_outlet(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = feed(Item("Filler", made_up(2, 12), guid="0"))
        await sought(room, Watch("leak", "text", TEXT, (Condition("first_copy"),), None, ("desk",)))
        await room.poll()
        site.pages["/rss"] = feed(Item("It is out", TEXT, guid="1", link=site.base + "/1"))
        await room.poll()
        (alert,) = room.rows(models.alert)
        assert alert.payload["earliest"]["outlet"] == "Valley"
        assert alert.payload["totals"]["outlets"] == 1
        assert alert.payload["totals"]["coverage"].startswith("0 of 1")
        assert alert.payload["changed"] == []

    room(scenario)
