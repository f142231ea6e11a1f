"""How many of 100 random flipped bits are found: in a database, and in a backup of it.

    python benchmarks/flips.py [--flips N] [--articles N] [--seed N]

A made archive is imported through the program (texts, copies of them at other outlets), backed up,
and grows a little. Then one random bit of the file is flipped at a time, `watcher db verify` looks,
and the bit is put back. Where nothing was found, what the bit stood in is said; beside it, how many
SQLite's own full check alone finds.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from storage import backup
from tests.poll.newsroom import Item, Reply, Site, rss
from tests.texts import made_up, reworded
from watcher.archive import backups, index, open_archive
from watcher.config import load
from watcher.daemon import Service
from watcher.load import load_file
from watcher.record.verify import verify

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)


def imported(url: str, folder: Path, first: int, count: int) -> None:
    file = folder / "archive.jsonl"
    with file.open("w") as out:
        for n in range(first, first + count):
            base = n - n % 4 if n % 4 < 2 else n
            text = made_up(base, 12)
            if n % 4 == 1:
                text = reworded(text, 25, seed=n)
            row = {
                "id": f"a{n}",
                "outlet": f"outlet{n % 23}.example",
                "url": f"https://outlet{n % 23}.example/{n}",
                "title": f"Report {base}",
                "text": text,
                "lang": "en",
                "published": (T0 - timedelta(days=30) + timedelta(minutes=n)).isoformat(),
            }
            out.write(json.dumps(row) + "\n")
    with open_archive(url, create=True) as database:
        load_file(database, file, workers=1, progress=lambda *_: None, now=T0)
        index.seal(database, size=512)


async def polled(url: str, folder: Path, rounds: int) -> None:
    """Some feeds, watched and told of, so that every table has its rows."""
    now = [T0]
    async with Site("127.0.1.1") as one, Site("127.0.1.2") as two, Site("127.0.1.9") as desk:
        desk.pages["/desk"] = Reply()
        text = json.dumps(made_up(9000, 12))
        config = folder / "feeds.yaml"
        config.write_text(
            f"outlets:\n  - {{name: One, domain: one.example, feeds: ['{one.base}/rss']}}\n"
            f"  - {{name: Two, domain: two.example, feeds: ['{two.base}/rss']}}\n"
            f"watches: [{{name: w, text: {text}, alert_on: [first_copy, new_copy], notify: [d]}}]\n"
            f"receivers: [{{name: d, url: 'json://{desk.host}:{desk.port}/desk'}}]\n"
            "polling: {allow_hosts: [127.0.0.0/8], workers: 1}\n"
        )
        service = Service(
            load(config, {}), url, clock=lambda: now[0], gap=0.0, spread_s=0.0, spacing_s=0.0
        )
        await service.start()
        try:
            for n in range(rounds):
                items = [
                    Item(f"Own {i}", made_up(9100 + i, 12), guid=f"own{i}") for i in range(n + 1)
                ]
                one.pages["/rss"] = Reply(rss(items))
                copies = [Item("Copy", reworded(made_up(9000, 12), 25, seed=1), guid="c")]
                two.pages["/rss"] = Reply(rss([*items, *(copies if n > 2 else [])]))
                now[0] += timedelta(hours=5)
                await service.tick()
                await service.deliver()
                await service.housekeep()
        finally:
            await service.close()


def owner(file: Path) -> dict[int, str]:
    """Which table or index each page belongs to."""
    with closing(sqlite3.connect(file)) as conn:
        try:
            rows = conn.execute("SELECT pageno, name FROM dbstat").fetchall()
        except sqlite3.OperationalError:
            return {}
        return dict(rows)


def main() -> None:
    asks = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asks.add_argument("--flips", type=int, default=100)
    asks.add_argument("--articles", type=int, default=800)
    asks.add_argument("--seed", type=int, default=1)
    asked = asks.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        file = folder / "watcher.db"
        url = f"sqlite:///{file}"
        imported(url, folder, 0, asked.articles)
        asyncio.run(polled(url, folder, 8))
        saved = backups.make_backup(url, None, T0 + timedelta(days=9))
        imported(url, folder, asked.articles, asked.articles // 10)
        with closing(sqlite3.connect(file)) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sound = verify(url)
        assert not sound.faults, sound.faults
        print(
            f"{sound.texts} texts, {file.stat().st_size / 1e6:.1f} MB; sound: no fault;"
            f" {asked.articles // 10} articles since the backup"
        )
        pages = owner(file)
        chance = random.Random(asked.seed)
        whole = file.read_bytes()
        sound_contents = contents(file)
        found: Counter[str] = Counter()
        missed: Counter[str] = Counter()
        for _ in range(asked.flips):
            at, bit = chance.randrange(len(whole)), chance.randrange(8)
            flip(file, at, bit)
            own = bool(sqlite_alone(file))
            try:
                faults = bool(verify(url).faults)
            except Exception:  # noqa: BLE001 - it cannot even be opened: found
                faults = True
            found["by SQLite's own check"] += own
            found["by watcher db verify"] += faults
            harmless = contents(file) == sound_contents
            found["change no row (free pages, unused room)"] += harmless
            if not faults and not harmless:
                missed[pages.get(at // 4096 + 1, "a free page")] += 1
            for side in ("-wal", "-shm"):
                file.with_name(file.name + side).unlink(missing_ok=True)
            file.write_bytes(whole)
        for who, count in found.items():
            print(f"database: {count:3} of {asked.flips} {who}")
        print("not found:", ", ".join(f"{n} in {w}" for w, n in missed.most_common()) or "none")
        copy = folder / "copy.db"
        shutil.copy(saved.file, copy)
        shutil.copy(f"{saved.file}.sha256", f"{copy}.sha256")
        size, seen = copy.stat().st_size, 0
        for _ in range(asked.flips):
            at, bit = chance.randrange(size), chance.randrange(8)
            flip(copy, at, bit)
            seen += bool(backup.unlike_its_hash(copy))
            flip(copy, at, bit)
        assert not backup.unlike_its_hash(copy)
        print(f"backup: {seen} of {asked.flips} by its SHA-256")


def contents(file: Path) -> bytes | None:
    """A hash of every row of every table and of the schema; None where one cannot be read."""
    told = hashlib.sha256()
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as conn:
            conn.text_factory = bytes
            tables = conn.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
            ).fetchall()
            told.update(repr(tables).encode())
            for name, sql in tables:
                if b"VIRTUAL" not in sql:
                    for row in conn.execute(f'SELECT * FROM "{name.decode()}"'):  # noqa: S608
                        told.update(repr(row).encode())
    except sqlite3.Error:
        return None
    return told.digest()


def flip(file: Path, at: int, bit: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)[0]
        opened.seek(at)
        opened.write(bytes([byte ^ 1 << bit]))


def sqlite_alone(file: Path) -> list[str]:
    try:
        return backup.pages(file)
    except sqlite3.DatabaseError as error:
        return [str(error)]


if __name__ == "__main__":
    main()
