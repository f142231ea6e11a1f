"""A daemon that is killed again and again loses nothing and repeats nothing that a reader sees."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage import models
from tests.e2e.loop import rounds
from tests.poll.newsroom import Item, Reply, Site, rss
from tests.texts import made_up, reworded
from watcher.archive import Database, open_archive

ROOT = Path(__file__).parents[2]
KILLS = 4
STORIES = [made_up(50 + n, 12) for n in range(4)]
CONDITIONS = 2  # first_copy and new_copy


@dataclass
class Newsroom:
    """Three outlets that say more with every look: the first reports, the others copy, each
    look at a feed brings its next entry. What was published never depends on who looks when."""

    sites: list[Site] = field(default_factory=list)
    looks: Counter[int] = field(default_factory=Counter)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def entries(self, n: int) -> list[Item]:
        """What an outlet has to say in the end."""
        own = [Item(f"Own {n}-{i}", made_up(10 * n + i, 12), guid=f"own{i}") for i in range(3)]
        copies = [
            Item(f"Copy {n}-{i}", reworded(text, 25, seed=n) if n else text, guid=f"copy{i}")
            for i, text in enumerate(STORIES)
        ]
        return [*own, *copies]

    def show(self, n: int, count: int) -> None:
        shown = self.entries(n)[:count]
        self.sites[n].pages["/rss"] = Reply(rss(shown), headers={"ETag": f'"{n}-{count}"'})

    async def publish(self) -> None:
        """More with every look, until everything is out."""
        while True:
            for n, site in enumerate(self.sites):
                seen = site.times("/rss")
                if seen != self.looks[n]:
                    self.looks[n] = seen
                    self.show(n, 1 + seen)
                    self.reached.set()
            await asyncio.sleep(0.002)


def feeds_yaml(room: Newsroom, desk: Site, url: str) -> str:
    outlets = "".join(
        f"  - {{name: Outlet {n}, domain: outlet{n}.example, feeds: ['{site.base}/rss']}}\n"
        for n, site in enumerate(room.sites)
    )
    watches = "".join(
        f"  - {{name: w{i}, text: {json.dumps(text)}, alert_on: [first_copy, new_copy],"
        " notify: [desk]}\n"
        for i, text in enumerate(STORIES)
    )
    return (
        f"outlets:\n{outlets}watches:\n{watches}"
        f"receivers: [{{name: desk, url: 'json://{desk.host}:{desk.port}/desk'}}]\n"
        "polling: {allow_hosts: [127.0.0.0/8], workers: 1}\n"
        f"storage: {{url: '{url}'}}\n"
    )


def rows(database: Database, table: Any) -> list[Any]:
    with database.read() as conn:
        return list(conn.execute(select(table)))


def consistent(url: str) -> None:
    """Everything that a crash in the middle of a recording could leave half done."""
    with open_archive(url) as database:
        articles = {a.id: a for a in rows(database, models.article)}
        versions = {v.id: v for v in rows(database, models.version)}
        bodies = {b.version_id for b in rows(database, models.body)}
        sketches = {s.version_id for s in rows(database, models.sketch)}
        assert set(versions) == bodies == sketches
        for article in articles.values():
            assert versions[article.version_id].article_id == article.id
        sighted = {s.article_id for s in rows(database, models.sighting)}
        assert sighted == set(articles), "an article without its sighting, or the reverse"
        known = {i.article_id for i in rows(database, models.identity)}
        assert known == set(articles)
        stories = {s.id: s for s in rows(database, models.story)}
        members: dict[int, list[Any]] = {}
        for article in articles.values():
            members.setdefault(article.story_id, []).append(article)
        for story in stories.values():
            if story.merged_into is not None:
                assert story.id not in members
                continue
            inside = members[story.id]
            assert story.root_id in {a.id for a in inside}
            assert story.articles == len(inside)
            assert story.outlets == len({a.outlet_id for a in inside})
        for match in rows(database, models.match):
            assert {match.a_id, match.b_id} <= set(articles)
        alerts = {a.id: a for a in rows(database, models.alert)}
        for alert in alerts.values():
            assert alert.article_id in articles
            assert alert.story_id in stories
        deliveries = Counter(d.alert_id for d in rows(database, models.delivery))
        assert deliveries == Counter(dict.fromkeys(alerts, 1)), "one receiver, one delivery each"
        for feed in rows(database, models.feed):
            if feed.body_hash is not None:
                assert feed.last_ok_at is not None
        polls = [p for p in rows(database, models.poll) if p.outcome == "ok"]
        outlets = {o.id for o in rows(database, models.outlet) if o.domain != "tracked"}
        assert sum(p.fresh for p in polls) == sum(
            a.outlet_id in outlets for a in articles.values()
        ), "a poll's row without its articles, or the reverse"


def told(desk: Site) -> Counter[str]:
    """What the desk was told, and how often; second copies that say so are not counted."""
    found: Counter[str] = Counter()
    for post in desk.asked:
        said = json.loads(post.body)
        text = f"{said['title']}\n{said['message']}"
        if "may be a repeat" not in text.lower() and "second copy" not in text.lower():
            found[text] += 1
    return found


@pytest.mark.parametrize("seed", [1])
def test_kill_9_at_any_moment(tmp_path: Path, database_url: str, seed: int) -> None:
    async def whole() -> None:
        chance = random.Random(seed)
        async with AsyncExitStack() as stack:
            room = Newsroom()
            for n in range(3):
                room.sites.append(await stack.enter_async_context(Site(f"127.0.1.{n + 1}")))
                room.show(n, 1)
            desk = await stack.enter_async_context(Site("127.0.1.9"))
            desk.pages["/desk"] = Reply()
            config = tmp_path / "feeds.yaml"
            config.write_text(feeds_yaml(room, desk, database_url))
            publishing = asyncio.create_task(room.publish())
            # First polls are censored: what comes after them is news.
            await rounds(database_url, config, most=1)
            for _ in range(KILLS):
                await killed(room, config, database_url, chance)
                consistent(database_url)
            # The rest in peace: everything is out, and everybody has been told.
            await rounds(database_url, config, most=10)
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)
            consistent(database_url)
            with open_archive(database_url) as database:
                titles = Counter(a.title for a in rows(database, models.article))
                keys = Counter(a.key for a in rows(database, models.alert) if a.state == "fired")
                ends = {d.state: d.reason for d in rows(database, models.delivery)}
            wanted = {item.title for n in range(3) for item in room.entries(n)}
            assert titles == Counter(
                {**dict.fromkeys(wanted, 1), "w0": 1, "w1": 1, "w2": 1, "w3": 1}
            )
            assert set(keys.values()) == {1}
            assert Counter(key.split(":")[0] for key in keys) == Counter(
                {f"w{i}": 3 + 1 for i in range(len(STORIES))}
            ), "one first copy and three new ones of each text"
            # A first copy says in the same message that there is a new one.
            assert set(ends) <= {"sent", "held"}
            assert "first_copy" in ends.get("held", "first_copy")
            assert set(told(desk).values()) == {1}
            assert 0 < len(told(desk)) <= len(keys)

    asyncio.run(whole())


async def killed(room: Newsroom, config: Path, url: str, chance: random.Random) -> None:
    """A process that polls in a loop, killed at some moment after it has begun to."""
    room.reached.clear()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.e2e.loop",
        url,
        str(config),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=asyncio.subprocess.PIPE,
    )
    waiting = asyncio.create_task(process.wait())
    async with asyncio.timeout(120):
        reached = asyncio.create_task(room.reached.wait())
        await asyncio.wait({waiting, reached}, return_when=asyncio.FIRST_COMPLETED)
        assert process.returncode is None, (await process.communicate())[1].decode()
        # Where the sword falls is chance; what has to hold afterwards is not.
        await asyncio.sleep(chance.random() * 0.6)
        process.send_signal(signal.SIGKILL)
        await waiting
    await process.communicate()
