"""The daemon forgets by itself, and rests while the disk is nearly full."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from storage import models
from tests.poll.newsroom import Item, Play, Reply, Room, feed, page
from tests.texts import made_up
from watcher.archive import index, retention
from watcher.cli import app
from watcher.cli.base import Setup
from watcher.config import Condition, Config, Storage, Watch
from watcher.report import open_reader


def kept(room: Room, **ages: int) -> Config:
    url = {"url": room.url}
    return Config(
        outlets=tuple(room.outlets),
        polling=room.polling,
        storage=Storage(**(url | ages)),  # type: ignore[arg-type]
    )


def count(room: Room, table: Any) -> int:
    with room.service.database.read() as conn:
        return len(conn.execute(select(table)).all())


def test_housekeeping_forgets_and_the_command_does(both: Play, tmp_path: Path) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("First", "/1")
        site.pages["/1"] = feed(*(Item(f"R{n}", made_up(n, 14), guid=f"{n}") for n in range(6)))
        await room.open()
        await room.poll()
        await room.service.reload(kept(room, keep_bodies=10 * 86_400, keep_polls=86_400))
        room.clock.forward(days=5)
        await room.service.housekeep()
        assert (count(room, models.body), count(room, models.poll)) == (6, 0)
        # The command, on the same database, with the ages of a configuration; dry at first.
        site.pages["/1"] = feed(Item("New", made_up(90, 14), guid="new"))
        await room.poll()
        config = tmp_path / "feeds.yaml"
        config.write_text(
            "outlets: [{feeds: [https://a.example/rss]}]\n"
            f"storage: {{url: '{room.url}', keep_bodies: 2d, index_age: 1d}}\n"
        )
        command = ["db", "prune", "--config", str(config)]

        def run(*options: str) -> Any:
            return CliRunner().invoke(app, [*command, *options], obj=Setup(clock=room.clock))

        dry = run("--dry-run", "--json")
        assert (dry.exit_code, dry.stderr) == (0, "")
        assert json.loads(dry.stdout)["texts"] == 6
        assert count(room, models.body) == 7
        done = run()
        assert done.exit_code == 0, done.output
        heading = done.stdout.splitlines()[0].split()
        assert heading == ["TEXTS", "SIZE", "SIGHTINGS", "POLLS", "LONGEST", "MS"]
        assert count(room, models.body) == 1
        assert run().exit_code == 1
        # What was forgotten is known when it comes again.
        articles = count(room, models.article)
        site.pages["/1"] = feed(*(Item(f"R{n}", made_up(n, 14), guid=f"x{n}") for n in range(6)))
        room.clock.forward(days=20)
        await room.poll()
        assert count(room, models.article) == articles

    both(scenario)


def test_polling_rests_while_the_disk_is_nearly_full(
    room: Play, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(newsroom: Room) -> None:
        site = await newsroom.outlet("First", "/1")
        site.pages["/1"] = feed(Item("A", made_up(1, 14), guid="a"))
        await newsroom.open()
        service = newsroom.service
        await service.reload(kept(newsroom, min_free=10**18))
        newsroom.clock.forward(minutes=5)
        for _ in range(3):
            assert await service.dispatch() == 0
        assert caplog.text.count("polling rests: the disk of") == 1
        ready = await service.observed.ready()
        assert not ready.ok
        assert ready.why.startswith("polling rests: ")
        assert (await service.observed.alive()).ok
        await service.reload(kept(newsroom, min_free=0))
        assert await service.dispatch() == 1
        assert "there is room on the disk again" in caplog.text
        await service.tick()
        assert (await service.observed.ready()).ok
        assert newsroom.articles()

    caplog.set_level(logging.WARNING)
    room(scenario)


def test_old_rows_of_one_round_are_many(room: Play, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(newsroom: Room) -> None:
        await newsroom.outlet("First", "/1")
        service = await newsroom.open()
        at = newsroom.clock() - timedelta(days=60)
        with service.database.write() as conn:
            conn.execute(
                models.poll.insert(),
                [{"feed_id": 1, "at": at, "took_ms": 1, "outcome": "ok"} for _ in range(5000)],
            )
        await service.housekeep()
        assert count(newsroom, models.poll) == 0
        assert "0 sightings and 5000 polls" in caplog.text

    caplog.set_level(logging.INFO)
    room(scenario)


def test_a_forgotten_text_can_be_followed_and_its_copies_are_found(both: Play) -> None:
    async def scenario(room: Room) -> None:
        site, other = await room.outlet("First", "/1"), await room.outlet("Second", "/2")
        old = Item("Old", made_up(77, 14), guid="old", link=site.base + "/old")
        site.pages["/1"] = feed(old)
        site.pages["/old"] = page("Old", made_up(77, 14))
        first = Item("B", made_up(2, 14), guid="b")
        other.pages["/2"] = feed(first)
        await room.open()
        await room.poll()
        [article] = (a for a in room.articles() if a.title == "Old")
        room.clock.forward(days=500)
        database = room.service.database
        done = retention.Forgotten()
        ages = retention.Ages(timedelta(days=400), timedelta(days=30))
        for batch in retention.batches(database, ages, room.clock(), done):
            batch()
        index.seal(database, size=1)
        assert index.expire(database, room.clock() - timedelta(days=90))
        assert done.bodies == 2
        # Its page has to be read again; until that works, it is said.
        room.watches.append(
            Watch(
                "w", "story", site.base + "/old", (Condition("resurfaced"), Condition("new_copy"))
            )
        )
        site.pages["/old"] = Reply(status="503 Service Unavailable")
        await room.open()
        await room.service.seek()
        [watch] = room.rows(models.watch)
        assert watch.article_id is None
        assert "503" in watch.problem
        site.pages["/old"] = page("Old", made_up(77, 14))
        room.clock.forward(minutes=20)
        await room.service.seek()
        [watch] = room.rows(models.watch)
        assert (watch.article_id, watch.problem) == (article.id, None)
        await room.poll()  # what comes with the first poll after so long is backlog
        other.pages["/2"] = feed(first, Item("Copy", made_up(77, 14), guid="copy"))
        await room.poll()
        told = [(m.kind, m.a_id) for m in room.rows(models.match)]
        assert told == [("verbatim", article.id)], room.rows(models.alert)
        assert [condition for condition, _ in room.fired()] == ["resurfaced"]
        with open_reader(room.url) as reader:
            assert reader.search('"Old"', now=room.clock()).hits

    both(scenario)
