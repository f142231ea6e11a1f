"""Random histories of a newsroom, against what a careful reader says (tests/record/states.py)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from storage.db import open_database
from tests.conftest import PostgresServer
from tests.record.states import Newsroom
from watcher.archive import Database

# More than a test run has the time for are played with HISTORIES=1000, or for minutes by
# benchmarks/states.py.
EXAMPLES = int(os.environ.get("HISTORIES", "16"))
STEPS = 30


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


def play(machine: type[Newsroom], examples: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="HISTORIES" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_states_and_episodes_on_sqlite(_sqlite_template: Path) -> None:
    OnSqlite.template = _sqlite_template
    play(OnSqlite, EXAMPLES)


def test_states_and_episodes_on_postgresql(postgres: PostgresServer) -> None:
    OnPostgres.server = postgres
    play(OnPostgres, max(3, EXAMPLES // 4))
