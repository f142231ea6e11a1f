"""`watcher match` from a cold start, on an index of any size.

    python benchmarks/cold_match.py [--articles 1000000] [--repeat 7]

The index is real (segments and blocks in SQLite, written by the code that seals an import), the
fingerprints in it are random, as hashes are: an import of a million articles takes a quarter of an
hour, its index alone a minute. One article to be found is imported in the ordinary way. Goal: 1 s.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import corpora
import numpy as np
from corpora import HERE

sys.path.insert(0, str(HERE.parent))
from watcher.archive import index, open_archive
from watcher.core.index import pack, simhash_keys

VALUES = {"sketch": 64, "paragraph": 15}  # an article's, as measured on real news
SHARES = (0.8, 0.15, 0.05)  # of the articles: segments of three sizes, as merging leaves them


def fill(url: str, articles: int, first: int) -> None:
    """Segments of that many made articles, numbered from `first`."""
    rng = np.random.default_rng(1)
    with open_archive(url) as database:
        for family in index.FAMILIES:
            with database.read() as conn:
                known = index.tail(conn, family, 0)
            start = first
            for share in SHARES:
                count = int(articles * share)
                docs = np.arange(start, start + count)
                if family == "simhash":
                    keys = simhash_keys(rng.integers(0, 2**64, count, dtype=np.uint64))
                    run = pack(keys.reshape(-1), np.repeat(docs, keys.shape[1]))
                else:
                    n = VALUES[family]
                    values = rng.integers(0, 2**64, count * n, dtype=np.uint64)
                    run = pack(values, np.repeat(docs, n))
                if start == first:  # the first segment holds what was imported, too
                    run = np.sort(np.concatenate((known, run)))
                low = 1 if start == first else start
                index.store_segment(database, family, low, start + count - 1, run, replaces=[])
                start += count


def main() -> int:
    parser = corpora.arguments("`watcher match` from a cold start.")
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()
    docs = corpora.rows(corpora.folder(options.data, "us_topstories") / "docs.jsonl.gz")
    known = max(docs[:200], key=lambda d: len(d["text"]) < 6000 and len(d["text"]))
    with tempfile.TemporaryDirectory(prefix="watcher-cold-") as scratch:
        folder = Path(scratch)
        url = f"sqlite:///{folder / 'cold.db'}"
        archive, question = folder / "known.jsonl", folder / "question.txt"
        archive.write_text(json.dumps(known) + "\n")
        question.write_text(known["text"])
        watcher = [sys.executable, "-m", "watcher", "--db", url]
        subprocess.run([*watcher, "import", str(archive)], check=True, capture_output=True)
        started = time.monotonic()
        fill(url, options.articles, first=2)
        print(f"index of {options.articles} articles written in {time.monotonic() - started:.0f} s")
        print(f"database {(folder / 'cold.db').stat().st_size / 1e6:.0f} MB")
        times = []
        for _ in range(options.repeat):
            started = time.monotonic()
            done = subprocess.run(
                [*watcher, "match", str(question), "--json"], check=True, capture_output=True
            )
            times.append((time.monotonic() - started) * 1000)
            kinds = [json.loads(line)["kind"] for line in done.stdout.splitlines()]
            assert kinds[:1] == ["verbatim"], kinds
        print(f"watcher match: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
