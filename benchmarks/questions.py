"""Questions to a large archive, on either engine: how long each takes, exports, memory.

    python benchmarks/questions.py --db URL [--articles 1000000] [--repeat 7]

Makes the archive (made_archive.py) where the database is empty, and keeps it. Each question is
asked of an opened database: *first*, by a connection that has asked nothing before, on pages that
the system may or may not have in memory (say --drop, as root, to empty its page cache before each),
and then --repeat times more: the best, the median, and the CPU time of the asking process and of
the server's own (without its parallel workers). Exports run as `watcher export` in processes of
their own, whose greatest memory is that of the whole process. Goals: `stories` 50 ms, `story`
100 ms, `outlets` 300 ms.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from made_archive import START, build

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from sqlalchemy import text  # noqa: E402

from storage.reads import overview  # noqa: E402
from watcher.archive import open_archive  # noqa: E402
from watcher.report import open_reader  # noqa: E402
from watcher.report.asking import StoriesAsked, TextsAsked  # noqa: E402
from watcher.report.reader import Reader  # noqa: E402

DAY = 86_400


def questions(reader: Reader) -> dict[str, Callable[[Reader], Any]]:
    """By name. What is asked for is drawn from the archive itself."""
    from datetime import timedelta

    now = START + timedelta(days=4 * 365 + 1)
    year = now - timedelta(days=365)
    latest = reader.stories(now=now)
    largest = reader.outlet_list(top=2)
    busiest = next(o.outlet for o in largest.outlets if o.domain == largest.top[0])
    quiet = largest.outlets[-1].outlet
    with reader._database.read() as conn:
        # The story of most articles, and a common, a middling and a rare word of the headlines.
        hot = conn.execute(
            text("SELECT id FROM story ORDER BY articles DESC, id DESC LIMIT 1")
        ).scalar_one()
        words = sorted(
            " ".join(
                row[0] for row in conn.execute(text("SELECT title FROM story LIMIT 20000"))
            ).split(),
        )
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    by_count = sorted(counts, key=lambda w: -counts[w])
    common, middling, rare = by_count[0], by_count[150], by_count[-1]
    title = reader.story(latest[0].story, now=now)
    phrase = " ".join(latest[0].title.split()[:3])
    assert title is not None

    def stories(**asked: Any) -> Callable[[Reader], Any]:
        return lambda r: r.stories(StoriesAsked(**asked), now=now)

    def search(words: str, **asked: Any) -> Callable[[Reader], Any]:
        return lambda r: r.search(words, TextsAsked(**asked), now=now).hits

    return {
        "stories": stories(),
        "stories, a page of a year ago": lambda r: r.stories(StoriesAsked(until=year), now=now),
        "stories --reach 1": stories(reach=1),
        "stories --reach 40": stories(reach=40),
        "stories --reach 1000 (none)": stories(reach=1000),
        "stories --state active": stories(state="active"),
        "stories --state resurfaced (none)": stories(state="resurfaced"),
        "stories --state single": stories(state="single", reach=1),
        "stories --outlet, the busiest": stories(outlet=busiest),
        "stories --outlet, the quietest": stories(outlet=quiet),
        "stories --family": stories(family="Group 7"),
        "stories --lang zh": stories(lang="zh"),
        "stories --kind excerpt": stories(kind="excerpt"),
        "stories --credit wrong": stories(credit="wrong"),
        "stories, five filters": stories(
            outlet=busiest, lang="fr", kind="edited", credit="full", since=year
        ),
        "stories --title, a common word": stories(title=common),
        "stories --title, a middling word": stories(title=middling),
        "stories --title, a rare word": stories(title=rare, reach=1),
        "story, the latest": lambda r: r.story(latest[0].story, now=now),
        f"story, the largest (#{hot})": lambda r: r.story(hot, now=now),
        "search, a rare word": search(rare),
        "search, a middling word": search(middling),
        "search, a word of nearly every text": search(common),
        "search, a phrase": search(f'"{phrase}"'),
        "search, a beginning": search(f"{middling[:4]}*"),
        "search, two common words": search(f"{common} {by_count[1]}"),
        "search --outlet --kind": search(middling, outlet=busiest, kind="verbatim"),
        "search, common, --since": search(common, since=year),
        "outlets": lambda r: r.outlet_list(),
        "outlets, whole matrix": lambda r: r.outlet_list(whole=True),
        "outlets NAME, the busiest": lambda r: r.outlet_profile(r.outlets(busiest)[0].outlet),
    }


def drop_pages() -> None:
    """Empties the system's page cache (Linux, root)."""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("1\n")


def backend(reader: Reader) -> int | None:
    """The process that serves a reader, where it is PostgreSQL's on this machine."""
    with reader._database.read() as conn:
        if conn.dialect.name == "sqlite":
            return None
        return int(conn.execute(text("SELECT pg_backend_pid()")).scalar_one())


def used(pid: int | None) -> float:
    """CPU seconds of a process so far, in steps of 10 ms, without those of parallel workers."""
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(url: str, repeat: int, *, drop: bool) -> None:
    """The table of times."""
    with open_reader(url) as reader:
        asked = questions(reader)
    print("| question | answers | first ms | best ms | median ms | CPU ms |\n" + "| --- " * 6 + "|")
    for name, question in asked.items():
        if drop:
            drop_pages()
        with open_reader(url) as reader:
            started = time.perf_counter()
            answer = question(reader)
            first = time.perf_counter() - started
            server = backend(reader)
            times, before = [], time.process_time() + used(server)
            for _ in range(repeat):
                started = time.perf_counter()
                question(reader)
                times.append(time.perf_counter() - started)
            cpu = (time.process_time() + used(server) - before) / repeat
        size = len(answer) if isinstance(answer, list | tuple) else 1
        print(
            f"| {name} | {size} | {first * 1e3:.1f} | {min(times) * 1e3:.1f} |"
            f" {median(times) * 1e3:.1f} | {cpu * 1e3:.1f} |",
            flush=True,
        )


BETWEEN = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def exports(url: str, folder: Path) -> None:
    """Rows a second and memory of each export."""
    print("\n| export | rows | rows/s | CPU s | memory MB |\n| --- | --- | --- | --- | --- |")
    for arguments in (
        ("sightings",),
        ("stories",),
        ("matches",),
        ("sightings", "--csv"),
        ("sightings", "--parquet"),
        ("graph", "--graphml"),
        ("graph", "--by", "outlet", "--csv"),
    ):
        out = folder / "questions-export"
        command = [
            sys.executable, "-m", "watcher", "--db", url, "export", *arguments, "-o", str(out)
        ]  # fmt: skip
        started = time.perf_counter()
        # A process begins with the memory of whoever starts it, as Linux counts its greatest: a
        # small one in between starts the export, and tells what that used.
        told = subprocess.run(
            [sys.executable, "-c", BETWEEN, *command],
            cwd=HERE.parent,
            stdout=subprocess.PIPE,
            check=True,
        )
        seconds = time.perf_counter() - started
        cpu, most = map(float, told.stdout.split())
        rows = rows_of(out, arguments)
        print(
            f"| {' '.join(arguments)} | {rows} | {rows / seconds:.0f} | {cpu:.1f} | {most:.0f} |",
            flush=True,
        )
        out.unlink()


def rows_of(path: Path, arguments: tuple[str, ...]) -> int:
    """Rows of an export, by its form."""
    if "--parquet" in arguments:
        import pyarrow.parquet as pq

        return int(pq.read_metadata(path).num_rows)
    mark = b"<edge " if "--graphml" in arguments else b""
    with path.open("rb") as file:
        return sum(mark in line for line in file) - ("--csv" in arguments)


def size_of(url: str) -> None:
    """What the archive weighs."""
    with open_reader(url) as reader, reader._database.read() as conn:
        counts, spread = overview.counts(conn), overview.story_count(conn)
        size = overview.size(conn)
    articles = counts["article"]
    print(
        f"{articles:,} articles, {counts['match']:,} matches, {spread:,} stories that spread,"
        f" {size / 1e9:.2f} GB, {size / max(1, articles):.0f} bytes an article\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Questions to a large archive.")
    parser.add_argument("--db", required=True, metavar="URL")
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--drop", action="store_true", help="empty the page cache before each")
    parser.add_argument("--no-exports", action="store_true")
    options = parser.parse_args()
    with open_archive(options.db, create=True) as database:
        with database.read() as conn:
            filled = conn.execute(text("SELECT max(id) FROM article")).scalar()
        if not filled:
            started = time.monotonic()
            build(database, options.articles)
            print(f"made in {time.monotonic() - started:.0f} s")
    size_of(options.db)
    ask(options.db, options.repeat, drop=options.drop)
    if not options.no_exports:
        exports(options.db, Path(os.environ.get("TMPDIR", "/tmp")))  # noqa: S108
    return 0


if __name__ == "__main__":
    sys.exit(main())
