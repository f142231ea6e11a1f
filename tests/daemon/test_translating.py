"""The daemon across languages, end to end: feeds on loopback, an alert that arrives."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from storage import models
from tests.poll.newsroom import Item, Play, Reply, Room, feed
from tests.record.test_translations import ENGLISH, FRENCH, REPORT
from tests.texts import made_up
from watcher.config import Condition, Receiver, Secret, Watch
from watcher.tongues import available

pytestmark = pytest.mark.skipif(
    not available(),
    reason="TRANSLATIONS NOT TESTED: the extra is missing: pip install '.[translation]'",
)

OTHER = Item("Something else", made_up(1, 9), guid="0")


def test_a_story_at_rest_comes_back_in_another_language(room: Play) -> None:
    async def scenario(room: Room) -> None:
        wire, journal = await room.outlet("Wire"), await room.outlet("Journal", "/fr")
        zeitung, desk = await room.outlet("Zeitung", "/de"), await room.site()
        desk.pages["/desk"] = Reply()
        room.receivers = [Receiver("desk", Secret(f"json://{desk.host}:{desk.port}/desk"))]
        page = f"{wire.base}/ferry"
        watch = Watch(
            "ferry", "story", page, (Condition("resurfaced"), Condition("first_copy")),
            notify=("desk",), translations=0.6,
        )  # fmt: skip
        room.watches = [watch, replace(watch, name="words", translations=None)]
        for n, (site, path) in enumerate(((wire, "/rss"), (journal, "/fr"), (zeitung, "/de"))):
            site.pages[path] = feed(replace(OTHER, text=made_up(50 + n, 9)))
        await room.poll()
        date = room.clock()
        wire.pages["/rss"] = feed(
            Item("Ferry runs aground off Sarn", ENGLISH, guid="1", link=page, date=date)
        )
        await room.poll()
        await room.service.seek()
        await room.service.housekeep()
        assert room.rows(models.gist)
        await room.poll(20 * 24 * 60)
        date = room.clock()
        journal.pages["/fr"] = feed(
            Item("Un ferry s'échoue au large de Sarn", FRENCH, guid="2", date=date)
        )
        # The same event, told by somebody else.
        zeitung.pages["/de"] = feed(Item("Suche vor Sarn", REPORT, guid="3", date=date))
        await room.poll()
        assert room.fired() == []
        await room.service.housekeep()
        (match,) = room.rows(models.match)
        assert (match.kind, match.status) == ("translation", "suggested")
        french = next(a.id for a in room.articles() if a.lang == "fr")
        assert room.fired() == [("resurfaced", french), ("first_copy", french)]
        assert (await room.service.deliver()).messages == 1  # of one watch
        (post,) = desk.asked
        said = json.loads(post.body)
        assert "[ferry] Resurfaced (translation, suggested) after 20 d" in said["title"]
        assert "Un ferry s'échoue au large de Sarn" in said["title"]
        assert "10 of 10 and 10 sentences in order" in said["message"]
        assert "“Nobody was killed, but eleven people" not in said["message"]
        assert "“The ferry Aurelia ran aground" in said["message"]
        assert "“Le ferry Aurelia s'est échoué" in said["message"]
        # Again, after a restart: nothing new, nobody is told twice.
        await room.open()
        await room.service.housekeep()
        assert (await room.service.deliver()).claimed == 0
        assert len(room.fired()) == 2

    room(scenario)
