"""Two daemons on one PostgreSQL database, one of them killed in the middle of a poll."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import select

from storage import models
from tests.conftest import PostgresServer
from tests.e2e.test_crash import CONDITIONS, ROOT, STORIES, Newsroom, consistent, feeds_yaml, told
from tests.poll.newsroom import NEVER, Reply, Site
from watcher.archive import open_archive

OUTLETS = 3


class Counting(Site):
    """A site that counts how many ask at once, and takes its time."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.inside = self.most = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(0.05)
        try:
            await super()._serve(reader, writer)
        finally:
            self.inside -= 1


async def started(machine: str, url: str, config: Path) -> asyncio.subprocess.Process:
    with (config.parent / f"{machine}.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.e2e.daemon", url, str(config), machine),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=log,
            start_new_session=True,
        )


def kill(process: asyncio.subprocess.Process) -> None:
    """Without a word, it and its workers."""
    os.killpg(process.pid, signal.SIGKILL)


async def until(test: Callable[[], Any]) -> Any:
    """Ask again and again, until the answer is one."""
    while not (found := await asyncio.to_thread(test)):
        await asyncio.sleep(0.1)
    return found


def column(url: str, wanted: Any, *tests: Any) -> list[Any]:
    with open_archive(url) as database, database.read() as conn:
        return list(conn.scalars(select(wanted).where(*tests)))


def test_another_goes_on_where_one_was_killed(tmp_path: Path, postgres: PostgresServer) -> None:
    name = postgres.create("migrated")
    try:
        asyncio.run(asyncio.wait_for(_played(tmp_path, postgres.url(name)), 60))
    finally:
        postgres.drop(name)


async def _played(folder: Path, url: str) -> None:
    async with AsyncExitStack() as stack:
        room, config = Newsroom(), folder / "feeds.yaml"
        for n in range(OUTLETS):
            room.sites.append(await stack.enter_async_context(Counting(f"127.0.2.{n + 1}")))
            room.show(n, 1)
        desk = await stack.enter_async_context(Site("127.0.2.9"))
        desk.pages["/desk"] = Reply()
        said = feeds_yaml(room, desk, url).replace("/rss']", "/rss', interval: 1s}]")
        said = said.replace("feeds: ['", "feeds: [{url: '").replace(
            "/desk'}", "/desk', group_wait: 0s}"
        )
        said = said.replace("workers: 1", "workers: 1, min_interval: 1s")
        config.write_text(said)
        daemons: dict[str, asyncio.subprocess.Process] = {}
        try:
            for machine in ("red", "blue"):
                daemons[machine] = await started(machine, url, config)
            # What the first polls show raises nothing: what comes after is news.
            read = models.feed.c.first_ok_at
            await until(lambda: len(column(url, read, read.is_not(None))) == OUTLETS)
            # One outlet answers nobody: whoever asks it dies of that.
            stuck = room.sites[0]
            shown, stuck.pages["/rss"] = stuck.pages["/rss"], NEVER
            await stuck.reached.wait()
            lease = models.feed.c.lease_by
            [holder] = await until(
                lambda: column(url, lease, models.feed.c.host == stuck.host, lease.is_not(None))
            )
            dead = holder.partition(":")[0]
            kill(daemons[dead])
            await daemons.pop(dead).wait()
            stuck.pages["/rss"] = shown
            for n in range(OUTLETS):
                room.show(n, len(room.entries(n)))
            wanted = {item.title for n in range(OUTLETS) for item in room.entries(n)}
            await until(lambda: wanted <= set(column(url, models.article.c.title)))
            alerts = len(STORIES) * (OUTLETS + CONDITIONS - 1)
            ends = models.delivery.c.state
            await until(lambda: len(column(url, ends, ends.in_(("sent", "held")))) == alerts)
            [left] = daemons.values()
            left.send_signal(signal.SIGTERM)
            assert await left.wait() == 0
        finally:
            for process in daemons.values():
                if process.returncode is None:
                    kill(process)
                    await process.wait()
        consistent(url)
        titles = Counter(column(url, models.article.c.title))
        assert {titles[title] for title in wanted} == {1}, "no article twice"
        keys = Counter(column(url, models.alert.c.key, models.alert.c.state == "fired"))
        assert set(keys.values()) == {1}
        assert len(keys) == alerts, "one first copy of each text, and three new ones"
        assert set(told(desk).values()) == {1}
        most = [site.most for site in room.sites if isinstance(site, Counting)]
        assert most == [2, 1, 1], "the request of the dead, and never two of those that live"
        assert column(url, models.meta.c.key, models.meta.c.key.startswith("beat.")) == []
