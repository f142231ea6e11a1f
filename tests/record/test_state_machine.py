"""Random histories of a newsroom, against what a careful reader says (tests/record/states.py)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.record.histories import OnPostgres, OnSqlite, played

if TYPE_CHECKING:
    from tests.conftest import PostgresServer

# More than a test run has the time for are played with HISTORIES=1000, or for minutes by
# benchmarks/states.py.
EXAMPLES = int(os.environ.get("HISTORIES", "10"))
SAME_EACH_TIME = "HISTORIES" not in os.environ


@pytest.fixture
def template(_sqlite_template: Path) -> Path:
    """A database with empty tables."""
    return _sqlite_template


def test_states_and_episodes_on_sqlite(template: Path) -> None:
    OnSqlite.template = template
    run_state_machine_as_test(OnSqlite, settings=played(EXAMPLES, derandomize=SAME_EACH_TIME))


def test_states_and_episodes_on_postgresql(postgres: PostgresServer) -> None:
    OnPostgres.server = postgres
    few = max(3, EXAMPLES // 3)
    run_state_machine_as_test(OnPostgres, settings=played(few, derandomize=SAME_EACH_TIME))
