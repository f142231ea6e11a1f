"""Candidates from PostgreSQL's tables (`storage: {index: database}`) against the index in memory.

    python benchmarks/shared_index.py [--articles 1000000] [--asked 300] [--two-servers]

Made fingerprints of 64 sketch values, one article in ten a copy that shares a random part of an
earlier one's, posted as the program does (watcher/archive/postings.py), in bulk by COPY. Then the
latest articles are written as polls do, ten a transaction, and the latest copies are looked for,
one by one and 25 at once. *found*: copies whose source was among the answers; *same*: questions
with the same answer as from the index in memory. `--two-servers`: the upper half of each range's
values are foreign tables (postgres_fdw) of a second server.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from candidates import FRESH, VALUES, made

sys.path.insert(0, str(Path(__file__).parent.parent))

from storage.db import open_database
from storage.writes import postings as tables
from tests.conftest import _folders, _someone_else
from watcher.archive import Database, postings
from watcher.archive.articles import Connection
from watcher.core.index import DOC_BITS, MAX_DOC, Postings, candidates, pack

BATCH, AT_ONCE, FAMILY = 10, 25, "sketch"
SETTINGS = (
    "-c listen_addresses= -c synchronous_commit=off -c shared_buffers=512MB -c max_wal_size=8GB"
    " -c maintenance_work_mem=512MB -c max_connections=40"
)
ROW = np.dtype([("n", ">i2"), ("a", ">i4"), ("value", ">i8"), ("b", ">i4"), ("version", ">i4")])


def _has_fdw(folder: Path) -> bool:
    told = subprocess.run([folder / "pg_config", "--sharedir"], capture_output=True, text=True)
    return Path(told.stdout.strip(), "extension", "postgres_fdw.control").is_file()


@contextmanager
def server() -> Iterator[Path]:
    """A PostgreSQL of one's own; the folder with its socket."""
    someone, folder = _someone_else(), next(filter(_has_fdw, _folders()), None)
    if folder is None:
        raise SystemExit("no PostgreSQL with postgres_fdw: apt install postgresql")
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    if someone:
        os.chown(home, someone["user"], someone["group"])

    def run(program: str, *arguments: str) -> None:
        subprocess.run([folder / program, *arguments], check=True, cwd=home,
                       capture_output=True, **someone)  # fmt: skip

    try:
        run("initdb", "-D", f"{home}/data", "-U", "postgres", "--auth=trust", "--no-sync")
        run("pg_ctl", "start", "-w", "-D", f"{home}/data", "-o", f"-k {home} {SETTINGS}",
            "-l", f"{home}/log")  # fmt: skip
        try:
            yield home
        finally:
            run("pg_ctl", "stop", "-m", "immediate", "-D", f"{home}/data")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def foreign(here: Connection, there: Connection, socket: Path, number: int) -> None:
    """Put the upper half of a range's values on the other server."""
    middle = f"posting_{FAMILY}_r{number}"
    for part in range(tables.QUARTERS // 2, tables.QUARTERS):
        name = tables.leaf(FAMILY, number, part)
        there.exec_driver_sql(f"CREATE TABLE {name} (value bigint, version integer)")
        there.exec_driver_sql(f"CREATE INDEX ON {name} (value, version)")
        low, high = (p * (1 << tables.VALUE_BITS) // tables.QUARTERS for p in (part, part + 1))
        here.exec_driver_sql(f"DROP TABLE {name}")
        here.exec_driver_sql(
            f"CREATE FOREIGN TABLE {name} PARTITION OF {middle}"
            f" FOR VALUES FROM ({low}) TO ({high}) SERVER other OPTIONS (table_name '{name}')"
        )


def copy(conn: Connection, table: str, value: Any, version: Any) -> None:
    """Rows into one table, in order, its index made afterwards."""
    rows = np.zeros(len(value), ROW)
    rows["n"], rows["a"], rows["b"] = 2, 8, 4
    order = np.lexsort((version, value))
    rows["value"], rows["version"] = value[order], version[order]
    conn.exec_driver_sql(f"DROP INDEX {table}_value_version_idx")
    raw: Any = conn.connection.dbapi_connection
    with raw.cursor().copy(f"COPY {table} FROM STDIN WITH (FORMAT BINARY)") as pipe:
        pipe.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        data = memoryview(rows.tobytes())
        for at in range(0, len(data), 1 << 20):
            pipe.write(data[at : at + (1 << 20)])
        pipe.write(b"\xff\xff")
    conn.exec_driver_sql(f"CREATE INDEX {table}_value_version_idx ON {table} (value, version)")


def load(home: Callable[[int], Connection], now: postings.State, packed: Any, last: int) -> None:
    """The bulk. `home`: who has a part of the values."""
    for number, end in zip(now.starts, (*now.starts[1:], now.end), strict=True):
        version = (packed & np.uint64(MAX_DOC)).astype(np.int64)
        mine = (version >= number) & (version < min(end, last + 1))
        value = (packed[mine] >> np.uint64(DOC_BITS)).astype(np.int64)
        version = version[mine]
        part = value * tables.QUARTERS // (1 << tables.VALUE_BITS)
        for n in range(tables.QUARTERS):
            this = part == n
            copy(home(n), tables.leaf(FAMILY, number, n), value[this], version[this])
        print(f"  range {number} loaded", file=sys.stderr, flush=True)


def prepared(stack: ExitStack, two: bool, last: int) -> tuple[list[Database], list[Path]]:
    """One or two servers, the first with the program's tables for all versions."""
    sockets = [stack.enter_context(server()) for _ in range(1 + two)]
    found = [
        stack.enter_context(open_database(f"postgresql://postgres@/postgres?host={socket}"))
        for socket in sockets
    ]
    found[0].upgrade()
    postings.prepare(found[0])
    with ExitStack() as writing:
        conns = [writing.enter_context(one.write()) for one in found]
        if two:
            conns[0].exec_driver_sql("CREATE EXTENSION postgres_fdw")
            conns[0].exec_driver_sql(
                f"CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw"
                f" OPTIONS (host '{sockets[1]}', dbname 'postgres', batch_size '1000')"
            )
            conns[0].exec_driver_sql(
                "CREATE USER MAPPING FOR postgres SERVER other OPTIONS (user 'postgres')"
            )
        now = postings.state(conns[0])
        assert now is not None
        now = postings._room(conns[0], now, last)
        postings._keep(conns[0], now)
        if two:
            for number in now.starts:
                foreign(conns[0], conns[1], sockets[1], number)
    return found, sockets


def told(name: str, times: list[float], answers: list[set[int]], expected: list[set[int]],
         late: list[int], source: dict[int, int]) -> None:  # fmt: skip
    """A line of the table."""
    found = sum(source[c] + 1 in a for c, a in zip(late, answers, strict=True))
    same = sum(a == b for a, b in zip(answers, expected, strict=True))
    middle, worst = median(times), max(times)
    print(
        f"| {name} | {1 / middle:,.0f} | {1000 * middle:.2f} / {1000 * worst:.0f}"
        f" | {found} of {len(late)} | {same} of {len(late)} |",
        flush=True,
    )


def ask(find: Any, values: Any) -> set[int]:
    """Versions that share two values."""
    _, docs, shared = candidates(values, np.zeros(len(values), np.int64), find)
    return set(docs[shared > 1].tolist())


def measure(count: int, asked: int, two: bool) -> None:
    """Load, write, ask, print."""
    sketches, source = made(count)
    # Versions count from 1.
    values = sketches.astype(np.uint64) << np.uint64(1)
    docs = np.arange(1, count + 1)
    late = sorted(c for c in source if c >= count - FRESH)[:asked]
    packed = pack(values.reshape(-1), np.repeat(docs, VALUES))
    memory = Postings([packed])
    expected = [ask(memory.find, values[c]) - {c + 1} for c in late]
    begun = time.perf_counter()
    for c in late:
        ask(memory.find, values[c])
    took = (time.perf_counter() - begun) / len(late)
    print(f"{count:,} articles; in memory {1 / took:,.0f} look-ups/s, {8e-9 * packed.size:.2f} GB")
    bulk = count - FRESH
    with ExitStack() as stack:
        found, _ = prepared(stack, two, count)
        conns = [one.engine.connect() for one in found]
        for conn in conns:
            stack.callback(conn.close)
        begun = time.perf_counter()
        half = tables.QUARTERS // 2
        with found[0].read() as conn:
            now = postings.state(conn)
        assert now is not None
        load(lambda n: conns[-1] if n >= half else conns[0], now, packed, bulk)
        for conn in conns:
            conn.commit()
        loaded = time.perf_counter() - begun
        for conn in conns:
            conn.connection.dbapi_connection.autocommit = True  # type: ignore[union-attr]
            conn.exec_driver_sql("VACUUM ANALYZE")
            conn.connection.dbapi_connection.autocommit = False  # type: ignore[union-attr]
        with found[0].write() as conn:
            postings._keep(conn, replace(now, upto=bulk))
        home = postings.Tables()
        begun = time.perf_counter()
        for at in range(bulk, count, BATCH):
            rows = slice(at, min(at + BATCH, count))
            with found[0].write() as conn:
                home.use(conn)
                mine = docs[rows]
                home.add(FAMILY, pack(values[rows].reshape(-1), np.repeat(mine, VALUES)))
                home.posted(int(mine[-1]))
        print(f"loaded in {loaded:.0f} s; written {FRESH / (time.perf_counter() - begun):,.0f}"
              f" articles/s, {BATCH} a transaction")  # fmt: skip
        print("\n| asked | look-ups/s | median / worst ms | found | same |\n|---|---|---|---|---|")
        find = home.families[FAMILY].find
        times, answers = [], []
        with found[0].write() as conn:
            home.use(conn)
            for n, c in enumerate(late):
                begun = time.perf_counter()
                answer = ask(find, values[c]) - {c + 1}
                if n >= 10:  # the server plans anew the first five times
                    times.append(time.perf_counter() - begun)
                answers.append(answer)
            told("one by one", times, answers, expected, late, source)
            times, answers = [], []
            for at in range(0, len(late), AT_ONCE):
                some = late[at : at + AT_ONCE]
                begun = time.perf_counter()
                owner = np.repeat(np.arange(len(some)), VALUES)
                text, doc, shared = candidates(values[some].reshape(-1), owner, find)
                if at >= 10 * AT_ONCE or len(late) < 12 * AT_ONCE:
                    times.append((time.perf_counter() - begun) / len(some))
                keep = shared > 1
                answers += [set(doc[keep & (text == n)].tolist()) - {c + 1}
                            for n, c in enumerate(some)]  # fmt: skip
            told(f"{AT_ONCE} at once", times, answers, expected, late, source)
        for n, one in enumerate(found):
            with one.read() as conn:
                size = conn.exec_driver_sql(
                    "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
                    " WHERE relname ~ '^posting_sketch_r[0-9]+_q' AND relkind = 'r'"
                ).scalar()
            print(f"server {n + 1}: {float(size or 0) / count * 1e6 / 1e9:.2f} GB a million")
        if not two:
            begun = time.perf_counter()
            with found[0].write() as conn:
                tables.drop_range(conn, FAMILY, now.starts[0], [])
            print(f"the oldest range dropped in {1000 * (time.perf_counter() - begun):.0f} ms")


def main() -> None:
    """The command line."""
    asks = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asks.add_argument("--articles", type=int, default=1_000_000)
    asks.add_argument("--asked", type=int, default=300)
    asks.add_argument("--two-servers", action="store_true")
    asked = asks.parse_args()
    measure(asked.articles, asked.asked, asked.two_servers)


if __name__ == "__main__":
    main()
