"""`watcher doctor` as people and programs call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*invalid escape sequence"),
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]


@pytest.fixture
def fresh(run: Run, tmp_path: Path) -> str:
    """The URL of a database with empty tables."""
    url = f"sqlite:///{tmp_path}/fresh.db"
    assert run("db", "upgrade", "--db", url).exit_code == 0
    (tmp_path / "fresh.db").chmod(0o600)
    return url


def test_people_see_each_check_and_what_to_do(run: Run, fresh: str) -> None:
    done = run("doctor", "--db", fresh)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    [at] = [n for n, line in enumerate(lines) if line.startswith("warn  daemon")]
    assert lines[at + 1].split("-> ")[1] == "systemctl start watcher"
    assert any(line.startswith("ok    workers") for line in lines)
    assert lines[-1].startswith("All works. Worth a look: ")


def test_programs_get_an_object_a_check(run: Run, fresh: str) -> None:
    done = run("doctor", "--db", fresh, "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {frozenset(line) for line in found} == {frozenset({"check", "state", "what", "fix"})}
    assert all(bool(line["fix"]) == (line["state"] != "ok") for line in found)
    head = run("doctor", "--db", fresh, "--csv").stdout.splitlines()[0]
    assert head == "check,state,what,fix"


def test_something_bad_is_exit_code_1(run: Run, tmp_path: Path) -> None:
    done = run("doctor", "--db", f"sqlite:///{tmp_path}/none.db")
    assert done.exit_code == 1
    assert "\nBad: 1." in done.stdout
    # What else there is to see is seen all the same.
    assert "ok    workers" in done.stdout


def test_a_missing_configuration_is_named(run: Run) -> None:
    done = run("doctor")
    assert done.exit_code == 2
    assert "no configuration found" in done.stderr
