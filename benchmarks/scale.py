"""The whole import with its database: articles a second, memory, and how both grow.

    python benchmarks/scale.py [--sizes 10000,30000,100000] [--keep DIR] [--no-reuters]
    python benchmarks/scale.py --sizes 1000000 --no-reuters     the million, some 20 minutes

A size is one `watcher import` of that many made articles (recombined.py) into a new database, with
two workers; memory is the sum over its processes, sampled (PSS where the system tells it, as the
processes share pages). Then `watcher match` is asked about a copy of a stored article, from a cold
start each time, and `reuters_speed` is imported as it is.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import islice
from pathlib import Path
from statistics import median

import corpora
from corpora import HERE
from recombined import articles
from system import call, watcher, write

WORKERS = 2
MATCHES = 9  # times that a question is asked


def descendants(pid: int) -> list[int]:
    """A process and all under it."""
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children[int(fields[1])].append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children[one]
    return found


def memory(pid: int) -> int:
    """Bytes that a process and its children hold."""
    total = 0
    for one in descendants(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(x.split()[1]) for x in text.splitlines() if x.startswith("Pss:"))
    return total * 1024


def timed_import(path: Path, database: Path) -> tuple[float, int, float]:
    """Seconds, most bytes of memory, and CPU seconds of an import."""
    started = time.monotonic()
    before = _cpu()
    process = subprocess.Popen(
        watcher(database, "import", str(path), "--workers", str(WORKERS)),
        cwd=HERE.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    most = 0
    while process.poll() is None:
        most = max(most, memory(process.pid))
        time.sleep(0.25)
    if process.returncode:
        raise SystemExit(f"the import failed with {process.returncode}")
    return time.monotonic() - started, most, _cpu() - before


def _cpu() -> float:
    from resource import RUSAGE_CHILDREN, getrusage

    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ask(database: Path, text: str, folder: Path) -> list[float]:
    """Seconds of `watcher match`, each from a cold start."""
    question = folder / "question.txt"
    question.write_text(text)
    took = []
    for _ in range(MATCHES):
        started = time.monotonic()
        answer = call(database, "match", str(question), "--json")
        took.append(time.monotonic() - started)
        assert answer.strip(), "a stored text must be found"
    return took


def report(name: str, count: int, path: Path, folder: Path, text: str) -> None:
    """One line of the table."""
    database = folder / "scale.db"
    seconds, most, cpu = timed_import(path, database)
    size = sum(p.stat().st_size for p in folder.glob("scale.db*"))
    took = ask(database, text, folder)
    print(
        f"| {name} | {count} | {count / seconds:.0f} | {cpu / count * 1e3:.2f} | {most / 1e6:.0f} |"
        f" {size / count / 1e3:.2f} | {median(took) * 1e3:.0f} | {max(took) * 1e3:.0f} |",
        flush=True,
    )
    for old in folder.glob("scale.db*"):
        old.unlink()


def main() -> int:
    parser = corpora.arguments("The whole import, and how it grows.")
    parser.add_argument("--sizes", default="10000,30000,100000", help="articles (%(default)s)")
    parser.add_argument("--fresh", type=float, default=0.5)
    parser.add_argument("--keep", type=Path, help="a folder for the files, kept")
    parser.add_argument("--no-reuters", action="store_true", help="made articles only")
    options = parser.parse_args()
    source = corpora.folder(options.data, "reuters_speed")
    folder = options.keep or Path(tempfile.mkdtemp(prefix="watcher-scale-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(
        "| articles | count | articles/s | CPU ms each | memory MB | KB on disk each"
        " | match ms | worst |\n" + "| --- " * 8 + "|",
        flush=True,
    )
    try:
        if not options.no_reuters:
            rows = corpora.rows(source / "docs.jsonl.gz")
            text = str(rows[len(rows) // 2]["text"])
            report("reuters_speed", len(rows), source / "docs.jsonl.gz", folder, text)
        for size in map(int, options.sizes.split(",")):
            path = folder / f"made-{size}.jsonl.gz"
            made = articles(source, size, fresh=options.fresh, copies=0.1)
            write(path, made)
            with_text = next(
                islice(articles(source, size, fresh=options.fresh, copies=0.1), 500, None)
            )
            report("made", size, path, folder, with_text["text"])
            if options.keep is None:
                path.unlink()
    finally:
        if options.keep is None:
            shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
