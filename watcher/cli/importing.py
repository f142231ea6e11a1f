"""What `watcher import` does, and what it says of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from watcher.archive import Database
from watcher.cli.progress import progress
from watcher.cli.render import counted, visible
from watcher.core.errors import UsageError
from watcher.core.message.words import duration
from watcher.load import LoadResult


@dataclass(frozen=True, slots=True)
class Imported:
    """An import that is done; `told`: of a cluster's work, for programs; `words`: for people."""

    load: LoadResult
    told: dict[str, Any]
    words: str = ""


def here(database: Database, file: Path, workers: int, now: datetime) -> Imported:
    """By processes of this machine."""
    from watcher.load import load_file

    with progress(f"Importing {file.name}", in_bytes=True) as tell:
        return Imported(load_file(database, file, workers=workers, progress=tell, now=now), {})


def on_cluster(
    database: Database,
    archives: Sequence[Path],
    cluster: str,
    workers: int,
    scratch: Path | None,
    now: datetime,
) -> Imported:
    """On a Dask cluster."""
    from watcher.cluster import import_archives

    if any(str(path) == "-" for path in archives):
        raise UsageError("--cluster reads files, not standard input: a piece is read where it is")
    if scratch is None:
        file = database.file
        if file is None:
            raise UsageError("with PostgreSQL, --cluster needs --scratch: a folder for its work")
        scratch = Path(file).absolute().parent
    done = import_archives(
        database,
        archives,
        cluster=cluster,
        workers=workers,
        scratch=scratch,
        stage=progress,
        now=now,
    )
    told = {k: v for k, v in asdict(done).items() if k != "load"}
    compared = f"{done.foretold:,} comparisons made on {counted(done.workers, 'worker')}"
    words = f"{compared}, {done.compared_here:,} here"
    if done.skipped:
        words += f"; {counted(done.skipped, 'article')} had landed before"
    return Imported(done.load, told, f" {words}.")


def tell(made: Imported, as_json: bool) -> None:
    """Lines left out on stderr, the summary on stdout."""
    done = made.load
    for fault in done.faults:
        click.echo(visible(fault), err=True)
    if as_json:
        facts = {k: v for k, v in asdict(done).items() if k != "faults"}
        click.echo(json.dumps({**facts, **made.told}))
        return
    left_out = f", {counted(done.refused, 'line')} left out" if done.refused else ""
    click.echo(
        f"{counted(done.articles, 'article')} ({done.new:,} new),"
        f" {counted(done.matches, 'match', 'matches')},"
        f" {counted(done.stories, 'story', 'stories')}{left_out}, in {duration(done.seconds)}."
        f"{made.words}"
    )
