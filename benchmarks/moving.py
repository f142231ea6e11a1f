"""An archive moved from SQLite to PostgreSQL and back: rows/s, MB/s, and runs that were killed.

    python benchmarks/moving.py [--articles 50000] [--kills 5]

Makes an archive (made_archive.py) in SQLite, copies it by `watcher db copy` to a PostgreSQL that it
starts, copies that back, and compares the hashes of the three. Then it copies once more, with
kill -9 at random moments, until a run comes to its end, and compares again. The server does not
wait for its disk (fsync=off), as in the tests. Bytes are those of the SQLite file.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made_archive import build

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.conftest import _running  # noqa: E402
from watcher.archive import open_archive  # noqa: E402

Tables = dict[str, tuple[int, str]]


def copying(source: str, target: str) -> subprocess.Popen[str]:
    """A run of the command, under way."""
    command = [sys.executable, "-m", "watcher", "db", "copy", source, target, "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=HERE.parent, text=True, **pipes)


def tables(running: subprocess.Popen[str], timeout: float | None = None) -> Tables:
    """Wait for a run; what it says of each table. Raises TimeoutExpired."""
    out, said = running.communicate(timeout=timeout)
    if running.returncode:
        raise SystemExit(said)
    rows = map(json.loads, out.splitlines())
    return {r["table"]: (r["rows"], r["hash"]) for r in rows}


def whole(source: str, target: str) -> tuple[float, Tables]:
    """A run to its end: seconds, and what it says."""
    begun = time.monotonic()
    found = tables(copying(source, target))
    return time.monotonic() - begun, found


def killed(source: str, target: str, kills: int, seconds: float) -> tuple[int, Tables]:
    """Run until the end, killed at random moments before: how often it was, and what it says."""
    rng, done = random.Random(1), 0
    while done < kills:
        running = copying(source, target)
        try:
            return done, tables(running, rng.uniform(0.5, 0.5 * seconds))
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
            done += 1
    return done, tables(copying(source, target))


def main() -> None:
    """Move, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="watcher-moving-") as name, _running() as server:
        first, back = (f"sqlite:///{name}/{one}.db" for one in ("first", "back"))
        with open_archive(first, create=True) as database:
            build(database, given.articles)
        megabytes = Path(name, "first.db").stat().st_size / 1e6
        there = server.url(server.create())
        seconds, up = whole(first, there)
        rows = sum(n for n, _ in up.values())
        print(f"{given.articles:,} articles, {rows:,} rows, {megabytes:.0f} MB in SQLite")
        print(f"to PostgreSQL: {seconds:.1f} s, {rows / seconds:,.0f} rows/s,"
              f" {megabytes / seconds:.1f} MB/s")  # fmt: skip
        seconds, down = whole(there, back)
        print(f"to SQLite: {seconds:.1f} s, {rows / seconds:,.0f} rows/s,"
              f" {megabytes / seconds:.1f} MB/s")  # fmt: skip
        assert up == down, "the copies differ"
        again = server.url(server.create())
        done, last = killed(first, again, given.kills, seconds)
        assert last == up, "the copy that was killed differs"
        print(f"killed {done} times, then run to its end: the same hashes in all tables")


if __name__ == "__main__":
    main()
