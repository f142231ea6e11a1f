"""The index of translations at full size: how long it takes to load, what it holds, one search.

Made codes (random bits, as many languages as the model covers) in a real database; no model is
needed. `--at 500000` texts of thirty days; `--db URL` for PostgreSQL (an empty database).
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from storage.db import open_database
from storage.rows import GistRow
from watcher.archive import across
from watcher.core.across import code, gist, shortlist
from watcher.record.across import Across
from watcher.tongues import COVERED

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW_S = 30 * 86_400
CHUNK = 5_000


def held_mb() -> float:
    """The most that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(url: str, texts: int) -> None:
    """A database with as many gists, spread over thirty days and the languages."""
    rng = np.random.default_rng(9)
    langs = sorted(COVERED)
    with open_database(url) as database:
        database.upgrade()
        for start in range(0, texts, CHUNK):
            size = min(CHUNK, texts - start)
            codes = rng.integers(0, 256, (size, 320), np.uint8)
            sentences = rng.integers(0, 256, (size, 640), np.uint8)
            at = NOW - timedelta(seconds=WINDOW_S)
            rows = [
                (
                    GistRow(
                        n + 1, n + 1, 1 + n % 500, langs[n % len(langs)],
                        at + timedelta(seconds=WINDOW_S * n / texts), codes[i].tobytes(),
                    ),
                    sentences[i].tobytes(),
                )
                for i, n in enumerate(range(start, start + size))
            ]  # fmt: skip
            with database.write() as conn:
                across.keep(conn, rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=int, default=500_000, help="texts (%(default)s)")
    parser.add_argument("--db", help="URL of an empty database; default: an SQLite file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.db or f"sqlite:///{Path(folder) / 'index.db'}"
        fill(url, options.at)
        before = held_mb()
        with open_database(url, readonly=True) as database, database.read() as conn:
            known = Across()
            wall, cpu = time.perf_counter(), time.process_time()
            known.load(conn, NOW)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            print(
                f"{known.size:,} texts loaded in {wall:.1f} s ({cpu:.1f} s of CPU);"
                f" {known.nbytes / 1e6:.0f} MB of codes, the process grew by"
                f" {held_mb() - before:.0f} MB to {held_mb():.0f} MB"
            )
            rng = np.random.default_rng(1)
            asked = rng.normal(size=(20, 512)).astype(np.float32)
            spent = time.process_time()
            for _ in range(5):
                shortlist(
                    gist(asked), code(asked), known.codes, lambda ids: {i: code(asked) for i in ids}
                )
            print(
                f"one search among them: {1000 * (time.process_time() - spent) / 5:.0f} ms of CPU"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
