"""Rooms to play in: one on SQLite, or one on each engine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.poll.newsroom import Play, Scenario, play


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "watcher.db"
    shutil.copy(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def room(sqlite_url: str) -> Play:
    """Plays a scenario on SQLite."""

    def start(scenario: Scenario) -> None:
        play(sqlite_url, scenario)

    return start


@pytest.fixture
def both(database_url: str) -> Play:
    """Plays a scenario on SQLite and again on PostgreSQL."""

    def start(scenario: Scenario) -> None:
        play(database_url, scenario)

    return start
