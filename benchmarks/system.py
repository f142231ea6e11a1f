"""The system as a user has it: `watcher import` and `watcher export`, run as processes."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpora import HERE, Pair, Row, pair

JOINING = ("verbatim", "wrapped", "edited", "excerpt")  # of two outlets: these are copies


@dataclass(frozen=True)
class Found:
    """What the system says of a corpus."""

    matches: dict[Pair, Row] = field(repr=False)
    stories: list[list[str]] = field(repr=False)  # of two or more articles
    seconds: float  # the import, start of the process included
    database: Path

    def story_of(self) -> dict[str, int]:
        """Which story holds an article; articles alone are not listed."""
        return {i: n for n, members in enumerate(self.stories) for i in members}


def watcher(database: Path, *arguments: str) -> list[str]:
    """The command that runs `watcher` on a database."""
    return [sys.executable, "-m", "watcher", "--db", f"sqlite:///{database}", *arguments]


def call(database: Path, *arguments: str) -> str:
    """Run `watcher`, and give its output."""
    done = subprocess.run(
        watcher(database, *arguments), cwd=HERE.parent, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"watcher {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def write(path: Path, docs: Iterable[Row]) -> None:
    """Documents as `watcher import` reads them."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as out:
        for doc in docs:
            out.write(json.dumps(doc) + "\n")


def export(database: Path, what: str) -> list[dict[str, Any]]:
    """The rows of `watcher export`."""
    return [json.loads(line) for line in call(database, "export", what, "--json").splitlines()]


@contextmanager
def imported(docs: Iterable[Row]) -> Iterator[Found]:
    """A corpus in a new database, which goes when the block ends."""
    with tempfile.TemporaryDirectory(prefix="watcher-bench-") as name:
        path, database = Path(name) / "docs.jsonl.gz", Path(name) / "watcher.db"
        write(path, docs)
        started = time.monotonic()
        call(database, "import", str(path))
        seconds = time.monotonic() - started
        matches = {pair(str(m["a"]), str(m["b"])): m for m in export(database, "matches")}
        stories = [[str(i) for i in s["articles"]] for s in export(database, "stories")]
        yield Found(matches, [s for s in stories if len(s) > 1], seconds, database)
