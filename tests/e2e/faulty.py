"""One round of polls in a process of its own, whose system calls on the database are made to fail.

`strace` does that: it kills at the n-th call of a kind, or lets it fail with an error (FIELD-NOTES
5). What was acknowledged before, and what the round itself got done, must be there afterwards; and
the next round, in peace, makes up for the rest.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage import models
from tests.e2e.loop import rounds
from tests.e2e.test_crash import STORIES, Newsroom, consistent, feeds_yaml, rows, told
from tests.poll.newsroom import Reply, Site
from watcher.archive import open_archive

ROOT = Path(__file__).parents[2]
STRACE = shutil.which("strace")
# What SQLite changes a file by, and how it makes sure of it.
CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "openat")
KEPT = (
    (models.article, ("id", "title", "url", "seen_by")),
    (models.sighting, ("id", "article_id", "version_id", "feed_id", "by")),
    (models.poll, ("id", "feed_id", "at", "outcome", "fresh")),
    (models.alert, ("key", "at", "article_id")),
)


@dataclass
class Scene:
    """A newsroom with everything out, a database that has polled it once before, and a desk."""

    folder: Path
    config: Path
    room: Newsroom
    desk: Site

    @property
    def file(self) -> Path:
        return self.folder / "watcher.db"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def again(self) -> None:
        """The database as it was before the faulty round, nobody told of anything."""
        for old in self.folder.glob("watcher.db*"):
            old.unlink()
        shutil.copy(self.folder / "before.db", self.file)
        self.desk.asked.clear()

    async def round(self, *strace: str, env: dict[str, str] | None = None) -> int:
        """One round in a process of its own, under `strace` with these options; its exit code."""
        watched = [o for side in ("", "-wal", "-shm") for o in ("-P", f"{self.file}{side}")]
        before = ["strace", "-f", "-qq", "--seccomp-bpf", *watched, *strace] if strace else []
        process = await asyncio.create_subprocess_exec(
            *before,
            sys.executable, "-m", "tests.e2e.loop", self.url, str(self.config), "1",
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        async with asyncio.timeout(120):
            return await process.wait()

    async def count(self) -> Counter[str]:
        """How many calls of each kind a round makes on the database."""
        self.again()
        out = self.folder / "calls"
        await self.round("-o", str(out), "-e", f"trace={','.join(CALLS)}")
        found = re.findall(r"^\d+ +(?:\S+ )?(\w+)\(", out.read_text(), re.MULTILINE)
        return Counter(name for name in found if name in CALLS)

    async def survives(self, *strace: str) -> str:
        """A faulty round, then one in peace; what the faulty one had got done. AssertionError
        where anything that was there was lost, or is there twice."""
        self.again()
        before = kept(self.url)
        code = await self.round("-o", os.devnull, *strace)
        consistent(self.url)
        after = kept(self.url)
        lost = before - after
        assert not lost, f"lost in the faulty round: {lost}"
        await rounds(self.url, self.config, most=1)
        consistent(self.url)
        end = kept(self.url)
        lost = {row for row in after - end if row[0] != "poll"}
        assert not lost, f"lost afterwards: {lost}"
        with open_archive(self.url) as database:
            titles = Counter(a.title for a in rows(database, models.article))
            keys = Counter(a.key for a in rows(database, models.alert) if a.state == "fired")
        wanted = {i.title for n in range(len(self.room.sites)) for i in self.room.entries(n)}
        assert titles == Counter([*wanted, *(f"w{i}" for i in range(len(STORIES)))])
        assert set(keys.values()) <= {1}
        assert set(told(self.desk).values()) <= {1}, "told twice, and not said so"
        done = "nothing" if after == before else "all or a part"
        return f"exit {code}, {done} of the round recorded"


def kept(url: str) -> set[tuple[Any, ...]]:
    """What is acknowledged: rows that must never be missing again."""
    with open_archive(url) as database:
        return {
            (table.name, *(getattr(row, c) for c in columns))
            for table, columns in KEPT
            for row in rows(database, table)
        }


@asynccontextmanager
async def scene(folder: Path, outlets: int) -> AsyncIterator[Scene]:
    """`outlets`: 1, whose poll is written alone, or more, whose polls are written together."""
    room = Newsroom()
    async with Site("127.0.1.9") as desk:
        sites = [Site(f"127.0.1.{n + 1}") for n in range(outlets)]
        for site in sites:
            await site.__aenter__()
        try:
            room.sites.extend(sites)
            desk.pages["/desk"] = Reply()
            config = folder / "feeds.yaml"
            made = Scene(folder, config, room, desk)
            config.write_text(feeds_yaml(room, desk, made.url))
            for n in range(outlets):
                room.show(n, 1)
            await rounds(made.url, config, most=1)
            made.file.rename(folder / "before.db")
            for n in range(outlets):
                room.show(n, len(room.entries(n)))
            yield made
        finally:
            for site in sites:
                await site.__aexit__(None, None, None)


def points(total: int, most: int) -> Sequence[int]:
    """`most` of the numbers 1 .. total, evenly."""
    if total <= most:
        return range(1, total + 1)
    return sorted({1 + i * (total - 1) // (most - 1) for i in range(most)})
