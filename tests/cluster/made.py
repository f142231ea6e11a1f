"""Made archives with all that stories are made of: copies, edits, excerpts, frames, notices."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from storage import models
from tests import texts
from watcher.archive import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_START = datetime(2026, 2, 1, tzinfo=UTC)


def lines(count: int, seed: int = 1) -> list[bytes]:
    """That many lines, most of them articles of eight outlets, in an order of no meaning."""
    rng = random.Random(seed)
    notices = [texts.made_up(900 + n, 3, per_line=3) for n in range(3)]
    made = []
    for n in range(count):
        source = texts.made_up(10_000 * seed + rng.randrange(count // 3), 12)
        how = rng.random()
        if how < 0.2:
            text = source
        elif how < 0.4:
            text = texts.reworded(source, rng.choice((6, 15, 40)), n)
        elif how < 0.5:
            text = "\n".join(source.split("\n")[: rng.randint(2, 4)])
        elif how < 0.6:
            text = texts.FRENCH_HEAD + source + "\n" + texts.FRENCH_TAIL
        elif how < 0.65:
            text = source + "\n" + texts.made_up(77_000 + n, 20)
        elif how < 0.7:
            text = texts.SHORT  # everybody has it: a value that too many carry
        else:
            text = texts.made_up(500_000 + 10_000 * seed + n, 12)
        outlet = rng.randrange(8)
        if outlet < len(notices):
            text += "\n" + notices[outlet]
        row: dict[str, Any] = {"id": f"{seed}-{n}", "outlet": f"outlet-{outlet}.example"}
        if rng.random() < 0.7:
            when = _START + timedelta(minutes=rng.randrange(20_000))
            row["published"] = when.isoformat()
        if rng.random() < 0.05:  # an article that its outlet has changed
            row["id"] = f"{seed}-{rng.randrange(n + 1)}"
        made.append(json.dumps({**row, "text": text}).encode())
    made[count // 2 : count // 2] = [b"{", b"", b'{"outlet": "x"}']
    return made


def everything(database: Database) -> dict[str, list[str]]:
    """All rows of all tables."""
    with database.read() as conn:
        return {
            table.name: sorted(map(repr, conn.execute(table.select())))
            for table in models.metadata.sorted_tables
        }


class Stages:
    """What `import_archives` is told to show its stages on; `at` is called when one has begun, or
    is further on."""

    def __init__(self, at: Callable[[str, int], None] = lambda what, done: None) -> None:
        self._at = at
        self.seen: list[str] = []

    @contextmanager
    def __call__(self, what: str) -> Iterator[Callable[[int, int | None], None]]:
        self.seen.append(what)
        yield lambda done, total: self._at(what, done)
