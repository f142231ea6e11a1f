"""The machine of tests/record/states.py on real databases: where each history gets its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, settings

from storage.db import open_database
from tests.record.states import Newsroom
from watcher.archive import Database

if TYPE_CHECKING:
    from tests.conftest import PostgresServer

STEPS = 18  # of a history


class OnSqlite(Newsroom):
    """Each history in a file of its own."""

    template: ClassVar[Path]

    def databases(self) -> Iterator[Database]:
        with tempfile.TemporaryDirectory(dir=_memory()) as folder:
            path = Path(folder) / "watcher.db"
            shutil.copy(self.template, path)
            yield from _opened(f"sqlite:///{path}")


class OnPostgres(Newsroom):
    """Each history in a database of its own."""

    at_once = True
    server: ClassVar[PostgresServer]

    def databases(self) -> Iterator[Database]:
        name = self.server.create("migrated")
        try:
            yield from _opened(self.server.url(name))
        finally:
            self.server.drop(name)


def _memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  a folder of ours in it


def _opened(url: str) -> Iterator[Database]:
    opened: list[Database] = []
    try:
        while True:
            opened.append(open_database(url))
            yield opened[-1]
    finally:
        for one in opened:
            one.close()


def played(examples: int, *, derandomize: bool) -> settings:
    """How histories are played: so many, whatever time each takes."""
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=derandomize,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
