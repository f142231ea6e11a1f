"""Forgetting: how fast, how long others wait for it to let them write, and what is left.

    python benchmarks/retention.py [--articles 20000] [--polls 300000]

Articles as for scale.py are imported into a new SQLite file and a new PostgreSQL database, two in
a hundred of them copies, with polls beside; then all of it is made old, and forgotten: the index
entries, the polls, the texts. All the while another connection begins a write transaction each
twentieth of a second and commits it: what it waits is what a poll would. The size is what the
engine says of its tables, by what a stored article takes before and after.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import corpora
from recombined import articles
from sqlalchemy import Connection, insert, text

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.delivery import databases
from storage import models
from watcher.archive import Database, index, open_archive, retention
from watcher.load import load_file

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=500)
AGES = retention.Ages(timedelta(days=400), timedelta(days=30))
LOOK_S = 0.05


class Others:
    """Somebody who writes a little all the time. `waits`: seconds each write took."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self.waits: list[float] = []

    @contextmanager
    def writing(self) -> Iterator[None]:
        thread = threading.Thread(target=self._write)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _write(self) -> None:
        with open_archive(self._url) as database:
            while not self._stop.is_set():
                begun = time.perf_counter()
                with database.write() as conn:
                    conn.execute(models.meta.delete().where(models.meta.c.key == "benchmark"))
                self.waits.append(time.perf_counter() - begun)
                self._stop.wait(LOOK_S)


@contextmanager
def held(database: Database) -> Iterator[list[float]]:
    """How long each write transaction of `database` lasts, from its begin to after its commit."""
    plain, times = database.write, []

    @contextmanager
    def timed() -> Iterator[Connection]:
        with plain() as conn:
            begun = time.perf_counter()
            yield conn
        times.append(time.perf_counter() - begun)

    database.write = timed  # type: ignore[method-assign]
    try:
        yield times
    finally:
        database.write = plain  # type: ignore[method-assign]


def sizes(database: Database) -> dict[str, int]:
    """Bytes in use, by what they are for."""
    groups = {
        "texts": ("body",),
        "full text": ("search",),
        "index": ("segment", "block"),
        "polls": ("poll",),
    }
    with database.read() as conn:
        if database.dialect == "sqlite":
            rows = conn.execute(
                text(
                    "SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize - s.unused)"
                    " FROM dbstat s LEFT JOIN sqlite_master m ON m.name = s.name GROUP BY 1"
                )
            ).all()
        else:
            rows = conn.execute(
                text("SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind='r'"
                     " AND relnamespace = 'public'::regnamespace")
            ).all()  # fmt: skip
    found = dict.fromkeys([*groups, "the rest"], 0)
    for name, size in rows:
        home = next(
            (g for g, names in groups.items() if name.startswith(names)), "the rest"
        )  # fmt: skip
        found[home] += int(size)
    return found


def fill(database: Database, file: Path, polls: int) -> None:
    load_file(database, file, workers=2, progress=lambda _done, _all: None, now=NOW)
    index.seal(database, size=1024)
    with database.write() as conn:
        conn.execute(
            insert(models.feed).values(
                id=1, outlet_id=1, url="https://a.example/", host="a.example", next_at=NOW,
                added_at=NOW,
            )
        )  # fmt: skip
    rows = [
        {"feed_id": 1, "at": NOW + timedelta(seconds=20 * n), "took_ms": 90, "status": 304,
         "outcome": "failed" if n % 20 == 0 else "unchanged",
         "next_reason": "the rhythm of its outlet"}
        for n in range(polls)
    ]  # fmt: skip
    for first in range(0, polls, 10_000):
        with database.write() as conn:
            conn.execute(insert(models.poll), rows[first : first + 10_000])


def measured(name: str, url: str, file: Path, count: int, polls: int) -> None:
    with open_archive(url, create=True) as database:
        fill(database, file, polls)
        # As the daemon does: what filling has left is not looked through again and again.
        gc.collect()
        gc.freeze()
        before = sizes(database)
        others, done = Others(url), retention.Forgotten()
        print(f"\n{name}: {count:,} articles, {polls:,} polls", flush=True)
        parts = {
            "polls": lambda: retention._polls(database, AGES, LATER, done),
            "texts": lambda: retention._bodies(database, AGES, LATER, done),
            "words": lambda: retention._tidied(database, done),
        }
        with others.writing(), held(database) as times:
            for what in ("index", "polls", "texts", "words"):
                begun, cpu, first = time.perf_counter(), time.process_time(), len(times)
                waited = len(others.waits)
                if what == "index":
                    index.expire(database, LATER - timedelta(days=90))
                else:
                    for batch in parts[what]():
                        batch()
                took, cpu = time.perf_counter() - begun, time.process_time() - cpu
                mine = sorted(times[first:])
                waits = others.waits[waited:] or [0.0]
                print(
                    f"  {what:6} {took:6.1f} s, {cpu:5.1f} s of CPU, {len(mine):5} transactions, "
                    f"median {1000 * mine[len(mine) // 2]:4.0f} ms, longest {1000 * mine[-1]:4.0f}"
                    f" ms; others waited {1000 * max(waits):4.0f} ms at the most",
                    flush=True,
                )
        if database.dialect == "postgresql":
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.execute(text("VACUUM FULL"))
        after = sizes(database)
    print(f"  forgot {done.bodies:,} texts, {done.sightings:,} sightings, {done.polls:,} polls")
    for what in before:
        unit = polls if what == "polls" else count
        print(
            f"  {what:10} {before[what] / unit:7.0f} -> {after[what] / unit:6.0f} bytes "
            f"{'a poll' if what == 'polls' else 'an article'}"
        )
    rest = sum(size for what, size in after.items() if what != "polls") / count
    whole = sum(size for what, size in before.items() if what != "polls") / count
    print(f"  a million articles: {whole / 1000:.2f} GB kept, {rest / 1000:.2f} GB forgotten")


def main() -> int:
    parser: argparse.ArgumentParser = corpora.arguments(__doc__ or "")
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--polls", type=int, default=300_000)
    args = parser.parse_args()
    source = corpora.folder(args.data, "reuters_speed")
    with tempfile.TemporaryDirectory(prefix="watcher-bench-") as folder:
        file = Path(folder) / "made.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for row in articles(source, args.articles, fresh=0.5, copies=0.02):
                out.write(json.dumps(row) + "\n")
        with databases() as engines:
            for name, url in engines:
                measured(name, url, file, args.articles, args.polls)
    return 0


if __name__ == "__main__":
    sys.exit(main())
