"""An import on a Dask cluster beside one by one process: articles a second, and where the CPU goes.

    python benchmarks/cluster.py [--sizes 5000,50000] [--workers 1 2] [--billion]

A size is that many made articles (recombined.py), imported into new databases: by `watcher import`
with one worker and with two, and by `watcher import --cluster local` with as many. The exports
of all must be the same. `--billion` reckons with the largest size's CPU times what a billion
articles take.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import corpora
from corpora import HERE
from recombined import articles
from system import call, watcher

BILLION = 1_000_000_000
MACHINE = 32  # cores of a machine, for the reckoning
_SUBREAPER = 36  # prctl(2): who ends without a parent is counted as ours
STAGES = ("reading", "joining", "comparing", "landing")


def cpu() -> float:
    """CPU seconds of all processes that have ended."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(database: Path, *arguments: str) -> dict[str, Any]:
    """What an import says of itself, with the seconds, the CPU seconds and the most bytes that the
    scratch folder held."""
    started, before = time.monotonic(), cpu()
    scratch, most, over = database.parent / "watcher-import", 0, threading.Event()

    def look() -> None:
        nonlocal most
        while not over.wait(0.3):
            most = max(most, held(scratch))

    looking = threading.Thread(target=look)
    looking.start()
    done = subprocess.run(
        watcher(database, "import", "--json", *arguments),
        cwd=HERE.parent,
        capture_output=True,
        text=True,
    )
    over.set()
    looking.join()
    with suppress(ChildProcessError):  # workers whose parent has ended are ours to wait for
        while True:
            os.wait()
    if done.returncode:
        raise SystemExit(done.stderr)
    took = {"wall": time.monotonic() - started, "cpu": cpu() - before, "scratch": most}
    return {**json.loads(done.stdout), **took}


def held(folder: Path) -> int:
    """Bytes under a folder that others write to."""
    total = 0
    for path in folder.glob("*/*"):
        try:
            total += path.stat().st_size
        except OSError:
            continue
    return total


def exported(database: Path) -> str:
    """A hash of what is exported."""
    made = hashlib.sha256()
    for what in ("stories", "matches"):
        made.update(call(database, "export", what).encode())
    return made.hexdigest()


def line(count: int, how: str, workers: int, said: dict[str, Any]) -> str:
    """A line of the table."""
    cells = [f"{count:,}", how, str(workers), f"{count / said['wall']:.0f}"]
    cells.append(f"{said['cpu'] / count * 1e3:.2f}")
    if "cpu_of" in said:
        cells += [f"{said['cpu_of'][s] / count * 1e3:.3f}" for s in STAGES]
        cells.append(f"{said['foretold']:,} of {said['foretold'] + said['compared_here']:,}")
        cells.append(f"{said['scratch'] / count / 1e3:.1f}")
    else:
        cells += [""] * (len(STAGES) + 2)
    return f"| {' | '.join(cells)} |"


def measure(count: int, options: Any) -> dict[str, Any]:
    """The lines of a size; what the last import said."""
    source = corpora.folder(options.data, "reuters_speed")
    said: dict[str, Any] = {}
    hashes = set()
    with tempfile.TemporaryDirectory(prefix="watcher-bench-") as name:
        path, database = Path(name) / "made.jsonl", Path(name) / "one.db"
        with path.open("w") as out:
            for row in articles(source, count, fresh=0.5, copies=0.1):
                out.write(json.dumps(row) + "\n")
        for how in ((), ("--cluster", "local")):
            for workers in options.workers:
                said = timed(database, "--workers", str(workers), *how, str(path))
                hashes.add(exported(database))
                for old in Path(name).glob("one.db*"):
                    old.unlink()
                print(line(count, how[-1] if how else "one process", workers, said), flush=True)
    if len(hashes) != 1:
        raise SystemExit("the exports differ")
    return said


def reckon(count: int, said: dict[str, Any]) -> None:
    """A billion articles, of the CPU time an article of each stage."""
    for stage in STAGES:
        hours = said["cpu_of"][stage] / count * BILLION / 3600
        shared = f"{hours / MACHINE:,.1f} h on {MACHINE} cores"
        print(f"{stage}: {hours:,.0f} core hours; {'one core' if stage == 'landing' else shared}")
    print(f"scratch: {said['scratch'] / count * BILLION / 1e12:.1f} TB")


def main() -> int:
    parser = corpora.arguments("An import on a cluster, beside one by one process.")
    parser.add_argument("--sizes", default="5000,50000", help="articles (%(default)s)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="%(default)s")
    parser.add_argument("--billion", action="store_true", help="reckon a billion articles")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    head = (
        "articles",
        "how",
        "workers",
        "articles/s",
        "CPU ms each",
        *STAGES,
        "foretold",
        "KB scratch",
    )
    print(f"| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for size in map(int, options.sizes.split(",")):
        said = measure(size, options)
    if options.billion:
        reckon(size, said)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
