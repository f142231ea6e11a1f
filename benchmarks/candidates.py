"""Candidates from PostgreSQL instead of an index in each daemon's memory: three layouts, measured.

    python benchmarks/candidates.py [--articles 100000] [--asked 200]

Made fingerprints of 64 sketch values, one article in ten a copy that shares a random part of an
earlier one's. Each layout is loaded, then written to as polls would (ten articles a transaction),
and asked for what shares two values with a new copy. *found*: copies whose source was among the
answers; *same*: questions answered with the same articles as by the embedded index.

gin         one row an article, its values an array under GIN; partitions by version, ten of them
hashed      one row a value, eight partitions by hash of the value, a B-tree each
by time     one row a value, ten partitions by version, a B-tree each
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

import psycopg

from tests.conftest import _running
from watcher.core.index import Postings, candidates, pack

VALUES, PARTS, HASHED, FRESH, BATCH = 64, 10, 8, 2_000, 10


def made(count: int, seed: int = 1) -> tuple[Any, dict[int, int]]:
    """Sketches (a row an article), and of copies the source."""
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 2**63, (count, VALUES), dtype=np.int64)
    source: dict[int, int] = {}
    for copy in np.flatnonzero(rng.random(count) < 0.1).tolist():
        if copy:
            source[copy] = int(rng.integers(0, copy))
            shared = int(rng.integers(2, VALUES + 1))
            found[copy, :shared] = found[source[copy], :shared]
    return found, source


GIN_TABLE = "CREATE TABLE gin (version bigint, sketch bigint[]) PARTITION BY RANGE (version)"
ROW_TABLE = "CREATE TABLE {0} (value bigint, version bigint) PARTITION BY {1}"
FILL = "INSERT INTO {0} SELECT unnest(sketch), version FROM gin"
ASK_GIN = "SELECT version, sketch FROM gin WHERE sketch && %s::bigint[]"
# The latest of a value that many carry, as the embedded index has it.
ASK_ROWS = (
    "SELECT version, count(*) FROM unnest(%s::bigint[]) AS v, LATERAL (SELECT version FROM {0}"
    " WHERE value = v ORDER BY version DESC LIMIT 200) AS p"
    " GROUP BY version HAVING count(*) > 1"
)


def tables(conn: psycopg.Connection[Any], count: int) -> None:
    """All three, with their indexes."""
    size = -(-count // PARTS)
    conn.execute(GIN_TABLE)
    conn.execute(ROW_TABLE.format("hashed", "HASH (value)").encode())
    conn.execute(ROW_TABLE.format("timed", "RANGE (version)").encode())
    for n in range(PARTS):
        span = f"FOR VALUES FROM ({n * size}) TO ({(n + 1) * size})"
        for name in ("gin", "timed"):
            conn.execute(f"CREATE TABLE {name}{n} PARTITION OF {name} {span}".encode())
    for n in range(HASHED):
        where = f"FOR VALUES WITH (MODULUS {HASHED}, REMAINDER {n})"
        conn.execute(f"CREATE TABLE hashed{n} PARTITION OF hashed {where}".encode())
    conn.execute("CREATE INDEX ON gin USING gin (sketch) WITH (fastupdate = off)")
    for name in ("hashed", "timed"):
        conn.execute(f"CREATE INDEX ON {name} (value, version)".encode())


def load(conn: psycopg.Connection[Any], sketches: Any) -> None:
    """The bulk, by COPY; rows of values are made of arrays by the server."""
    with conn.cursor().copy("COPY gin (version, sketch) FROM STDIN") as pipe:
        for version, row in enumerate(sketches):
            pipe.write(f"{version}\t{{{','.join(map(str, row.tolist()))}}}\n")
    for name in ("hashed", "timed"):
        conn.execute(FILL.format(name).encode())
    conn.execute("ANALYZE")


def write(conn: psycopg.Connection[Any], layout: str, first: int, sketches: Any) -> float:
    """Articles a second, written in small transactions."""
    begun = time.monotonic()
    for at in range(0, len(sketches), BATCH):
        rows = [(first + at + n, row.tolist()) for n, row in enumerate(sketches[at : at + BATCH])]
        with conn.transaction(), conn.cursor() as cursor:
            if layout == "gin":
                cursor.executemany("INSERT INTO gin VALUES (%s, %s)", rows)
            else:
                for version, values in rows:
                    insert = f"INSERT INTO {layout} SELECT unnest(%s::bigint[]), %s"
                    cursor.execute(insert.encode(), (values, version))
    return len(sketches) / (time.monotonic() - begun)


def ask(conn: psycopg.Connection[Any], layout: str, values: Any) -> set[int]:
    """Versions that share two values."""
    if layout != "gin":
        return {v for v, _ in conn.execute(ASK_ROWS.format(layout).encode(), (values.tolist(),))}
    mine, found = set(values.tolist()), set()
    for version, sketch in conn.execute(ASK_GIN, (values.tolist(),)):
        if len(mine.intersection(sketch)) > 1:
            found.add(version)
    return found


def embedded(postings: Postings, values: Any) -> set[int]:
    """The same by the index in memory."""
    owner = np.zeros(len(values), np.int64)
    _, docs, shared = candidates(values.astype(np.uint64), owner, postings.find)
    return set(docs[shared > 1].tolist())


def main() -> None:
    """Load, write, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--asked", type=int, default=200)
    given = parser.parse_args()
    count = given.articles
    sketches, source = made(count)
    late = sorted(c for c in source if c >= count - FRESH)[: given.asked]
    postings = Postings([np.sort(pack(sketches.reshape(-1).astype(np.uint64),
                                      np.repeat(np.arange(count), VALUES)))])  # fmt: skip
    with (
        _running() as server,
        psycopg.connect(server.url(server.create()), autocommit=True) as conn,
    ):
        tables(conn, count)
        load(conn, sketches[: count - FRESH])
        print(f"{count:,} articles, {len(late)} questions; the machine was shared")
        expected = {c: embedded(postings, sketches[c]) - {c} for c in late}
        begun = time.monotonic()
        for c in late:
            embedded(postings, sketches[c])
        took = (time.monotonic() - begun) / len(late)
        bytes_ = 8 * len(postings)
        print(
            f"embedded: {1 / took:,.0f} look-ups/s; {bytes_ / count * 1e6 / 1e9:.2f} GB a million"
        )
        for layout in ("gin", "hashed", "timed"):
            wrote = write(conn, layout, count - FRESH, sketches[count - FRESH :])
            times, found, same = [], 0, 0
            for c in late:
                begun = time.monotonic()
                answer = ask(conn, layout, sketches[c]) - {c}
                times.append(time.monotonic() - begun)
                found += source[c] in answer
                same += answer == expected[c]
            parts = PARTS if layout != "hashed" else HASHED
            size = sum(
                conn.execute(f"SELECT pg_total_relation_size('{layout}{n}')".encode()).fetchone()[0]
                for n in range(parts)
            )
            print(f"{layout}: {wrote:,.0f} articles/s written; look-up"
                  f" {1000 * median(times):.1f} ms"
                  f" ({1 / median(times):,.0f}/s), worst {1000 * max(times):.0f} ms;"
                  f" {size / count * 1e6 / 1e9:.2f} GB a million;"
                  f" found {found} of {len(late)}, same {same}", flush=True)  # fmt: skip
        begun = time.monotonic()
        conn.execute("DROP TABLE timed0")
        conn.execute("DROP TABLE gin0")
        print(
            f"the oldest partitions of both dropped in {1000 * (time.monotonic() - begun):.0f} ms"
        )


if __name__ == "__main__":
    main()
